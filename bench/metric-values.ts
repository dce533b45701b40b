/**
 * How long our serving layer takes for custom and external metrics, from the request in process to the last byte: reads of
 * `--metrics` (1000) distinct metrics of `--pods` (10) pods each, in JSON and in protobuf, and discovery of `--listed` (10000)
 * metrics, made anew after a change, from what is kept, and for a reader who has it already. Prints one line for each.
 */
import { parseArgs } from 'node:util';
import { AggregatedDocument } from '../src/metrics/serve/group-discovery.ts';
import { createMetricsApis } from '../src/metrics/serve/metrics-apis.ts';
import type { CustomMetric } from '../src/metrics/source/port.ts';
import { numberFlag } from './number-flags.ts';

const { values } = parseArgs({
  options: {
    metrics: { type: 'string', default: '1000' },
    pods: { type: 'string', default: '10' },
    listed: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '20' },
  },
});
const metricsCount = numberFlag(values, 'metrics');
const podsCount = numberFlag(values, 'pods');
const listedCount = numberFlag(values, 'listed');
const roundsCount = numberFlag(values, 'rounds');
const nowMs = Date.now();
const CUSTOM = 'http://bench/apis/custom.metrics.k8s.io/v1beta2';
const EXTERNAL = 'http://bench/apis/external.metrics.k8s.io/v1beta1';

const podNames = Array.from({ length: podsCount }, (_, index) => `web-5d7f8c9b6d-${String(index).padStart(5, '0')}`);
const NAMES: readonly string[] = [];
/** A new list every time, so that a change is one. */
const listed = (): readonly CustomMetric[] =>
  Array.from({ length: listedCount }, (_, index) => ({
    resource: ['pods', 'services', 'namespaces', 'deployments.apps'][index % 4] ?? '',
    isNamespaced: index % 4 !== 2,
    metric: `http_server_requests_${index}_per_second`,
  }));
let current = listed();

const apis = createMetricsApis(
  {
    custom: {
      listMetrics: async () => current,
      getValues: async ({ namespace, metric }) =>
        podNames.map((name, index) => ({
          describedObject: { apiVersion: 'v1', kind: 'Pod', ...(namespace === null ? {} : { namespace }), name },
          metric,
          atMs: nowMs,
          windowMs: null,
          value: `${12_500 + index}m`,
        })),
    },
    external: {
      listMetrics: async () => NAMES,
      getValues: async ({ metric }) => [
        { metric, labels: { queue: 'mail', region: 'eu-1' }, atMs: nowMs, windowMs: null, value: '42' },
      ],
    },
  },
  { nowMs: () => nowMs },
);
const aggregated = new AggregatedDocument(apis);

/** As long as asking takes, for each of many; median, 99th percentile, CPU and the size of the last answer. */
async function measure(what: string, requests: readonly (() => Promise<Response>)[]): Promise<void> {
  const took: number[] = [];
  let bytes = 0;
  const startedCpu = process.cpuUsage();
  for (const ask of requests) {
    const startedMs = performance.now();
    const answer = await ask();
    bytes = (await answer.arrayBuffer()).byteLength;
    took.push(performance.now() - startedMs);
  }
  const { user, system } = process.cpuUsage(startedCpu);
  took.sort((a, b) => a - b);
  const at = (fraction: number): string => (took[Math.floor(took.length * fraction)] ?? 0).toFixed(3);
  const cpuMs = ((user + system) / 1000 / requests.length).toFixed(3);
  console.log(`${what}: ${requests.length} ×, ${bytes} bytes, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, CPU ${cpuMs} ms`);
}

const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const get = (url: string, headers: Record<string, string>) => () => apis.handle(new Request(url, { headers }));

const FORMS = { JSON: 'application/json', protobuf: 'application/vnd.kubernetes.protobuf, */*' } as const;
for (const round of ['warming up', 'measured']) {
  for (const [form, accept] of Object.entries(FORMS)) {
    const custom = many(metricsCount, (index) =>
      get(`${CUSTOM}/namespaces/shop/pods/%2A/metric_${index}?labelSelector=app%3Dweb`, { accept }),
    );
    const external = many(metricsCount, (index) => get(`${EXTERNAL}/namespaces/shop/metric_${index}`, { accept }));
    await measure(`${round}: ${podsCount} pods of a custom metric, ${form}`, custom);
    await measure(`${round}: one external metric, ${form}`, external);
  }
}

const accept = FORMS.JSON;
const changed = (ask: () => Promise<Response>) => () => {
  current = listed();
  return ask();
};
const list = get(CUSTOM, { accept });
const tag = (await list()).headers.get('etag') ?? '';
const whole = () => aggregated.answer(new Request('http://bench/apis'), 'v2');
await measure(
  `a list of ${listedCount} metrics, after a change`,
  many(roundsCount, () => changed(list)),
);
await measure(
  `a list of ${listedCount} metrics, kept`,
  many(roundsCount, () => list),
);
await measure(
  `a list of ${listedCount} metrics, compressed`,
  many(roundsCount, () => get(CUSTOM, { accept, 'accept-encoding': 'gzip' })),
);
await measure(
  `a list of ${listedCount} metrics, known`,
  many(roundsCount, () => get(CUSTOM, { accept, 'if-none-match': tag })),
);
await measure(
  `aggregated discovery of them, after a change`,
  many(roundsCount, () => changed(whole)),
);
await measure(
  `aggregated discovery of them, kept`,
  many(roundsCount, () => whole),
);
