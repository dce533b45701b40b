import { expect, test } from 'vitest';
import {
  cpuUtilization,
  factsOf,
  hpaOf,
  NOW_MS,
  podSamples,
  queuePerReplica,
  readyPod,
  readyPods,
  valueSamples,
} from '../../../../test/fixtures/engine-facts.ts';
import type { MetricSpec } from '../../../core/autoscaling/types.ts';
import { conclude } from '../../../core/engine/conclude.ts';
import { decide } from '../../../core/engine/decide.ts';
import type { Facts, MetricSamples, PodFact } from '../../../core/engine/facts.ts';
import { EMPTY_MEMORY } from '../../../core/engine/memory.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../../../core/engine/options.ts';
import { settle } from '../../../core/engine/settle.ts';
import { metricLinks } from './metric-links.ts';

/** The links of `p1` that a decision on these facts has. */
function linksOf(metrics: readonly MetricSpec[], samples: readonly MetricSamples[], pods = readyPods(2)) {
  const changes: Partial<Facts> = { pods: { kind: 'listed', pods } };
  const facts = factsOf(hpaOf(metrics), pods.length, samples, changes);
  const settlement = settle(decide(facts, EMPTY_MEMORY, DEFAULT_ENGINE_OPTIONS), { kind: 'notTried' });
  return metricLinks('p1', conclude(settlement, { kind: 'notTried' }), facts);
}

const AVERAGE: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '500m' } },
};
const PENDING: PodFact = { ...readyPod('p1'), phase: 'Pending' };
const STARTING: PodFact = {
  ...readyPod('p1'),
  startAtMs: NOW_MS - 20_000,
  ready: { status: 'False', sinceMs: NOW_MS - 20_000 },
};

test.each<readonly [why: string, links: ReturnType<typeof linksOf>, expected: readonly object[]]>([
  [
    'it counts with its usage and its request',
    linksOf([cpuUtilization(50)], [podSamples({ p1: 800, p2: 400 })]),
    [{ code: 'HpaReckons', hpa: 'shop/web', share: { usageMilli: 800, requestMilli: 1000 } }],
  ],
  [
    'a target that needs no request',
    linksOf([AVERAGE], [podSamples({ p1: 800, p2: 400 })]),
    [{ code: 'HpaReckons', share: { usageMilli: 800, requestMilli: null } }],
  ],
  [
    'it has no sample',
    linksOf([cpuUtilization(50)], [podSamples({ p2: 400 })]),
    [{ code: 'HpaLeavesOut', reason: null }],
  ],
  [
    'it is still pending',
    linksOf([cpuUtilization(50)], [podSamples({ p1: 800, p2: 400 })], [PENDING, readyPod('p2')]),
    [{ code: 'HpaLeavesOut', reason: 'Pending' }],
  ],
  [
    'it is not ready while it starts',
    linksOf([cpuUtilization(50)], [podSamples({ p1: 800, p2: 400 })], [STARTING, readyPod('p2')]),
    [{ code: 'HpaLeavesOut', reason: 'NotReadyWhileInitializing' }],
  ],
  [
    'the metric fails, and another one looks elsewhere',
    linksOf(
      [cpuUtilization(50), queuePerReplica('30')],
      [{ kind: 'metricFailed', message: 'no API' }, valueSamples(60_000)],
    ),
    [{ code: 'HpaFails', metric: { reason: 'FailedGetResourceMetric' } }],
  ],
  [
    'nothing of it is about CPU or memory',
    linksOf([queuePerReplica('30')], [valueSamples(60_000)]),
    [{ code: 'HpaLooksElsewhere', hpa: 'shop/web' }],
  ],
  [
    'the target has no replicas',
    linksOf([cpuUtilization(50)], [{ kind: 'notQueried' }], []),
    [{ code: 'HpaStops', path: { code: 'Disabled' } }],
  ],
])('%s', (_why, links, expected) => {
  expect(links).toHaveLength(expected.length);
  expect(links).toMatchObject(expected);
});
