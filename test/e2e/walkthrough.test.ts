import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { readRequests } from './support/audit-log.ts';
import { CONTROLLERS } from './support/controller-under-test.ts';
import { serveMetricsApi } from './support/metrics-api.ts';
import { normalizeObject, normalizeText, reference, watchStates } from './support/reference.ts';
import { SharedLoad } from './support/shared-load.ts';
import { playWalkthrough, SNAPSHOTS, type WalkthroughRecord } from './support/walkthrough.ts';

/**
 * A third of the default period and a tenth of the default window: the same story in about a minute. The window is not a
 * whole number of periods, since on such an edge a few milliseconds decide which sync comes after it.
 */
const TIMING = { syncPeriodMs: 5_000, downscaleStabilizationMs: 32_000 };
/** What a write may take on a busy machine on top of its sync's instant. */
const SLACK_MS = 1_500;

describe.each(CONTROLLERS)('the walkthrough on a real API server, scaled by $name', (controller) => {
  let cluster: Cluster;
  let metricsApi: { stop(): Promise<void> };
  let record: WalkthroughRecord;

  beforeAll(async () => {
    cluster = await startCluster({ ...controller.clusterOptions(TIMING), withAuditLog: true });
    const load = new SharedLoad(cluster.api, { windowMs: TIMING.syncPeriodMs });
    metricsApi = await serveMetricsApi(cluster, load);
    record = await playWalkthrough(cluster, load, {
      ...TIMING,
      startController: () => controller.start(cluster, TIMING),
    });
  }, 600_000);

  afterAll(async () => {
    await metricsApi?.stop();
    await cluster?.stop();
  });

  test('goes 1 → 4 → 7 → 1', () => {
    expect(record.scalings.map(({ specReplicas }) => specReplicas)).toEqual([1, 4, 7, 1]);
  });

  test('shows the reference’s states in kubectl get hpa -w', () => {
    expect(watchStates(record.watchLines)).toEqual(reference.watch());
  });

  test.each(SNAPSHOTS)('%s: get, describe and the whole object equal the reference', (name) => {
    const snapshot = record.snapshots.find((candidate) => candidate.name === name);
    expect({
      table: normalizeText(snapshot?.table ?? ''),
      describe: normalizeText(snapshot?.describe ?? ''),
      object: normalizeObject(snapshot?.yaml ?? ''),
    }).toEqual({
      table: reference.table(name),
      describe: reference.describe(name),
      object: reference.object(name),
    });
  });

  test('tells it in the reference’s events', async () => {
    const events = await cluster.kubectl([
      ...['get', 'events', '--field-selector', 'involvedObject.kind=HorizontalPodAutoscaler'],
      ...[
        '--sort-by',
        '.firstTimestamp',
        '-o',
        'jsonpath={range .items[*]}{.type} {.reason} {.count} {.message}{"\\n"}{end}',
      ],
    ]);
    const lines = events
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(lines).toEqual(reference.eventMessages().map((message) => `Normal SuccessfulRescale 1 ${message}`));
  });

  test('scales up on two syncs in a row, and down on the first sync after the stabilization window', () => {
    const [, toFour, toSeven, toOne] = record.scalings.map(({ atMs }) => atMs) as [number, number, number, number];
    const { syncPeriodMs, downscaleStabilizationMs } = TIMING;
    const lastHighAt = toFour + syncPeriodMs * Math.floor((record.loadStoppedAtMs - toFour) / syncPeriodMs);
    const firstSyncAfterWindowMs = syncPeriodMs * Math.ceil(downscaleStabilizationMs / syncPeriodMs);
    expect({
      fromFourToSeven: isNear(toSeven - toFour, syncPeriodMs),
      fromLastHighRecommendationToOne: isNear(toOne - lastHighAt, firstSyncAfterWindowMs),
    }).toEqual({ fromFourToSeven: true, fromLastHighRecommendationToOne: true });
  });

  test('asks for nothing that its account may not do', async () => {
    const requests = await readRequests(cluster, controller.user);
    expect(requests.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
    expect(
      requests.filter(({ verb, subject }) => verb === 'update' && subject === 'deployments.apps/scale'),
    ).toHaveLength(3);
  });
});

function isNear(actualMs: number, expectedMs: number): boolean {
  return Math.abs(actualMs - expectedMs) < SLACK_MS;
}
