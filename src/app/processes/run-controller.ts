import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { untilAborted } from '../../base/cancellation.ts';
import type { ControllerStanding } from '../../control/controller/telemetry.ts';
import { DecisionHistory } from '../../control/history/decision-history.ts';
import { ObservationLog } from '../../control/history/observation-log.ts';
import type { ResourceMetricsSource } from '../../metrics/source/port.ts';
import { createClientTelemetry } from '../../platform/kube/client-telemetry.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createThreadedElector } from '../../platform/kube/threaded-election.ts';
import { createHealth, type Health } from '../../platform/telemetry/health.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { createScaledClock } from '../../platform/time/scaled-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { watchWallSteps } from '../../platform/time/wall-step.ts';
import type { ControllerConfig } from '../config/controller-config.ts';
import type { Environment } from '../config/environment.ts';
import { clusterRecipe, type OpenCluster, openCluster, proxiesOf } from './cluster-connection.ts';
import { type ControllerProcess, type ControllerProcessOptions, startController } from './controller-process.ts';
import { type ControllerServerPorts, serveController } from './controller-server.ts';
import { openDirectQueries } from './direct-queries.ts';
import { letHeapGrow } from './heap-growth.ts';
import type { OwnListener } from './own-listener.ts';
import { startedOrAborted } from './server-start.ts';

/** How the server names the program in its own logs and as field manager. */
const USER_AGENT = 'podtide-controller/v1';

/**
 * By how much V8 lets the heap grow before it collects all of it: a list of metrics every two seconds leaves garbage that
 * would otherwise stay for long. A little more CPU for a quarter less memory (bench/scale.ts).
 */
const HEAP_GROWING_PERCENT = 40;

/** What another part of the same process has already. */
export interface ControllerSharing {
  /** Usage as it stands on the wire. */
  readonly resourceSource: ResourceMetricsSource;
  /** The way to the cluster, which stays the other's to close. */
  readonly cluster: OpenCluster;
}

/**
 * Runs a controller on a real cluster until `signal` aborts; then ends what is under way and gives up the Lease. Throws
 * Failure when the cluster cannot be reached at all, or when another controller acts.
 */
export async function runController(
  config: ControllerConfig,
  environment: Environment,
  signal: AbortSignal,
  sharing?: ControllerSharing,
): Promise<void> {
  letHeapGrow(HEAP_GROWING_PERCENT);
  const ioClock = createSystemClock();
  const log = createPinoLog({ level: config.logLevel });
  const telemetry = createTelemetry({ isProcessMeasured: true });
  const clock = createScaledClock(ioClock);
  const queryOptions = { environment, clock, ioClock, telemetry, userAgent: USER_AGENT, log };
  const { querySource, ...queries } = await openDirectQueries(config.queries, queryOptions);
  const recipe = clusterRecipe(config, environment);
  const cluster = sharing?.cluster ?? (await openCluster(recipe, environment, ioClock));
  const { access, transport, jsonParser } = cluster;
  const onAnswer = createClientTelemetry(telemetry);
  const client: KubeClientOptions = { transport, ioClock, log, userAgent: USER_AGENT, onAnswer, jsonParser };
  const stopWatchingClock = watchWallSteps(ioClock, (stepMs) =>
    log.warn('the wall clock was set; times shown differ from the machine’s', { stepSeconds: stepMs / 1000 }),
  );
  const identity = `${hostname()}_${randomUUID()}`;
  const history = new DecisionHistory(config.clusterName, log);
  const observation = config.mode === 'observe' ? new ObservationLog(config.clusterName) : null;
  if (observation !== null) history.watch((record) => observation.take(record));
  const start = (): Promise<ControllerProcess> =>
    startController({
      config,
      client,
      signal,
      history,
      clock,
      ioClock,
      random: Math.random,
      log,
      telemetry,
      identity,
      ...(sharing === undefined ? {} : { resourceSource: sharing.resourceSource }),
      ...(querySource === undefined ? {} : { querySource }),
      ownNamespace: config.leaderElection?.namespace ?? access.namespace,
      createElector: (terms) =>
        createThreadedElector({
          ...terms,
          access: recipe,
          proxies: proxiesOf(environment),
          userAgent: USER_AGENT,
          ioClock,
          log,
        }),
      ...leaseAnnotationsOf(config.listen.port),
    });
  try {
    const ports = { telemetry, feed: history, observation, client: createKubeClient(client), ioClock };
    await serveWhileRunning(config, start, { ...ports, log: log.with({ identity }) }, signal);
  } finally {
    stopWatchingClock();
    await queries.close();
    if (sharing === undefined) await cluster.close();
  }
}

/** A port that the system chooses is not known yet, and means nothing to others. */
function leaseAnnotationsOf(port: number): Pick<ControllerProcessOptions, 'leaseAnnotations'> {
  return port === 0 ? {} : { leaseAnnotations: { 'podtide.dev/decisions-port': String(port) } };
}

/**
 * Serves from before the controller starts, so that probes are answered while its caches fill, until it must not go on or
 * the signal aborts; then ends both, whatever failed.
 */
async function serveWhileRunning(
  config: ControllerConfig,
  start: () => Promise<ControllerProcess>,
  ports: Omit<ControllerServerPorts, 'health'>,
  signal: AbortSignal,
): Promise<void> {
  let controller: ControllerProcess | undefined;
  const health = createHealth();
  addChecks(health, () => controller?.standing(), config);
  const server: OwnListener = await serveController(config.listen, { ...ports, health });
  try {
    controller = await startedOrAborted(start(), signal);
    if (controller === undefined) return;
    ports.log.info('the controller runs', { mode: config.mode, url: server.url });
    await Promise.race([controller.failed, untilAborted(signal)]);
  } finally {
    await controller?.stop();
    await server.close();
  }
}

function addChecks(health: Health, standing: () => ControllerStanding | undefined, config: ControllerConfig): void {
  health.add({
    name: 'caches',
    kind: 'ready',
    problem: () => (standing()?.isSynced === true ? undefined : 'the watch caches are not complete'),
  });
  health.add({
    name: 'loop',
    kind: 'ready',
    problem: () => {
      const now = standing();
      return now === undefined ? undefined : latenessProblem(now, config.syncPeriodMs);
    },
  });
}

/** What is wrong when the HPA that is due longest has waited too long; undefined when the controller keeps up. */
function latenessProblem({ latenessMs }: ControllerStanding, syncPeriodMs: number): string | undefined {
  if (latenessMs <= syncPeriodMs) return undefined;
  const seconds = Math.round(latenessMs / 1000);
  return `the HPA that is due longest has waited ${seconds} s, more than a sync period`;
}
