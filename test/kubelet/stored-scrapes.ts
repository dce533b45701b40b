import type { NodeUsage } from '../../src/metrics/kubelet/node-usage.ts';
import { podRows } from '../../src/metrics/kubelet/node-usage.ts';
import { readResourceText } from '../../src/metrics/kubelet/resource-text.ts';
import { hasBefore } from '../../src/metrics/kubelet/usage-points.ts';
import { rateOf, type UsageRate } from '../../src/metrics/kubelet/usage-rate.ts';
import { UsageStore } from '../../src/metrics/kubelet/usage-store.ts';
import { type ContainerReading, type NodeReading, resourceAnswer } from './resource-answer.ts';

/** A container's point; instants in seconds after `EPOCH_SECONDS`, a null start is not in the answer. */
export type Point = readonly [startSeconds: number | null, atSeconds: number, cpuSeconds: number, memoryMib: number];

/** What a scrape says of the containers of the pod `shop/web`; without any it does not mention the pod. */
export type Scrape = Readonly<Record<string, Point>>;

/** Far enough from 1970 that instants have as many digits as real ones. */
export const EPOCH_SECONDS = 1_767_320_000;

export const MIB = 1024 * 1024;

export function storeOf(resolutionSeconds: number, stopped: readonly string[] = []): UsageStore {
  return new UsageStore({
    resolutionMs: resolutionSeconds * 1000,
    staleAfterMs: 0,
    isStopped: (_namespace, _pod, container) => stopped.includes(container),
  });
}

export function readingsOf(scrape: Scrape): readonly ContainerReading[] {
  return Object.entries(scrape).map(([container, [startSeconds, atSeconds, cpuSeconds, memoryMib]]) => ({
    pod: 'web',
    container,
    cpuSeconds,
    memoryBytes: memoryMib * MIB,
    atSeconds: EPOCH_SECONDS + atSeconds,
    ...(startSeconds === null ? {} : { startSeconds: EPOCH_SECONDS + startSeconds }),
  }));
}

/** Stores an answer of the node `n1` that says this, and of one more pod, so that it is never empty. */
export function storeAnswer(
  store: UsageStore,
  containers: readonly ContainerReading[],
  node: NodeReading = {},
  scrapedAtMs = 0,
): void {
  const text = resourceAnswer([...containers, { pod: 'other', container: 'c', cpuSeconds: 1, memoryBytes: 1 }], node);
  const options = { nodeName: 'n1', requestedAtMs: 0, layout: store.layoutOf('n1'), names: store.names };
  store.store('n1', readResourceText(Buffer.from(text), options), scrapedAtMs);
}

/** What is served of the pod, a line for each container; null when it is left out. */
export function servedOf(store: UsageStore, pod = 'web'): readonly string[] | null {
  const usage = store.get('n1', 0);
  const rows = usage === undefined ? undefined : podRows(usage, 'shop', pod);
  if (usage === undefined || rows === undefined || !rows.every(hasBefore)) return null;
  return rows.flatMap((of) => {
    const rate = rateOf(of);
    return rate === undefined ? [] : [`${usage.layout.container(of.row)}: ${rateText(rate)}`];
  });
}

/** What is served of the node; null when it is left out. */
export function servedNode(usage: NodeUsage | undefined): string | null {
  const rate = usage === undefined ? undefined : rateOf({ points: usage.node, row: 0 });
  return rate === undefined ? null : rateText(rate);
}

function rateText({ cpu, memory, windowMs, atMs }: UsageRate): string {
  return `${cpu} ${memory} over ${windowMs / 1000} at ${atMs / 1000 - EPOCH_SECONDS}`;
}
