import type { Health } from '../../platform/telemetry/health.ts';

/** What is wrong with each part of a metrics server, in one sentence; undefined when all is well. */
export interface MetricsServerProblems {
  /** There are no numbers to serve yet. */
  readonly storage: () => string | undefined;
  /** The caches of nodes or pods do not hold everything yet. */
  readonly informers: () => string | undefined;
  /** The cache of pods alone, which a restart may help. */
  readonly podInformer: () => string | undefined;
  /** No scrape has begun for too long. */
  readonly collection: () => string | undefined;
  /** The process is about to end. */
  readonly shutdown: () => string | undefined;
}

/** Always well: that there is an answer says it. The names are kept because probes and `?exclude=` name them. */
const ALWAYS_WELL = [
  'ping',
  'log',
  'poststarthook/max-in-flight-filter',
  'poststarthook/storage-object-count-tracker-hook',
];

/** Adds the checks of upstream's metrics-server, by its names and in its order. */
export function addMetricsServerChecks(health: Pick<Health, 'add'>, problems: MetricsServerProblems): void {
  for (const name of ALWAYS_WELL) health.add({ name, kind: 'live', problem: () => undefined });
  health.add({ name: 'metric-storage-ready', kind: 'ready', problem: problems.storage });
  health.add({ name: 'metric-informer-sync', kind: 'ready', problem: problems.informers });
  health.add({ name: 'metric-collection-timely', kind: 'timely', problem: problems.collection });
  health.add({ name: 'metadata-informer-sync', kind: 'live', problem: problems.podInformer });
  health.add({ name: 'shutdown', kind: 'ready', problem: problems.shutdown });
}

/** What is wrong with each part of a metrics adapter, in one sentence; undefined when all is well. */
export interface AdapterProblems {
  /** The caches of pods and nodes, which usage is measured of, do not hold everything yet. */
  readonly informers: () => string | undefined;
  /** The process is about to end. */
  readonly shutdown: () => string | undefined;
}

/**
 * Adds the checks of prometheus-adapter, by its names and in its order. That Prometheus is down, or lists nothing, makes it no
 * less ready: a server that is not ready loses its whole API, and every HPA with it.
 */
export function addAdapterChecks(health: Pick<Health, 'add'>, problems: AdapterProblems): void {
  const add = (name: string, kind: 'live' | 'ready', problem: () => string | undefined = () => undefined): void =>
    health.add({ name, kind, problem });
  add('ping', 'live');
  add('log', 'live');
  add('poststarthook/generic-apiserver-start-informers', 'live');
  add('informer-sync', 'ready', problems.informers);
  add('poststarthook/max-in-flight-filter', 'live');
  add('poststarthook/storage-object-count-tracker-hook', 'live');
  add('shutdown', 'ready', problems.shutdown);
}
