import { afterEach, beforeAll, expect, test } from 'vitest';
import { startConnectProxy } from '../../../test/sinks/connect-proxy.ts';
import { startFakeDingTalk } from '../../../test/sinks/fake-ding-talk.ts';
import { sampleDelivery } from '../../../test/sinks/sample-delivery.ts';
import { sinkBench } from '../../../test/sinks/sink-bench.ts';
import { createCertificateAuthority, issueServingCertificate, type KeyPair } from '../../platform/http/certificates.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

let authority: KeyPair;
let inspected: KeyPair;
beforeAll(async () => {
  const now = { nowMs: Date.now(), validityMs: 86_400_000 };
  authority = await createCertificateAuthority({ commonName: 'company', ...now });
  const names = { dnsNames: ['oapi.dingtalk.com'], addresses: [] };
  inspected = await issueServingCertificate(authority, { commonName: 'proxy', ...now }, names);
});

/** DingTalk as a company's network shows it: behind a proxy that opens TLS and closes it again with its own authority. */
async function setUp(isTrusted: boolean, password?: string, shownPassword?: string) {
  const tls = { cert: inspected.certificate, key: inspected.privateKey };
  const clock: { nowMs?: () => number } = {};
  const server = await startFakeDingTalk({ tls, nowMs: () => clock.nowMs?.() ?? 0, secret: 'SEC-of-the-robot' });
  const proxy = await startConnectProxy(server.port, password);
  const url = new URL(proxy.url);
  if (shownPassword !== undefined) [url.username, url.password] = ['user', shownPassword];
  const trust = isTrusted ? { tls: { certificateAuthority: authority.certificate } } : {};
  const bench = sinkBench({ proxy: () => url, ...trust });
  clock.nowMs = () => bench.clock.wallMs();
  closing.push(bench.close, proxy.close, server.close);
  bench.secrets.set('ding', `https://oapi.dingtalk.com/robot/send?access_token=${server.token}`);
  bench.secrets.set('ding-secret', 'SEC-of-the-robot');
  const [webhook, secret] = [{ file: 'ding' }, { file: 'ding-secret' }];
  const sink = await bench.create({ kind: 'dingtalk', webhook, secret, format: 'markdown' });
  return { server, proxy, send: () => sink.send(sampleDelivery(), new AbortController().signal) };
}

test('messages reach DingTalk through a proxy that a private authority certifies', async () => {
  const { server, proxy, send } = await setUp(true, 'canary-word', 'canary-word');
  expect(await send()).toEqual({ kind: 'sent' });
  expect(server.taken()).toHaveLength(1);
  expect(new Set(proxy.targets)).toEqual(new Set(['oapi.dingtalk.com:443']));
});

test('an authority that is not trusted is named as what is wrong', async () => {
  const { server, send } = await setUp(false);
  expect(await send()).toMatchObject({
    kind: 'misconfigured',
    detail: 'oapi.dingtalk.com: its certificate is of an unknown authority',
    hint: expect.stringContaining('must be among the trusted ones'),
  });
  expect(server.received()).toEqual([]);
});

test.each([
  ['none', undefined],
  ['the wrong one', 'another-word'],
])('a proxy that wants a password, and gets %s', async (_why, shown) => {
  const { server, send } = await setUp(true, 'canary-word', shown);
  const outcome = await send();
  expect(outcome).toMatchObject({ kind: 'misconfigured', detail: 'the proxy refuses its credentials' });
  expect(JSON.stringify(outcome)).not.toContain('-word');
  expect(server.received()).toEqual([]);
});
