import type { ServiceLoad } from '../world/runtime/container-runtime.ts';

/** What a window looks back on: whole seconds, the one that runs not among them. */
const WINDOW_SECONDS = 5;
/** Response times fall into classes 5 % apart, the first one up to 0.1 ms and the last one beyond 1,000 s. */
const CLASS_RATIO = 1.05;
const FIRST_CLASS_MS = 0.1;
const CLASS_COUNT = 332;

interface Second {
  readonly index: number;
  count: number;
  failedCount: number;
  readonly classes: Uint32Array;
}

/** Requests and response times of the last seconds, in constant memory however many there are. */
export class RequestWindow {
  #seconds: Second[] = [];

  /** Notes a request that was over at this instant. Only answered ones count for the response time. */
  note(atMs: number, latencyMs: number, isFailed: boolean): void {
    const second = this.#secondOf(Math.floor(atMs / 1000));
    second.count++;
    if (isFailed) second.failedCount++;
    else second.classes[classOf(latencyMs)] = (second.classes[classOf(latencyMs)] ?? 0) + 1;
  }

  /** The last whole seconds before this instant. */
  loadAt(atMs: number): ServiceLoad {
    const now = Math.floor(atMs / 1000);
    const counted = this.#seconds.filter(({ index }) => index < now && index >= now - WINDOW_SECONDS);
    const sum = (of: (second: Second) => number): number => counted.reduce((total, second) => total + of(second), 0);
    return {
      requestsPerSecond: sum(({ count }) => count) / WINDOW_SECONDS,
      failedPerSecond: sum(({ failedCount }) => failedCount) / WINDOW_SECONDS,
      latencyP95Ms: percentileMs(counted, 0.95),
    };
  }

  #secondOf(index: number): Second {
    const newest = this.#seconds.at(-1);
    // The clock is monotonic; whatever ends late belongs to the newest second.
    if (newest !== undefined && newest.index >= index) return newest;
    const second = { index, count: 0, failedCount: 0, classes: new Uint32Array(CLASS_COUNT) };
    this.#seconds = [...this.#seconds.filter((known) => known.index >= index - WINDOW_SECONDS), second];
    return second;
  }
}

function classOf(latencyMs: number): number {
  const index = Math.ceil(Math.log(Math.max(latencyMs, FIRST_CLASS_MS) / FIRST_CLASS_MS) / Math.log(CLASS_RATIO));
  return Math.min(CLASS_COUNT - 1, index);
}

/** The upper bound of the class that the percentile falls into; null without an answer. */
function percentileMs(seconds: readonly Second[], fraction: number): number | null {
  const answeredCount = seconds.reduce((sum, { count, failedCount }) => sum + count - failedCount, 0);
  if (answeredCount === 0) return null;
  let leftCount = Math.ceil(answeredCount * fraction);
  for (let index = 0; index < CLASS_COUNT; index++) {
    leftCount -= seconds.reduce((sum, { classes }) => sum + (classes[index] ?? 0), 0);
    if (leftCount <= 0) return FIRST_CLASS_MS * CLASS_RATIO ** index;
  }
  return null;
}
