import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { SyncAgreement } from '../facts/report.ts';
import type { ControllerStanding, ControllerTelemetry, SyncTiming } from './telemetry.ts';

const UPSTREAM_PREFIX = 'horizontal_pod_autoscaler_controller_';
/** 0.001 × 2^0 … 2^14 seconds, upstream's buckets. */
const UPSTREAM_BUCKETS = Array.from({ length: 15 }, (_, power) => 0.001 * 2 ** power);
const LATENESS_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300];
const PERIOD_RATIO_BUCKETS = [0.5, 0.9, 0.99, 1.01, 1.05, 1.1, 1.25, 1.5, 2, 3, 5];
const PERIOD_BUCKETS = [1, 5, 10, 14, 15, 15.5, 16, 18, 20, 30, 45, 60, 120, 300];

/**
 * The controller's metrics: upstream's under upstream's names (specification 8.1), so that existing boards and alerts
 * work, and Podtide's own. Gauges of the whole are read from `standing` at each scrape.
 */
export function createControllerTelemetry(
  registry: Telemetry,
  standing: () => ControllerStanding,
): ControllerTelemetry {
  const upstream = upstreamFamilies(registry, standing);
  const own = ownFamilies(registry, standing);
  const noteAgreement = agreementFamilies(registry);
  return {
    synced: ({ decision, delivery }, timing) => {
      own.lateness.observe(timing.latenessSeconds);
      observePeriod(own, timing);
      own.syncs.add({ cause: delivery.cause });
      if (delivery.isStatusWriteThinned) own.thinned.add();
      if (delivery.differences.length > 0) own.differences.add();
      if (delivery.agreement !== null) noteAgreement(delivery.agreement);
      const { telemetry } = decision;
      if (telemetry === null) return;
      const labels = { action: telemetry.action, error: telemetry.error };
      upstream.reconciliations.add(labels);
      upstream.reconciliationSeconds.observe(timing.durationSeconds, labels);
      telemetry.metrics.forEach((metric, index) => {
        const metricLabels = { action: metric.action, error: metric.error, metric_type: metric.type };
        upstream.computations.add(metricLabels);
        upstream.computationSeconds.observe(timing.metricSeconds[index] ?? 0, metricLabels);
      });
      // An observer's count is what it wants; upstream's is set only once the scale was written.
      const desiredReplicas = delivery.mode === 'observe' ? decision.desiredReplicas : telemetry.desiredReplicas;
      if (desiredReplicas !== null) upstream.desiredReplicas.set(desiredReplicas, hpaLabels(decision.hpa));
    },
    failed: (reason) => own.failures.add({ reason }),
    breakerTripped: (api) => own.breakerTrips.add({ api }),
    forget: (key) => upstream.desiredReplicas.remove(hpaLabels(key)),
  };
}

/** HPAs with a period of their own would blur the histogram of the common one: theirs is told as a ratio. */
function observePeriod(
  own: ReturnType<typeof ownFamilies>,
  { periodSeconds, ownPeriodSeconds }: Pick<SyncTiming, 'periodSeconds' | 'ownPeriodSeconds'>,
): void {
  if (periodSeconds === null) return;
  if (ownPeriodSeconds === null) own.period.observe(periodSeconds);
  else own.ownPeriod.observe(periodSeconds / ownPeriodSeconds);
}

function hpaLabels({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  return { namespace, hpa_name: name };
}

function upstreamFamilies(registry: Telemetry, standing: () => ControllerStanding) {
  const hpaCount = registry.gauge({
    name: `${UPSTREAM_PREFIX}num_horizontal_pod_autoscalers`,
    help: 'Current number of controlled HPA objects.',
  });
  registry.beforeExposition(() => hpaCount.set(standing().hpaCount));
  const reconciliationLabels = ['action', 'error'];
  const computationLabels = ['action', 'error', 'metric_type'];
  return {
    reconciliations: registry.counter({
      name: `${UPSTREAM_PREFIX}reconciliations_total`,
      help: 'Number of reconciliations by what they did and the kind of error they met.',
      labels: reconciliationLabels,
    }),
    reconciliationSeconds: registry.histogram({
      name: `${UPSTREAM_PREFIX}reconciliation_duration_seconds`,
      help: 'Time that a reconciliation took, by what it did and the kind of error it met.',
      labels: reconciliationLabels,
      buckets: UPSTREAM_BUCKETS,
    }),
    computations: registry.counter({
      name: `${UPSTREAM_PREFIX}metric_computation_total`,
      help: 'Number of metric computations by what they asked for, the kind of error and the type of the metric.',
      labels: computationLabels,
    }),
    computationSeconds: registry.histogram({
      name: `${UPSTREAM_PREFIX}metric_computation_duration_seconds`,
      help: 'Time that a metric computation took, by what it asked for, the kind of error and the type of the metric.',
      labels: computationLabels,
      buckets: UPSTREAM_BUCKETS,
    }),
    desiredReplicas: registry.gauge({
      name: `${UPSTREAM_PREFIX}desired_replicas`,
      help: 'Desired replicas of each HPA object.',
      labels: ['namespace', 'hpa_name'],
    }),
  };
}

/** What an observer says about the controller beside it. */
function agreementFamilies(registry: Telemetry): (agreement: SyncAgreement) => void {
  const verdicts = registry.counter({
    name: 'podtide_observe_verdicts_total',
    help: 'Observe only: moves by how the acting controller and this one compare, and the quiet syncs at which both stay.',
    labels: ['verdict'],
  });
  const ratio = registry.gauge({
    name: 'podtide_observe_agreement_ratio',
    help: 'Observe only: agreed moves by moves that can be compared (agreedMove, otherNumber, theyMovedAlone, weMovedAlone) since the start; NaN before the first of them, and in control.',
  });
  ratio.set(Number.NaN);
  let agreedCount = 0;
  let comparableCount = 0;
  return ({ moves, isQuiet }) => {
    if (isQuiet) verdicts.add({ verdict: 'quiet' });
    for (const { kind } of moves) {
      verdicts.add({ verdict: kind });
      if (kind === 'notComparable') continue;
      comparableCount++;
      if (kind === 'agreedMove') agreedCount++;
      ratio.set(agreedCount / comparableCount);
    }
  };
}

function ownFamilies(registry: Telemetry, standing: () => ControllerStanding) {
  const gauges: readonly [name: string, help: string, read: (now: ControllerStanding) => number][] = [
    ['podtide_sync_due_count', 'HPAs that are due and wait for a place.', (now) => now.dueCount],
    ['podtide_sync_in_flight_count', 'HPAs that are being synced.', (now) => now.inFlightCount],
    [
      'podtide_sync_oldest_lateness_seconds',
      'For how long the first in line has been due.',
      (now) => now.latenessMs / 1000,
    ],
    ['podtide_quarantined_hpas_count', 'HPAs set aside after a bug was met.', (now) => now.quarantinedCount],
    ['podtide_breaker_held_hpas_count', 'HPAs that the scale-down breaker holds.', (now) => now.breakerHeldCount],
    ['podtide_cached_pods_count', 'Pods in the watch cache.', (now) => now.podCount],
    [
      'podtide_controller_is_syncing',
      '1 while this process acts or observes, 0 as a standby.',
      (now) => Number(now.isSyncing),
    ],
  ];
  const readings = gauges.map(([name, help, read]) => ({ gauge: registry.gauge({ name, help }), read }));
  registry.beforeExposition(() => {
    const now = standing();
    for (const { gauge, read } of readings) gauge.set(read(now));
  });
  return {
    syncs: registry.counter({ name: 'podtide_syncs_total', help: 'Syncs by why they ran.', labels: ['cause'] }),
    failures: registry.counter({
      name: 'podtide_sync_failures_total',
      help: 'Syncs that came to no decision.',
      labels: ['reason'],
    }),
    lateness: registry.histogram({
      name: 'podtide_sync_lateness_seconds',
      help: 'How long after its due time a sync started.',
      buckets: LATENESS_BUCKETS,
    }),
    period: registry.histogram({
      name: 'podtide_sync_period_seconds',
      help: 'Time between two syncs of one HPA: the period as it really is. Without HPAs that have their own.',
      buckets: PERIOD_BUCKETS,
    }),
    ownPeriod: registry.histogram({
      name: 'podtide_own_sync_period_ratio',
      help: 'Time between two syncs of an HPA with a period of its own, over that period.',
      buckets: PERIOD_RATIO_BUCKETS,
    }),
    breakerTrips: registry.counter({
      name: 'podtide_breaker_trips_total',
      help: 'How often the scale-down breaker began to hold HPAs on a metrics API.',
      labels: ['api'],
    }),
    thinned: registry.counter({
      name: 'podtide_status_writes_thinned_total',
      help: 'Status writes left out because only measured numbers had changed.',
    }),
    differences: registry.counter({
      name: 'podtide_observed_differences_total',
      help: 'Decisions that differ from what the acting controller wrote (observe only).',
    }),
  };
}
