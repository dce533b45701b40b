import type { PrometheusClients } from '../../metrics/prometheus/backends.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { AskedPrometheus } from '../config/prometheus-choice.ts';
import { namedBackends, openPrometheus } from '../processes/prometheus-connection.ts';
import type { CliContext } from './context.ts';

/** A Prometheus at hand, and as of when it is asked. */
export interface PrometheusAtHand {
  readonly prometheus: Pick<PrometheusClients, 'get'>;
  /** Those that rules may name. */
  readonly backends: readonly string[];
  readonly nowMs: number;
}

/** Does something with the Prometheus that was named, and closes the connections to it. */
export async function withPrometheus<T>(
  { choice, warnings }: AskedPrometheus,
  { process, environment }: Pick<CliContext, 'process' | 'environment'>,
  work: (hand: PrometheusAtHand) => Promise<T>,
): Promise<T> {
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  const ioClock = createSystemClock();
  const prometheus = await openPrometheus(choice, environment, { ioClock, userAgent: 'podtide-adapter/v1' });
  try {
    return await work({ prometheus, backends: namedBackends(choice, prometheus), nowMs: ioClock.wallMs() });
  } finally {
    await prometheus.close();
  }
}
