import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startConnectProxy } from '../../../test/sinks/connect-proxy.ts';
import { type FakeDingTalk, startFakeDingTalk } from '../../../test/sinks/fake-ding-talk.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../platform/http/certificates.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { type Environment, readEnvironment } from '../config/environment.ts';
import { type NotifyTestFlag, parseNotifyTest, type Typed } from '../config/notify-config.ts';
import { sendTestMessage } from './notify-test.ts';

const SECRET = 'SEC0f3a7c5e9b1d2846a0c4e8f2b6d0937155aa';
const NEVER = new AbortController().signal;

let folder: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-notify-'));
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true });
});

async function robotWith(options: Parameters<typeof startFakeDingTalk>[0]): Promise<FakeDingTalk> {
  const robot = await startFakeDingTalk(options);
  closers.push(() => robot.close());
  return robot;
}

/** Sends a test message to a robot that the configuration says is at this origin. */
async function sendTo(
  origin: string,
  { token }: FakeDingTalk,
  { flags = {}, environment = readEnvironment({}) }: { flags?: Typed<NotifyTestFlag>; environment?: Environment } = {},
): Promise<void> {
  await writeFile(join(folder, 'token'), `${origin}/robot/send?access_token=${token}`);
  await writeFile(join(folder, 'secret'), SECRET);
  const config = join(folder, 'notifier.yaml');
  const sink = `{type: dingtalk, tokenRef: {file: token}, secretRef: {file: secret}, allowedOrigins: ["${origin}"]}`;
  await writeFile(config, `cluster: {id: lab}\nsinks:\n  ops-ding: ${sink}\nroutes: [{sinks: [ops-ding]}]\n`);
  const parsed = parseNotifyTest('ops-ding', { config, lang: 'zh-CN', ...flags }, environment);
  await sendTestMessage(parsed, environment, createSystemClock(), NEVER);
}

describe('podtide notify test', () => {
  test('reaches the robot, signed, and says that it is a test', async () => {
    const robot = await robotWith({ secret: SECRET });
    await sendTo(robot.url, robot);
    expect(robot.messages()).toEqual([
      expect.objectContaining({ text: { content: expect.stringContaining('[测试] ') } }),
    ]);
  });

  test('through a company’s proxy, to a robot whose certificate is of the company’s own authority', async () => {
    const lifetime = { nowMs: Date.now(), validityMs: 3_600_000 };
    const authority = await createCertificateAuthority({ commonName: 'company', ...lifetime });
    const names = { dnsNames: ['robot.company.test'], addresses: [] };
    const pair = await issueServingCertificate(authority, { commonName: 'robot', ...lifetime }, names);
    const robot = await robotWith({ secret: SECRET, tls: { cert: pair.certificate, key: pair.privateKey } });
    const proxy = await startConnectProxy(robot.port);
    closers.push(() => proxy.close());
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, authority.certificate);
    const environment = readEnvironment({ HTTPS_PROXY: proxy.url.href });
    const origin = 'https://robot.company.test';
    await expect(sendTo(origin, robot, { environment })).rejects.toMatchObject({ kind: 'invalid' });
    expect(robot.messages()).toHaveLength(0);
    await sendTo(origin, robot, { environment, flags: { 'sink-ca-file': ca } });
    expect(robot.messages()).toHaveLength(1);
    expect(new Set(proxy.targets)).toEqual(new Set(['robot.company.test:443']));
  });

  test('a secret that is not the robot’s is what the configuration says wrongly, and is not shown', async () => {
    const robot = await robotWith({ secret: 'SECanother' });
    const failure = await sendTo(robot.url, robot).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ kind: 'invalid' });
    expect((failure as Error).message).toMatch(/^ops-ding: the message was not taken: .*310000/);
    expect(`${(failure as Error).message} ${(failure as { hint?: string }).hint}`).not.toContain(robot.token);
  });

  test('a sink that is not there', async () => {
    const robot = await robotWith({ secret: SECRET });
    const config = join(folder, 'notifier.yaml');
    await sendTo(robot.url, robot);
    const parsed = parseNotifyTest('ops', { config }, readEnvironment({}));
    await expect(sendTestMessage(parsed, readEnvironment({}), createSystemClock(), NEVER)).rejects.toThrow(
      'there is no sink ops; there are ops-ding',
    );
  });
});
