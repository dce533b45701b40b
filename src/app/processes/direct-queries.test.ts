import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FixedPrometheus, servePrometheus } from '../../../test/prometheus/fixed-prometheus.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { createScaledClock } from '../../platform/time/scaled-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { parseDirectQueries } from '../config/direct-query-config.ts';
import { readEnvironment } from '../config/environment.ts';
import { openDirectQueries } from './direct-queries.ts';

const QUERY = { namespace: 'shop', metric: 'orders', metricSelector: '', promql: 'sum(orders)' };

let folder: string;
let prometheus: FixedPrometheus;
const told: string[] = [];
const log: Log = { ...SILENT_LOG, warn: (message) => told.push(message), info: (message) => told.push(message) };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  prometheus = await servePrometheus(() => [4, 5]);
});

afterAll(async () => {
  await prometheus.close();
  await rm(folder, { recursive: true });
});

/** Opens what these flags ask for. */
function open(flags: Readonly<Record<string, string>>) {
  const environment = readEnvironment({});
  const given = new Map(Object.entries(flags).map(([flag, value]) => [flag, [value]]));
  const ioClock = createSystemClock();
  return openDirectQueries(parseDirectQueries(given, environment), {
    environment,
    clock: createScaledClock(ioClock),
    ioClock,
    telemetry: createTelemetry(),
    userAgent: 'test/1',
    log,
  });
}

async function backendsFile(...names: readonly string[]): Promise<string> {
  const path = join(folder, `${names.join('-')}.yaml`);
  await writeFile(path, JSON.stringify({ backends: names.map((name) => ({ name, url: prometheus.url })) }));
  return path;
}

describe('a way to Prometheus for queries that HPAs bring along', () => {
  test('is none where no HPA may bring any', async () => {
    expect((await open({})).querySource).toBeUndefined();
  });

  test('leads there by flags or by a file, confined; flags without effect and several values are told', async () => {
    told.splice(0);
    const ways = [
      { 'prometheus-url': prometheus.url, 'prometheus-client-tls-key-file': 'key' },
      { 'prometheus-backends': await backendsFile('main') },
      { 'prometheus-backends': await backendsFile('other', 'default') },
    ];
    for (const way of ways) {
      const { querySource, close } = await open({ 'query-annotation-namespaces': 'shop', ...way });
      const values = await querySource?.getValues(QUERY, new AbortController().signal);
      expect(values?.map(({ value }) => value)).toEqual(['4', '5']);
      await close();
    }
    expect(prometheus.queries).toEqual(Array.from({ length: 3 }, () => 'sum(orders{namespace="shop"})'));
    const several = 'a query of an HPA makes several values, and the HPA adds them up';
    expect(told).toEqual([
      '--prometheus-client-tls-key-file has no effect: a client certificate is shown only beside --prometheus-ca-file',
      several,
      several,
      several,
    ]);
  });

  test('a file that is not there is named with its flag', async () => {
    const flags = { 'query-annotation-namespaces': '*', 'prometheus-backends': '/nonexistent/backends.yaml' };
    await expect(open(flags)).rejects.toMatchObject({
      kind: 'notFound',
      message: expect.stringMatching(/^--prometheus-backends=\/nonexistent\/backends\.yaml: .*no such file/),
    });
  });
});
