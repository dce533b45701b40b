import type { ApiPressure, FleetPressure } from './facts.ts';
import type { ScaleDownBreaker } from './options.ts';
import type { HoldTrace } from './trace.ts';

/** With fewer HPAs on a metrics API their wishes tell nothing of it. */
export const BREAKER_HPAS_COUNT_MIN = 5;

/** A scale-down that the metrics ask for. */
export interface ScaleDownWish {
  readonly wantedReplicas: number;
  readonly nowMs: number;
  /** Absent when the fleet was not looked at. */
  readonly pressure: FleetPressure | undefined;
}

/**
 * Holds a scale-down while too many HPAs on the same metrics API began to want down within a minute of it: then it is
 * likelier that the metrics went blind than that all load is gone (docs/specification/options.md). Nothing goes out before
 * the whole fleet has been looked at once since the wish began, and after `holdMs` the drop is believed.
 */
export function findBreakerHold(
  { wantedReplicas, nowMs, pressure }: ScaleDownWish,
  breaker: ScaleDownBreaker,
): HoldTrace | null {
  const sinceMs = pressure?.wantsDownSinceMs ?? nowMs;
  const seenAtMs = sinceMs + breaker.lookMs;
  if (pressure === undefined || nowMs < seenAtMs) return { code: 'FleetNotSeen', wantedReplicas, untilMs: seenAtMs };
  const untilMs = sinceMs + breaker.holdMs;
  if (nowMs >= untilMs) return null;
  const worst = worstOf(pressure.apis, breaker.shareRatioMax);
  if (worst === null) return null;
  const { api, wantDownCount, hpaCount } = worst;
  const { shareRatioMax } = breaker;
  return { code: 'CorrelatedScaleDown', wantedReplicas, api, wantDownCount, hpaCount, shareRatioMax, sinceMs, untilMs };
}

/** The API with the largest share beyond the limit; null when none is beyond it. */
function worstOf(apis: readonly ApiPressure[], shareRatioMax: number): ApiPressure | null {
  let worst: ApiPressure | null = null;
  for (const pressure of apis) {
    if (pressure.hpaCount < BREAKER_HPAS_COUNT_MIN || shareOf(pressure) <= shareRatioMax) continue;
    if (worst === null || shareOf(pressure) > shareOf(worst)) worst = pressure;
  }
  return worst;
}

function shareOf({ wantDownCount, hpaCount }: ApiPressure): number {
  return wantDownCount / hpaCount;
}
