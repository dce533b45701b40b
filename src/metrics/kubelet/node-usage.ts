import { type ContainerLayout, EMPTY_LAYOUT } from './container-layout.ts';
import { type NodeSample, SAMPLE } from './sample-builder.ts';
import { dropRow, hasBefore, isCounting, type PointsRow, storeSample, USAGE } from './usage-points.ts';

/** What is stored of one node: the last samples of its containers and of itself, and what their rates count from. */
export interface NodeUsage {
  readonly layout: ContainerLayout;
  /** `USAGE.WIDTH` numbers for each row of the layout. */
  readonly points: Float64Array;
  /** The same for the node itself, one row. */
  readonly node: Float64Array;
  /** When the scrape began that brought this, epoch ms of the domain clock; of the one before, null when there was none. */
  readonly scrapedAtMs: number;
  readonly scrapedBeforeAtMs: number | null;
  /** Upstream's `metrics_server_storage_points`: containers that have a point to count from. */
  readonly countingContainerCount: number;
}

/** By which rules samples are stored. */
export interface StorageRules {
  /** Between two scrapes; younger containers count from their start. */
  readonly resolutionMs: number;
  /**
   * Whether the pod's status says that the container is not running. Such a container is left out when its sample is
   * incomplete, instead of making its pod unknown. Upstream knows no status: always false.
   */
  isStopped(namespace: string, pod: string, container: string): boolean;
}

/**
 * The node's table after another scrape, at which nothing remains of containers that the scrape does not mention. A sample
 * without CPU or memory is incomplete: it makes its node or its whole pod unknown until the next scrape, and what comes
 * then has nothing to count from (specification 1.4, 1.5).
 */
export function nextUsage(
  before: NodeUsage | undefined,
  sample: NodeSample,
  scrapedAtMs: number,
  rules: StorageRules,
): NodeUsage {
  const { layout } = sample;
  const points = new Float64Array(layout.rowCount * USAGE.WIDTH);
  const beforeLayout = before?.layout ?? EMPTY_LAYOUT;
  for (let row = 0; row < layout.rowCount; row += 1) {
    const beforeRow = layout === beforeLayout ? row : beforeLayout.rowOf(layout.name(row));
    const earlier = before === undefined || beforeRow < 0 ? undefined : { points: before.points, row: beforeRow };
    storeSample({ points, row }, { points: sample.points, row }, earlier, rules.resolutionMs);
  }
  dropIncompletePods(sample, points, rules);
  let countingContainerCount = 0;
  for (let row = 0; row < layout.rowCount; row += 1) if (hasBefore({ points, row })) countingContainerCount += 1;
  return {
    layout,
    points,
    node: nextNodePoints(before, sample.node, rules.resolutionMs),
    scrapedAtMs,
    scrapedBeforeAtMs: before?.scrapedAtMs ?? null,
    countingContainerCount,
  };
}

/** The rows of a pod that count; undefined when the pod is unknown: not mentioned, or with an incomplete sample. */
export function podRows(usage: NodeUsage, namespace: string, pod: string): readonly PointsRow[] | undefined {
  const first = usage.layout.firstRow(namespace, pod);
  if (first < 0) return undefined;
  const rows: PointsRow[] = [];
  const end = usage.layout.endRow(first);
  for (let row = first; row < end; row += 1) {
    const of = { points: usage.points, row };
    if (isCounting(of)) rows.push(of);
  }
  return rows.length === 0 ? undefined : rows;
}

/** Whether every row of the pod that counts has something to count from: what `podRows` says, and nothing made for it. */
export function isPodServed({ layout, points }: NodeUsage, namespace: string, pod: string): boolean {
  const first = layout.firstRow(namespace, pod);
  if (first < 0) return false;
  const end = layout.endRow(first);
  let isServed = false;
  for (let row = first; row < end; row += 1) {
    if (Number.isNaN(points[row * USAGE.WIDTH + USAGE.AT_MS])) continue;
    if (Number.isNaN(points[row * USAGE.WIDTH + USAGE.BEFORE_AT_MS])) return false;
    isServed = true;
  }
  return isServed;
}

/** The container that makes its pod unknown, and what its sample lacks; undefined when none does. */
export function incompleteContainer(
  usage: NodeUsage,
  namespace: string,
  pod: string,
): { readonly container: string; readonly lacks: 'CPU' | 'memory' } | undefined {
  const first = usage.layout.firstRow(namespace, pod);
  if (first < 0) return undefined;
  const end = usage.layout.endRow(first);
  for (let row = first; row < end; row += 1) {
    const lacks = lackOf(usage.points, row * USAGE.WIDTH + USAGE.CPU_NS, row * USAGE.WIDTH + USAGE.MEMORY_BYTES);
    if (lacks !== undefined) return { container: usage.layout.container(row), lacks };
  }
  return undefined;
}

function dropIncompletePods({ layout, points: sampled }: NodeSample, points: Float64Array, rules: StorageRules): void {
  let end = 0;
  for (let first = 0; first < layout.rowCount; first = end) {
    end = layout.endRow(first);
    let isPodDropped = false;
    for (let row = first; row < end; row += 1) {
      if (lackOf(sampled, row * SAMPLE.WIDTH + SAMPLE.CPU_NS, row * SAMPLE.WIDTH + SAMPLE.MEMORY_BYTES) === undefined) {
        continue;
      }
      const { namespace, pod, container } = layout.name(row);
      if (!rules.isStopped(namespace, pod, container)) isPodDropped = true;
      dropRow({ points, row });
    }
    if (isPodDropped) for (let row = first; row < end; row += 1) dropRow({ points, row });
  }
}

function nextNodePoints(before: NodeUsage | undefined, sampled: Float64Array, resolutionMs: number): Float64Array {
  const node = new Float64Array(USAGE.WIDTH);
  const earlier = before === undefined ? undefined : { points: before.node, row: 0 };
  storeSample({ points: node, row: 0 }, { points: sampled, row: 0 }, earlier, resolutionMs);
  if (lackOf(sampled, SAMPLE.CPU_NS, SAMPLE.MEMORY_BYTES) !== undefined) dropRow({ points: node, row: 0 });
  return node;
}

/** A sample has both, and neither is 0. */
function lackOf(points: Float64Array, cpuAt: number, memoryAt: number): 'CPU' | 'memory' | undefined {
  if (!((points[cpuAt] ?? 0) > 0)) return 'CPU';
  return (points[memoryAt] ?? 0) > 0 ? undefined : 'memory';
}
