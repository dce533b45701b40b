import { afterEach, describe, expect, test } from 'vitest';
import { type FaultServer, faultServer, hangs } from '../../../test/kube/fault-server.ts';
import { plainBackend, vectorOf } from '../../../test/prometheus/scripted-prometheus.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { PrometheusBackend } from './backend.ts';
import { createPrometheusClients, type PrometheusClients } from './backends.ts';

const SIGNAL = new AbortController().signal;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function server(...script: Parameters<typeof faultServer>[0]): Promise<FaultServer> {
  const made = await faultServer(script);
  opened.push(made);
  return made;
}

function clients(...backends: PrometheusBackend[]): PrometheusClients {
  const made = createPrometheusClients(backends, { ioClock: createSystemClock(), userAgent: 'test' });
  opened.push(made);
  return made;
}

describe('createPrometheusClients', () => {
  test('knows backends by name, and the first as the one that is meant, unless another is called default', () => {
    const made = clients(plainBackend('http://a.test'), plainBackend('http://b.test', { name: 'other' }));
    expect(made.names).toEqual(['main', 'other']);
    expect([made.get(null).name, made.get('other').name]).toEqual(['main', 'other']);
    expect(() => made.get('third')).toThrow('prometheus third: no such backend: there are main, other');
    expect(() => clients().get(null)).toThrow('there is none');
    const other = clients(plainBackend('http://a.test'), plainBackend('http://b.test', { name: 'default' }));
    expect(other.get(null).name).toBe('default');
  });

  test('a backend that hangs holds up no other', async () => {
    const [slow, quick] = [await server(hangs), await server(vectorOf(1))];
    const made = clients(
      plainBackend(slow.url, { name: 'slow', queriesCountMax: 1 }),
      plainBackend(quick.url, { name: 'quick' }),
    );
    const controller = new AbortController();
    const stuck = Promise.allSettled(
      [1, 2, 3].map((atMs) => made.get('slow').query({ query: 'up', atMs }, controller.signal)),
    );
    await slow.received(1);
    expect(await made.get('quick').query({ query: 'up', atMs: 1 }, SIGNAL)).toMatchObject({
      value: { kind: 'vector' },
    });
    controller.abort(new Error('enough'));
    expect((await stuck).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(slow.requests).toHaveLength(1);
  });
});
