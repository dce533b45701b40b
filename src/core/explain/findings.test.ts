import { expect, test } from 'vitest';
import { decisionOf, walkthroughDecisions } from '../../../test/fixtures/walkthrough-decisions.ts';
import type { PodFact } from '../engine/facts.ts';
import type { MetricProposed, MetricTrace, PodGroupsTrace, Trace } from '../engine/trace.ts';
import type { ExplainableDecision } from './explanation.ts';
import { findingsOf } from './findings.ts';

const rows: { why: string; decision: ExplainableDecision; codes: string[] }[] = [
  {
    why: 'Q1: more pods match than there are replicas',
    decision: driven({ selector: { code: 'Unambiguous', selector: 'a=b', podCount: 9, rivals: [] } }),
    codes: ['MorePodsThanReplicas'],
  },
  {
    why: 'Q2: grows although under target',
    decision: driven({ metrics: [cpu({ usageRatio: 0.85, proposedReplicas: 5 })] }),
    codes: ['GrowsUnderTarget'],
  },
  {
    why: 'Q5: nothing counts yet',
    decision: driven({ metrics: [failed('did not receive metrics for targeted pods (pods might be unready)')] }),
    codes: ['NoCountedPods'],
  },
  {
    why: 'Q6: rounding keeps every pod',
    decision: driven({ metrics: [cpu({ usageRatio: 0.8, proposedReplicas: 4, multiplier: 4 })] }),
    codes: ['RoundingKeepsPods'],
  },
  {
    why: 'Q8, Q11: unready pods left the base of a scale-down',
    decision: driven({
      metrics: [
        cpu({
          usageRatio: 0.5,
          proposedReplicas: 1,
          pods: pods({ unready: [{ pod: 'a', reason: 'SampleBeforeReady' }] }),
        }),
      ],
    }),
    codes: ['UnreadyShrinkBase', 'CpuStartUpWindow'],
  },
  {
    why: 'Q9: a silent pod',
    decision: driven({ metrics: [cpu({ pods: pods({ missing: ['a'] }) })] }),
    codes: ['MissingPodsDampen'],
  },
  {
    why: 'Q10: a request missing',
    decision: driven({ metrics: [failed('missing request for cpu in container istio-proxy of Pod web-1')] }),
    codes: ['MissingRequest'],
  },
  {
    why: 'Q10: a pod-level request missing',
    decision: driven({ metrics: [failed('missing pod-level request for cpu in Pod web-1')] }),
    codes: ['MissingRequest'],
  },
  {
    why: 'Q13: a finished pod',
    decision: driven({ metrics: [cpu({ pods: pods({ missing: ['job-1'] }) })] }),
    codes: ['SucceededPodsCounted'],
  },
  {
    why: 'Q19: several HPAs',
    decision: driven({
      path: { code: 'SelectorFailed', currentReplicas: 4, minReplicas: 1, maxReplicas: 10 },
      selector: { code: 'Ambiguous', selector: 'a=b', podCount: 4, rivals: ['default/other'] },
    }),
    codes: ['SeveralAutoscalers'],
  },
  { why: 'Q20: below zero', decision: driven({ metrics: [cpu({ current: -5 })] }), codes: ['NegativeMetric'] },
  {
    why: 'Q22: forced',
    decision: driven({ path: { code: 'ForcedToMin', currentReplicas: 4, minReplicas: 6, maxReplicas: 10 } }),
    codes: ['ForcedIgnoresPolicies'],
  },
  {
    why: 'Q26: paused at zero',
    decision: driven({ path: { code: 'Disabled', currentReplicas: 0, minReplicas: 0, maxReplicas: 10 } }),
    codes: ['ZeroIsPaused'],
  },
  {
    why: 'Q26: a percentage of zero',
    decision: {
      ...driven({
        limit: {
          code: 'ScaleUpLimit',
          stabilizedReplicas: 3,
          limitedReplicas: 0,
          rateLimit: 0,
          policy: { type: 'Percent', value: 100, periodSeconds: 15, periodStartReplicas: 0 },
          isDirectionDisabled: false,
        },
      }),
      currentReplicas: 0,
    },
    codes: ['PercentCannotLeaveZero'],
  },
  {
    why: 'Q27: a broken metric beside a healthy condition',
    decision: driven({
      combination: { code: 'Combined', failedCount: 1, metricCount: 2, winnerIndex: 0, recommendedReplicas: 4 },
    }),
    codes: ['HiddenMetricFailure'],
  },
  {
    why: 'Q27: partial data',
    decision: driven({
      combination: {
        code: 'PartlyFailedNoScaleDown',
        failedCount: 1,
        metricCount: 2,
        winnerIndex: null,
        recommendedReplicas: null,
      },
    }),
    codes: ['PartialFailureBlocksScaleDown'],
  },
  {
    why: 'Q29: on the upper edge, outside up to 1.32',
    decision: driven({ metrics: [cpu({ current: 55, usageRatio: 1.1, rule: 'WithinTolerance' })] }),
    codes: ['OnToleranceEdge'],
  },
  {
    why: 'Q29: the lower edge was inside then too',
    decision: driven({ metrics: [cpu({ current: 45, usageRatio: 0.9, rule: 'WithinTolerance' })] }),
    codes: [],
  },
  {
    why: 'Q29: on the edge once pods were filled in',
    decision: driven({ metrics: [cpu({ usageRatio: 1.2, filledRatio: 1.1, rule: 'WithinToleranceAfterFill' })] }),
    codes: ['OnToleranceEdge'],
  },
  {
    why: 'Q36: an empty reason',
    decision: { ...driven({}), scaledTo: 7, rescaleReason: '' },
    codes: ['EventReasonEmpty'],
  },
  {
    why: 'Q36: a contradicting reason',
    decision: { ...driven({}), scaledTo: 7, rescaleReason: 'All metrics below target' },
    codes: ['EventReasonContradicts'],
  },
  {
    why: 'capped',
    decision: driven({
      limit: {
        code: 'TooManyReplicas',
        stabilizedReplicas: 12,
        limitedReplicas: 10,
        rateLimit: null,
        policy: null,
        isDirectionDisabled: false,
      },
    }),
    codes: ['MaxReached'],
  },
  {
    why: 'no API',
    decision: driven({ metrics: [failed('the server could not find the requested resource')] }),
    codes: ['MetricsUnavailable'],
  },
  {
    why: 'a query of its own came to nothing',
    decision: driven({
      metrics: [failed('unable to get external metric shop/orders/nil: podtide.dev/query.orders: no')],
    }),
    codes: ['QueryFailed'],
  },
  { why: 'all well', decision: driven({ metrics: [cpu({})] }), codes: [] },
];

for (const { why, decision, codes } of rows) {
  test(why, () => {
    expect(
      findingsOf(decision, { pods: { kind: 'listed', pods: [finishedPod('job-1')] } }).map(({ code }) => code),
    ).toEqual(codes);
  });
}

test('a finished pod is a silent one while phases are not known', () => {
  const decision = driven({ metrics: [cpu({ pods: pods({ missing: ['job-1'] }) })] });
  expect(findingsOf(decision).map(({ code }) => code)).toEqual(['MissingPodsDampen']);
});

test('rounding up names the usage that lets a pod go', () => {
  const decision = driven({ metrics: [cpu({ usageRatio: 0.8, proposedReplicas: 4, multiplier: 4 })] });
  expect(findingsOf(decision)[0]?.threshold).toEqual({ value: 37.5, unit: 'percent' });
});

test('every move of the walkthrough is free of problems', () => {
  const severities = walkthroughDecisions()
    .filter(({ scaledTo }) => scaledTo !== null)
    .flatMap((decision) => findingsOf(decision).map(({ severity }) => severity));
  expect(new Set(severities)).toEqual(new Set(['note']));
});

function driven(parts: Partial<Trace>): ExplainableDecision {
  const trace: Trace = {
    path: { code: 'MetricDriven', currentReplicas: 4, minReplicas: 1, maxReplicas: 10 },
    selector: null,
    metrics: [],
    combination: null,
    stabilization: null,
    limit: null,
    wakeFloor: null,
    hold: null,
    options: null,
    ...parts,
  };
  return decisionOf(trace, 0, { currentReplicas: 4, desiredReplicas: 4 });
}

function cpu(parts: Partial<MetricProposed>): MetricProposed {
  return {
    code: 'MetricProposed',
    index: 0,
    sourceType: 'Resource',
    name: 'cpu resource utilization (percentage of request)',
    targetKind: 'utilization',
    target: 50,
    current: 50,
    currentRawMilli: 100,
    pods: null,
    tolerance: { down: 0.1, up: 0.1 },
    usageRatio: 1,
    filledRatio: null,
    multiplier: 4,
    rule: 'RatioApplied',
    proposedReplicas: 4,
    ...parts,
  };
}

function failed(message: string): MetricTrace {
  return {
    code: 'MetricFailed',
    index: 0,
    sourceType: 'Resource',
    name: 'cpu',
    reason: 'FailedGetResourceMetric',
    message,
  };
}

function pods(parts: Partial<PodGroupsTrace>): PodGroupsTrace {
  return {
    readyCount: 3,
    unready: [],
    missing: [],
    ignored: [],
    missingFilledWith: null,
    isUnreadyFilledWithZero: false,
    ...parts,
  };
}

function finishedPod(name: string): PodFact {
  return {
    name,
    phase: 'Succeeded',
    isDeleted: false,
    startAtMs: null,
    ready: null,
    requests: { containers: [], initContainers: [], pod: null },
  };
}
