import type { ServiceLoad } from '../world/runtime/container-runtime.ts';
import { LatencyHistogram } from './latency-histogram.ts';

/** What a window looks back on: whole seconds, the one that runs not among them. */
const WINDOW_SECONDS = 5;

interface Second {
  readonly index: number;
  readonly answered: LatencyHistogram;
  failedCount: number;
}

/** Requests and response times of the last seconds. */
export class RequestWindow {
  #seconds: readonly Second[] = [];

  /** Notes a request that was over at this instant. Only answered ones count for the response time. */
  note(atMs: number, latencyMs: number, isFailed: boolean): void {
    const second = this.#secondOf(Math.floor(atMs / 1000));
    if (isFailed) second.failedCount++;
    else second.answered.note(latencyMs);
  }

  /** The last whole seconds before this instant. */
  loadAt(atMs: number): ServiceLoad {
    const now = Math.floor(atMs / 1000);
    const answered = new LatencyHistogram();
    let failedCount = 0;
    for (const second of this.#seconds) {
      if (second.index >= now || second.index < now - WINDOW_SECONDS) continue;
      answered.add(second.answered);
      failedCount += second.failedCount;
    }
    return {
      requestsPerSecond: (answered.count + failedCount) / WINDOW_SECONDS,
      failedPerSecond: failedCount / WINDOW_SECONDS,
      latencyP95Ms: answered.percentileMs(0.95),
    };
  }

  #secondOf(index: number): Second {
    const newest = this.#seconds.at(-1);
    // The clock is monotonic; whatever ends late belongs to the newest second.
    if (newest !== undefined && newest.index >= index) return newest;
    const second = { index, answered: new LatencyHistogram(), failedCount: 0 };
    this.#seconds = [...this.#seconds.filter((known) => known.index >= index - WINDOW_SECONDS), second];
    return second;
  }
}
