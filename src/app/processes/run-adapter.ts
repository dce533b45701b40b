import { untilAborted } from '../../base/cancellation.ts';
import type { Clock, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { recordPrometheusRequests } from '../../metrics/prometheus/prometheus-telemetry.ts';
import { createClientTelemetry } from '../../platform/kube/client-telemetry.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';
import { createTelemetry, type Telemetry } from '../../platform/telemetry/registry.ts';
import { createScaledClock } from '../../platform/time/scaled-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { AdapterStart } from '../config/adapter-config.ts';
import type { Environment } from '../config/environment.ts';
import { type AdapterProcess, startAdapter } from './adapter-process.ts';
import { collectUnaided, keepHeapSmall, letHeapGrow } from './heap-growth.ts';
import { NamedClusters } from './named-clusters.ts';
import { openPassThrough } from './pass-through-sources.ts';
import { openPrometheus } from './prometheus-connection.ts';
import { startedOrAborted } from './server-start.ts';
import { serverVersion } from './server-version.ts';

/** How the adapter names the program to the API server and to Prometheus. */
const USER_AGENT = 'podtide-adapter/v1';

/** What a run is given beside its configuration. */
export interface AdapterRun {
  readonly environment: Environment;
  /** The program's own: `0.1.0`. */
  readonly programVersion: string;
  readonly signal: AbortSignal;
}

/** What an adapter works with; a process of its own has it of the machine. */
export interface AdapterHost extends AdapterRun {
  /** What is asked for, and the rhythm of listings. */
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: Telemetry;
}

/**
 * A small heap would grow by a tenth before all of it is collected; the tail of reads is what waits for that. When it may
 * grow by a half, a thousand reads meet that once.
 */
const HEAP_GROWING_PERCENT = 50;

/** What `podtide adapter` was told. */
export type AdapterOrder = Extract<AdapterStart, { kind: 'serve' }>;

/**
 * Runs an adapter in this process until the signal aborts; then it says that it is not ready, ends what is under way, and
 * goes. Throws Failure when the cluster cannot be reached, when a right is missing or a file cannot be used. That Prometheus
 * cannot be reached stops nothing: it is asked again.
 */
export async function runAdapter(order: AdapterOrder, run: AdapterRun): Promise<void> {
  // Most of the heap is the program itself; what a listing leaves behind would stay for long (bench/adapter.ts).
  keepHeapSmall();
  letHeapGrow(HEAP_GROWING_PERCENT);
  collectUnaided();
  const ioClock = createSystemClock();
  const host = {
    ...run,
    clock: createScaledClock(ioClock),
    ioClock,
    log: createPinoLog({ level: order.config.logLevel }),
    telemetry: createTelemetry({ isProcessMeasured: true }),
  };
  await serveAdapter(order, host, () => untilAborted(run.signal));
}

/** The same with clocks, log and telemetry of the caller's, until `beside` ends, which runs while the adapter listens. */
export async function serveAdapter(
  { config, warnings }: AdapterOrder,
  { environment, programVersion, signal, ...host }: AdapterHost,
  beside: (adapter: AdapterProcess) => Promise<void>,
): Promise<void> {
  const { ioClock, log, telemetry } = host;
  for (const warning of warnings) log.warn(warning);
  const prometheus = await openPrometheus(config.prometheus, environment, {
    ioClock,
    userAgent: USER_AGENT,
    onRequest: recordPrometheusRequests(telemetry),
  });
  const passed =
    config.passThrough === null
      ? undefined
      : await openPassThrough(config.passThrough, { ioClock, log, userAgent: USER_AGENT });
  const onAnswer = createClientTelemetry(telemetry);
  const choice = { kubeconfig: config.kubeconfig, context: null, flag: '--lister-kubeconfig' };
  const clusters = new NamedClusters(choice, environment, { ioClock, log, userAgent: USER_AGENT, onAnswer });
  try {
    const starting = startAdapter({
      ...host,
      config,
      client: (await clusters.open(null)).client,
      reviews: {
        authentication: (await clusters.open(config.authentication.kubeconfig, '--authentication-kubeconfig')).client,
        authorization: (await clusters.open(config.authorization.kubeconfig, '--authorization-kubeconfig')).client,
      },
      prometheus,
      ...(passed === undefined ? {} : { passed }),
      version: serverVersion(programVersion),
    });
    const adapter = await startedOrAborted(starting, signal);
    if (adapter === undefined) return;
    signal.addEventListener('abort', () => adapter.beginShutdown(), { once: true });
    try {
      await beside(adapter);
    } finally {
      log.info('the adapter ends');
      await adapter.stop();
    }
  } finally {
    await Promise.all([clusters.close(), prometheus.close(), passed?.close()]);
  }
}
