import { describe, expect, test } from 'vitest';
import type { Decision } from '../../core/engine/decision.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import type { DecisionReport } from '../facts/report.ts';
import { createControllerTelemetry } from './prometheus-telemetry.ts';
import type { ControllerStanding, SyncTiming } from './telemetry.ts';

const STANDING: ControllerStanding = {
  isSynced: true,
  isSyncing: true,
  hpaCount: 3,
  podCount: 40,
  dueCount: 2,
  inFlightCount: 1,
  latenessMs: 1_500,
  quarantinedCount: 0,
  breakerHeldCount: 7,
};

const TIMING: SyncTiming = {
  durationSeconds: 0.003,
  metricSeconds: [0.002],
  latenessSeconds: 0.01,
  periodSeconds: 15,
  ownPeriodSeconds: null,
};

function reportOf(telemetry: Decision['telemetry']): DecisionReport {
  const hpa = { namespace: 'shop', name: 'web', uid: 'u' };
  const delivery = {
    mode: 'control',
    cause: 'period',
    latenessMs: 10,
    isStatusWriteThinned: true,
    differences: [],
    agreement: null,
  };
  return { decision: { hpa, telemetry }, delivery } as unknown as DecisionReport;
}

async function series(prefix: string, act: (telemetry: ReturnType<typeof createControllerTelemetry>) => void) {
  const registry = createTelemetry();
  act(createControllerTelemetry(registry, () => STANDING));
  const { text } = await registry.expose();
  return text.split('\n').filter((line) => line.startsWith(prefix) && !line.includes('_bucket'));
}

const SCALED = reportOf({
  action: 'scale_up',
  error: 'none',
  metrics: [{ type: 'Resource', action: 'scale_up', error: 'none' }],
  desiredReplicas: 4,
});

test('upstream’s metrics under upstream’s names and labels', async () => {
  expect(await series('horizontal_pod_autoscaler_controller_', ({ synced }) => synced(SCALED, TIMING))).toEqual([
    'horizontal_pod_autoscaler_controller_num_horizontal_pod_autoscalers 3',
    'horizontal_pod_autoscaler_controller_reconciliations_total{action="scale_up",error="none"} 1',
    'horizontal_pod_autoscaler_controller_reconciliation_duration_seconds_sum{action="scale_up",error="none"} 0.003',
    'horizontal_pod_autoscaler_controller_reconciliation_duration_seconds_count{action="scale_up",error="none"} 1',
    'horizontal_pod_autoscaler_controller_metric_computation_total{action="scale_up",error="none",metric_type="Resource"} 1',
    'horizontal_pod_autoscaler_controller_metric_computation_duration_seconds_sum{action="scale_up",error="none",metric_type="Resource"} 0.002',
    'horizontal_pod_autoscaler_controller_metric_computation_duration_seconds_count{action="scale_up",error="none",metric_type="Resource"} 1',
    'horizontal_pod_autoscaler_controller_desired_replicas{namespace="shop",hpa_name="web"} 4',
  ]);
});

test('upstream’s buckets: fifteen, doubling from a millisecond', async () => {
  const registry = createTelemetry();
  createControllerTelemetry(registry, () => STANDING).synced(SCALED, TIMING);
  const { text } = await registry.expose();
  const bounds = [...text.matchAll(/reconciliation_duration_seconds_bucket\{le="([^"]+)"/g)].map(([, bound]) => bound);
  expect([bounds.length, bounds[0], bounds[14], bounds[15]]).toEqual([16, '0.001', '16.384', '+Inf']);
});

test('a sync that ended before the autoscaler ran counts in ours alone', async () => {
  expect(
    await series('horizontal_pod_autoscaler_controller_recon', ({ synced }) => synced(reportOf(null), TIMING)),
  ).toEqual([]);
  expect(await series('podtide_sync', ({ synced }) => synced(reportOf(null), TIMING))).toEqual([
    'podtide_sync_due_count 2',
    'podtide_sync_in_flight_count 1',
    'podtide_sync_oldest_lateness_seconds 1.5',
    'podtide_syncs_total{cause="period"} 1',
    'podtide_sync_lateness_seconds_sum 0.01',
    'podtide_sync_lateness_seconds_count 1',
    'podtide_sync_period_seconds_sum 15',
    'podtide_sync_period_seconds_count 1',
  ]);
});

test('a deleted HPA leaves no series, and failures count by reason', async () => {
  const prefix = 'horizontal_pod_autoscaler_controller_desired';
  expect(
    await series(prefix, ({ synced, forget }) => {
      synced(SCALED, TIMING);
      forget({ namespace: 'shop', name: 'web' });
    }),
  ).toEqual([]);
  expect(await series('podtide_sync_failures', ({ failed }) => failed('bug'))).toEqual([
    'podtide_sync_failures_total{reason="bug"} 1',
  ]);
});

describe('an observer', () => {
  const observed = (kinds: readonly string[], isQuiet = false): DecisionReport => {
    const report = reportOf({ action: 'none', error: 'none', metrics: [], desiredReplicas: null });
    const agreement = { moves: kinds.map((kind) => ({ kind })), isQuiet };
    const decision = { ...report.decision, desiredReplicas: 6 };
    return {
      ...report,
      decision,
      delivery: { ...report.delivery, mode: 'observe', agreement },
    } as unknown as DecisionReport;
  };

  test('counts verdicts and quiet syncs; what cannot be compared is not in the ratio', async () => {
    expect(
      await series('podtide_observe_', ({ synced }) => {
        synced(observed([], true), TIMING);
        synced(observed(['agreedMove', 'notComparable']), TIMING);
        synced(observed(['weMovedAlone']), TIMING);
      }),
    ).toEqual([
      'podtide_observe_verdicts_total{verdict="quiet"} 1',
      'podtide_observe_verdicts_total{verdict="agreedMove"} 1',
      'podtide_observe_verdicts_total{verdict="notComparable"} 1',
      'podtide_observe_verdicts_total{verdict="weMovedAlone"} 1',
      'podtide_observe_agreement_ratio 0.5',
    ]);
  });

  test('has no ratio before the first move that can be compared', async () => {
    expect(
      await series('podtide_observe_agreement', ({ synced }) => synced(observed(['notComparable']), TIMING)),
    ).toEqual(['podtide_observe_agreement_ratio Nan']);
  });

  test('shows the count that it wants, written or not', async () => {
    const prefix = 'horizontal_pod_autoscaler_controller_desired';
    expect(await series(prefix, ({ synced }) => synced(observed([]), TIMING))).toEqual([
      'horizontal_pod_autoscaler_controller_desired_replicas{namespace="shop",hpa_name="web"} 6',
    ]);
  });
});

test('an HPA with a period of its own blurs nobody’s histogram', async () => {
  const timing = { ...TIMING, periodSeconds: 3, ownPeriodSeconds: 2 };
  const lines = await Promise.all(
    ['podtide_sync_period', 'podtide_own_sync_period'].map((prefix) =>
      series(prefix, ({ synced }) => synced(SCALED, timing)),
    ),
  );
  expect(lines).toEqual([
    ['podtide_sync_period_seconds_sum 0', 'podtide_sync_period_seconds_count 0'],
    ['podtide_own_sync_period_ratio_sum 1.5', 'podtide_own_sync_period_ratio_count 1'],
  ]);
});

test('the scale-down breaker: how many it holds, and how often it tripped, by metrics API', async () => {
  expect(await series('podtide_breaker', ({ breakerTripped }) => breakerTripped('metrics.k8s.io'))).toEqual([
    'podtide_breaker_held_hpas_count 7',
    'podtide_breaker_trips_total{api="metrics.k8s.io"} 1',
  ]);
});
