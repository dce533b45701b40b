import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { untilAborted } from '../../base/cancellation.ts';
import { accessByRecipe } from '../../platform/kube/access-recipe.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createLargeJsonParser } from '../../platform/kube/large-json.ts';
import { createThreadedElector } from '../../platform/kube/threaded-election.ts';
import { createHealth, type Health } from '../../platform/telemetry/health.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';
import { createTelemetry, type Telemetry } from '../../platform/telemetry/registry.ts';
import { createScaledClock } from '../../platform/time/scaled-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { watchWallSteps } from '../../platform/time/wall-step.ts';
import type { ControllerConfig } from '../config/controller-config.ts';
import type { Environment } from '../config/environment.ts';
import { clusterRecipe, connectCluster, proxiesOf } from './cluster-connection.ts';
import { type ControllerProcess, lateness, startController } from './controller-process.ts';
import { serveController } from './controller-server.ts';

/** How the server names the program in its own logs and as field manager. */
const USER_AGENT = 'podtide-controller/v1';

/**
 * Runs a controller on a real cluster until `signal` aborts; then ends what is under way and gives up the Lease. Throws
 * Failure when the cluster cannot be reached at all, or when another controller acts.
 */
export async function runController(
  config: ControllerConfig,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const ioClock = createSystemClock();
  const log = createPinoLog({ level: config.logLevel });
  const telemetry = createTelemetry({ isProcessMeasured: true });
  const recipe = clusterRecipe(config, environment);
  const access = await accessByRecipe(recipe, ioClock);
  const transport = connectCluster(access, environment, ioClock);
  const onAnswer = countAnswers(telemetry);
  const jsonParser = createLargeJsonParser();
  const client: KubeClientOptions = { transport, ioClock, log, userAgent: USER_AGENT, onAnswer, jsonParser };
  const stopWatchingClock = watchWallSteps(ioClock, (stepMs) =>
    log.warn('the wall clock was set; times shown differ from the machine’s', { stepSeconds: stepMs / 1000 }),
  );
  const health = createHealth();
  const identity = `${hostname()}_${randomUUID()}`;
  const starting = startController({
    config,
    client,
    clock: createScaledClock(ioClock),
    ioClock,
    random: Math.random,
    log,
    telemetry,
    identity,
    ownNamespace: config.leaderElection?.namespace ?? access.namespace,
    createElector: (settings) =>
      createThreadedElector({
        ...settings,
        access: recipe,
        proxies: proxiesOf(environment),
        userAgent: USER_AGENT,
        ioClock,
        log,
      }),
    // A port that the system chooses is not known yet, and means nothing to others.
    ...(config.listen.port === 0
      ? {}
      : { leaseAnnotations: { 'podtide.dev/decisions-port': String(config.listen.port) } }),
  });
  try {
    const controller = await orAborted(starting, signal);
    if (controller === undefined) return;
    addChecks(health, controller, config);
    const server = await serveController(config.listen, {
      health,
      telemetry,
      feed: controller.feed,
      client: createKubeClient(client),
      ioClock,
      log,
    });
    log.info('the controller runs', { mode: config.mode, url: server.url, identity });
    try {
      await Promise.race([controller.failed, untilAborted(signal)]);
    } finally {
      await controller.stop();
      await server.close();
    }
  } finally {
    stopWatchingClock();
    await Promise.all([transport.close(), jsonParser.close()]);
  }
}

function addChecks(health: Health, controller: ControllerProcess, config: ControllerConfig): void {
  health.add({
    name: 'caches',
    kind: 'ready',
    problem: () => (controller.standing().isSynced ? undefined : 'the watch caches are not complete'),
  });
  health.add({
    name: 'loop',
    kind: 'ready',
    problem: () => lateness(controller.standing(), config.syncPeriodMs)?.message,
  });
}

function countAnswers(telemetry: Telemetry): NonNullable<KubeClientOptions['onAnswer']> {
  const requests = telemetry.counter({
    name: 'podtide_api_requests_total',
    help: 'Requests to the API server by verb and status; status 0 for those without an answer.',
    labels: ['verb', 'status'],
  });
  const seconds = telemetry.histogram({
    name: 'podtide_api_request_duration_seconds',
    help: 'How long the API server took to answer, by verb.',
    labels: ['verb'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  return ({ verb, status, durationMs }) => {
    requests.add({ verb, status: String(status) });
    seconds.observe(durationMs / 1000, { verb });
  };
}

/** What started, or undefined when the wait was cut short; then it is stopped as soon as it has started. */
async function orAborted(
  starting: Promise<ControllerProcess>,
  signal: AbortSignal,
): Promise<ControllerProcess | undefined> {
  const started = await Promise.race([starting, untilAborted(signal)]);
  if (started !== undefined) return started;
  starting.then((controller) => controller.stop()).catch(() => undefined);
  return undefined;
}
