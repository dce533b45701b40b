import { Random } from '../../src/base/random.ts';

/** How many HPAs, in how many namespaces. */
export interface FleetSize {
  readonly hpaCount: number;
  readonly namespaceCount: number;
}

/** One HPA with its target and pods, all of one name. */
export interface Member {
  readonly index: number;
  readonly namespace: string;
  readonly name: string;
}

/** Pods of a target before anything is scaled. */
export const POD_COUNT = 2;
/** What each pod asks for, in millicores, and how much of it an HPA is to see used. */
export const POD_REQUEST_MILLI = 1_000;
export const TARGET_UTILIZATION_PERCENT = 50;

/** The members, dealt out to the namespaces in turn. */
export function fleetOf({ hpaCount, namespaceCount }: FleetSize): readonly Member[] {
  return Array.from({ length: hpaCount }, (_, index) => ({
    index,
    namespace: `fleet-${index % namespaceCount}`,
    name: `web-${String(index).padStart(5, '0')}`,
  }));
}

/** Share of the fleet whose load steps up within a minute. */
const STEPS_PER_MINUTE_RATIO = 0.06;
const STEP_RATIO = 1.5;
const WAVE_PERIOD_MS = 120_000;
/** Within the tolerance of 0.1 around the target at every phase of the wave. */
const MEAN_RATIO = 0.95;
const WAVE_RATIO = 0.04;

/**
 * What each member's pods use together: a slow wave below the target that an HPA sees move and leaves alone, until, once
 * for each, at an instant of its own, half as much again is used, which is what three pods are for. The same seed gives
 * the same loads, so that two controllers have the same to decide.
 */
export class FleetLoad {
  readonly #phases: readonly number[];
  readonly #stepAtMs: readonly number[];

  constructor(seed: number, hpaCount: number) {
    const random = Random.ofSeed(seed, 'fleet');
    this.#phases = Array.from({ length: hpaCount }, () => random.nextFraction() * 2 * Math.PI);
    const horizonMs = 60_000 / STEPS_PER_MINUTE_RATIO;
    this.#stepAtMs = Array.from({ length: hpaCount }, () => random.nextFraction() * horizonMs);
  }

  /** When the member's load steps up, counted from the start of the round. */
  stepAtMs(index: number): number {
    return this.#stepAtMs[index] ?? Number.POSITIVE_INFINITY;
  }

  /** Millicores that the member's pods use together, `elapsedMs` after the start of the round; with a fraction. */
  totalMilli(index: number, elapsedMs: number): number {
    const calmMilli = POD_COUNT * POD_REQUEST_MILLI * (TARGET_UTILIZATION_PERCENT / 100);
    const wave = Math.sin((2 * Math.PI * elapsedMs) / WAVE_PERIOD_MS + (this.#phases[index] ?? 0));
    const step = elapsedMs >= this.stepAtMs(index) ? STEP_RATIO : 1;
    return calmMilli * step * (MEAN_RATIO + WAVE_RATIO * wave);
  }
}
