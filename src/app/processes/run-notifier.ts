import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { untilAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { decisionLink } from '../../people/notify/decision-link.ts';
import { createRenderer, type RenderingChoice } from '../../people/notify/notice-rendering.ts';
import { createClientTelemetry } from '../../platform/kube/client-telemetry.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createThreadedElector } from '../../platform/kube/threaded-election.ts';
import { ConfigMapStore, sliceNames } from '../../platform/store/config-map-store.ts';
import { SqliteStore } from '../../platform/store/sqlite-store.ts';
import type { GuardedStore } from '../../platform/store/store.ts';
import { createHealth, type Health } from '../../platform/telemetry/health.ts';
import { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';
import { createTelemetry, type Telemetry } from '../../platform/telemetry/registry.ts';
import { createScaledClock } from '../../platform/time/scaled-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { Environment } from '../config/environment.ts';
import { type NotifierConfig, parseNotifierConfig } from '../config/notifier/notifier-config.ts';
import { NOTIFIER_LEASE_NAME, type NotifierSettings } from '../config/notifier-flags.ts';
import { clusterRecipe, type OpenCluster, openCluster, proxiesOf } from './cluster-connection.ts';
import { statePrefixOf } from './episode-notice.ts';
import { keepHeapSmall } from './heap-growth.ts';
import type { ElectionTerms } from './leadership.ts';
import { planOf, readNotifierText } from './notifier-plan.ts';
import { type NotifierProcess, type NotifierStanding, startNotifier } from './notifier-process.ts';
import { followNotifierConfig } from './notifier-reload.ts';
import { requireOwnObjects } from './notifier-rights.ts';
import { openSinkEnvironment } from './notifier-sinks.ts';
import { openOwnListener } from './own-listener.ts';
import { startedOrAborted } from './server-start.ts';

/** How the server names the program in its own logs and as field manager. */
const USER_AGENT = 'podtide-notifier/v1';

/** What one run has in hand, for all its parts. */
interface Surroundings {
  readonly settings: NotifierSettings;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly known: KnownSecrets;
  readonly telemetry: Telemetry;
  readonly cluster: OpenCluster;
  readonly client: KubeClientOptions;
  readonly identity: string;
  readonly ownNamespace: string;
}

/**
 * Runs a notifier on a real cluster until `signal` aborts; then ends what is under way and gives up the Lease. Throws Failure
 * when the cluster cannot be reached at all, when HPAs may not be looked at, or when a file or a secret cannot be used.
 *
 * @param shared the way to the cluster of another part of the same process, which stays that part's to close
 */
export async function runNotifier(
  settings: NotifierSettings,
  environment: Environment,
  signal: AbortSignal,
  shared?: OpenCluster,
): Promise<void> {
  // Nearly all of the heap is the program itself (bench/notifier.ts); another part of the same process sees to its own.
  if (shared === undefined) keepHeapSmall();
  const ioClock = createSystemClock();
  const known = new KnownSecrets();
  const log = createPinoLog({ level: settings.logLevel, redact: (line) => known.redact(line) });
  const telemetry = createTelemetry({ isProcessMeasured: shared === undefined });
  const cluster = shared ?? (await openCluster(clusterRecipe(settings, environment), environment, ioClock));
  const { access, transport, jsonParser } = cluster;
  const onAnswer = createClientTelemetry(telemetry);
  const client: KubeClientOptions = { transport, ioClock, log, userAgent: USER_AGENT, onAnswer, jsonParser };
  const identity = `${hostname()}_${randomUUID()}`;
  const ownNamespace = settings.leaderElection?.namespace ?? access.namespace;
  try {
    const surroundings = { settings, environment, signal, ioClock, known, telemetry, cluster, client, identity };
    await runConfigured({ ...surroundings, ownNamespace, log: log.with({ identity }) });
  } finally {
    if (shared === undefined) await cluster.close();
  }
}

async function runConfigured(surroundings: Surroundings): Promise<void> {
  const { settings, environment, signal, ioClock, log, known, telemetry, client, ownNamespace } = surroundings;
  const text = await readNotifierText(settings.config);
  const config = parseNotifierConfig(settings.config, text);
  const skew = telemetry.gauge({
    name: 'podtide_notifier_sink_clock_skew_seconds',
    help: 'How far the clock of a sink was ahead of ours when it last said so.',
    labels: ['sink'],
  });
  const sinkEnvironment = await openSinkEnvironment({
    environment,
    authorityFile: settings.sinkAuthorityFile,
    ioClock,
    log,
    known,
    kube: { client: createKubeClient(client), namespace: ownNamespace },
    onClockSkew: (sink, skewMs) => skew.set(skewMs / 1000, { sink }),
  });
  try {
    const plan = await planOf(config, sinkEnvironment, signal);
    let rendering = renderingOf(config);
    await requireOwnObjects(client, ownObjectsOf(surroundings), log);
    const start = (): Promise<NotifierProcess> =>
      startNotifier({
        plan,
        render: createRenderer(() => rendering),
        store: createStore(surroundings),
        client,
        namespaces: settings.namespaces,
        leaderElection: settings.leaderElection,
        createElector: (terms) => createElectorOf(surroundings, terms),
        ownNamespace,
        clock: createScaledClock(ioClock),
        ioClock,
        random: Math.random,
        log,
        telemetry,
        identity: surroundings.identity,
        signal,
      });
    await serveWhileRunning(surroundings, start, (notifier) =>
      followNotifierConfig({
        path: settings.config,
        text,
        ioClock,
        log,
        telemetry,
        onChange: async (changed) => {
          const next = await planOf(changed, sinkEnvironment, signal);
          rendering = renderingOf(changed);
          await notifier.reconfigure(next);
        },
      }),
    );
  } finally {
    await sinkEnvironment.close();
  }
}

/** Robots that are told by texts are those whose keywords people have set. */
function renderingOf({ cluster, sinks, decisionUrl }: NotifierConfig): RenderingChoice {
  return {
    clusterName: cluster.displayName,
    ...(decisionUrl === null ? {} : { linkOf: decisionLink(decisionUrl, cluster.id) }),
    isSeedForm: (name) => {
      const sink = sinks.get(name);
      return sink?.type === 'dingtalk' && sink.format === 'text';
    },
  };
}

function statePrefix({ leaderElection }: NotifierSettings): string {
  return statePrefixOf(leaderElection?.name ?? NOTIFIER_LEASE_NAME);
}

function ownObjectsOf({ settings, ownNamespace: namespace }: Surroundings) {
  return {
    namespace,
    leaseName: settings.leaderElection?.name ?? null,
    configMapNames: settings.state.kind === 'configmaps' ? sliceNames(statePrefix(settings)) : [],
  };
}

function createStore({
  settings,
  client,
  ioClock,
  log,
  identity,
  ownNamespace: namespace,
}: Surroundings): GuardedStore {
  const { state } = settings;
  if (state.kind === 'file') return new SqliteStore({ path: state.path, identity, ioClock, log });
  const kube = createKubeClient(client);
  const rightsAdvice = { manifest: 'deploy/notifier.yaml', without: '--leader-elect=false --state=file:PATH' };
  const place = { namespace, prefix: statePrefix(settings) };
  return new ConfigMapStore({ client: kube, ioClock, log, identity, rightsAdvice, ...place });
}

function createElectorOf({ settings, environment, ioClock, log }: Surroundings, terms: ElectionTerms) {
  const access = clusterRecipe(settings, environment);
  return createThreadedElector({
    ...terms,
    access,
    proxies: proxiesOf(environment),
    userAgent: USER_AGENT,
    ioClock,
    log,
  });
}

/**
 * Serves from before the notifier starts, so that probes are answered while its caches fill, until it must not go on or the
 * signal aborts; then ends both, whatever failed.
 */
async function serveWhileRunning(
  { settings, telemetry, ioClock, log, signal }: Surroundings,
  start: () => Promise<NotifierProcess>,
  follow: (notifier: NotifierProcess) => () => void,
): Promise<void> {
  let notifier: NotifierProcess | undefined;
  const health = createHealth();
  addChecks(health, () => notifier?.standing());
  const server = await openOwnListener(settings.listen, { name: 'podtide-notifier', health, telemetry, ioClock, log });
  let unfollow = (): void => {};
  try {
    notifier = await startedOrAborted(start(), signal);
    if (notifier === undefined) return;
    unfollow = follow(notifier);
    log.info('the notifier runs', { url: server.url });
    await Promise.race([notifier.failed, untilAborted(signal)]);
  } finally {
    unfollow();
    await notifier?.stop();
    await server.close();
  }
}

/** Whoever stands by is ready as well. */
function addChecks(health: Health, standing: () => NotifierStanding | undefined): void {
  health.add({
    name: 'caches',
    kind: 'ready',
    problem: () => (standing()?.isSynced === true ? undefined : 'the HPAs of the cluster are not known yet'),
  });
  health.add({
    name: 'sight',
    kind: 'ready',
    problem: () => {
      const now = standing();
      if (now === undefined || now.isInSight) return undefined;
      return `the watches are out of touch, for ${Math.round(now.ageMs / 1000)} s`;
    },
  });
}
