import { afterEach, describe, expect, test } from 'vitest';
import { type FaultServer, faultServer, hangs, type SocketAnswer } from '../../../test/kube/fault-server.ts';
import { plainBackend, podVector, reported } from '../../../test/prometheus/scripted-prometheus.ts';
import { Failure } from '../../base/failure.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { createPrometheusClient, type PrometheusClient } from './client.ts';

const SIGNAL = new AbortController().signal;
const [A, B] = ['sum(up{pod="a"}) by (pod)', 'sum(up{pod="b"}) by (pod)'];
const BOTH = 'sum(up{pod=~"a|b"}) by (pod)';
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** A server that answers by a script, and a client of it. */
async function open(freshnessMs: number, ...script: SocketAnswer[]) {
  const server = await faultServer(script);
  opened.push(server);
  const options = { ioClock: createSystemClock(), userAgent: 'podtide-test' };
  const client = createPrometheusClient(plainBackend(server.url, { freshnessMs }), options);
  opened.push(client);
  return { server, client };
}

/** What an HPA asks of a pod of its own. */
function askOf(client: PrometheusClient, pod: string, atMs: number, signal: AbortSignal = SIGNAL) {
  const objects = { label: 'pod', names: [pod] };
  return client.query({ query: `sum(up{pod="${pod}"}) by (pod)`, atMs, objects }, signal);
}

function queriesTo({ requests }: FaultServer): readonly (string | null)[] {
  return requests.map((request) => new URL(request.replace(/^GET /, 'http://x')).searchParams.get('query'));
}

describe('HPAs that ask the same of pods of their own', () => {
  test('share a request from the second time on', async () => {
    const { server, client } = await open(
      1_000,
      podVector({ a: '1' }),
      podVector({ b: '2' }),
      podVector({ a: '1', b: '2' }),
    );
    for (const atMs of [0, 15_000]) {
      const answers = await Promise.all([askOf(client, 'a', atMs), askOf(client, 'b', atMs + 500)]);
      expect(answers[0] === answers[1]).toBe(atMs > 0);
    }
    expect(queriesTo(server)).toEqual([A, B, BOTH]);
  });

  test('are asked for by themselves when Prometheus refuses several, and each has its own answer', async () => {
    const refusal = reported(422, 'execution', 'too many');
    const [first, second] = [podVector({ a: '1' }), podVector({ b: '2' })];
    const { server, client } = await open(1_000, first, second, refusal, first, refusal, first);
    for (const pod of ['a', 'b']) await askOf(client, pod, 0);
    const [mine, others] = await Promise.allSettled([askOf(client, 'a', 15_000), askOf(client, 'b', 15_000)]);
    expect(mine).toMatchObject({ value: { value: { samples: [{ labels: { pod: 'a' } }] } } });
    expect(others).toMatchObject({ reason: { message: expect.stringContaining(JSON.stringify(B)) } });
    await askOf(client, 'a', 30_000);
    expect(queriesTo(server)).toEqual([A, B, BOTH, A, B, A]);
  });

  test('are each asked for every time where no answer serves twice, as upstream', async () => {
    const { server, client } = await open(0, podVector({ a: '1' }), podVector({ b: '2' }));
    for (const [pod, atMs] of [
      ['a', 0],
      ['b', 0],
      ['a', 15_000],
    ] as const)
      await askOf(client, pod, atMs);
    expect(queriesTo(server)).toEqual([A, B, A]);
  });

  test('ask for nothing more once they wait no longer', async () => {
    const { server, client } = await open(1_000, podVector({ a: '1' }), podVector({ b: '2' }), hangs);
    for (const pod of ['a', 'b']) await askOf(client, pod, 0);
    const controller = new AbortController();
    const asked = askOf(client, 'a', 15_000, controller.signal);
    await server.received(3);
    controller.abort(new Failure('unavailable', 'enough'));
    await expect(asked).rejects.toThrow('enough');
    expect(queriesTo(server)).toEqual([A, B, BOTH]);
  });
});
