import { type IoClock, sleep } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Scale } from '../../core/autoscaling/types.ts';
import type { ScaleWriteOutcome } from '../../core/engine/decision.ts';
import { ApiFailure, isApiFailure } from '../../platform/kube/api-failure.ts';
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
 * the write's own. Where the answer was lost and the write may have been done, the outcome says so, because the budgets of
 * policies must count it.
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
      if (!ports.isLeader()) throw new NotSent('conflict', 'this process is no longer the leader');
      const proposed: Scale = { ...scale, spec: { ...scale.spec, replicas: toReplicas } };
      const written = await ports.client.replaceScale(target.type, proposed, { signal });
      return { outcome: { kind: 'written', attemptCount }, written };
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const outcome = { kind: 'failed', attemptCount, message: thrown.message } as const;
      if (!ports.isLeader() || signal.aborted) return failed(outcome, isUnanswered(thrown));
      const fresh = await refetch(target, ports, signal);
      if (isUnanswered(thrown)) return failed(outcome, isPossiblyWritten(scale, fresh, toReplicas));
      if (!isApiFailure(thrown, 409) || attemptCount === ATTEMPT_COUNT_MAX) return failed(outcome, false);
      scale = fresh ?? scale;
      await sleep(ports.ioClock, RETRY_DELAY_MS * (1 + RETRY_JITTER_RATIO * ports.random()), signal);
    }
  }
}

/** Thrown before anything was sent. */
class NotSent extends Failure {}

/** Whether the server may have done what was asked although it did not say so: silence, or an error of its own. */
function isUnanswered(thrown: Failure): boolean {
  if (thrown instanceof NotSent) return false;
  return !(thrown instanceof ApiFailure) || thrown.status >= 500;
}

/** Nothing has changed: not written. Otherwise it shows by the count; where nothing could be seen it may be. */
function isPossiblyWritten(sent: Scale, fresh: Scale | undefined, toReplicas: number): boolean {
  if (fresh === undefined) return true;
  if (fresh.metadata.resourceVersion === sent.metadata.resourceVersion) return false;
  return fresh.spec.replicas === toReplicas;
}

function failed(outcome: ScaleWriteOutcome & { readonly kind: 'failed' }, isPossible: boolean): ScaleWriteResult {
  return { outcome: isPossible ? { ...outcome, isPossiblyWritten: true } : outcome, written: null };
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
