import { describe, expect, it } from 'vitest';
import {
  NOW_MS,
  podSamples,
  REQUESTS,
  readyPod,
  readyPods,
  valueSamples,
} from '../../../test/fixtures/engine-facts.ts';
import type { MetricSpec } from '../autoscaling/types.ts';
import type { MetricSamples, PodFact } from './facts.ts';
import { evaluateMetric } from './metric-evaluation.ts';
import { readMetricSource } from './metric-source.ts';
import { DEFAULT_ENGINE_OPTIONS } from './options.ts';
import type { MetricProposed } from './trace.ts';

interface Case {
  readonly why: string;
  readonly pods?: readonly PodFact[];
  readonly current?: number;
  readonly status?: number;
  readonly samples: MetricSamples;
  readonly spec: MetricSpec;
  readonly rule: MetricProposed['rule'];
  readonly proposed: number;
  readonly reported: number | string;
}

function evaluate({
  spec,
  samples,
  pods = readyPods(4),
  current = 4,
  status = 4,
}: Omit<Case, 'rule' | 'proposed' | 'reported' | 'why'>) {
  return evaluateMetric(0, readMetricSource(spec), samples, {
    nowMs: NOW_MS,
    namespace: 'shop',
    pods,
    currentReplicas: current,
    statusReplicas: status,
    tolerance: { down: 0.1, up: 0.1 },
    options: DEFAULT_ENGINE_OPTIONS,
    ageLimit: null,
    foreignPods: new Set<string>(),
  });
}

function cpu(averageUtilization: number): MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

function perPod(averageValue: string): MetricSpec {
  return { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue } } };
}

function object(target: { value?: string; averageValue?: string; type: string }): MetricSpec {
  const describedObject = { kind: 'Service', name: 'front', apiVersion: 'v1' };
  return { type: 'Object', object: { describedObject, metric: { name: 'rps' }, target } };
}

function external(target: { value?: string; averageValue?: string; type: string }): MetricSpec {
  return { type: 'External', external: { metric: { name: 'queue' }, target } };
}

const PENDING = readyPod('pending', { phase: 'Pending' });

describe('proposes', () => {
  it.each<Case>([
    {
      why: 'the ratio times the ready pods',
      spec: cpu(50),
      samples: podSamples({ p1: 900, p2: 900, p3: 900, p4: 900 }),
      rule: 'RatioApplied',
      proposed: 8,
      reported: 90,
    },
    {
      why: 'a missing pod at its whole request on the way down',
      spec: cpu(50),
      samples: podSamples({ p1: 100, p2: 100, p3: 100 }),
      rule: 'RatioApplied',
      proposed: 3,
      reported: 10,
    },
    {
      why: 'missing pods turn a shrink around',
      spec: cpu(30),
      samples: podSamples({ p1: 200, p2: 200 }),
      rule: 'DirectionReversedByFill',
      proposed: 4,
      reported: 20,
    },
    {
      why: 'unready pods are idle on the way up',
      spec: cpu(60),
      pods: [...readyPods(3), PENDING],
      samples: podSamples({ p1: 900, p2: 900, p3: 900 }),
      rule: 'RatioApplied',
      proposed: 5,
      reported: 90,
    },
    {
      why: 'unready pods shrink the base on the way down',
      spec: cpu(60),
      pods: [...readyPods(2), PENDING, { ...PENDING, name: 'q' }],
      samples: podSamples({ p1: 300, p2: 300 }),
      rule: 'RatioApplied',
      proposed: 1,
      reported: 30,
    },
    {
      why: 'within tolerance once missing pods are idle',
      spec: cpu(50),
      samples: podSamples({ p1: 700, p2: 700, p3: 600 }),
      rule: 'WithinToleranceAfterFill',
      proposed: 4,
      reported: 66,
    },
    {
      why: 'the rounded result would go against the ratio',
      spec: cpu(50),
      pods: readyPods(6),
      current: 3,
      samples: podSamples({ p1: 100, p2: 100, p3: 100, p4: 100, p5: 100 }),
      rule: 'RatioApplied',
      proposed: 3,
      reported: 10,
    },
    {
      why: 'the guard holds a growth under target',
      spec: cpu(60),
      pods: readyPods(6),
      current: 3,
      samples: podSamples({ p1: 400, p2: 400, p3: 400, p4: 400, p5: 400 }),
      rule: 'DirectionGuard',
      proposed: 3,
      reported: 40,
    },
    {
      why: 'a ratio of exactly 1 leaves missing pods absent',
      spec: cpu(50),
      samples: podSamples({ p1: 500 }),
      rule: 'WithinToleranceAfterFill',
      proposed: 4,
      reported: 50,
    },
    {
      why: 'samples of unknown pods are in the mean',
      spec: perPod('10'),
      samples: podSamples({ p1: 10_000, p2: 10_000, p3: 10_000, p4: 10_000, gone: 110_000 }),
      rule: 'RatioApplied',
      proposed: 12,
      reported: 30_000,
    },
    {
      why: 'a missing pod at the target on the way down',
      spec: perPod('10'),
      samples: podSamples({ p1: 1_000, p2: 1_000, p3: 1_000 }),
      rule: 'RatioApplied',
      proposed: 2,
      reported: 1_000,
    },
    {
      why: 'a missing and an unready pod idle on the way up',
      spec: { type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '300m' } } },
      pods: [...readyPods(3), PENDING],
      samples: podSamples({ p1: 900, p2: 900 }),
      rule: 'RatioApplied',
      proposed: 6,
      reported: 900,
    },
    {
      why: 'totals wrap around 64 bits, exactly',
      spec: perPod('4503599627370496'),
      pods: readyPods(2),
      current: 2,
      samples: podSamples({ p1: '9007199254740993000', p2: '9007199254740993000' }),
      rule: 'RatioApplied',
      proposed: 0,
      reported: '-216172782113782808',
    },
    {
      why: 'a value times the ready pods',
      spec: object({ type: 'Value', value: '100' }),
      pods: [...readyPods(2), PENDING],
      samples: valueSamples(200_000),
      rule: 'RatioApplied',
      proposed: 4,
      reported: 200_000,
    },
    {
      why: 'a value within tolerance asks for no pods',
      spec: object({ type: 'Value', value: '100' }),
      samples: {
        ...(valueSamples(109_000) as Extract<MetricSamples, { kind: 'values' }>),
        kind: 'podsFailed',
        message: 'x',
      },
      rule: 'WithinTolerance',
      proposed: 4,
      reported: 109_000,
    },
    {
      why: 'at 0 the ratio itself counts',
      spec: external({ type: 'Value', value: '100' }),
      pods: [],
      current: 0,
      samples: valueSamples(101_000),
      rule: 'FromZero',
      proposed: 2,
      reported: 101_000,
    },
    {
      why: 'a total over the target, shown as a share of the status replicas',
      spec: object({ type: 'AverageValue', averageValue: '100' }),
      status: 3,
      samples: valueSamples(500_000),
      rule: 'TotalDivided',
      proposed: 5,
      reported: 166_667,
    },
    {
      why: 'within tolerance: the status replicas',
      spec: external({ type: 'AverageValue', averageValue: '100' }),
      status: 3,
      samples: valueSamples(100_000, 200_000),
      rule: 'WithinTolerance',
      proposed: 3,
      reported: 100_000,
    },
    {
      why: 'no status replicas: the share is what amd64 makes of infinity',
      spec: object({ type: 'AverageValue', averageValue: '100' }),
      status: 0,
      samples: valueSamples(500_000),
      rule: 'TotalDivided',
      proposed: 5,
      reported: '-9223372036854775808',
    },
    {
      why: 'a negative series counts as an overflow',
      spec: external({ type: 'AverageValue', averageValue: '100' }),
      samples: valueSamples(-1),
      rule: 'TotalDivided',
      proposed: 2147483647,
      reported: '9223372036854775807',
    },
    {
      why: 'a sum of values stops at the largest integer',
      spec: external({ type: 'Value', value: '100' }),
      samples: valueSamples('9223372036854775807', 5, '-9223372036854775807'),
      rule: 'RatioApplied',
      proposed: 2147483647,
      reported: '9223372036854775807',
    },
    {
      why: 'no value at all is 0',
      spec: object({ type: 'Value', value: '100' }),
      samples: valueSamples(),
      rule: 'RatioApplied',
      proposed: 0,
      reported: 0,
    },
    {
      why: 'no value at all is 0 for a share too',
      spec: object({ type: 'AverageValue', averageValue: '100' }),
      samples: valueSamples(),
      rule: 'TotalDivided',
      proposed: 0,
      reported: 0,
    },
  ])('$proposed ($rule): $why', ({ rule, proposed, reported, why: _, ...input }) => {
    const { trace } = evaluate(input);
    expect(trace.code === 'MetricProposed' ? [trace.rule, trace.proposedReplicas, trace.current] : trace).toEqual([
      rule,
      proposed,
      reported,
    ]);
  });
});

describe('fails', () => {
  const full = podSamples({ p1: 500, p2: 500, p3: 500, p4: 500 });
  it.each<{ why: string; spec: MetricSpec; samples: MetricSamples; pods?: readonly PodFact[]; text: string }>([
    {
      why: 'no pods',
      spec: cpu(50),
      samples: full,
      pods: [],
      text: 'no pods returned by selector while calculating replica count',
    },
    {
      why: 'only samples of pods that do not count',
      spec: cpu(50),
      samples: podSamples({ pending: 5 }),
      pods: [PENDING],
      text: 'did not receive metrics for targeted pods (pods might be unready)',
    },
    {
      why: 'only samples of unknown pods',
      spec: cpu(50),
      samples: podSamples({ gone: 5 }),
      text: 'no metrics returned matched known pods',
    },
    {
      why: 'requests that wrap to 0 once filled in',
      spec: cpu(50),
      samples: podSamples({ p1: 5 }),
      pods: [
        readyPod('p1', {
          requests: { ...REQUESTS, containers: [{ name: 'app', requests: { cpu: '-9223372036854775808' } }] },
        }),
        readyPod('p2', {
          requests: { ...REQUESTS, containers: [{ name: 'app', requests: { cpu: '-9223372036854775808' } }] },
        }),
      ],
      text: 'no metrics returned matched known pods',
    },
    {
      why: 'the query',
      spec: cpu(50),
      samples: { kind: 'metricFailed', message: 'boom' },
      text: 'unable to get metrics for resource cpu: boom',
    },
    {
      why: 'no query was made',
      spec: cpu(50),
      samples: { kind: 'notQueried' },
      text: 'unable to get metrics for resource cpu: the metric was not queried',
    },
    {
      why: 'values where samples belong',
      spec: cpu(50),
      samples: valueSamples(5),
      text: 'unable to get metrics for resource cpu: the samples do not belong to this kind of metric',
    },
    {
      why: 'samples where values belong',
      spec: external({ type: 'Value', value: '1' }),
      samples: full,
      text: 'unable to get external metric shop/queue/nil: the samples do not belong to this kind of metric',
    },
    {
      why: 'the listing of pods',
      spec: cpu(50),
      samples: { ...(full as Extract<MetricSamples, { kind: 'values' }>), kind: 'podsFailed', message: 'x' },
      text: 'unable to get pods while calculating replica count: x',
    },
    {
      why: 'no pods to multiply a value with',
      spec: object({ type: 'Value', value: '1' }),
      samples: valueSamples(5),
      pods: [],
      text: 'unable to calculate ready pods: no pods returned by selector while calculating replica count',
    },
  ])('$why', ({ spec, samples, pods, text }) => {
    const { trace, status } = evaluate({ spec, samples, ...(pods === undefined ? {} : { pods }) });
    expect(trace.code === 'MetricFailed' && trace.message.endsWith(text) ? text : trace).toBe(text);
    expect(status).toEqual({ type: '' });
  });
});
