import { METER_POINTS_COUNT_MAX } from '../../../base/limits.ts';

/** What a meter showed at an instant. */
export interface MeterReading {
  readonly atMs: number;
  /** CPU time used since the meter began. */
  readonly cpuNs: number;
  readonly memoryBytes: number;
}

/** A reading, and the rate that led to it. */
interface Point extends MeterReading {
  readonly cpuMilli: number;
}

/** How far back a meter can be read, as cAdvisor keeps its samples. */
const KEPT_MS = 120_000;

/**
 * What meters showed over the last two minutes, to be read at any instant of them: between two points CPU time grows
 * evenly, because loads are played in steps of one rate. Stretches of the same rate and memory are one.
 */
export class MeterRecord {
  readonly #points = new Map<string, Point[]>();

  /** The meter's state at an instant, after a stretch of this rate; the first one begins it. */
  note(key: string, point: Point): void {
    const points = this.#points.get(key);
    if (points === undefined) {
      this.#points.set(key, [point]);
      return;
    }
    const last = points.at(-1);
    const isSame = points.length > 1 && last?.cpuMilli === point.cpuMilli && last.memoryBytes === point.memoryBytes;
    if (isSame || last?.atMs === point.atMs) points.pop();
    points.push(point);
    const keptFromMs = point.atMs - KEPT_MS;
    while (points.length > METER_POINTS_COUNT_MAX || (points[1]?.atMs ?? point.atMs) < keptFromMs) points.shift();
  }

  /** What it showed then; outside of what is known, the nearest that is. Undefined for a meter that never was. */
  at(key: string, atMs: number): MeterReading | undefined {
    const points = this.#points.get(key) ?? [];
    const next = points.findIndex((point) => point.atMs >= atMs);
    const [before, after] = next === -1 ? [points.at(-1), undefined] : [points[next - 1], points[next]];
    if (after === undefined)
      return before && { atMs: before.atMs, cpuNs: before.cpuNs, memoryBytes: before.memoryBytes };
    if (before === undefined) return { atMs, cpuNs: after.cpuNs, memoryBytes: after.memoryBytes };
    const share = (atMs - before.atMs) / (after.atMs - before.atMs);
    return { atMs, cpuNs: before.cpuNs + share * (after.cpuNs - before.cpuNs), memoryBytes: after.memoryBytes };
  }

  /** Forgets a meter; the next note of its key begins another. */
  forget(key: string): void {
    this.#points.delete(key);
  }
}
