import { type IoClock, sleep } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Scale } from '../../core/autoscaling/types.ts';
import type { ScaleWriteOutcome } from '../../core/engine/decision.ts';
import { isApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import type { ScaleTarget } from '../facts/scale-reader.ts';

/** Upstream's conflict retry (specification 1.7). */
const ATTEMPT_COUNT_MAX = 5;
const RETRY_DELAY_MS = 10;
const RETRY_JITTER_RATIO = 0.1;

/** What a scale write needs besides the scale. */
export interface ScaleWriterPorts {
  readonly client: Pick<KubeClient, 'getScale' | 'replaceScale'>;
  readonly ioClock: IoClock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Asked immediately before each write: a leader that may no longer be one writes nothing. */
  readonly isLeader: () => boolean;
}

/** How a write went; `written` carries the answer. */
export interface ScaleWriteResult {
  readonly outcome: ScaleWriteOutcome;
  readonly written: Scale | null;
}

/**
 * Writes `toReplicas` into the scale that was read, guarded by its resourceVersion. After any failed write the scale is
 * fetched again, and a conflict is tried again with the same count: at most five attempts. The error that is reported is
 * the write's own.
 */
export async function writeScale(
  target: ScaleTarget,
  toReplicas: number,
  ports: ScaleWriterPorts,
  signal: AbortSignal,
): Promise<ScaleWriteResult> {
  let scale = target.scale;
  for (let attemptCount = 1; ; attemptCount++) {
    try {
      if (!ports.isLeader()) throw new Failure('conflict', 'this process is no longer the leader');
      const proposed: Scale = { ...scale, spec: { ...scale.spec, replicas: toReplicas } };
      const written = await ports.client.replaceScale(target.type, proposed, { signal });
      return { outcome: { kind: 'written', attemptCount }, written };
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const outcome: ScaleWriteOutcome = { kind: 'failed', attemptCount, message: thrown.message };
      if (!ports.isLeader() || signal.aborted) return { outcome, written: null };
      scale = (await refetch(target, ports, signal)) ?? scale;
      if (!isApiFailure(thrown, 409) || attemptCount === ATTEMPT_COUNT_MAX) return { outcome, written: null };
      await sleep(ports.ioClock, RETRY_DELAY_MS * (1 + RETRY_JITTER_RATIO * ports.random()), signal);
    }
  }
}

/** The scale as it is now; undefined when it cannot be had, in which case the next attempt fails by itself. */
async function refetch(target: ScaleTarget, ports: ScaleWriterPorts, signal: AbortSignal): Promise<Scale | undefined> {
  const { namespace, name } = target.scale.metadata;
  const ref = { ...(namespace === undefined ? {} : { namespace }), name };
  try {
    return await ports.client.getScale(target.type, ref, { signal });
  } catch (thrown) {
    if (thrown instanceof Failure) return undefined;
    throw thrown;
  }
}
