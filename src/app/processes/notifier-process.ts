import type { Clock } from '../../base/clock.ts';
import type { Failure } from '../../base/failure.ts';
import { unfailingLog } from '../../base/log.ts';
import type { Notice } from '../../core/episode/notice.ts';
import type { DetectOptions } from '../../core/episode/options.ts';
import { Deliveries } from '../../people/notify/delivery/deliveries.ts';
import type { Renderer, Routing, SinkStatus } from '../../people/notify/delivery/delivery-port.ts';
import type { DailyTime } from '../../people/notify/local-time.ts';
import { RECENT_KEY, RecentNotices } from '../../people/notify/recent-notices.ts';
import type { WatchStanding } from '../../people/notify/watching/cluster-watch.ts';
import { EpisodeKeeper } from '../../people/notify/watching/episode-keeper.ts';
import { Heartbeat } from '../../people/notify/watching/heartbeat.ts';
import { WatchJournal } from '../../people/notify/watching/watch-journal.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { GuardedStore } from '../../platform/store/store.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { LeaderElectionConfig } from '../config/leader-election-flags.ts';
import { type ElectionHost, electorFor, Leadership } from './leadership.ts';
import { createNotifierTelemetry, type NotifierTelemetry } from './notifier-telemetry.ts';
import { openNotifierWatch } from './notifier-watch.ts';
import { type FollowedSilences, followSilences } from './silence-following.ts';

/** What a configuration comes to: how long things must last before people are told, and who is told of them. */
export interface NotifierPlan {
  readonly detect: DetectOptions;
  readonly routing: Routing;
  /** When a sign of life is given, day by day; none when absent. */
  readonly heartbeat?: DailyTime | undefined;
}

/** What a notifier is put together from; nothing here is read from the machine. */
export interface NotifierProcessOptions extends Omit<ElectionHost, 'leaseAnnotations'> {
  readonly plan: NotifierPlan;
  readonly render: Renderer;
  readonly store: GuardedStore;
  readonly client: KubeClientOptions;
  /** Null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
  /** Null: no election, this process tells from the start. */
  readonly leaderElection: LeaderElectionConfig | null;
  /** Podtide's own namespace, where people put silences. */
  readonly ownNamespace: string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Ends a start that waits for the API server. */
  readonly signal?: AbortSignal;
}

/** How a notifier is doing. */
export interface NotifierStanding extends WatchStanding {
  /** Whether this process tells people, or stands by for the one that does. */
  readonly isTelling: boolean;
  readonly sinks: readonly SinkStatus[];
  /** Changes that wait to be stored. */
  readonly unstoredCount: number;
}

/** A notifier at work. */
export interface NotifierProcess {
  standing(): NotifierStanding;
  /** Goes by another configuration from now on. */
  reconfigure(plan: NotifierPlan): Promise<void>;
  /** Rejects when the process must not go on: another one has taken its store over. Never resolves. */
  readonly failed: Promise<never>;
  /** Ends the requests under way, stores what waits, and gives the Lease up. */
  stop(): Promise<void>;
}

/** How long the last changes may take to be stored at the end of a term, real ms. */
const JOURNAL_DRAIN_MS = 3_000;

/** How long requests to sinks may take at the end of a term: below what a pod is given to end, real ms. */
const DELIVERY_DRAIN_MS = 12_000;

/** From the beginning of a term to its end: what one leader has in hand. */
interface Term {
  readonly deliveries: Deliveries;
  readonly journal: WatchJournal;
  readonly keeper: EpisodeKeeper;
  readonly heartbeat: Heartbeat;
  readonly recent: RecentNotices;
  readonly entries: ReadonlyMap<string, string>;
  readonly silences: FollowedSilences;
}

/**
 * Starts a notifier; resolves when it knows the cluster's HPAs, and tells or stands by. Throws Failure `denied` when HPAs may
 * not be looked at.
 */
export async function startNotifier(given: NotifierProcessOptions): Promise<NotifierProcess> {
  const options = { ...given, log: unfailingLog(given.log) };
  const { watch, stop: stopWatching } = await openNotifierWatch(options);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  const telemetry = createNotifierTelemetry(options.telemetry, () => standing());
  let plan = options.plan;
  let term: Term | undefined;
  let isStopping = false;
  const endTerm = async (): Promise<void> => {
    const ended = term;
    term = undefined;
    watch.end();
    if (ended !== undefined) await endOf(ended, watch.watchedUntilMs);
  };
  const leadership = new Leadership({
    elector: electorFor(options.leaderElection, options, createKubeClient(options.client)),
    ioClock: options.ioClock,
    log: options.log,
    prepare: async (signal) => {
      // An attempt before may have come half way.
      await endTerm();
      if (isStopping) return;
      const begunWith = plan;
      const hooks = {
        plan: begunWith,
        telemetry,
        maySend: () => leadership.isActing(),
        isInSight: () => watch.standing().isInSight,
        onLost: (lost: Failure) => failure.reject(lost),
      };
      term = await beginTerm(options, hooks, signal);
      // While the store was taken over, another configuration may have come.
      if (plan !== begunWith) await goBy(term, plan);
    },
    begin: () => {
      if (term === undefined) return;
      const sinceMs = term.keeper.begin(term.entries, () => watch.watchedUntilMs);
      watch.begin(term.keeper, sinceMs);
      term.heartbeat.begin(sinceMs);
    },
    end: endTerm,
    fail: (thrown) => failure.reject(thrown),
  });
  const standing = (): NotifierStanding => ({
    ...watch.standing(),
    isTelling: leadership.isActing(),
    sinks: term?.deliveries.statuses() ?? [],
    unstoredCount: term?.journal.waitingCount ?? 0,
  });
  leadership.start();
  return {
    standing,
    reconfigure: async (next) => {
      plan = next;
      if (term !== undefined) await goBy(term, next);
    },
    failed: failure.promise,
    stop: async () => {
      isStopping = true;
      // While the Lease is still held: what is under way may end.
      await endTerm();
      await Promise.all([leadership.stop(), stopWatching()]);
    },
  };
}

/** Goes by another configuration from now on. */
async function goBy({ keeper, heartbeat, deliveries }: Term, plan: NotifierPlan): Promise<void> {
  keeper.configure(plan.detect);
  heartbeat.configure(plan.heartbeat);
  await deliveries.reconfigure(plan.routing);
}

/** Stores what waits, and lets what is under way end. */
async function endOf(ended: Term, watchedUntilMs: number): Promise<void> {
  const { keeper, heartbeat, recent, silences, journal, deliveries } = ended;
  heartbeat.end();
  keeper.end(watchedUntilMs);
  recent.end();
  await silences.stop();
  await journal.end(JOURNAL_DRAIN_MS);
  await deliveries.end(DELIVERY_DRAIN_MS);
}

/** What only the composition can tell a term. */
interface TermHooks {
  readonly plan: NotifierPlan;
  readonly telemetry: NotifierTelemetry;
  readonly maySend: () => boolean;
  readonly isInSight: () => boolean;
  readonly onLost: (failure: Failure) => void;
}

/** Takes the store over, and goes on with what was to be told. */
async function beginTerm(options: NotifierProcessOptions, hooks: TermHooks, signal: AbortSignal): Promise<Term> {
  const { clock, ioClock, log, store, random, render } = options;
  const { plan, telemetry, maySend, isInSight, onLost } = hooks;
  const { routing, detect } = plan;
  const listener = telemetry.delivered;
  const deliveries = new Deliveries({ store, ioClock, log, random, render, routing, listener, maySend, onLost });
  const entries = await deliveries.begin(signal);
  const journal = new WatchJournal({
    record: (change, ending) => deliveries.record(change, ending),
    put: (key, text, withinMs) => store.put(key, text, withinMs),
    remove: (key, withinMs) => store.remove(key, withinMs),
    ioClock,
    log,
  });
  const recent = new RecentNotices(store, ioClock, entries.get(RECENT_KEY));
  const onNotice = (notice: Notice): void => {
    telemetry.noticed(notice);
    recent.add(notice);
  };
  const { cluster } = routing;
  const keeper = new EpisodeKeeper({ cluster, detect, clock, log, journal, onNotice });
  const heartbeat = new Heartbeat({ cluster, when: plan.heartbeat, clock, isInSight, journal, onNotice });
  return { deliveries, journal, keeper, heartbeat, recent, entries, silences: followSilences(options, deliveries) };
}
