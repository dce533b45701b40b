import { expect, it } from 'vitest';
import { NOW_MS } from '../../../test/fixtures/engine-facts.ts';
import type { FleetPressure } from './facts.ts';
import { BREAKER_HPAS_COUNT_MIN, findBreakerHold } from './scale-down-breaker.ts';
import type { HoldTrace } from './trace.ts';

const BREAKER = { shareRatioMax: 0.3, holdMs: 900_000, lookMs: 15_000 };
const SINCE_MS = NOW_MS - 60_000;

function pressureOf(...apis: [api: string, wantDownCount: number, hpaCount: number][]): FleetPressure {
  return {
    wantsDownSinceMs: SINCE_MS,
    apis: apis.map(([api, wantDownCount, hpaCount]) => ({ api, wantDownCount, hpaCount })),
  };
}

function held(api: string, wantDownCount: number, hpaCount: number): HoldTrace {
  return {
    code: 'CorrelatedScaleDown',
    wantedReplicas: 3,
    api,
    wantDownCount,
    hpaCount,
    shareRatioMax: 0.3,
    sinceMs: SINCE_MS,
    untilMs: SINCE_MS + 900_000,
  };
}

it.each<{ why: string; pressure: FleetPressure | undefined; hold: HoldTrace | null }>([
  {
    why: 'the fleet was never looked at',
    pressure: undefined,
    hold: { code: 'FleetNotSeen', wantedReplicas: 3, untilMs: NOW_MS + 15_000 },
  },
  {
    why: 'the wish is new',
    pressure: { wantsDownSinceMs: null, apis: [] },
    hold: { code: 'FleetNotSeen', wantedReplicas: 3, untilMs: NOW_MS + 15_000 },
  },
  {
    why: 'not every HPA has been synced since the wish began',
    pressure: { ...pressureOf(['a', 1, 10]), wantsDownSinceMs: NOW_MS - 14_999 },
    hold: { code: 'FleetNotSeen', wantedReplicas: 3, untilMs: NOW_MS + 1 },
  },
  {
    why: 'every HPA has been synced once',
    pressure: { ...pressureOf(['a', 1, 10]), wantsDownSinceMs: NOW_MS - 15_000 },
    hold: null,
  },
  { why: 'it is alone', pressure: pressureOf(['metrics.k8s.io', 1, 100]), hold: null },
  { why: 'the share is the limit exactly', pressure: pressureOf(['metrics.k8s.io', 30, 100]), hold: null },
  {
    why: 'one more than the limit',
    pressure: pressureOf(['metrics.k8s.io', 31, 100]),
    hold: held('metrics.k8s.io', 31, 100),
  },
  {
    why: 'too few HPAs to tell',
    pressure: pressureOf(['metrics.k8s.io', BREAKER_HPAS_COUNT_MIN - 1, BREAKER_HPAS_COUNT_MIN - 1]),
    hold: null,
  },
  { why: 'just enough HPAs to tell', pressure: pressureOf(['a', 5, 5]), hold: held('a', 5, 5) },
  {
    why: 'of two metrics APIs the worse one speaks, wherever it stands',
    pressure: pressureOf(['a', 40, 100], ['b', 9, 10], ['c', 50, 100]),
    hold: held('b', 9, 10),
  },
  {
    why: 'the last moment of the hold',
    pressure: { ...pressureOf(['a', 9, 10]), wantsDownSinceMs: NOW_MS - 899_999 },
    hold: { ...held('a', 9, 10), sinceMs: NOW_MS - 899_999, untilMs: NOW_MS + 1 } as HoldTrace,
  },
  {
    why: 'the drop is believed',
    pressure: { ...pressureOf(['a', 10, 10]), wantsDownSinceMs: NOW_MS - 900_000 },
    hold: null,
  },
])('a scale down is held or not: $why', ({ pressure, hold }) => {
  expect(findBreakerHold({ wantedReplicas: 3, nowMs: NOW_MS, pressure }, BREAKER)).toEqual(hold);
});
