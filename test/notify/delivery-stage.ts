import { setImmediate } from 'node:timers/promises';
import { SILENT_LOG } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Notice } from '../../src/core/episode/notice.ts';
import { Deliveries, type DeliveriesOptions } from '../../src/people/notify/delivery/deliveries.ts';
import type { DeliveryEvent, RenderRequest, Routing } from '../../src/people/notify/delivery/delivery-port.ts';
import { plainMessage } from '../../src/people/notify/delivery/plain-message.ts';
import type { Route } from '../../src/people/notify/delivery/route.ts';
import type { Delivery, DeliveryOutcome, Sink, SinkQuota } from '../../src/people/sink/sink.ts';
import { STARTS_AT_MS } from '../fixtures/api-server.ts';
import { CrashableStore, StoredEntries, type WriteWatch } from './crashable-store.ts';
import { routeOf } from './routes.ts';

const NEVER = new AbortController().signal;

/** The quota of a DingTalk robot as its sink states it. */
export const ROBOT_QUOTA = { countMax: 18, periodMs: 60_000, burstCount: 6 } as const;

/** What is left of a process that has ended hears no answer. */
const ENDED = { kind: 'unknown', detail: 'the process has ended' } as const;

/** A message that reached its receiver. */
export interface Arrival {
  readonly sink: string;
  readonly atMs: number;
  readonly id: string;
  /** Types of the notices, each with the HPA where that is another one than `web`. */
  readonly notices: readonly string[];
  readonly noticeIds: readonly string[];
  readonly isPossibleDuplicate: boolean;
  readonly form: RenderRequest['form'];
  readonly isDigest: boolean;
}

/** What a receiver does with a message. `lost` and `arrived`: nobody knows the outcome; `killed`: the sender ends. */
export type Reception =
  | DeliveryOutcome
  | { readonly kind: 'hangs' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'arrived' }
  | { readonly kind: 'killed'; readonly hasArrived: boolean };

export interface StageOptions {
  readonly sinks?: readonly string[];
  readonly routes?: readonly Partial<Route>[];
  readonly quotas?: Readonly<Record<string, Partial<SinkQuota>>>;
  readonly routing?: Partial<Routing>;
  readonly random?: () => number;
}

/** Deliveries under a virtual clock, with receivers that do as they are told; processes end and others go on. */
export class DeliveryStage {
  readonly clock = new VirtualClock({ startAtMs: STARTS_AT_MS, turn: () => setImmediate() });
  readonly stored = new StoredEntries();
  readonly arrivals: Arrival[] = [];
  /** When each request of a sink began, in order. */
  readonly requests: { readonly sink: string; readonly atMs: number }[] = [];
  /** What each request was told to end by. */
  readonly signals: AbortSignal[] = [];
  readonly events = new Map<string, number>();
  /** What receivers say; `sent` when undefined. */
  receive: (sink: string, delivery: Delivery, form: RenderRequest['form']) => Reception | undefined = () => undefined;
  watch: WriteWatch = () => false;
  mayLead = true;
  lostCount = 0;
  readonly #options: StageOptions;
  #store: CrashableStore | undefined;
  #deliveries: Deliveries | undefined;
  #last: RenderRequest | undefined;

  constructor(options: StageOptions = {}) {
    this.#options = options;
  }

  get deliveries(): Deliveries {
    if (this.#deliveries === undefined) throw new Error('no process has begun');
    return this.#deliveries;
  }

  get store(): CrashableStore {
    if (this.#store === undefined) throw new Error('no process has begun');
    return this.#store;
  }

  /** Whether the process of now has ended by a crash. */
  get isDead(): boolean {
    return this.store.isKilled;
  }

  /** Begins a process, which takes over from the one before, of which nothing is left then; its entries beside the deliveries' own. */
  async begin(overrides: Partial<DeliveriesOptions> = {}): Promise<ReadonlyMap<string, string>> {
    await this.#deliveries?.end(0);
    const store = new CrashableStore(this.stored, (changes, moment) => this.watch(changes, moment));
    this.#store = store;
    this.#deliveries = new Deliveries({
      store,
      ioClock: this.clock,
      log: SILENT_LOG,
      random: this.#options.random ?? (() => 0.5),
      render: (request) => {
        this.#last = request;
        return plainMessage(request);
      },
      routing: this.routing(),
      listener: (sink, event, count) => this.#count(sink, event, count),
      maySend: () => this.mayLead && !store.isKilled,
      onLost: () => {
        this.lostCount += 1;
      },
      ...overrides,
    });
    const others = await this.#orDead(this.#deliveries.begin(NEVER));
    await this.clock.settle();
    return others ?? new Map();
  }

  /** A routing of this stage's sinks, with these changes, for the process of now. */
  routing(overrides: StageOptions = {}): Routing {
    const { sinks: names = ['ding'], routes = [{ sinks: names }], routing } = { ...this.#options, ...overrides };
    return {
      cluster: 'prod',
      mustAsk: false,
      expireAfterMs: 86_400_000,
      onDoubt: 'resend',
      sinks: new Map(names.map((name) => [name, this.#sink(name, this.store, { ...this.#options, ...overrides })])),
      routes: routes.map((route) => routeOf(route)),
      ...routing,
    };
  }

  /** Kills the process of now: nothing of it arrives any more. */
  kill(): void {
    this.store.isKilled = true;
  }

  /** Records one change per notice, at once; a process that dies meanwhile answers never. */
  async tell(...notices: readonly Notice[]): Promise<void> {
    for (const notice of notices) {
      const place = notice.subject?.hpaUid ?? 'cluster';
      const entries = new Map([[`${place}.state`, `after ${notice.id}`]]);
      await this.#orDead(this.deliveries.record({ place, entries, notices: [notice] }, NEVER));
    }
    await this.clock.settle();
  }

  async runFor(durationMs: number): Promise<void> {
    await this.clock.runBy(durationMs);
    await this.clock.settle();
  }

  count(event: DeliveryEvent, sink = 'ding'): number {
    return this.events.get(`${sink} ${event}`) ?? 0;
  }

  /** Each arrival as `sink +seconds types`, with what is special about it. */
  story(): readonly string[] {
    return this.arrivals.map(({ sink, atMs, notices, isPossibleDuplicate, form, isDigest }) => {
      const marks = [
        isDigest ? ' digest' : '',
        isPossibleDuplicate ? ' possible duplicate' : '',
        form === 'full' ? '' : ` ${form}`,
      ];
      return `${sink} +${(atMs - STARTS_AT_MS) / 1_000}s ${notices.join(', ')}${marks.join('')}`;
    });
  }

  #sink(name: string, store: CrashableStore, { quotas }: StageOptions): Sink {
    const quota = { key: name, ...ROBOT_QUOTA, ...quotas?.[name] };
    return { name, quota, send: (delivery, signal) => this.#send(name, delivery, signal, store) };
  }

  async #send(sink: string, delivery: Delivery, signal: AbortSignal, store: CrashableStore): Promise<DeliveryOutcome> {
    if (store.isKilled) return ENDED;
    const form = this.#last?.form ?? 'full';
    this.requests.push({ sink, atMs: this.clock.nowMs() });
    this.signals.push(signal);
    const reception = this.receive(sink, delivery, form) ?? { kind: 'sent' };
    const hasArrived =
      reception.kind === 'sent' ||
      reception.kind === 'arrived' ||
      (reception.kind === 'killed' && reception.hasArrived);
    if (hasArrived) this.#arrive(sink, delivery, form);
    if (reception.kind === 'killed') {
      store.isKilled = true;
      return ENDED;
    }
    if (reception.kind === 'hangs') {
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'unknown', detail: 'no answer' }));
      });
    }
    if (reception.kind === 'lost' || reception.kind === 'arrived')
      return { kind: 'unknown', detail: 'connection reset' };
    return reception;
  }

  #arrive(sink: string, { id, notices, isPossibleDuplicate }: Delivery, form: RenderRequest['form']): void {
    this.arrivals.push({
      sink,
      atMs: this.clock.nowMs(),
      id,
      notices: notices.map(({ type, subject }) => {
        return subject === undefined || subject.hpaName === 'web' ? type : `${type} ${subject.hpaName}`;
      }),
      noticeIds: notices.map((notice) => notice.id),
      isPossibleDuplicate,
      form,
      isDigest: this.#last?.isDigest ?? false,
    });
  }

  #count(sink: string, event: DeliveryEvent, count: number): void {
    const key = `${sink} ${event}`;
    this.events.set(key, (this.events.get(key) ?? 0) + count);
  }

  /** Nothing when the process ends meanwhile. */
  async #orDead<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (thrown) {
      if (this.isDead) return undefined;
      throw thrown;
    }
  }
}

/** A stage on which the first messages meet these receptions, and all later ones are taken. */
export async function stageMeeting(...receptions: readonly Reception[]): Promise<DeliveryStage> {
  const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes: [{ sinks: ['ding'] }] });
  const left = [...receptions];
  stage.receive = (sink) => (sink === 'ding' ? left.shift() : undefined);
  await stage.begin();
  return stage;
}
