import { expect, it } from 'vitest';
import type { ScalingPolicy } from '../autoscaling/types.ts';
import { limitLegacy, limitWithBehavior } from './limits.ts';
import type { DirectionRules } from './scaling-rules.ts';

it.each([
  { why: 'inside', wanted: 5, current: 5, limited: 5, code: 'DesiredWithinRange' },
  { why: 'below the minimum', wanted: 1, current: 5, limited: 2, code: 'TooFewReplicas' },
  { why: 'above the maximum', wanted: 30, current: 15, limited: 20, code: 'TooManyReplicas' },
  {
    why: 'twice the maximum is no nearer than the maximum',
    wanted: 30,
    current: 10,
    limited: 20,
    code: 'TooManyReplicas',
  },
  { why: 'more than twice', wanted: 15, current: 5, limited: 10, code: 'ScaleUpLimit' },
  { why: 'four are always allowed', wanted: 9, current: 0, limited: 4, code: 'ScaleUpLimit' },
])('legacy: $why', ({ wanted, current, limited, code }) => {
  const trace = limitLegacy(wanted, current, { minReplicas: 2, maxReplicas: 20 });
  expect([trace.limitedReplicas, trace.code]).toEqual([limited, code]);
});

function rules(selectPolicy: string, ...policies: [type: string, value: number][]): DirectionRules {
  return {
    windowSeconds: 0,
    selectPolicy,
    policies: policies.map(([type, value]): ScalingPolicy => ({ type, value, periodSeconds: 60 })),
  };
}

const NOW = 1_000_000;

it.each([
  {
    why: 'growth within the policies',
    up: rules('Max', ['Pods', 4]),
    current: 10,
    wanted: 13,
    limited: 13,
    code: 'DesiredWithinRange',
  },
  {
    why: 'the larger of two',
    up: rules('Max', ['Pods', 4], ['Percent', 100]),
    current: 10,
    wanted: 50,
    limited: 20,
    code: 'ScaleUpLimit',
  },
  {
    why: 'the smaller of two',
    up: rules('Min', ['Pods', 4], ['Percent', 100]),
    current: 10,
    wanted: 50,
    limited: 14,
    code: 'ScaleUpLimit',
  },
  {
    why: 'percents are rounded up',
    up: rules('Max', ['Percent', 10]),
    current: 50,
    wanted: 90,
    limited: 56,
    code: 'ScaleUpLimit',
  },
  { why: 'no growth at all', up: rules('Disabled'), current: 10, wanted: 50, limited: 10, code: 'ScaleUpLimit' },
  {
    why: 'the maximum is nearer',
    up: rules('Max', ['Percent', 900]),
    current: 10,
    wanted: 500,
    limited: 60,
    code: 'TooManyReplicas',
  },
  {
    why: 'a wrapped limit is raised to the current count',
    up: rules('Max', ['Pods', 2147483647]),
    current: 10,
    wanted: 50,
    limited: 10,
    code: 'ScaleUpLimit',
  },
  { why: 'no policy allows nothing', up: rules('Max'), current: 10, wanted: 50, limited: 10, code: 'ScaleUpLimit' },
  {
    why: 'an unknown type repeats the candidate before it',
    up: rules('Max', ['Pods', 4], ['Sloths', 9]),
    current: 10,
    wanted: 50,
    limited: 14,
    code: 'ScaleUpLimit',
  },
])('behavior, up: $why', ({ up, current, wanted, limited, code }) => {
  const history = { currentReplicas: current, scaleUpEvents: [], scaleDownEvents: [], nowMs: NOW };
  const trace = limitWithBehavior(wanted, { up, down: rules('Max') }, { minReplicas: 2, maxReplicas: 60 }, history);
  expect([trace.limitedReplicas, trace.code]).toEqual([limited, code]);
});

it.each([
  {
    why: 'shrinking within the policies',
    down: rules('Max', ['Pods', 4]),
    current: 10,
    wanted: 7,
    limited: 7,
    code: 'DesiredWithinRange',
  },
  {
    why: 'the larger change of two',
    down: rules('Max', ['Pods', 4], ['Percent', 10]),
    current: 80,
    wanted: 3,
    limited: 72,
    code: 'ScaleDownLimit',
  },
  {
    why: 'the smaller change of two',
    down: rules('Min', ['Pods', 2], ['Percent', 10]),
    current: 80,
    wanted: 3,
    limited: 78,
    code: 'ScaleDownLimit',
  },
  { why: 'no shrinking at all', down: rules('Disabled'), current: 10, wanted: 3, limited: 10, code: 'ScaleDownLimit' },
  {
    why: 'the minimum is nearer',
    down: rules('Max', ['Percent', 100]),
    current: 10,
    wanted: 0,
    limited: 2,
    code: 'TooFewReplicas',
  },
  { why: 'no policy allows nothing', down: rules('Max'), current: 10, wanted: 3, limited: 10, code: 'ScaleDownLimit' },
])('behavior, down: $why', ({ down, current, wanted, limited, code }) => {
  const history = { currentReplicas: current, scaleUpEvents: [], scaleDownEvents: [], nowMs: NOW };
  const trace = limitWithBehavior(wanted, { up: rules('Max'), down }, { minReplicas: 2, maxReplicas: 60 }, history);
  expect([trace.limitedReplicas, trace.code]).toEqual([limited, code]);
});

it('names the policy that gave the limit, and the count at the start of its period', () => {
  const history = {
    currentReplicas: 10,
    scaleUpEvents: [[3, NOW - 10_000, 0]] as const,
    scaleDownEvents: [[5, NOW - 20_000, 0]] as const,
    nowMs: NOW,
  };
  const up = rules('Max', ['Pods', 4]);
  expect(limitWithBehavior(90, { up, down: up }, { minReplicas: 1, maxReplicas: 100 }, history)).toEqual({
    code: 'ScaleUpLimit',
    stabilizedReplicas: 90,
    limitedReplicas: 16,
    rateLimit: 16,
    policy: { type: 'Pods', value: 4, periodSeconds: 60, periodStartReplicas: 12 },
    isDirectionDisabled: false,
  });
});
