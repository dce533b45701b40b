import type { ScalingPolicy, ScalingRules } from '../../../src/core/autoscaling/types.ts';
import { restingCount } from './demand-model.ts';
import type { Journal, ScaleWrite, SpecVersion, SyncView } from './journal.ts';
import type { PlannedHpa, Story } from './story.ts';

/** A rule that was broken. */
export interface Violation {
  readonly atMs: number;
  readonly hpa: string;
  readonly rule: string;
  readonly text: string;
}

/** What the oracle is told of the world besides the journal. */
export interface OracleWorld {
  readonly nowMs: () => number;
  /** For how long the process may have looked at an outdated HPA, ms. */
  readonly hpaStalenessMs: (process: string) => number;
  /** In which order processes began: a later one succeeds an earlier one. */
  readonly rankOf: (process: string) => number;
  /** Whether windows and policies hold across processes, or only while one leads without a break. */
  readonly isMemoryKept: boolean;
  readonly leadingSinceMs: (process: string) => number;
}

/** A memory that is restored may take its newest recommendation to be this much younger. */
const RESTORED_MS = 30_000;

/** The bounds that an HPA had. */
type Bounds = NonNullable<SpecVersion['bounds']>;

/**
 * Judges every scale write by the true world and by the other writes alone, knowing nothing of the controller's code.
 * A process may act by any version of the HPA that it can have seen; a write is wrong when it breaks a rule under each.
 */
export class Oracle {
  readonly violations: Violation[] = [];
  readonly #story: Story;
  readonly #journal: Journal;
  readonly #world: OracleWorld;
  readonly #hpas: ReadonlyMap<string, PlannedHpa>;

  constructor(story: Story, journal: Journal, world: OracleWorld) {
    this.#story = story;
    this.#journal = journal;
    this.#world = world;
    this.#hpas = new Map(story.hpas.map((hpa) => [hpa.name, hpa]));
  }

  /** Judges a write that the API server has just accepted; the journal holds the earlier ones. */
  judge(write: ScaleWrite): void {
    const broken = this.#brokenRule(write);
    if (broken === null) return;
    const [rule, detail] = broken;
    const { fromReplicas, toReplicas, process } = write;
    this.#report(write.hpa, rule, `${process} wrote ${fromReplicas} → ${toReplicas}: ${detail}`);
  }

  /** Judges where everything stands long after the last fault. */
  judgeRest(
    hpa: string,
    count: number,
    totals: ReadonlyMap<string, number>,
    status: {
      readonly desiredReplicas: number;
      readonly currentReplicas: number;
      readonly conditions: readonly string[];
    },
  ): void {
    const planned = this.#hpas.get(hpa);
    const bounds = this.#journal.specs.get(hpa)?.at(-1)?.bounds;
    if (planned === undefined || bounds === null || bounds === undefined) return;
    const wanted = restingCount(planned, totals, bounds, count);
    if (wanted !== count) this.#report(hpa, 'stuck', `it stands at ${count}, and its load wants ${wanted}`);
    const conditions = ['AbleToScale/True', count === 0 ? 'ScalingActive/False' : 'ScalingActive/True'];
    const missing = conditions.filter((condition) => !status.conditions.includes(condition));
    if (missing.length > 0)
      this.#report(hpa, 'status', `${missing.join(', ')} missing in ${status.conditions.join(', ')}`);
    if (status.currentReplicas !== count || (count > 0 && status.desiredReplicas !== count)) {
      const { currentReplicas, desiredReplicas } = status;
      this.#report(hpa, 'status', `the status says ${currentReplicas} → ${desiredReplicas}, the count is ${count}`);
    }
  }

  #report(hpa: string, rule: string, text: string): void {
    this.violations.push({ atMs: this.#world.nowMs(), hpa, rule, text });
  }

  #brokenRule(write: ScaleWrite): readonly [rule: string, detail: string] | null {
    const { view } = write;
    if (!write.isGuarded) return ['guard', 'without a resourceVersion'];
    if (view === undefined || view.specReplicas === null) return ['unread', 'the scale had not been read'];
    if (view.heldReplicas !== write.fromReplicas) {
      return ['guard', `decided over ${view.heldReplicas}, and ${write.fromReplicas} was in force`];
    }
    const deposed = this.#successorOf(write);
    if (deposed !== null) return ['deposed', deposed];
    const sinceMs = view.startAtMs - this.#world.hpaStalenessMs(write.process);
    let broken: readonly [string, string] | null = null;
    for (const { bounds } of this.#journal.versionsSince(write.hpa, sinceMs).toReversed()) {
      if (bounds === null) continue;
      const found = this.#brokenUnder(bounds, write, view, view.specReplicas);
      if (found === null) return null;
      broken ??= found;
    }
    return broken ?? ['noHpa', 'there has been no such HPA for a while'];
  }

  /** Whether somebody who took over from the writer has already acted on the same target. */
  #successorOf({ process, hpa, atMs }: ScaleWrite): string | null {
    const { terms, writes } = this.#journal;
    const since = terms.findLast(({ holder }) => holder === process)?.atMs ?? Number.NEGATIVE_INFINITY;
    const rank = this.#world.rankOf(process);
    const successor = writes.findLast((other) => {
      if (other.hpa !== hpa || other.process === process || other.atMs >= atMs) return false;
      if (terms.length === 0) return this.#world.rankOf(other.process) > rank;
      const term = terms.findLast(({ holder, atMs: beganAtMs }) => holder === other.process && beganAtMs <= other.atMs);
      return term !== undefined && term.atMs > since;
    });
    return successor === undefined ? null : `${successor.process}, who took over, had acted on it`;
  }

  #brokenUnder(
    bounds: Bounds,
    write: ScaleWrite,
    view: SyncView,
    decidedOver: number,
  ): readonly [string, string] | null {
    const { toReplicas } = write;
    const { minReplicas, maxReplicas } = bounds;
    const planned = this.#hpas.get(write.hpa);
    if (planned === undefined) return ['noHpa', 'nobody asked for it'];
    if (decidedOver === 0) return ['disabled', 'a workload at 0 is left alone'];
    const range = `${minReplicas}–${maxReplicas}`;
    if (toReplicas < minReplicas || toReplicas > maxReplicas) return ['bounds', `outside ${range}`];
    if (decidedOver > maxReplicas)
      return toReplicas === maxReplicas ? null : ['bounds', `above ${range} goes to its max`];
    if (decidedOver < minReplicas)
      return toReplicas === minReplicas ? null : ['bounds', `below ${range} goes to its min`];
    return toReplicas > decidedOver
      ? this.#brokenUpwards(planned, bounds, write, view, decidedOver)
      : this.#brokenDownwards(planned, bounds, write, view, decidedOver);
  }

  #brokenUpwards(
    planned: PlannedHpa,
    { minReplicas }: Bounds,
    write: ScaleWrite,
    view: SyncView,
    decidedOver: number,
  ): readonly [string, string] | null {
    const { toReplicas } = write;
    if (planned.behavior === null) {
      const most = Math.max(2 * decidedOver, 4);
      if (toReplicas > most) return ['rate', `one step goes to ${most} at most`];
      // The window's highest recommendation counts, and each memory begins with the count it found.
      const recent = this.#viewsOf(
        write,
        view.endAtMs - this.#story.downscaleWindowMs - RESTORED_MS,
        view.endAtMs,
        false,
      );
      const asked = Math.max(minReplicas, ...recent.map((each) => Math.max(each.readableMost, each.specReplicas ?? 0)));
      return toReplicas > asked ? ['unasked', `at most ${asked} was asked for`] : null;
    }
    const asked = Math.max(minReplicas, view.readableMost);
    if (toReplicas > asked) return ['unasked', `at most ${asked} was asked for`];
    const { scaleUp } = planned.behavior;
    const windowMs = (scaleUp.stabilizationWindowSeconds ?? 0) * 1000;
    const lower = this.#viewsOf(write, decidedAtMs(planned, view) - windowMs + 1, view.endAtMs).find(
      ({ demand }) => demand !== null && Math.max(demand.most, minReplicas) < toReplicas,
    );
    if (lower !== undefined) {
      return ['window', `${lower.demand?.most} was enough ${(view.endAtMs - lower.endAtMs) / 1000} s before`];
    }
    const limit = this.#limit(write, scaleUp, decidedOver, (start, { type, value }) =>
      type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100)),
    );
    return toReplicas > limit ? ['budget', `the policies allow ${limit}`] : null;
  }

  #brokenDownwards(
    planned: PlannedHpa,
    { maxReplicas }: Bounds,
    write: ScaleWrite,
    view: SyncView,
    decidedOver: number,
  ): readonly [string, string] | null {
    const { toReplicas } = write;
    const unread = planned.metrics.find(({ name }) => (view.values.get(name) ?? null) === null);
    if (unread !== undefined) return ['blind', `${unread.name} could not be read`];
    const rules = planned.behavior?.scaleDown;
    const windowMs =
      rules === undefined ? this.#story.downscaleWindowMs : (rules.stabilizationWindowSeconds ?? 0) * 1000;
    const higher = this.#viewsOf(write, decidedAtMs(planned, view) - windowMs + 1, view.endAtMs).find(
      ({ demand }) => demand !== null && Math.min(demand.least, maxReplicas) > toReplicas,
    );
    if (higher !== undefined) {
      return ['window', `${higher.demand?.least} was needed ${(view.endAtMs - higher.endAtMs) / 1000} s before`];
    }
    if (rules === undefined) return null;
    const limit = this.#limit(write, rules, decidedOver, (start, { type, value }) =>
      type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100)),
    );
    return toReplicas < limit ? ['budget', `the policies allow ${limit}`] : null;
  }

  /** Syncs of the HPA that came to their facts between two instants, as far as the writer must know of them, or all. */
  #viewsOf({ hpa, process }: ScaleWrite, fromMs: number, untilMs: number, isRemembered = true): readonly SyncView[] {
    const found: SyncView[] = [];
    const { views } = this.#journal;
    // A sync takes a minute at most, and views stand in the order of their beginnings.
    for (let index = views.length - 1; index >= 0; index--) {
      const view = views[index];
      if (view === undefined || view.startAtMs < fromMs - 70_000) break;
      if (view.hpa !== hpa || view.endAtMs < fromMs || view.endAtMs > untilMs) continue;
      if (!isRemembered || this.#isRemembered(view, process)) found.push(view);
    }
    return found;
  }

  /**
   * From when an earlier write counts. A change the same way counts from when it was made; after a crash nobody knows more
   * than when it was decided. A change the other way, which widens what is allowed, counts from its answer at the latest.
   */
  #countsFromMs(earlier: ScaleWrite, write: ScaleWrite, isUp: boolean): number {
    const isSameWay = changeOf(earlier) > 0 === isUp;
    if (!isSameWay) return earlier.answeredAtMs ?? earlier.atMs;
    return earlier.process === write.process ? earlier.atMs : (earlier.view?.endAtMs ?? earlier.atMs);
  }

  #isOfSameTerm(process: string, atMs: number, writer: string): boolean {
    return process === writer && atMs >= this.#world.leadingSinceMs(writer);
  }

  /** Whether the writer can know what the sync came to: its own of this term, or stored by whoever made it. */
  #isRemembered({ process, termMs, hpa, endAtMs }: SyncView, writer: string): boolean {
    if (this.#isOfSameTerm(process, endAtMs, writer)) return true;
    if (!this.#world.isMemoryKept || endAtMs < this.#goneUntilMs(hpa)) return false;
    return this.#journal.stored.some(
      (stored) =>
        stored.process === process && stored.termMs === termMs && stored.hpa === hpa && stored.untilMs + 1 >= endAtMs,
    );
  }

  /** When the HPA was last deleted; 0 for one that never was. What is stored of an object is not for another of its name. */
  #goneUntilMs(hpa: string): number {
    return this.#journal.specs.get(hpa)?.findLast(({ bounds }) => bounds === null)?.atMs ?? 0;
  }

  /**
   * How far the policies allow. An HPA that was made anew begins anew for those who saw the old one go; whoever met the two
   * as one goes on with the changes of the old one, as upstream does.
   */
  #limit(
    write: ScaleWrite,
    rules: ScalingRules,
    decidedOver: number,
    farthest: (start: number, policy: ScalingPolicy) => number,
  ): number {
    const limits = [this.#goneUntilMs(write.hpa), 0].map((bornAtMs) =>
      this.#limitSince(bornAtMs, write, rules, decidedOver, farthest),
    );
    return write.toReplicas > decidedOver ? Math.max(...limits) : Math.min(...limits);
  }

  /** The same by the writes since an instant alone: each policy counts from the replicas at the start of its period. */
  #limitSince(
    bornAtMs: number,
    write: ScaleWrite,
    { policies = [], selectPolicy }: ScalingRules,
    decidedOver: number,
    farthest: (start: number, policy: ScalingPolicy) => number,
  ): number {
    const isUp = write.toReplicas > decidedOver;
    const limits = policies.map((policy) => {
      const sinceMs = Math.max(bornAtMs, write.atMs - policy.periodSeconds * 1000);
      let start = decidedOver;
      for (const earlier of this.#journal.writes) {
        if (earlier.hpa !== write.hpa || this.#countsFromMs(earlier, write, isUp) <= sinceMs) continue;
        if (!this.#world.isMemoryKept && !this.#isOfSameTerm(earlier.process, earlier.atMs, write.process)) continue;
        start -= changeOf(earlier);
      }
      return farthest(start, policy);
    });
    const isWidest = selectPolicy !== 'Min';
    const chosen = isUp === isWidest ? Math.max(...limits) : Math.min(...limits);
    return isUp ? Math.max(chosen, decidedOver) : Math.min(chosen, decidedOver);
  }
}

/** The latest instant at which the sync may have decided: after its last fact, or after it gave up waiting for one. */
function decidedAtMs({ metrics }: PlannedHpa, { values, endAtMs, writeSentAtMs }: SyncView): number {
  const isWhole = metrics.every(({ name }) => (values.get(name) ?? null) !== null);
  return isWhole ? endAtMs : (writeSentAtMs ?? endAtMs);
}

/**
 * By how much a write counts: from the count that it was decided over, as upstream counts, also where somebody changed that
 * meanwhile and the write had to be repeated over another.
 */
function changeOf({ toReplicas, fromReplicas, view }: ScaleWrite): number {
  return toReplicas - (view?.specReplicas ?? fromReplicas);
}
