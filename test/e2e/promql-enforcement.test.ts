import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueryResult } from '../../src/metrics/prometheus/answers.ts';
import { createPrometheusClient, type PrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { enforceMatcher } from '../../src/metrics/prometheus/namespace-enforcement.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { HOSTILE_QUERIES } from '../prometheus/hostile-queries.ts';
import { plainBackend } from '../prometheus/scripted-prometheus.ts';
import { type ScrapingPrometheus, startScrapingPrometheus } from './support/scraping-prometheus.ts';

const SIGNAL = new AbortController().signal;
const METRICS = ['secret', 'mine_total', 'a', 'b', 'c', 'namespace', 'sum', 'rate', 'start', 'team:secret:sum'];

/** Every metric with two series in the namespace; the numbers of another namespace are others. */
function seriesOf(namespace: string, factor: number): string {
  return METRICS.flatMap((name, index) =>
    ['x', 'y'].map((a, half) => `${name}{namespace="${namespace}",a="${a}"} ${factor * (index + 1) + half}\n`),
  ).join('');
}

interface World {
  readonly prometheus: ScrapingPrometheus;
  readonly client: PrometheusClient;
}

/** One server has what is mine alone, the other what is theirs too, and series without a namespace. */
let mine: World;
let all: World;

async function worldOf(text: string): Promise<World> {
  const prometheus = await startScrapingPrometheus(text);
  const options = { ioClock: createSystemClock(), userAgent: 'podtide-test' };
  return { prometheus, client: createPrometheusClient(plainBackend(prometheus.url), options) };
}

beforeAll(async () => {
  [mine, all] = await Promise.all([
    worldOf(seriesOf('mine', 1)),
    worldOf(`${seriesOf('mine', 1)}${seriesOf('theirs', 1_000)}secret{a="none"} 7\n`),
  ]);
});

afterAll(async () => {
  for (const world of [mine, all]) {
    await world?.client.close();
    await world?.prometheus.stop();
  }
});

/** What a query comes to, without instants, or why it comes to nothing. */
async function outcomeOf({ client }: World, query: string): Promise<unknown> {
  try {
    return comparable((await client.query({ query, atMs: Date.now() }, SIGNAL)).value);
  } catch (thrown) {
    return (thrown as { readonly problem?: unknown }).problem ?? thrown;
  }
}

function comparable(result: QueryResult): unknown {
  if (result.kind === 'vector')
    return result.samples.map(({ labels, valueText }) => `${JSON.stringify(labels)} ${valueText}`).sort();
  return result.kind === 'scalar' ? result.sample.valueText : result.kind === 'string' ? result.text : result;
}

describe('an enforced query on a real Prometheus', () => {
  test('comes to the same whether or not there is anything in other namespaces', async () => {
    const refused: unknown[] = [];
    let leakingCount = 0;
    for (const { why, query } of HOSTILE_QUERIES) {
      const enforced = enforceMatcher(query, { label: 'namespace', value: 'mine' });
      const [withTheirs, without] = await Promise.all([outcomeOf(all, enforced), outcomeOf(mine, enforced)]);
      expect({ why, enforced, outcome: withTheirs }).toEqual({ why, enforced, outcome: without });
      if ((withTheirs as { readonly code?: unknown }).code !== undefined)
        refused.push({ why, enforced, outcome: withTheirs });
      const [leak, plain] = await Promise.all([outcomeOf(all, query), outcomeOf(mine, query)]);
      if (JSON.stringify(leak) !== JSON.stringify(plain)) leakingCount += 1;
    }
    expect(refused).toEqual(
      HOSTILE_QUERIES.filter(({ needsPrometheus3 }) => needsPrometheus3).map(({ why }) =>
        expect.objectContaining({ why }),
      ),
    );
    // As they were handed in, most would have shown something of theirs.
    expect(leakingCount).toBeGreaterThanOrEqual(40);
  });
});
