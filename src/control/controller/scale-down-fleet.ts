import type { Decision } from '../../core/engine/decision.ts';
import type { ApiPressure, FleetPressure } from '../../core/engine/facts.ts';
import type { MetricTrace } from '../../core/engine/trace.ts';

/** What the fleet knows of one HPA from its last decision. */
interface Member {
  /** The metrics APIs that it uses; none while it is at its minimum, where no metric moves it down. */
  readonly apis: readonly string[];
  /** Since when it has wanted down; null when it does not. */
  readonly sinceMs: number | null;
  /** The API for which the breaker holds it; null when it does not. */
  readonly heldFor: string | null;
}

/** What the fleet knows of one metrics API. */
interface ApiState {
  hpaCount: number;
  heldCount: number;
  /** How many wishes began in each second, by the second; HPAs with a wish only. */
  readonly wishesBySecond: Map<number, number>;
}

/** Wishes that began this far apart still belong together. */
const TOGETHER_SECONDS = 60;

/**
 * Which HPAs want down, since when, and which metrics APIs they share: what the scale-down breaker looks at. A wish is the
 * recommendation before stabilization and bounds; it ends when the HPA wants no less than it has, or cannot tell. HPAs at
 * their minimum count for nothing: idle ones have wanted down for hours, and would hide that all others just began to.
 */
export class ScaleDownFleet {
  readonly #members = new Map<string, Member>();
  readonly #apis = new Map<string, ApiState>();
  readonly #onTrip: (api: string) => void;

  /** `onTrip` is told when an API has its first HPA held. */
  constructor(onTrip: (api: string) => void) {
    this.#onTrip = onTrip;
  }

  /** HPAs that are held. */
  get heldCount(): number {
    let count = 0;
    for (const { heldCount } of this.#apis.values()) count += heldCount;
    return count;
  }

  /** Takes note of a decision. */
  note(key: string, { trace, currentReplicas, atMs }: Decision): void {
    const before = this.#members.get(key);
    const recommended = trace.combination?.recommendedReplicas ?? null;
    const canShrink = currentReplicas !== null && currentReplicas > (trace.path.minReplicas ?? 0);
    const isWishing = canShrink && recommended !== null && recommended < currentReplicas;
    const member: Member = {
      apis: canShrink ? apisOf(trace.metrics) : [],
      sinceMs: isWishing ? (before?.sinceMs ?? atMs) : null,
      heldFor: trace.hold?.code === 'CorrelatedScaleDown' ? trace.hold.api : null,
    };
    if (before !== undefined) this.#count(before, -1);
    this.#count(member, 1);
    if (
      member.heldFor !== null &&
      before?.heldFor !== member.heldFor &&
      this.#apis.get(member.heldFor)?.heldCount === 1
    ) {
      this.#onTrip(member.heldFor);
    }
    this.#members.set(key, member);
  }

  /** Forgets an HPA that is gone. */
  forget(key: string): void {
    const member = this.#members.get(key);
    if (member === undefined) return;
    this.#count(member, -1);
    this.#members.delete(key);
  }

  /** Forgets all. */
  clear(): void {
    this.#members.clear();
    this.#apis.clear();
  }

  /** How the fleet fares, seen from one HPA. */
  pressureOf(key: string): FleetPressure {
    const member = this.#members.get(key);
    if (member === undefined || member.sinceMs === null) return { wantsDownSinceMs: null, apis: [] };
    const { sinceMs } = member;
    return { wantsDownSinceMs: sinceMs, apis: member.apis.map((api) => this.#pressureOn(api, sinceMs)) };
  }

  #pressureOn(api: string, sinceMs: number): ApiPressure {
    const state = this.#apis.get(api);
    const second = Math.floor(sinceMs / 1000);
    let wantDownCount = 0;
    for (let at = second - TOGETHER_SECONDS; at <= second + TOGETHER_SECONDS; at++) {
      wantDownCount += state?.wishesBySecond.get(at) ?? 0;
    }
    return { api, hpaCount: state?.hpaCount ?? 0, wantDownCount };
  }

  #count({ apis, sinceMs, heldFor }: Member, change: 1 | -1): void {
    for (const api of apis) {
      const state = this.#stateOf(api);
      state.hpaCount += change;
      if (heldFor === api) state.heldCount += change;
      if (sinceMs !== null) {
        const second = Math.floor(sinceMs / 1000);
        const count = (state.wishesBySecond.get(second) ?? 0) + change;
        if (count === 0) state.wishesBySecond.delete(second);
        else state.wishesBySecond.set(second, count);
      }
      if (state.hpaCount === 0) this.#apis.delete(api);
    }
  }

  #stateOf(api: string): ApiState {
    const known = this.#apis.get(api);
    if (known !== undefined) return known;
    const state: ApiState = { hpaCount: 0, heldCount: 0, wishesBySecond: new Map() };
    this.#apis.set(api, state);
    return state;
  }
}

const API_OF_SOURCE: Readonly<Record<string, string>> = {
  Resource: 'metrics.k8s.io',
  ContainerResource: 'metrics.k8s.io',
  Pods: 'custom.metrics.k8s.io',
  Object: 'custom.metrics.k8s.io',
  External: 'external.metrics.k8s.io',
};

function apisOf(metrics: readonly MetricTrace[]): readonly string[] {
  return [...new Set(metrics.flatMap(({ sourceType }) => API_OF_SOURCE[sourceType] ?? []))];
}
