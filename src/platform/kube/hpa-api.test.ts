import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { HorizontalPodAutoscaler, MetricSpec } from '../../core/autoscaling/types.ts';
import { ApiFailure } from './api-failure.ts';
import { findHpaApi, type HpaApi } from './hpa-api.ts';

const random = (): number => 0;

function find(getJson: (path: string) => Promise<unknown>, io = new VirtualClock({ startAtMs: 0 })): Promise<HpaApi> {
  return findHpaApi({ client: { getJson }, ioClock: io, random, log: SILENT_LOG });
}

function offering(...versions: readonly string[]): (path: string) => Promise<unknown> {
  return async (path) => {
    expect(path).toBe('/apis/autoscaling');
    return { kind: 'APIGroup', name: 'autoscaling', versions: versions.map((version) => ({ version })) };
  };
}

describe('the version that is chosen', () => {
  test.each([
    [['v2', 'v1'], 'autoscaling/v2', '1.26 and later'],
    [['v2', 'v1', 'v2beta1', 'v2beta2'], 'autoscaling/v2', '1.23, where all four are served'],
    [['v1', 'v2beta1', 'v2beta2'], 'autoscaling/v2beta2', '1.20, which prefers v1'],
    [['v1'], 'autoscaling/v1', 'the newer ones are switched off'],
  ])('of %j is %s: %s', async (versions, apiVersion) => {
    expect((await find(offering(...versions))).apiVersion).toBe(apiVersion);
  });

  test.each([
    [offering('v3'), 'only what this program does not know'],
    [() => Promise.reject(new ApiFailure('gone', { status: 404, reason: 'NotFound', details: {} })), 'no such group'],
  ])('is none: %#', async (getJson) => {
    await expect(find(getJson)).rejects.toThrow('no HorizontalPodAutoscalers in any of v2, v2beta2, v1');
  });

  test('is asked for until the server answers', async () => {
    const io = new VirtualClock({ startAtMs: 0 });
    const askedAtMs: number[] = [];
    const finding = find(async (path) => {
      askedAtMs.push(io.nowMs());
      if (askedAtMs.length < 4) throw new Failure('unavailable', 'connection refused');
      return offering('v1')(path);
    }, io);
    await io.runTo(10_000);
    expect((await finding).apiVersion).toBe('autoscaling/v1');
    expect(askedAtMs).toEqual([0, 800, 2400, 5600]);
  });

  test('is not asked for again where the answer is a refusal', async () => {
    await expect(find(() => Promise.reject(new Failure('denied', 'forbidden')))).rejects.toThrow('forbidden');
  });
});

const METRICS: readonly MetricSpec[] = [
  { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } } },
  {
    type: 'Object',
    object: {
      metric: { name: 'rps' },
      target: { type: 'AverageValue', averageValue: '10' },
      describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
    },
  },
  {
    type: 'External',
    external: {
      metric: { name: 'queue', selector: { matchLabels: { queue: 'mail' } } },
      target: { type: 'AverageValue', averageValue: '30' },
    },
  },
  {
    type: 'ContainerResource',
    containerResource: { name: 'memory', container: 'app', target: { type: 'AverageValue', averageValue: '100Mi' } },
  },
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
];

const RULES = {
  stabilizationWindowSeconds: 30,
  selectPolicy: 'Min',
  policies: [{ type: 'Pods', value: 2, periodSeconds: 30 }],
  tolerance: '50m',
};

const HPA: HorizontalPodAutoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { namespace: 'shop', name: 'web', resourceVersion: '7', annotations: { note: 'kept' } },
  spec: {
    scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
    minReplicas: 2,
    maxReplicas: 5,
    metrics: METRICS,
    behavior: { scaleUp: RULES, scaleDown: { ...RULES, selectPolicy: 'Disabled' } },
  },
  status: {
    lastScaleTime: '2024-05-01T10:00:00Z',
    currentReplicas: 2,
    desiredReplicas: 3,
    currentMetrics: [
      { type: 'Pods', pods: { metric: { name: 'rps' }, current: { averageValue: '7' } } },
      {
        type: 'Object',
        object: {
          metric: { name: 'rps' },
          current: { averageValue: '7' },
          describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
        },
      },
      {
        type: 'External',
        external: { metric: { name: 'queue', selector: { matchLabels: { queue: 'mail' } } }, current: { value: '0' } },
      },
      { type: '' },
      { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '20m', averageUtilization: 10 } } },
    ],
    conditions: [
      {
        type: 'AbleToScale',
        status: 'True',
        lastTransitionTime: '2024-05-01T10:00:00Z',
        reason: 'ReadyForNewScale',
        message: 'recommended size matches current size',
      },
    ],
  },
};

test.each(['v2', 'v2beta2', 'v1'])(
  'every metric type, the behaviour and the status survive a round trip through %s',
  async (version) => {
    const api = await find(offering(version));
    const wire = api.encode(HPA);
    expect(wire.apiVersion).toBe(`autoscaling/${version}`);
    expect(api.decode(JSON.parse(JSON.stringify(wire)))).toEqual(HPA);
  },
);
