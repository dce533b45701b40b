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

/** Asks one after the other. */
export async function readInTurn(
  asker: Asker,
  prometheus: PrometheusChild,
  count: number,
  pathOf: (index: number) => string,
): Promise<ReadFigures> {
  const before = await prometheus.count();
  const latenciesMs: number[] = [];
  for (let index = 0; index < count; index += 1) latenciesMs.push(await read(asker, pathOf(index)));
  return figuresOf(latenciesMs, before, await prometheus.count());
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
  return figuresOf(latenciesMs, before, await prometheus.count());
}

/** What it took; throws when there is not one value. */
async function read(asker: Asker, path: string): Promise<number> {
  const { status, bytes, tookMs } = await asker.ask(path);
  const { items } = JSON.parse(bytes.toString()) as { readonly items?: readonly unknown[] };
  if (status !== 200 || items?.length !== 1) throw new Error(`${path}: ${status} ${bytes}`);
  return tookMs;
}

function figuresOf(
  latenciesMs: readonly number[],
  before: { readonly queryCount: number },
  after: { readonly queryCount: number },
): ReadFigures {
  return {
    latencyMs: spreadOf(latenciesMs),
    queriesPerRead: (after.queryCount - before.queryCount) / latenciesMs.length,
  };
}
