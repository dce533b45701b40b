import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { errorText } from '../../../src/base/failure.ts';
import { parseRfc3339 } from '../../../src/base/rfc3339.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { Cluster } from './cluster.ts';
import { FaultBoard, type FaultKind } from './faults.ts';
import { Journal } from './journal.ts';
import { Observer } from './observer.ts';
import { Oracle, type Violation } from './oracle.ts';
import { ProcessHost } from './process-host.ts';
import { seededRandom } from './random.ts';
import type { Defects } from './simulated-process.ts';
import { type Story, type StoryEvent, type StoryScale, tellStory } from './story.ts';

/** What a run came to. */
export interface SimulationResult {
  readonly seed: number;
  readonly syncCount: number;
  readonly writeCount: number;
  readonly crashCount: number;
  /** How often each kind of fault struck, and each other kind of event happened. */
  readonly faultCounts: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
  /** Of every request with its instant and outcome: the same seed gives the same. */
  readonly digest: string;
  /** What happened around the first violation; empty when there is none. */
  readonly tale: string;
}

export interface SimulationOptions {
  readonly scale: StoryScale;
  readonly defects?: Defects;
}

const START_AT_MS = parseRfc3339('2026-01-01T00:00:00Z') ?? 0;
/** How much of the past a failing seed tells. */
const TALE_BEFORE_MS = 180_000;

/**
 * Deterministic simulation of the whole controller. One seed tells a story: HPAs of every kind, the loads on them, edits,
 * and faults of some thirty kinds that strike the requests, watches, metrics, clocks and processes of one or two
 * controllers, which are the real `startController` over the embedded API server, in one thread, under one virtual clock.
 * An oracle that shares no code with the controller judges every scale write that the API server accepts (`oracle.ts`);
 * when the faults have ended, every HPA must come to rest where its load wants it.
 *
 * A process crashes at a place in its stream of requests: what has left it reaches the server, it gets no answer any more,
 * and its timers never fire. A new one begins a while later, knowing what is in the cluster and nothing else.
 *
 * The same seed gives the same requests at the same instants. A seed that fails prints its tale and how to see it again.
 */
export function simulate(seed: number, { scale, defects = {} }: SimulationOptions): Promise<SimulationResult> {
  return playStory(tellStory(seed, scale), defects);
}

/** Plays a story, told by a seed or by hand. */
export function playStory(story: Story, defects: Defects = {}): Promise<SimulationResult> {
  return new Simulation(story, defects).play();
}

class Simulation {
  readonly #story: Story;
  readonly #clock = new VirtualClock({ startAtMs: START_AT_MS });
  readonly #journal = new Journal(() => this.#clock.nowMs());
  readonly #cluster = new Cluster(this.#clock, this.#journal);
  readonly #faults: FaultBoard;
  readonly #observer: Observer;
  readonly #oracle: Oracle;
  readonly #host: ProcessHost;
  readonly #digest = createHash('sha256');
  readonly #happened = new Map<string, number>();
  #syncCount = 0;

  constructor(story: Story, defects: Defects) {
    this.#story = story;
    this.#faults = new FaultBoard(seededRandom(story.seed ^ 0x5eed));
    this.#observer = new Observer(story, this.#journal, this.#cluster, (write) => this.#oracle.judge(write));
    this.#host = new ProcessHost({
      story,
      defects,
      clock: this.#clock,
      journal: this.#journal,
      cluster: this.#cluster,
      faults: this.#faults,
      observer: this.#observer,
      onSync: () => void this.#syncCount++,
      onRequest: (text) => void this.#digest.update(`${this.#clock.nowMs()} ${text}\n`),
    });
    this.#observer.podWatchAgeMs = (process) => this.#host.watchAgeMs(process, 'podWatch');
    this.#oracle = new Oracle(story, this.#journal, {
      nowMs: () => this.#clock.nowMs(),
      // A line that has been whole for longer than a sync takes shows the HPA as it is.
      hpaStalenessMs: (process) => (this.#host.watchAgeMs(process, 'hpaWatch') > 70_000 ? 100 : 300_000),
      rankOf: (process) => this.#host.rankOf(process),
      isMemoryKept: story.memory === 'configmaps',
      leadingSinceMs: (process) => this.#host.leadingSinceMs(process),
    });
  }

  async play(): Promise<SimulationResult> {
    await this.#drive(this.#cluster.begin(this.#story));
    for (const event of this.#story.events) this.#clock.after(event.atMs, () => this.#happen(event));
    this.#clock.after(this.#story.calmAtMs, () => this.#calm());
    this.#host.begin();
    await this.#runTo(START_AT_MS + this.#story.endAtMs);
    this.#judgeRest();
    await this.#drive(this.#host.end());
    return this.#result();
  }

  #happen(event: StoryEvent): void {
    this.#happened.set(event.kind, (this.#happened.get(event.kind) ?? 0) + 1);
    if (event.kind === 'fault') this.#beginFault(event.fault, event.hitRatio, event.durationMs);
    else if ('hpa' in event) this.#host.track(this.#happenToHpa(event));
    else this.#host.happen(event);
  }

  #beginFault(kind: FaultKind, hitRatio: number, durationMs: number): void {
    this.#journal.note(null, `fault ${kind} for ${durationMs} ms, hitting ${hitRatio * 100} %`);
    this.#faults.begin(kind, hitRatio, this.#clock.nowMs() + durationMs);
    this.#host.faultBegins(kind);
    this.#clock.after(durationMs, () => {
      this.#faults.end(this.#clock.nowMs());
      this.#host.faultEnds(kind);
    });
  }

  async #happenToHpa(event: Extract<StoryEvent, { hpa: string }>): Promise<void> {
    const hpa = this.#story.hpas.find(({ name }) => name === event.hpa);
    if (hpa === undefined) return;
    const cluster = this.#cluster;
    switch (event.kind) {
      case 'load':
        return cluster.setLoad(hpa.name, event.metric, event.podsWorth);
      case 'edit':
        return cluster.editHpa(hpa, event);
      case 'scaledByHand':
        return cluster.scaleByHand(hpa.name, event.replicas);
      case 'podsChurned':
        return cluster.churnPods(hpa.name);
      case 'podsUnready':
        cluster.setUnready(hpa.name, true);
        this.#clock.after(event.durationMs, () => cluster.setUnready(hpa.name, false));
        return;
      case 'hpaRecreated': {
        const bounds = this.#journal.specs.get(hpa.name)?.at(-1)?.bounds ?? hpa;
        await cluster.deleteHpa(hpa.name);
        this.#clock.after(event.goneMs, () => this.#host.track(cluster.createHpa(hpa, bounds)));
        return;
      }
      case 'targetRecreated':
        await cluster.deleteTarget(hpa.name);
        this.#clock.after(event.goneMs, () => this.#host.track(cluster.createTarget(hpa, event.replicas)));
    }
  }

  #calm(): void {
    this.#journal.note(null, 'the last fault has ended, loads stand still');
    this.#host.calm();
  }

  #judgeRest(): void {
    for (const { name } of this.#story.hpas) {
      const hpa = this.#cluster.hpa(name);
      const counts = this.#cluster.counts(name);
      if (hpa === undefined || counts === null) continue;
      this.#oracle.judgeRest(name, counts.specReplicas, this.#cluster.totals(name), {
        desiredReplicas: hpa.status?.desiredReplicas ?? 0,
        currentReplicas: hpa.status?.currentReplicas ?? 0,
        conditions: (hpa.status?.conditions ?? []).map(({ type, status }) => `${type}/${status}`),
      });
    }
    if (this.#host.quarantinedCount() > 0) this.#host.bugs.push('an HPA is set aside');
  }

  #result(): SimulationResult {
    const bugs = this.#host.bugs.map((text) => ({ atMs: this.#clock.nowMs(), hpa: '', rule: 'bug', text }));
    const violations = [...this.#oracle.violations, ...bugs];
    return {
      seed: this.#story.seed,
      syncCount: this.#syncCount,
      writeCount: this.#journal.writes.length,
      crashCount: this.#host.crashCount,
      faultCounts: new Map<string, number>([...this.#faults.counts, ...this.#happened]),
      violations,
      digest: this.#digest.digest('hex'),
      tale: violations[0] === undefined ? '' : this.#tale(violations[0]),
    };
  }

  #tale(first: Violation): string {
    const { seed, scaleName, hpas, processCount, memory, syncPeriodMs, downscaleWindowMs } = this.#story;
    const hpa = hpas.find(({ name }) => name === first.hpa);
    return [
      `seed ${seed}: ${first.rule}: ${first.hpa}: ${first.text}`,
      `${processCount} processes, memory in ${memory}, period ${syncPeriodMs} ms, legacy window ${downscaleWindowMs} ms`,
      JSON.stringify(hpa),
      ...this.#journal.story(first.hpa, first.atMs - TALE_BEFORE_MS, first.atMs + 1_000),
      `see it again: node bench/simulation.ts --seed ${seed} --scale ${scaleName}`,
    ].join('\n');
  }

  /** Runs everything that is due, each instant until nothing moves any more. */
  async #runTo(untilMs: number): Promise<void> {
    for (;;) {
      await this.#settle();
      const nextAtMs = this.#clock.nextAtMs();
      if (nextAtMs === undefined || nextAtMs > untilMs) break;
      this.#clock.runNext();
    }
    this.#clock.advanceTo(untilMs);
  }

  async #drive(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const watched = work
      .catch((thrown: unknown) => void this.#host.bugs.push(errorText(thrown)))
      .finally(() => {
        isDone = true;
      });
    while (!isDone) {
      await this.#settle();
      if (!isDone && !this.#clock.runNext()) throw new Error('the simulated world stands still');
    }
    await watched;
  }

  /** Everything in this thread goes on by microtasks, and all of those are done before the event loop turns. */
  async #settle(): Promise<void> {
    await setImmediate();
  }
}
