import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { DEFAULT_DETECT_OPTIONS } from '../../core/episode/options.ts';
import type { Route } from '../../people/notify/delivery/route.ts';
import { NoticeBoard } from '../../people/notify/notice-board.ts';
import { EpisodeKeeper } from '../../people/notify/watching/episode-keeper.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { LabSpeed } from '../config/lab-config.ts';
import { openNotifierWatch } from './notifier-watch.ts';

/** What a lab's notifier is put together from. */
export interface LabNotifierOptions {
  /** Over connections of its own. */
  readonly client: KubeClientOptions;
  readonly clock: Clock;
  readonly ioClock: IoClock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly delivery: DeliveryLedger;
  readonly speed: LabSpeed;
}

/** A notifier that tells nobody: what it would have told is on its board. */
export interface LabNotifier {
  readonly board: NoticeBoard;
  stop(): Promise<void>;
}

const LAB = 'lab';

const ROUTE = {
  match: { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] },
  isContinued: false,
  language: 'en',
  timeZone: 'UTC',
  mention: { mobiles: [], userIds: [], isEverybody: false },
  group: null,
  quiet: null,
  fallback: null,
} as const satisfies Omit<Route, 'name' | 'sinks'>;

/** As a team would begin: what needs somebody at once to those on call, the rest to everybody. */
const ROUTES: readonly Route[] = [
  { ...ROUTE, name: 'urgent', match: { ...ROUTE.match, severities: ['critical'] }, sinks: ['on-call'] },
  { ...ROUTE, name: 'everything', sinks: ['team'] },
];

/**
 * Watches the lab's HPAs over its API server as `podtide notifier` watches a cluster's, and puts on a board what people
 * would be told. Nothing is stored, and nothing is sent.
 */
export async function startLabNotifier(options: LabNotifierOptions): Promise<LabNotifier> {
  const { clock, log, speed } = options;
  const { watch, stop } = await openNotifierWatch({ ...options, namespaces: null });
  const board = new NoticeBoard(ROUTES);
  const keeper = new EpisodeKeeper({
    cluster: LAB,
    detect: { ...DEFAULT_DETECT_OPTIONS, confirmMs: confirmMs(speed) },
    clock,
    log,
    journal: { keep: () => {} },
    onNotice: (notice) => board.post(notice),
  });
  watch.begin(
    keeper,
    keeper.begin(new Map(), () => watch.watchedUntilMs),
  );
  return {
    board,
    stop: async () => {
      keeper.end(watch.watchedUntilMs);
      await stop();
    },
  };
}

/** The HPA's status comes over a socket, whose time is the machine's: an accelerated clock leaves it as much of that. */
function confirmMs(speed: LabSpeed): number {
  return DEFAULT_DETECT_OPTIONS.confirmMs * (speed.kind === 'max' ? 1 : Math.max(1, speed.factor));
}
