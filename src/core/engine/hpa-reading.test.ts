import { expect, it } from 'vitest';
import { cpuUtilization, hpaOf } from '../../../test/fixtures/engine-facts.ts';
import type { HorizontalPodAutoscaler } from '../autoscaling/types.ts';
import { NO_HPA_OPTIONS } from './hpa-options.ts';
import { readHpa } from './hpa-reading.ts';

const NOTHING_READ = {
  namespace: '',
  name: '',
  uid: null,
  targetKind: '',
  targetName: '',
  minReplicas: 1,
  maxReplicas: 0,
  metrics: [],
  behavior: undefined,
  status: { desiredReplicas: 0, currentMetrics: null },
  own: NO_HPA_OPTIONS,
};

it('reads a whole object', () => {
  const behavior = { scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }] }, scaleDown: {} };
  const metrics = [cpuUtilization(50)];
  const status = { desiredReplicas: 3, currentMetrics: [], conditions: [{ type: 'AbleToScale', status: 'True' }] };
  expect(readHpa({ ...hpaOf(metrics, { behavior }), status })).toEqual({
    namespace: 'shop',
    name: 'web',
    uid: 'u1',
    targetKind: 'Deployment',
    targetName: 'web',
    minReplicas: 1,
    maxReplicas: 10,
    metrics,
    behavior,
    status,
    own: NO_HPA_OPTIONS,
  });
});

it.each([
  { why: 'nothing', object: null },
  { why: 'a list', object: [] },
  { why: 'no parts', object: {} },
  { why: 'parts of the wrong kind', object: { metadata: 1, spec: 'x', status: [] } },
  {
    why: 'fields of the wrong kind',
    object: { metadata: { name: 1 }, spec: { scaleTargetRef: 1, metrics: {}, behavior: [] } },
  },
])('takes $why for an empty object', ({ object }) => {
  expect(readHpa(object as unknown as HorizontalPodAutoscaler)).toEqual(NOTHING_READ);
});

const TARGET = { type: 'Value', value: '1' };

it.each<{ why: string; metric: unknown }>([
  { why: 'no object', metric: 'cpu' },
  { why: 'no type', metric: {} },
  { why: 'a source of the wrong kind', metric: { type: 'Resource', resource: 'cpu' } },
  { why: 'no resource name', metric: { type: 'Resource', resource: { target: TARGET } } },
  { why: 'no target', metric: { type: 'Resource', resource: { name: 'cpu' } } },
  {
    why: 'a target of the wrong kind',
    metric: { type: 'Resource', resource: { name: 'cpu', target: { averageValue: 1 } } },
  },
  {
    why: 'a fraction of a percent',
    metric: { type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 0.5 } } },
  },
  { why: 'no metric', metric: { type: 'Pods', pods: { target: TARGET } } },
  {
    why: 'labels of the wrong kind',
    metric: { type: 'Pods', pods: { metric: { name: 'm', selector: { matchLabels: { a: 1 } } }, target: TARGET } },
  },
  {
    why: 'requirements of the wrong kind',
    metric: { type: 'Pods', pods: { metric: { name: 'm', selector: { matchExpressions: [1] } }, target: TARGET } },
  },
  {
    why: 'values of the wrong kind',
    metric: {
      type: 'Pods',
      pods: {
        metric: { name: 'm', selector: { matchExpressions: [{ key: 'k', operator: 'In', values: [1] }] } },
        target: TARGET,
      },
    },
  },
  {
    why: 'a reference without a name',
    metric: { type: 'Object', object: { metric: { name: 'm' }, describedObject: { kind: 'x' }, target: TARGET } },
  },
])('takes a metric with $why for one of no type', ({ metric }) => {
  const good = cpuUtilization(50);
  const object = { spec: { metrics: [metric, good] } } as unknown as HorizontalPodAutoscaler;
  expect(readHpa(object).metrics).toEqual([{ type: '' }, good]);
});

it.each([
  { why: 'rules', behavior: { scaleUp: 1 } },
  { why: 'a window', behavior: { scaleUp: { stabilizationWindowSeconds: 'x' } } },
  { why: 'policies', behavior: { scaleUp: { policies: {} } } },
  { why: 'a policy', behavior: { scaleDown: { policies: [1] } } },
  { why: 'a value', behavior: { scaleDown: { policies: [{ type: 'Pods', value: '4', periodSeconds: 1 }] } } },
])('takes a behavior with $why of the wrong kind for none', ({ behavior }) => {
  expect(readHpa({ spec: { behavior } } as unknown as HorizontalPodAutoscaler).behavior).toBeUndefined();
});

it.each([
  { why: 'conditions', status: { conditions: {} } },
  { why: 'a condition', status: { conditions: [{ type: 1 }] } },
  { why: 'metrics', status: { currentMetrics: [1] } },
])('takes a status with $why of the wrong kind for none', ({ status }) => {
  expect(readHpa({ status } as unknown as HorizontalPodAutoscaler).status).toEqual(NOTHING_READ.status);
});
