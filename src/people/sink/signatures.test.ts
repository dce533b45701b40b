import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { startFakeDingTalk } from '../../../test/sinks/fake-ding-talk.ts';
import { SAMPLE_AT_MS, sampleDelivery } from '../../../test/sinks/sample-delivery.ts';
import { RIGS, type SinkBench, sinkBench } from '../../../test/sinks/sink-bench.ts';
import { dingTalkSign } from './ding-talk-sink.ts';
import { feishuSign } from './feishu-sink.ts';
import { Secret } from './secret.ts';
import { webhookSignature } from './webhook-sink.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function bench(): SinkBench {
  const made = sinkBench();
  closing.push(made.close);
  return made;
}

const SIGNAL = new AbortController().signal;

describe('signatures come to what the vendors’ own programs make', () => {
  const secret = new Secret('this is secret');
  test.each([
    [
      'DingTalk',
      () => dingTalkSign({ secret, atMs: 1_700_000_000_000 }),
      'sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0=',
    ],
    [
      'DingTalk, with + and / in it',
      () => dingTalkSign({ secret, atMs: 1_700_000_000_001 }),
      'aOZ0Y/R7BCg4xs87AcG5MYf26YmwfVRTLD0z3X+p/mM=',
    ],
    ['Feishu', () => feishuSign({ secret, atMs: 1_700_000_000_000 }), 'OfGzRzoUICBOoc8wVra1e4A1hPfbZ9zqXozA8CWVUuY='],
    [
      'Feishu, within the same second',
      () => feishuSign({ secret, atMs: 1_700_000_000_999 }),
      'OfGzRzoUICBOoc8wVra1e4A1hPfbZ9zqXozA8CWVUuY=',
    ],
    [
      'Standard Webhooks',
      () => webhookSignature(Buffer.from('dGhpcyBpcyBzZWNyZXQ=', 'base64'), 'msg_1', 1_700_000_000, '{}'),
      'v1,9PqMIUvwAmEzZml4boo/VKCj7lkgt//4WUXe9rDKH/8=',
    ],
  ])('%s', (_vendor, sign, signature) => {
    expect(sign()).toBe(signature);
  });

  test('and the reference implementation of Standard Webhooks agrees on any body', () => {
    const key = Buffer.from('some other secret');
    const reference = new Webhook(`whsec_${key.toString('base64')}`);
    for (const body of ['{}', '{"title":"扩容完成"}', 'x'.repeat(10_000)]) {
      const signed = reference.sign('d-1', new Date(1_700_000_000_000), body);
      expect(webhookSignature(key, 'd-1', 1_700_000_000, body)).toBe(signed);
    }
  });
});

describe('a DingTalk request', () => {
  test('has exactly the query keys access_token, timestamp and sign, encoded once', async () => {
    const one = bench();
    const { server, settings } = await RIGS.dingtalk(one);
    closing.push(server.close);
    const sink = await one.create(settings);
    expect((await sink.send(sampleDelivery(), SIGNAL)).kind).toBe('sent');
    const [arrival] = server.received();
    const query = new URL(arrival?.target ?? '', server.url).searchParams;
    expect([...query.keys()]).toEqual(['access_token', 'timestamp', 'sign']);
    expect(query.get('timestamp')).toBe(String(SAMPLE_AT_MS));
    const sign = dingTalkSign({ secret: new Secret('SEC-of-the-robot'), atMs: SAMPLE_AT_MS });
    expect(arrival?.target.split('&sign=')[1]).toBe(encodeURIComponent(sign));
    expect(arrival?.target).not.toContain('×');
  });

  test('has access_token alone where nothing is signed, whatever was copied along with the URL', async () => {
    const one = bench();
    const server = await startFakeDingTalk({ nowMs: () => one.clock.wallMs() });
    closing.push(server.close);
    one.secrets.set('ding', `${server.url}/robot/send?access_token=${server.token}&timestamp=1&sign=old#x`);
    const sink = await one.create({
      kind: 'dingtalk',
      webhook: { file: 'ding' },
      format: 'text',
      allowedOrigins: [server.url],
    });
    expect((await sink.send(sampleDelivery(), SIGNAL)).kind).toBe('sent');
    expect(server.received()[0]?.target).toBe(`/robot/send?access_token=${server.token}`);
  });

  test('is signed anew at each attempt, and its URL never grows', async () => {
    const one = bench();
    const { server, settings } = await RIGS.dingtalk(one);
    closing.push(server.close);
    const sink = await one.create(settings);
    for (let count = 0; count < 3; count += 1) {
      await sink.send(sampleDelivery(), SIGNAL);
      one.clock.advanceBy(61_000);
    }
    const queries = server.received().map(({ target }) => new URL(target, server.url).searchParams);
    expect(queries.map((query) => Number(query.get('timestamp')) - SAMPLE_AT_MS)).toEqual([0, 61_000, 122_000]);
    expect(new Set(queries.map((query) => query.get('sign'))).size).toBe(3);
    expect(queries.every((query) => query.size === 3)).toBe(true);
  });
});

describe('a secret that is renewed', () => {
  test.each(['dingtalk', 'feishu'] as const)(
    '%s: signed by the one that the receiver knows, from the second attempt on',
    async (kind) => {
      const one = bench();
      const { server, settings } = await RIGS[kind](one);
      closing.push(server.close);
      const sink = await one.create(settings);
      const name = kind === 'dingtalk' ? 'ding-secret' : 'feishu-secret';
      const known = one.secrets.get(name) ?? '';
      const kinds: string[] = [];
      const send = async () => {
        // More than a second apart: Feishu takes no more than five in one.
        one.clock.advanceBy(2_000);
        kinds.push((await sink.send(sampleDelivery(), SIGNAL)).kind);
      };
      // The file has the new one already, the robot not yet.
      one.secrets.set(name, `renewed-secret\n${known}`);
      await send();
      await send();
      await send();
      expect(kinds).toEqual(['transient', 'sent', 'sent']);
      // Neither is the robot's: it says so after both were tried.
      one.secrets.set(name, 'wrong-secret\nother-wrong-secret');
      kinds.length = 0;
      await send();
      await send();
      expect(kinds).toEqual(['transient', 'misconfigured']);
      // And the file is right at once.
      one.secrets.set(name, known);
      await send();
      expect(kinds.at(-1)).toBe('sent');
    },
  );

  test('of a webhook: signed by both, so that the receiver may know either', async () => {
    const one = bench();
    const { server, settings } = await RIGS.webhook(one);
    closing.push(server.close);
    const sink = await one.create(settings);
    const known = one.secrets.get('webhook-secret');
    const renewed = `whsec_${Buffer.from('renewed-secret').toString('base64')}`;
    const signatureCounts: number[] = [];
    const send = async (lines: string) => {
      one.secrets.set('webhook-secret', lines);
      const { kind } = await sink.send(sampleDelivery(), SIGNAL);
      signatureCounts.push(String(server.received().at(-1)?.headers['webhook-signature']).split(' ').length);
      return kind;
    };
    expect(await send(`${renewed}\n${known}`)).toBe('sent');
    expect(await send(renewed)).toBe('misconfigured');
    expect(signatureCounts).toEqual([2, 1]);
  });
});
