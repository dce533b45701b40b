import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { DEFAULT_DETECT_OPTIONS } from '../../core/episode/options.ts';
import type { NoticeBoard } from '../../people/notify/notice-board.ts';
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
  /** Where what people would be told is put. */
  readonly board: NoticeBoard;
}

/** A notifier that tells nobody. */
export interface LabNotifier {
  stop(): Promise<void>;
}

const LAB = 'lab';

/**
 * Watches the lab's HPAs over its API server as `podtide notifier` watches a cluster's, and puts on a board what people
 * would be told. Nothing is stored, and nothing is sent. Resolves when the HPAs that there are are known.
 */
export async function startLabNotifier(options: LabNotifierOptions): Promise<LabNotifier> {
  const { clock, log, speed, board } = options;
  const { watch, stop } = await openNotifierWatch({ ...options, namespaces: null });
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
