import { setTimeout as delay } from 'node:timers/promises';
import type { Asker } from '../metrics-server/asker.ts';
import { type Spread, spreadOf } from '../scale/quantiles.ts';
import { apiName, METRICS_COUNT, NAMESPACE, podName, SERVICE } from './measured-series.ts';
import type { PrometheusChild } from './prometheus-child.ts';

/** The API that is measured. */
export const API = '/apis/custom.metrics.k8s.io/v1beta1';

/** What answers took, from the request to the last byte, and what they cost Prometheus. */
export interface ReadFigures {
  readonly latencyMs: Spread;
  readonly queriesPerRead: number;
}

/** A metric of one pod, each time another metric. */
export function podMetricPath(index: number): string {
  return `${API}/namespaces/${NAMESPACE}/pods/${podName(0)}/${apiName(index % METRICS_COUNT)}`;
}

/** As an HPA asks for a metric of its pods; each HPA has pods of its own. */
export function podsMetricPath(hpa: number, metric: number): string {
  return `${API}/namespaces/${NAMESPACE}/pods/*/${apiName(metric % METRICS_COUNT)}?labelSelector=app%3D${hpa}`;
}

/** As HPAs ask for a metric of an object that all of them follow. */
export function objectMetricPath(metric: number): string {
  return `${API}/namespaces/${NAMESPACE}/services/${SERVICE}/${apiName(metric % METRICS_COUNT)}`;
}

/** What one adapter was asked in one round. */
export interface ReadRound {
  readonly latenciesMs: readonly number[];
  readonly queryCount: number;
}

/** Reads of one adapter before it is the next one's turn. */
const TURN_COUNT = 20;

/**
 * Asks several adapters for the same by turns, a few reads of each after those of the one before, so that whatever else the
 * machine does meets all of them.
 */
export async function readByTurns(
  askers: readonly Asker[],
  prometheus: PrometheusChild,
  count: number,
  pathOf: (index: number) => string,
): Promise<readonly ReadRound[]> {
  const rounds = askers.map(() => ({ latenciesMs: [] as number[], queryCount: 0 }));
  for (let from = 0; from < count; from += TURN_COUNT) {
    for (const [index, asker] of askers.entries()) {
      const before = await prometheus.count();
      const latenciesMs: number[] = [];
      for (let at = from; at < Math.min(count, from + TURN_COUNT); at += 1)
        latenciesMs.push(await read(asker, pathOf(at)));
      const { queryCount } = await prometheus.count();
      const round = rounds[index] as (typeof rounds)[number];
      round.latenciesMs.push(...latenciesMs);
      round.queryCount += queryCount - before.queryCount;
    }
  }
  return rounds;
}

/** Asks one after the other. */
export async function readInTurn(
  asker: Asker,
  prometheus: PrometheusChild,
  count: number,
  pathOf: (index: number) => string,
): Promise<ReadFigures> {
  return figuresOfRounds(await readByTurns([asker], prometheus, count, pathOf));
}

/** Asks at even distances within `spanMs`, as a controller does for as many HPAs, whether or not the one before is answered. */
export async function readTogether(
  asker: Asker,
  prometheus: PrometheusChild,
  { count, spanMs }: { readonly count: number; readonly spanMs: number },
  pathOf: (index: number) => string,
): Promise<ReadFigures> {
  const before = await prometheus.count();
  const latenciesMs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      await delay((spanMs * index) / count);
      return await read(asker, pathOf(index));
    }),
  );
  const { queryCount } = await prometheus.count();
  return figuresOfRounds([{ latenciesMs, queryCount: queryCount - before.queryCount }]);
}

/** What it took; throws when there is not one value. */
async function read(asker: Asker, path: string): Promise<number> {
  const { status, bytes, tookMs } = await asker.ask(path);
  const { items } = JSON.parse(bytes.toString()) as { readonly items?: readonly unknown[] };
  if (status !== 200 || items?.length !== 1) throw new Error(`${path}: ${status} ${bytes}`);
  return tookMs;
}

/** Of several rounds together. */
export function figuresOfRounds(rounds: readonly ReadRound[]): ReadFigures {
  const latenciesMs = rounds.flatMap((round) => round.latenciesMs);
  const queryCount = rounds.reduce((sum, round) => sum + round.queryCount, 0);
  return { latencyMs: spreadOf(latenciesMs), queriesPerRead: queryCount / latenciesMs.length };
}
