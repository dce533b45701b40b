import { errorText } from '../../../src/base/failure.ts';
import type { VirtualClock } from '../../../src/base/virtual-clock.ts';
import type { Cluster } from './cluster.ts';
import { NAMESPACE } from './cluster.ts';
import { type CallSubject, type FaultBoard, type FaultKind, faultOf } from './faults.ts';
import type { Journal, SyncView } from './journal.ts';
import { createSimulatedSource } from './metrics-source.ts';
import { NodeClock } from './node-clock.ts';
import type { Observer } from './observer.ts';
import { type Defects, SimulatedProcess } from './simulated-process.ts';
import type { Call } from './simulated-transport.ts';
import type { CrashPoint, Story, StoryEvent } from './story.ts';

/** What processes run in. */
export interface HostPorts {
  readonly story: Story;
  readonly defects: Defects;
  readonly clock: VirtualClock;
  readonly journal: Journal;
  readonly cluster: Cluster;
  readonly faults: FaultBoard;
  readonly observer: Observer;
  readonly onSync: () => void;
  readonly onRequest: (text: string) => void;
}

/** What befalls processes themselves. */
type ProcessEvent = Extract<StoryEvent, { kind: 'crash' | 'restart' | 'pause' | 'wallStep' }>;

/** How long a crash waits for the place in the stream of requests that it is meant for. */
const CRASH_WAIT_MS = 20_000;
const CRASH_SUBJECTS: Readonly<Partial<Record<CrashPoint, readonly [CallSubject, 'before' | 'after']>>> = {
  beforeScaleWrite: ['scaleWrite', 'before'],
  afterScaleWrite: ['scaleWrite', 'after'],
  beforeStatusWrite: ['statusWrite', 'before'],
  afterStatusWrite: ['statusWrite', 'after'],
  beforeLeaseRenewal: ['lease', 'before'],
  afterLeaseRenewal: ['lease', 'after'],
  beforeScaleRead: ['scaleRead', 'before'],
  afterScaleRead: ['scaleRead', 'after'],
  beforeMemoryWrite: ['memoryWrite', 'before'],
  afterMemoryWrite: ['memoryWrite', 'after'],
};

interface ArmedCrash {
  readonly point: CrashPoint;
  readonly downMs: number;
}

/** The machine that the controllers run on: starts them, breaks them, and starts the next ones. */
export class ProcessHost {
  readonly bugs: string[] = [];
  crashCount = 0;
  readonly #ports: HostPorts;
  readonly #processes = new Map<string, SimulatedProcess>();
  readonly #armed: ArmedCrash[] = [];
  #isCalm = false;

  constructor(ports: HostPorts) {
    this.#ports = ports;
  }

  begin(): void {
    for (let count = 0; count < this.#ports.story.processCount; count++) this.#start();
  }

  /** Keeps an eye on work of the world: its failure is ours. */
  track(work: Promise<void>): void {
    work.catch((thrown: unknown) => void this.bugs.push(errorText(thrown)));
  }

  happen(event: ProcessEvent): void {
    const victim = this.#victim();
    if (event.kind === 'crash') this.#arm(event);
    if (victim === undefined) return;
    if (event.kind === 'pause') this.#pause(victim, event.durationMs);
    if (event.kind === 'wallStep') this.#stepWall(victim, event.stepMs, event.durationMs);
    if (event.kind === 'restart') {
      this.track(
        victim.stop().then((hasStopped) => {
          if (hasStopped) this.#startAfter(event.downMs);
        }),
      );
    }
  }

  faultBegins(kind: FaultKind): void {
    const { watch } = faultOf(kind);
    if (watch === 'expired') this.#ports.cluster.server.compact();
    for (const line of this.#lines()) {
      if (watch === 'cut' || watch === 'expired') line.cut();
      if (watch === 'silent') line.silence();
      if (watch === 'late') line.slowDown(3_000);
    }
  }

  faultEnds(kind: FaultKind): void {
    const { watch } = faultOf(kind);
    for (const line of this.#lines()) {
      if (watch === 'silent' && line.isSilent) line.cut();
      if (watch === 'late') line.slowDown(0);
    }
  }

  /** Nothing breaks any more. */
  calm(): void {
    this.#isCalm = true;
    this.#armed.length = 0;
    for (const process of this.#alive()) process.clock.resume();
  }

  /** For how long the process's watch has been whole; 0 while it is not. */
  watchAgeMs(identity: string, subject: CallSubject): number {
    const process = this.#processes.get(identity);
    for (const line of process?.lines ?? []) {
      if (line.subject === subject && line.isOpen)
        return Math.max(0, this.#ports.clock.nowMs() - line.undisturbedSinceMs);
    }
    return 0;
  }

  rankOf(identity: string): number {
    return this.#processes.get(identity)?.rank ?? -1;
  }

  leadingSinceMs(identity: string): number {
    return this.#processes.get(identity)?.leadingSinceMs ?? 0;
  }

  quarantinedCount(): number {
    return this.#alive().reduce((count, process) => count + process.quarantinedCount(), 0);
  }

  async end(): Promise<void> {
    await Promise.all(this.#alive().map((process) => process.stop()));
  }

  #alive(): readonly SimulatedProcess[] {
    return [...this.#processes.values()].filter(({ isDead }) => !isDead);
  }

  #lines() {
    return this.#alive().flatMap(({ lines }) => [...lines]);
  }

  /** Who is to suffer: the one that acts, if any. */
  #victim(): SimulatedProcess | undefined {
    const alive = this.#alive();
    return alive.find((process) => process.isActing()) ?? alive[0];
  }

  #arm({ point, downMs }: ArmedCrash): void {
    const armed: ArmedCrash = { point, downMs };
    this.#armed.push(armed);
    this.#ports.clock.after(point === 'betweenRequests' ? 0 : CRASH_WAIT_MS, () => {
      const victim = this.#victim();
      if (this.#disarm(armed) && victim !== undefined) this.#crash(victim, armed, 'betweenRequests');
    });
  }

  #disarm(armed: ArmedCrash): boolean {
    const index = this.#armed.indexOf(armed);
    if (index !== -1) this.#armed.splice(index, 1);
    return index !== -1;
  }

  #crash(process: SimulatedProcess, armed: ArmedCrash, place: CrashPoint): void {
    // Answers that arrive together are all through before the first one's death shows.
    if (process.isDead) return;
    this.crashCount++;
    process.kill(`crash, ${place}`);
    this.#startAfter(armed.downMs);
  }

  #pause(process: SimulatedProcess, durationMs: number): void {
    if (this.#isCalm) return;
    this.#ports.journal.note(null, `${process.identity} is stopped for ${durationMs} ms`);
    process.clock.pause();
    this.#ports.clock.after(durationMs, () => {
      this.#ports.journal.note(null, `${process.identity} goes on`);
      process.clock.resume();
    });
  }

  #stepWall(process: SimulatedProcess, stepMs: number, durationMs: number): void {
    this.#ports.journal.note(null, `${process.identity}: the wall clock steps by ${stepMs} ms`);
    process.clock.stepWall(stepMs);
    this.#ports.clock.after(durationMs, () => process.clock.stepWall(-stepMs));
  }

  #startAfter(delayMs: number): void {
    this.#ports.clock.after(delayMs, () => this.#start());
  }

  #start(): void {
    const { journal, story, defects } = this.#ports;
    const clock = new NodeClock(this.#ports.clock);
    const rank = this.#processes.size;
    const identity = `podtide-${rank}`;
    const views = new WeakMap<Call, SyncView>();
    const process = new SimulatedProcess(rank, {
      story,
      journal,
      clock,
      defects,
      source: createSimulatedSource({
        ...this.#ports,
        process: identity,
        node: clock,
        passing: () => this.#atMetricRead(process),
      }),
      onSync: (by, hpa) => {
        this.#ports.observer.concluded(by, hpa);
        this.#ports.onSync();
      },
      onExit: (reason) => this.#exited(process, reason),
      transport: {
        headers: this.#ports.cluster.headers,
        handle: (request) => this.#ports.cluster.server.handle(request),
        effectOf: (call) => this.#ports.faults.ofCall(call.subject),
        passing: (call, place) => {
          if (place === 'before') {
            this.#ports.onRequest(`${identity} ${call.method} ${call.path} ${call.body ?? ''}`);
            const view = this.#ports.observer.sent(identity, process.leadingSinceMs, call, this.#ports.clock.nowMs());
            if (view !== undefined) views.set(call, view);
          }
          this.#pass(process, call.subject, place);
        },
        onServed: (call, status, answer) => this.#served(identity, call, status, answer, views.get(call)),
        onAnswered: (call, status, answer) =>
          this.#ports.observer.answered(views.get(call), call, status, answer, this.#ports.clock.nowMs()),
      },
    });
    this.#processes.set(identity, process);
    process.start();
  }

  #stored(process: string, termMs: number, call: Call): void {
    const { data = {} } = JSON.parse(call.body ?? '{}') as { readonly data?: Readonly<Record<string, string>> };
    for (const text of Object.values(data)) {
      const { hpa, at } = JSON.parse(text) as { readonly hpa: string; readonly at: number };
      this.#ports.journal.stored.push({ process, termMs, hpa: hpa.slice(NAMESPACE.length + 1), untilMs: at });
    }
  }

  #exited(process: SimulatedProcess, reason: string): void {
    if (process.isDead) return;
    process.kill(`it ended by itself: ${reason}`);
    this.#startAfter(1_000);
  }

  #pass(process: SimulatedProcess, subject: CallSubject, place: 'before' | 'after'): void {
    const armed = this.#armed.find(({ point }) => {
      const [wanted, where] = CRASH_SUBJECTS[point] ?? [];
      return wanted === subject && where === place;
    });
    if (armed !== undefined && this.#disarm(armed)) this.#crash(process, armed, armed.point);
  }

  #atMetricRead(process: SimulatedProcess): void {
    const armed = this.#armed.find(({ point }) => point === 'atMetricRead');
    if (armed !== undefined && this.#disarm(armed)) this.#crash(process, armed, armed.point);
  }

  #served(identity: string, call: Call, status: number, answer: unknown, view: SyncView | undefined): void {
    const { observer, clock, cluster, journal } = this.#ports;
    this.#ports.onRequest(`${identity} ${call.method} ${call.path} ${status}`);
    if (status !== 200 && status !== 201) return;
    if (call.subject === 'lease' && call.method !== 'GET') {
      journal.leaseHeld((answer as { spec?: { holderIdentity?: string } }).spec?.holderIdentity ?? '');
    }
    if (call.subject === 'memoryWrite') this.#stored(identity, this.leadingSinceMs(identity), call);
    if (call.subject !== 'scaleWrite') return;
    const revision = Number((answer as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion);
    const before = cluster.server.store
      .eventsSince('apps/deployments', revision - 1)
      ?.find((event) => event.revision === revision && event.object.metadata.namespace === NAMESPACE)?.before;
    const fromReplicas = (before as { spec?: { replicas?: number } } | undefined)?.spec?.replicas;
    if (fromReplicas === undefined) return;
    observer.wrote(identity, view, call, fromReplicas, clock.nowMs());
  }
}
