import { expect, it } from 'vitest';
import type { Behavior } from '../autoscaling/types.ts';
import { DEFAULT_ENGINE_OPTIONS } from './options.ts';
import { isWithinTolerance, toleranceOf } from './tolerance.ts';

const GATE_OFF = {
  ...DEFAULT_ENGINE_OPTIONS,
  features: { ...DEFAULT_ENGINE_OPTIONS.features, HPAConfigurableTolerance: false },
};

it.each<{ behavior: Behavior | undefined; isGateOn: boolean; down: number; up: number; why: string }>([
  { behavior: undefined, isGateOn: true, down: 0.1, up: 0.1, why: 'the flag' },
  { behavior: {}, isGateOn: true, down: 0.1, up: 0.1, why: 'a behavior that says nothing about it' },
  { behavior: { scaleUp: { tolerance: '50m' } }, isGateOn: true, down: 0.1, up: 50 * 0.001, why: 'one direction' },
  { behavior: { scaleDown: { tolerance: '0' } }, isGateOn: true, down: 0, up: 0.1, why: 'none at all on the way down' },
  { behavior: { scaleUp: { tolerance: '1' } }, isGateOn: false, down: 0.1, up: 0.1, why: 'the gate is off' },
  { behavior: { scaleUp: { tolerance: 'x' } }, isGateOn: true, down: 0.1, up: 0.1, why: 'no quantity' },
])('takes the tolerance from $why', ({ behavior, isGateOn, down, up }) => {
  expect(toleranceOf(behavior, isGateOn ? DEFAULT_ENGINE_OPTIONS : GATE_OFF)).toEqual({ down, up });
});

it.each([
  { ratio: 1.1, isWithin: true, why: 'the upper end belongs to it' },
  { ratio: 0.9, isWithin: true, why: 'the lower end too' },
  { ratio: 1.1000000000000003, isWithin: false, why: 'the next double does not' },
  { ratio: 0.8999999999999999, isWithin: false, why: 'nor the one below' },
  { ratio: Number.NaN, isWithin: false, why: 'NaN never' },
  { ratio: Number.POSITIVE_INFINITY, isWithin: false, why: 'infinity never' },
])('ratio $ratio: $why', ({ ratio, isWithin }) => {
  expect(isWithinTolerance({ down: 0.1, up: 0.1 }, ratio)).toBe(isWithin);
});
