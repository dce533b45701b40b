import { randomUUID } from 'node:crypto';
import { untilAborted } from '../../base/cancellation.ts';
import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { DecisionHistory } from '../../control/history/decision-history.ts';
import type { DecisionFeed } from '../../control/history/feed.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../../core/engine/options.ts';
import { REAL_STORIES, STORIES } from '../../lab/world/stories/catalogue.ts';
import type { Story } from '../../lab/world/stories/story.ts';
import { runStory } from '../../lab/world/stories/story-run.ts';
import { readAssetFolder } from '../../people/dashboard/asset-folder.ts';
import { createDashboard } from '../../people/dashboard/dashboard.ts';
import type { MessageFeed } from '../../people/dashboard/message-feed.ts';
import { NoticeBoard } from '../../people/notify/notice-board.ts';
import { openListener } from '../../platform/http/listener.ts';
import { createKubeClient } from '../../platform/kube/kube-client.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { createDeliveryLedger } from '../../platform/time/delivery-ledger.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { LabConfig } from '../config/lab-config.ts';
import { type ControllerProcess, startController } from './controller-process.ts';
import { HpaLoads } from './hpa-loads.ts';
import { createLabClock } from './lab-clock.ts';
import { type LabCluster, startLabCluster } from './lab-cluster.ts';
import type { LabNotifier } from './lab-notifier.ts';
import { choosePrometheus, type LabPrometheusProgram } from './lab-prometheus-choice.ts';
import { LAB_ROUTES } from './lab-routes.ts';
import { ensureWebBuilt } from './web-build.ts';

/** A lab that runs. */
export interface Lab {
  /** Of the API server. */
  readonly url: string;
  /** Of the web page; null without one. */
  readonly webUrl: string | null;
  readonly feed: DecisionFeed;
  readonly clock: Clock;
  readonly world: LabCluster['world'];
  /** The requests behind HPAs. */
  readonly loads: HpaLoads;
  /** What people would have been told; null where nobody would see it. */
  readonly board: NoticeBoard | null;
  /** What pods run on; null when they are computed. */
  readonly machine: LabCluster['machine'];
  /** What pods of Prometheus' image are. */
  readonly prometheus: LabPrometheusProgram;
  /** Lets time pass until every story has ended, or for good where there is none, or until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Ends every part. */
  close(): Promise<void>;
}

export interface LabOptions {
  readonly config: LabConfig;
  /** The program's own: `0.1.0`. */
  readonly programVersion: string;
  readonly log: Log;
}

const SYNC_PERIOD_MS = 15_000;
const SYNCS_AT_ONCE = 50;

/** Starts every part of the lab, each over the wire protocol that it has in production. */
export async function startLab({ config, programVersion, log }: LabOptions): Promise<Lab> {
  const ioClock = createSystemClock();
  const { clock, run } = createLabClock(config.speed, ioClock);
  const ledger = createDeliveryLedger(clock);
  const stories = config.stories.map((name) => (config.isReal ? REAL_STORIES : STORIES)[name]);
  await using parts = new AsyncDisposableStack();
  const prometheus = await choosePrometheus(config.prometheus, config.speed);
  const cluster = await startLabCluster({
    ...{ config, stories, clock, ioClock, ledger, log, programVersion, prometheus },
  });
  parts.defer(() => cluster.close());
  const surroundings = { config, cluster, clock, ioClock, ledger, log };
  const controller = await startLabController(surroundings);
  parts.defer(() => controller.stop());
  const loads = new HpaLoads(cluster.world);
  parts.defer(loads.follow(controller.feed));
  const board = config.output === 'json' ? null : new NoticeBoard(LAB_ROUTES);
  const notifier = board === null ? null : startNotifier(surroundings, board);
  if (notifier !== null)
    parts.defer(() =>
      notifier.then(
        ({ stop }) => stop(),
        () => undefined,
      ),
    );
  const page = board === null ? null : await openPage({ config, feed: controller.feed, loads, board, ioClock, log });
  if (page !== null) parts.defer(() => page.close());
  const started = parts.move();
  return {
    url: cluster.url,
    webUrl: page?.url ?? null,
    feed: controller.feed,
    clock,
    world: cluster.world,
    loads,
    board,
    machine: cluster.machine,
    prometheus,
    run: async (signal) => {
      // What happens before it watches would be told to nobody.
      await notifier;
      await runParts({ config, stories, clock, run, cluster, controller, log }, signal);
    },
    close: () => started.disposeAsync(),
  };
}

interface Surroundings {
  readonly config: LabConfig;
  readonly cluster: LabCluster;
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly ledger: DeliveryLedger;
  readonly log: Log;
}

async function startLabController(surroundings: Surroundings): Promise<ControllerProcess> {
  const { config, cluster, clock, ioClock, ledger, log } = surroundings;
  return await startController({
    config: {
      mode: 'control',
      engine: { ...DEFAULT_ENGINE_OPTIONS, features: config.features },
      syncPeriodMs: SYNC_PERIOD_MS,
      concurrencyCount: SYNCS_AT_ONCE,
      statusWrites: 'on-change',
      sampleValues: 'any',
      namespaces: null,
      isSoleControllerAssumed: true,
      clusterName: 'lab',
      leaderElection: null,
      memory: 'process',
    },
    history: new DecisionHistory('lab', log),
    client: await cluster.openClient('podtide-controller/v1'),
    clock,
    ioClock,
    random: Math.random,
    log,
    telemetry: createTelemetry({ isProcessMeasured: false }),
    identity: randomUUID(),
    ownNamespace: 'podtide-system',
    delivery: ledger,
  });
}

/** Begins beside the page, which does not wait for it. What it fails with is thrown where it is awaited. */
function startNotifier(surroundings: Surroundings, board: NoticeBoard): Promise<LabNotifier> {
  const { config, cluster, clock, ioClock, ledger: delivery, log } = surroundings;
  const start = async (): Promise<LabNotifier> => {
    const { startLabNotifier } = await import('./lab-notifier.ts');
    const client = await cluster.openClient('podtide-notifier/v1');
    const { speed } = config;
    return await startLabNotifier({ client, clock, ioClock, random: Math.random, log, delivery, speed, board });
  };
  const started = start();
  started.catch(() => undefined);
  return started;
}

interface Parts {
  readonly config: LabConfig;
  readonly stories: readonly Story[];
  readonly clock: Clock;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly cluster: LabCluster;
  readonly controller: ControllerProcess;
  readonly log: Log;
}

/** A person watches until Ctrl-C; a run without anybody, or as fast as possible, is over with its stories. */
async function runParts(
  { config, stories, clock, run, cluster, controller, log }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const stopped = AbortSignal.any([signal, ending.signal]);
  const client = createKubeClient(await cluster.openClient('podtide-story/v1'));
  const { hpaApi } = controller;
  const onFailure = (action: { readonly kind: string }, thrown: unknown): void =>
    log.warn('an action of the story could not be carried out', { action: action.kind, error: errorText(thrown) });
  const told = Promise.all(
    stories.map((story) =>
      runStory(story, { clock, client, hpaApi, world: cluster.world, signal: stopped, onFailure }),
    ),
  );
  const endsWithStories = stories.length > 0 && (config.output === 'json' || config.speed.kind === 'max');
  const ended = endsWithStories ? told : untilAborted(signal);
  told.catch(() => undefined);
  try {
    await Promise.race([run(stopped).then(() => untilAborted(stopped)), ended, controller.failed]);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    ending.abort(new Error('the lab ends'));
  }
}

interface Page {
  readonly url: string;
  close(): Promise<void>;
}

interface PageOptions {
  readonly config: LabConfig;
  readonly feed: DecisionFeed;
  readonly loads: HpaLoads;
  readonly board: NoticeBoard;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** The web page, on a listener of its own: it shares nothing with the API server's. */
async function openPage({ config, feed, loads, board, ioClock, log }: PageOptions): Promise<Page> {
  const assets = await readAssetFolder(await ensureWebBuilt());
  const dashboard = createDashboard({
    feed,
    clock: ioClock,
    log,
    loads: () => loads.all(),
    messages: messagesOn(board, feed),
    assets,
    hostNames: ['localhost', '127.0.0.1'],
  });
  const listener = await openListener({
    port: config.webPort,
    portFlag: '--web-port',
    ioClock,
    handle: (request) => dashboard.handle(request),
  });
  return {
    url: `${listener.url}/`,
    close: async () => {
      dashboard.close();
      await listener.close(0);
    },
  };
}

/** What a message would look like is read when somebody looks at the page, not before it is there. */
function messagesOn(board: NoticeBoard, feed: DecisionFeed): MessageFeed {
  return {
    messages: async (reader) => (await import('./message-cards.ts')).createMessageCards(board, feed).messages(reader),
    watch: (listener) => board.watch(() => listener()),
  };
}
