import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Rule, START_MS, sightingOf, WRITTEN } from '../../../test/fixtures/sightings.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { HpaStatus } from '../../core/autoscaling/types.ts';
import { type AgreementState, judge } from './agreement.ts';

const PERIOD_MS = 15_000;

interface Phase {
  readonly replicaCount: number;
  readonly seconds: number;
}

/** Load that holds for at least three periods each, in replicas. */
const loads = fc.array(
  fc.record({ replicaCount: fc.integer({ min: 1, max: 30 }), seconds: fc.integer({ min: 45, max: 120 }) }),
  { minLength: 1, maxLength: 12 },
);

/** At most twice the count in one step, as upstream's default limits a scale up. */
const ruleUnder =
  (loadReplicas: number): Rule =>
  (from) =>
    Math.min(loadReplicas, Math.max(2 * from, 4));

function loadAt(load: readonly Phase[], atMs: number): number {
  let untilMs = 0;
  for (const { replicaCount, seconds } of load) {
    untilMs += seconds * 1000;
    if (atMs < untilMs) return replicaCount;
  }
  return load.at(-1)?.replicaCount ?? 1;
}

/** The acting controller: its count, and its status, which the observer sees a little later. */
class ActingController {
  specReplicas = 2;
  moveCount = 0;
  #status: HpaStatus = WRITTEN;
  #written: HpaStatus = WRITTEN;
  #visibleAtMs = 0;

  sync(atMs: number, rule: Rule, delayMs: number): void {
    const desiredReplicas = rule(this.specReplicas) ?? this.specReplicas;
    const isMove = desiredReplicas !== this.specReplicas;
    this.#status = this.statusAt(atMs);
    const scaled = isMove ? { lastScaleTime: formatRfc3339(START_MS + atMs) } : {};
    this.#written = { ...this.#written, ...scaled, currentReplicas: this.specReplicas, desiredReplicas };
    this.#visibleAtMs = atMs + delayMs;
    this.specReplicas = desiredReplicas;
    if (isMove) this.moveCount++;
  }

  statusAt(atMs: number): HpaStatus {
    return atMs < this.#visibleAtMs ? this.#status : this.#written;
  }
}

function instants(untilMs: number, offsetMs: number): readonly number[] {
  return Array.from({ length: Math.floor(untilMs / PERIOD_MS) }, (_, index) => index * PERIOD_MS + offsetMs);
}

const THEIR_OFFSET_MS = 500;

/** The verdicts of an observer, and how often the other moved while it watched. */
function watch(load: readonly Phase[], shiftMs: number, delayMs: number) {
  const acting = new ActingController();
  let state: AgreementState | null = null;
  const kinds: string[] = [];
  let unseenCount = 0;
  const endMs = load.reduce((sum, { seconds }) => sum + seconds * 1000, 8 * PERIOD_MS);
  const due = [
    ...instants(endMs, THEIR_OFFSET_MS).map((atMs) => ({ atMs, isOurs: false })),
    ...instants(endMs, shiftMs).map((atMs) => ({ atMs, isOurs: true })),
  ].sort((left, right) => left.atMs - right.atMs);
  for (const { atMs, isOurs } of due) {
    const rule = ruleUnder(loadAt(load, atMs));
    if (!isOurs) {
      acting.sync(atMs, rule, delayMs);
      continue;
    }
    if (state === null) unseenCount = acting.moveCount;
    const step = { at: atMs / 1000, spec: acting.specReplicas, rule };
    const judgement = judge(state, sightingOf(step, acting.statusAt(atMs), state, {}));
    state = judgement.state;
    kinds.push(...judgement.verdicts.map(({ verdict }) => verdict.kind));
  }
  return { kinds, moveCount: acting.moveCount - unseenCount };
}

test('of two controllers with one rule every move agrees, whatever the shift between them and the delay of a status', () => {
  const milliseconds = (max: number) => fc.integer({ min: 0, max });
  fc.assert(
    fc.property(loads, milliseconds(PERIOD_MS - 1), milliseconds(3_000), (load, shiftMs, delayMs) => {
      const { kinds, moveCount } = watch(load, shiftMs, delayMs);
      expect(kinds).toEqual(Array.from({ length: moveCount }, () => 'agreedMove'));
    }),
  );
});
