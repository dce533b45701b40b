import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import type { HorizontalPodAutoscaler } from '../../src/core/autoscaling/types.ts';
import { hpaToV1 } from '../../src/core/autoscaling/v1-conversion.ts';
import { hpaToV2beta2 } from '../../src/core/autoscaling/v2beta2-conversion.ts';
import { serveMetricsApi } from './support/metrics-api.ts';
import { startPodtideController } from './support/podtide-controller.ts';
import { SharedLoad } from './support/shared-load.ts';

const TIMING = { syncPeriodMs: 1_000, downscaleStabilizationMs: 10_000 };
const CONDITIONS_ANNOTATION = 'autoscaling.alpha.kubernetes.io/conditions';
const CURRENT_METRICS_ANNOTATION = 'autoscaling.alpha.kubernetes.io/current-metrics';

/** Every source that 1.25 has without a gate, in the order in which v1 gives them back. */
const HPA: HorizontalPodAutoscaler = {
  metadata: { namespace: 'default', name: 'web', annotations: { note: 'kept' } },
  spec: {
    scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [
      { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } } },
      {
        type: 'Object',
        object: {
          metric: { name: 'rps' },
          describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
          target: { type: 'Value', value: '10' },
        },
      },
      {
        type: 'External',
        external: {
          metric: { name: 'queue', selector: { matchLabels: { queue: 'mail' } } },
          target: { type: 'AverageValue', averageValue: '30' },
        },
      },
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
    ],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 2,
        selectPolicy: 'Max',
        policies: [{ type: 'Pods', value: 2, periodSeconds: 600 }],
      },
      scaleDown: { selectPolicy: 'Disabled', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
    },
  },
};

interface ServedHpa {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: unknown;
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly reason: string }[] };
}

let cluster: Cluster | undefined;
let metricsApi: { stop(): Promise<void> } | undefined;

afterEach(async () => {
  await metricsApi?.stop();
  await cluster?.stop();
});

async function runWeb({ kubectl }: Cluster): Promise<void> {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '200m' } } }] },
  };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  };
  // Nobody makes pods here, so the one that there is comes with its status.
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', labels: { app: 'web' } },
    spec: template.spec,
  };
  const startTime = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+/, '');
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: startTime }];
  const status = { phase: 'Running', startTime, conditions };
  await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [deployment, pod] }));
  await kubectl(['patch', 'pod', 'web-0', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
}

describe.each([
  ['v2beta2', hpaToV2beta2, ['autoscaling/v2=false']],
  ['v1', hpaToV1, ['autoscaling/v2=false', 'autoscaling/v2beta2=false', 'autoscaling/v2beta1=false']],
] as const)('an API server of 1.25 whose best version is autoscaling/%s', (version, encode, switchedOff) => {
  test('the controller reads the HPA whole, keeps its limits, and writes nothing but its status', async () => {
    cluster = await startCluster({
      kubernetes: '1.25',
      apiServerFlags: [`--runtime-config=${switchedOff.join(',')}`],
    });
    const { api } = cluster;
    await runWeb(cluster);
    const load = new SharedLoad(api, { windowMs: TIMING.syncPeriodMs });
    load.totalMilli = 610;
    metricsApi = await serveMetricsApi(cluster, load);
    const path = `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
    await api.post(path, encode(HPA));
    const before = (await api.get(`${path}/web`)) as ServedHpa;

    const controller = await startPodtideController(cluster, { ...TIMING, mode: 'control' });
    const specReplicas = async (): Promise<unknown> => {
      const deployment = await api.get('/apis/apps/v1/namespaces/default/deployments/web');
      return (deployment as { readonly spec: { readonly replicas: number } }).spec.replicas;
    };
    await expect.poll(specReplicas, { timeout: 90_000 }).toBe(3);
    const served = async (): Promise<ServedHpa> => (await api.get(`${path}/web`)) as ServedHpa;
    const conditions = async (): Promise<string> => JSON.stringify(conditionsOf(await served()));
    await expect.poll(conditions, { timeout: 30_000 }).toContain('ScaleUpLimit');

    const after = await served();
    const {
      [CONDITIONS_ANNOTATION]: _,
      [CURRENT_METRICS_ANNOTATION]: __,
      ...annotations
    } = after.metadata.annotations ?? {};
    expect({ spec: after.spec, annotations }).toEqual({ spec: before.spec, annotations: before.metadata.annotations });
    expect(conditionsOf(after).map(({ type }) => type)).toEqual(['AbleToScale', 'ScalingActive', 'ScalingLimited']);
    expect(await specReplicas()).toBe(3);
    expect(await readFile(controller.logFile, 'utf8')).toContain(`"used":"autoscaling/${version}"`);
  });
});

/** Where the version has no field for them, they stand in an annotation. */
function conditionsOf({ metadata, status }: ServedHpa): readonly { readonly type: string; readonly reason: string }[] {
  return status.conditions ?? JSON.parse(metadata.annotations?.[CONDITIONS_ANNOTATION] ?? '[]');
}
