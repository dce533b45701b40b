import { Random } from '../../src/base/random.ts';
import type { Scene } from './scene.ts';
import type { StoryEvent } from './story.ts';

/** What random traces may have in them. */
export interface TraceOptions {
  readonly seconds: number;
  /** Whether people change the count too. */
  readonly hasPeople: boolean;
  /** Whether status writes meet conflicts, so that rescales leave no trace in the status. */
  readonly hasConflicts: boolean;
  /** At the end, so long nothing new happens and everything works. */
  readonly calmSeconds: number;
}

/** One HPA with its controller, its Deployment and its pods for a while: what a watcher sees, and what was. */
export interface Trace {
  readonly opening: Partial<Scene>;
  /** As watches deliver it, those of HPAs and of targets each with a delay of its own. */
  readonly events: readonly StoryEvent[];
  readonly truth: Truth;
}

/** What was, in seconds of the story at which a watcher could have known it. */
export interface Truth {
  readonly startReplicas: number;
  readonly moves: readonly TrueMove[];
  readonly frames: readonly TrueFrame[];
  readonly endSecond: number;
}

/** A change of spec.replicas. */
export interface TrueMove {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly isByHpa: boolean;
}

/** The Deployment from this instant on. */
export interface TrueFrame {
  readonly at: number;
  readonly spec: number;
  readonly available: number;
  readonly all: number;
  readonly isObserved: boolean;
}

/** A trace of the model for a seed: the same every time. */
export function traceOf(seed: number, options: TraceOptions): Trace {
  return new Model(Random.ofSeed(seed, 'episodes'), options).run();
}

const SYNC_SECONDS = 15;

interface Pod {
  readonly template: number;
  readyAt: number;
}

type Trouble = 'none' | 'quota' | 'pending' | 'crash';

/**
 * The real controller's timing: `currentReplicas` is the spec as read at the start of a sync; a rescale writes the
 * target first and the status a moment later, with the old count as current; without metrics only `current` is written
 * and the rest stays; a conflict loses the whole status; out of bounds, metrics are not looked at. Beneath it a
 * Deployment that rolls out with a surge of one, and pods that are slow, pending, crashing, refused by a quota, or
 * unready for a moment.
 */
class Model {
  readonly #random: Random;
  readonly #options: TraceOptions;
  readonly #queue: { readonly at: number; readonly order: number; readonly act: () => void }[] = [];
  #order = 0;
  #now = 0;

  readonly #min: number;
  readonly #max: number;
  readonly #stepMax: number;
  readonly #downWindow: number;
  readonly #hpaLag: number;
  readonly #targetLag: number;
  readonly #startSeconds: number;

  #wish: number;
  #wishes: { readonly at: number; readonly count: number }[] = [];
  #hasMetrics = true;
  #canUpdate = true;
  #trouble: Trouble = 'none';
  #troubleUntil = 0;

  #spec: number;
  #generation = 1;
  #observed = 1;
  #template = 1;
  #pods: Pod[];
  #writer = 'kube-controller-manager';
  #writtenAt = -900;

  #status: Pick<Scene, 'current' | 'desired' | 'scaledAt' | 'able' | 'active' | 'limited'>;
  readonly #events: StoryEvent[] = [];
  readonly #moves: TrueMove[] = [];
  readonly #frames: TrueFrame[] = [];
  readonly #opening: Partial<Scene>;

  constructor(random: Random, options: TraceOptions) {
    this.#random = random;
    this.#options = options;
    this.#min = 1 + random.nextBelow(3);
    this.#max = this.#min + 1 + random.nextBelow(9);
    this.#stepMax = [1, 2, 4, 100][random.nextBelow(4)] ?? 1;
    this.#downWindow = [0, 45, 180][random.nextBelow(3)] ?? 0;
    this.#hpaLag = random.nextFraction() * 1.5;
    this.#targetLag = random.nextFraction() * 1.5;
    this.#startSeconds = 2 + random.nextFraction() * 45;
    this.#spec = this.#min + random.nextBelow(this.#max - this.#min + 1);
    this.#wish = this.#spec;
    this.#pods = Array.from({ length: this.#spec }, () => ({ template: 1, readyAt: -1 }));
    this.#status = {
      current: this.#spec,
      desired: this.#spec,
      scaledAt: -900,
      able: 'True ReadyForNewScale',
      active: 'True ValidMetricFound',
      limited: 'False DesiredWithinRange',
    };
    const { min, max } = { min: this.#min, max: this.#max };
    this.#opening = { ...this.#status, min, max, ...this.#seen(), scaledAt: -900 };
    this.#note(0);
  }

  run(): Trace {
    const phase = 1 + this.#random.nextFraction() * 5;
    for (let at = phase; at < this.#options.seconds; at += SYNC_SECONDS) {
      this.#at(at + this.#random.nextFraction() * 0.2, () => this.#sync());
    }
    this.#scatter(130, () => this.#changeWish());
    this.#scatter(500, () => this.#loseMetrics());
    this.#scatter(900, () => this.#refuseUpdates());
    this.#scatter(400, () => this.#makeTrouble());
    this.#scatter(500, () => this.#rollOut());
    this.#scatter(120, () => this.#blink());
    if (this.#options.hasPeople) {
      // Half-way between two syncs, so that nobody can take the one for the other.
      const slot = this.#random.nextBelow(Math.floor(this.#options.seconds / SYNC_SECONDS));
      this.#at(phase + slot * SYNC_SECONDS + 7 + this.#random.nextFraction(), () => this.#changeByHand());
    }
    if (this.#options.calmSeconds > 0) {
      this.#at(this.#options.seconds - this.#options.calmSeconds, () => this.#calmDown());
    }
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#now = next.at;
      next.act();
    }
    const endSecond = this.#options.seconds + 5;
    return {
      opening: this.#opening,
      events: this.#events.toSorted(([a], [b]) => a - b),
      truth: { startReplicas: this.#frames[0]?.spec ?? 0, moves: this.#moves, frames: this.#frames, endSecond },
    };
  }

  #at(at: number, act: () => void): void {
    if (at >= this.#options.seconds) return;
    this.#order += 1;
    const entry = { at, order: this.#order, act };
    const index = this.#queue.findIndex((other) => other.at > at);
    if (index < 0) this.#queue.push(entry);
    else this.#queue.splice(index, 0, entry);
  }

  /** At random instants, on average `everySeconds` apart. */
  #scatter(everySeconds: number, act: () => void): void {
    const untilSecond = this.#options.seconds - this.#options.calmSeconds;
    for (let at = this.#random.nextExponential(everySeconds); at < untilSecond; ) {
      this.#at(at, act);
      at += this.#random.nextExponential(everySeconds);
    }
  }

  #changeWish(): void {
    this.#wish = this.#random.nextBelow(this.#max + 5);
  }

  #loseMetrics(): void {
    this.#hasMetrics = false;
    this.#at(this.#now + 20 + this.#random.nextFraction() * 300, () => {
      this.#hasMetrics = true;
    });
  }

  #refuseUpdates(): void {
    this.#canUpdate = false;
    this.#at(this.#now + 20 + this.#random.nextFraction() * 100, () => {
      this.#canUpdate = true;
    });
  }

  #makeTrouble(): void {
    this.#trouble = (['quota', 'pending', 'crash'] as const)[this.#random.nextBelow(3)] ?? 'none';
    this.#troubleUntil = this.#now + 30 + this.#random.nextFraction() * 500;
    const until = this.#troubleUntil;
    this.#at(until, () => {
      if (this.#troubleUntil === until) this.#trouble = 'none';
      this.#reconcile();
    });
  }

  #rollOut(): void {
    this.#generation += 1;
    this.#template += 1;
    this.#publish();
    this.#reconcileSoon();
  }

  /** A pod fails its readiness probe for a moment. */
  #blink(): void {
    const ready = this.#pods.filter(({ readyAt }) => readyAt <= this.#now);
    const pod = ready[this.#random.nextBelow(Math.max(1, ready.length))];
    if (pod !== undefined) this.#becomeReady(pod, this.#now + 1 + this.#random.nextFraction() * 20);
    this.#publish();
  }

  #calmDown(): void {
    [this.#hasMetrics, this.#canUpdate, this.#trouble] = [true, true, 'none'];
    for (const pod of this.#pods) {
      if (pod.readyAt > this.#now + this.#startSeconds) this.#becomeReady(pod, this.#now + this.#startSeconds);
    }
    this.#reconcile();
  }

  #changeByHand(): void {
    const to = this.#random.nextBelow(this.#max + 3);
    if (to !== this.#spec) this.#scale(to, false);
  }

  #scale(to: number, isByHpa: boolean): void {
    this.#moves.push({ at: this.#now + this.#targetLag, from: this.#spec, to, isByHpa });
    this.#spec = to;
    this.#generation += 1;
    this.#writer = isByHpa ? 'kube-controller-manager' : 'kubectl';
    this.#writtenAt = this.#now;
    this.#publish();
    this.#reconcileSoon();
  }

  #sync(): void {
    const current = this.#spec;
    if (current === 0) {
      this.#writeStatus({ current, desired: 0, able: 'True SucceededGetScale', active: 'False ScalingDisabled' });
      return;
    }
    if (current >= this.#min && current <= this.#max) {
      if (!this.#hasMetrics) {
        this.#writeStatus({ current, able: 'True SucceededGetScale', active: 'False FailedGetResourceMetric' });
        return;
      }
      this.#rescale(current, this.#bounded(current), { active: 'True ValidMetricFound' });
      return;
    }
    const desired = current > this.#max ? this.#max : this.#min;
    this.#rescale(current, { desired, limited: this.#status.limited }, {});
  }

  /** What the metrics ask for, after window, policy and bounds. */
  #bounded(current: number): Pick<Scene, 'desired' | 'limited'> {
    this.#wishes.push({ at: this.#now, count: this.#wish });
    this.#wishes = this.#wishes.filter(({ at }) => at >= this.#now - this.#downWindow);
    const stabilized =
      this.#wish < current ? Math.min(current, Math.max(...this.#wishes.map(({ count }) => count))) : this.#wish;
    if (stabilized > current + this.#stepMax && current + this.#stepMax < this.#max) {
      return { desired: current + this.#stepMax, limited: 'True ScaleUpLimit' };
    }
    if (stabilized > this.#max) return { desired: this.#max, limited: 'True TooManyReplicas' };
    if (stabilized < this.#min) return { desired: this.#min, limited: 'True TooFewReplicas' };
    return { desired: stabilized, limited: 'False DesiredWithinRange' };
  }

  #rescale(current: number, { desired, limited }: Pick<Scene, 'desired' | 'limited'>, more: Partial<Scene>): void {
    if (desired === current) {
      this.#writeStatus({ current, desired, limited, able: 'True ReadyForNewScale', ...more });
      return;
    }
    if (!this.#canUpdate) {
      this.#writeStatus({ current, able: 'False FailedUpdateScale' });
      return;
    }
    this.#scale(desired, true);
    const scaledAt = Math.floor(this.#now);
    this.#writeStatus({ current, desired, limited, scaledAt, able: 'True SucceededRescale', ...more });
  }

  #writeStatus(change: Partial<Scene>): void {
    if (this.#options.hasConflicts && this.#random.nextFraction() < 0.05) return;
    const next = { ...this.#status, ...change };
    const isSame = JSON.stringify(next) === JSON.stringify(this.#status);
    this.#status = next;
    const at = this.#now + 0.02 + this.#random.nextFraction() * 0.2 + this.#hpaLag;
    if (!isSame) this.#events.push([at, next]);
  }

  #reconcileSoon(): void {
    const generation = this.#generation;
    this.#at(this.#now + 0.05 + this.#random.nextFraction() * 0.5, () => {
      this.#observed = Math.max(this.#observed, generation);
      this.#reconcile();
    });
  }

  /** The Deployment: creates up to one pod more than asked for while it rolls out, and removes what is too much. */
  #reconcile(): void {
    for (let isDone = false; !isDone; ) isDone = !this.#reconcileOnce();
    this.#publish();
  }

  #reconcileOnce(): boolean {
    const old = this.#pods.filter(({ template }) => template < this.#template);
    const newCount = this.#pods.length - old.length;
    const ceiling = this.#spec + (old.length > 0 && this.#spec > 0 ? 1 : 0);
    if (this.#pods.length > ceiling) return this.#remove(this.#pods);
    if (this.#availableCount() > this.#spec && old.length > 0) return this.#remove(old);
    if (newCount >= this.#spec || this.#pods.length >= ceiling || this.#trouble === 'quota') return false;
    const pod: Pod = { template: this.#template, readyAt: Number.POSITIVE_INFINITY };
    this.#pods.push(pod);
    const isHindered = this.#trouble === 'pending' || this.#trouble === 'crash';
    const from = isHindered ? this.#troubleUntil : this.#now;
    this.#becomeReady(pod, from + this.#startSeconds * (0.5 + this.#random.nextFraction()));
    return true;
  }

  #remove(candidates: readonly Pod[]): boolean {
    const gone = candidates.toSorted((a, b) => b.readyAt - a.readyAt || a.template - b.template)[0];
    this.#pods = this.#pods.filter((pod) => pod !== gone);
    return true;
  }

  #becomeReady(pod: Pod, at: number): void {
    pod.readyAt = at;
    this.#at(at, () => this.#reconcile());
  }

  #availableCount(): number {
    return this.#pods.filter(({ readyAt }) => readyAt <= this.#now).length;
  }

  #seen(): Partial<Scene> {
    return {
      spec: this.#spec,
      available: this.#availableCount(),
      pods: this.#pods.length,
      generation: this.#generation,
      observed: this.#observed,
      writer: this.#writer,
      writtenAt: this.#writtenAt,
    };
  }

  #publish(): void {
    const at = this.#now + this.#targetLag;
    this.#events.push([at, this.#seen()]);
    this.#note(at);
  }

  #note(at: number): void {
    const [spec, available, all] = [this.#spec, this.#availableCount(), this.#pods.length];
    this.#frames.push({ at, spec, available, all, isObserved: this.#observed >= this.#generation });
  }
}
