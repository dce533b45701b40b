import { untilAborted } from '../../base/cancellation.ts';
import { asReadOverHttp } from '../../metrics/source/wire-rounding.ts';
import type { RunConfig } from '../config/run-config.ts';
import { runController } from './run-controller.ts';
import { type MetricsServerRun, runMetricsServer } from './run-metrics-server.ts';
import { runNotifier } from './run-notifier.ts';

/**
 * Runs a metrics server and a controller, and a notifier when asked for, in one process, over the same connections. The controller reads usage of this
 * process, as it stands on the wire, and comes to the decisions that it would come to over HTTP. Each part serves its own
 * port. The controller begins when there are numbers, so that a restart is no failed metric of every HPA; or when they
 * do not come for long, because metrics of others must not wait for ours. Throws what any part throws; all end then.
 */
export async function runTogether(
  { controller, metricsServer, notifier }: RunConfig,
  run: MetricsServerRun,
): Promise<void> {
  const { environment, signal } = run;
  await runMetricsServer(metricsServer, run, async ({ server, cluster, ioClock }) => {
    const { resolutionMs, kubelet } = metricsServer.config;
    const patienceMs = 2 * (resolutionMs + kubelet.requestTimeoutMs);
    const patience = Promise.withResolvers<void>();
    const cancelPatience = ioClock.after(patienceMs, patience.resolve);
    await Promise.race([server.ready, patience.promise, untilAborted(signal)]);
    // A timer that is still set would keep the process from ending.
    cancelPatience();
    if (signal.aborted) return;
    const resourceSource = asReadOverHttp(server.source);
    await endTogether(signal, (ending) => [
      runController(controller, environment, ending, { resourceSource, cluster }),
      ...(notifier === null ? [] : [runNotifier(notifier, environment, ending, cluster)]),
    ]);
  });
}

/** Ends all parts when one has ended, whyever, and throws what the first of them threw. */
async function endTogether(
  signal: AbortSignal,
  begin: (ending: AbortSignal) => readonly Promise<void>[],
): Promise<void> {
  const ending = new AbortController();
  const parts = begin(AbortSignal.any([signal, ending.signal]));
  const ends = await Promise.allSettled(parts.map((part) => part.finally(() => ending.abort())));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
