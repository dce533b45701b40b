import { describe, expect, it } from 'vitest';
import { EPISODE_READINGS_COUNT_MAX } from '../../base/notifier-limits.ts';
import type { MetricSpec, MetricStatus } from '../autoscaling/types.ts';
import { metricReadings, namesWithoutValue, wantedReplicas } from './metric-readings.ts';
import type { MetricReading } from './notice.ts';
import type { ObservedHpa } from './observation.ts';

function hpaWith(metrics: readonly MetricSpec[], currentMetrics: readonly MetricStatus[] | null): ObservedHpa {
  return {
    namespace: 'shop',
    name: 'web',
    uid: 'u',
    labels: {},
    createdAtMs: 0,
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 5, metrics },
    status: { desiredReplicas: 1, currentMetrics },
  };
}

const CPU: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};
const MEMORY: MetricSpec = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '500Mi' } },
};
const MAIN = { kind: 'Ingress', name: 'main' };
const SIDE = { kind: 'Ingress', name: 'side' };

describe('what a status says of a metric', () => {
  it.each<{ why: string; metric: MetricSpec; status: MetricStatus; reading: MetricReading }>([
    {
      why: 'a utilization, in percent',
      metric: CPU,
      status: {
        type: 'Resource',
        resource: { name: 'cpu', current: { averageValue: '132m', averageUtilization: 132 } },
      },
      reading: { source: 'Resource', name: 'cpu', current: '132%', target: '80%', usageRatio: 1.65 },
    },
    {
      why: 'an average amount of a resource',
      metric: MEMORY,
      status: { type: 'Resource', resource: { name: 'memory', current: { averageValue: '750Mi' } } },
      reading: { source: 'Resource', name: 'memory', current: '750Mi', target: '500Mi', usageRatio: 1.5 },
    },
    {
      why: 'a container is named with its resource',
      metric: {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'app', target: { type: 'Utilization', averageUtilization: 50 } },
      },
      status: {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'app', current: { averageValue: '1', averageUtilization: 25 } },
      },
      reading: { source: 'ContainerResource', name: 'cpu of app', current: '25%', target: '50%', usageRatio: 0.5 },
    },
    {
      why: 'pods, whose values are milli',
      metric: {
        type: 'Pods',
        pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '500m' } },
      },
      status: { type: 'Pods', pods: { metric: { name: 'requests' }, current: { averageValue: '66m' } } },
      reading: { source: 'Pods', name: 'requests', current: '66m', target: '500m', usageRatio: 0.132 },
    },
    {
      why: 'an object, by its value',
      metric: {
        type: 'Object',
        object: { describedObject: MAIN, metric: { name: 'hits' }, target: { type: 'Value', value: '2k' } },
      },
      status: { type: 'Object', object: { describedObject: MAIN, metric: { name: 'hits' }, current: { value: '3k' } } },
      reading: { source: 'Object', name: 'hits', current: '3k', target: '2k', usageRatio: 1.5 },
    },
    {
      why: 'something external, by its average',
      metric: {
        type: 'External',
        external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '30' } },
      },
      status: {
        type: 'External',
        external: { metric: { name: 'queue' }, current: { averageValue: '95', value: '0' } },
      },
      reading: { source: 'External', name: 'queue', current: '95', target: '30', usageRatio: 95 / 30 },
    },
    {
      why: 'a target of 0 has no ratio',
      metric: { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'Value', value: '0' } } },
      status: { type: 'External', external: { metric: { name: 'queue' }, current: { value: '7' } } },
      reading: { source: 'External', name: 'queue', current: '7', target: '0', usageRatio: undefined },
    },
    {
      why: 'a target without a value, of a later version',
      metric: { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'Rate' } } },
      status: { type: 'External', external: { metric: { name: 'queue' }, current: {} } },
      reading: { source: 'External', name: 'queue', current: undefined, target: '', usageRatio: undefined },
    },
    {
      why: 'a metric that failed leaves an entry without a type',
      metric: CPU,
      status: { type: '' },
      reading: { source: 'Resource', name: 'cpu', current: undefined, target: '80%', usageRatio: undefined },
    },
  ])('$why', ({ metric, status, reading }) => {
    expect(metricReadings(hpaWith([metric], [status]))).toEqual([reading]);
  });

  it.each<{
    why: string;
    metrics: readonly MetricSpec[];
    statuses: readonly MetricStatus[] | null;
    missing: readonly string[];
  }>([
    { why: 'no status yet', metrics: [CPU, MEMORY], statuses: null, missing: ['cpu', 'memory'] },
    {
      why: 'the spec was turned round since: each is found by its name',
      metrics: [MEMORY, CPU],
      statuses: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 1 } } },
        { type: 'Resource', resource: { name: 'memory', current: { averageValue: '1' } } },
      ],
      missing: [],
    },
    {
      why: 'a hole in its place is a hole, whatever stands elsewhere',
      metrics: [CPU, CPU],
      statuses: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 1 } } }, { type: '' }],
      missing: ['cpu'],
    },
    {
      why: 'the same name of another object is another metric',
      metrics: [
        {
          type: 'Object',
          object: { describedObject: SIDE, metric: { name: 'hits' }, target: { type: 'Value', value: '1' } },
        },
      ],
      statuses: [
        { type: 'Object', object: { describedObject: MAIN, metric: { name: 'hits' }, current: { value: '1' } } },
      ],
      missing: ['hits'],
    },
    { why: 'a source of a later version is left out', metrics: [{ type: 'Future' }], statuses: [], missing: [] },
  ])('$why', ({ metrics, statuses, missing }) => {
    expect(namesWithoutValue(metricReadings(hpaWith(metrics, statuses)))).toEqual(missing);
  });

  it('is cut where an HPA has more metrics than a notice names', () => {
    const many = Array.from({ length: EPISODE_READINGS_COUNT_MAX + 1 }, () => CPU);
    expect(metricReadings(hpaWith(many, null))).toHaveLength(EPISODE_READINGS_COUNT_MAX);
  });
});

describe('what the metrics would like', () => {
  const reading = (usageRatio: number | undefined): MetricReading => ({
    source: 'Resource',
    name: 'cpu',
    current: undefined,
    target: '',
    usageRatio,
  });

  it.each<{ why: string; ratios: readonly (number | undefined)[]; from: number; wanted: number | undefined }>([
    { why: 'the greatest ratio, rounded up', ratios: [0.5, 1.21, undefined], from: 10, wanted: 13 },
    { why: 'no more than there are is no wish', ratios: [1], from: 10, wanted: undefined },
    { why: 'nothing is known', ratios: [undefined], from: 10, wanted: undefined },
    { why: 'no metrics at all', ratios: [], from: 10, wanted: undefined },
    { why: 'beyond 2^31', ratios: [3], from: 2 ** 31, wanted: 3 * 2 ** 31 },
    { why: 'beyond what a number holds exactly', ratios: [1e300], from: 10, wanted: undefined },
  ])('$why', ({ ratios, from, wanted }) => {
    expect(wantedReplicas(ratios.map(reading), from)).toBe(wanted);
  });
});
