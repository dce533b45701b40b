import type { Clock, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { recordPrometheusRequests } from '../../metrics/prometheus/prometheus-telemetry.ts';
import { createQuerySource } from '../../metrics/query/query-source.ts';
import { tellSeveralOnce } from '../../metrics/query/several-values.ts';
import type { QuerySource } from '../../metrics/source/port.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { DirectQueryConfig } from '../config/direct-query-config.ts';
import type { Environment } from '../config/environment.ts';
import { openPrometheus } from './prometheus-connection.ts';

/** A way to Prometheus for queries that HPAs bring along, where some may. */
export interface DirectQueries {
  readonly querySource?: QuerySource;
  close(): Promise<void>;
}

/** What it is opened with. */
export interface DirectQueryOptions {
  readonly environment: Environment;
  readonly ioClock: IoClock;
  readonly telemetry: Telemetry;
  readonly userAgent: string;
  /** Which instant is asked for. */
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens it; Prometheus is not asked yet. Queries name no backend: of a file with several that one is asked which is meant where
 * none is named. Throws Failure naming the file that cannot be used.
 */
export async function openDirectQueries(
  config: DirectQueryConfig | null,
  { environment, clock, log, telemetry, ioClock, userAgent }: DirectQueryOptions,
): Promise<DirectQueries> {
  if (config === null) return { close: async () => {} };
  const { access, prometheus: choice, warnings } = config;
  for (const warning of warnings) log.warn(warning);
  const onRequest = recordPrometheusRequests(telemetry);
  const clients = await openPrometheus(choice, environment, { ioClock, userAgent, onRequest });
  const prometheus = clients.get(null);
  return {
    querySource: createQuerySource({ prometheus, clock, access, onSeveral: tellSeveralOnce(log) }),
    close: () => clients.close(),
  };
}
