import { expect, it } from 'vitest';
import { AT_REST, instantOf, observationOf, type Scene } from '../../../test/episode/scene.ts';
import { DEFAULT_DETECT_OPTIONS } from './options.ts';
import { PROVIDER_UP } from './provider.ts';
import { type StepResult, step } from './step.ts';

const CONTEXT = { cluster: 'prod', options: DEFAULT_DETECT_OPTIONS, provider: PROVIDER_UP };
const LOST: Partial<Scene> = { active: 'False FailedGetResourceMetric' };
const UP: Partial<Scene> = { spec: 3, writtenAt: 1, desired: 3, scaledAt: 1 };
const FIVE: Partial<Scene> = { spec: 5, current: 5, desired: 5, available: 5 };
const DOWN: Partial<Scene> = { ...FIVE, spec: 3, writtenAt: 1, desired: 3, scaledAt: 1 };

/** What is asked for after a step: `pods`, `target`, a count of `metrics`, another look at a second. */
function wantsOf({ wantsPods, wantsTarget, hasMetricsChanged, lookAgainAtMs }: StepResult): readonly string[] {
  return [
    ...(wantsPods ? ['pods'] : []),
    ...(wantsTarget ? ['target'] : []),
    ...(hasMetricsChanged ? ['metrics'] : []),
    ...(lookAgainAtMs === undefined ? [] : [`look at ${(lookAgainAtMs - instantOf(0)) / 1000}`]),
  ];
}

it.each<{
  why: string;
  scenes: readonly (readonly [second: number, scene: Partial<Scene>])[];
  wants: readonly string[];
}>([
  { why: 'nothing at first sight', scenes: [[0, {}]], wants: [] },
  { why: 'a count of those without metrics, when the first sight is of one', scenes: [[0, LOST]], wants: ['metrics'] },
  {
    why: 'the same when one loses them, and a look when that has lasted',
    scenes: [
      [0, {}],
      [20, LOST],
    ],
    wants: ['metrics', 'look at 140'],
  },
  {
    why: 'once',
    scenes: [
      [0, {}],
      [20, LOST],
      [30, LOST],
    ],
    wants: ['look at 140'],
  },
  {
    why: 'the target, while it is open whose change it is',
    scenes: [
      [0, {}],
      [1, { spec: 3, writtenAt: 1 }],
    ],
    wants: ['target', 'look at 3'],
  },
  {
    why: 'pods too, while a scaling up waits for them, until it would be stuck',
    scenes: [
      [0, {}],
      [1, UP],
    ],
    wants: ['pods', 'target', 'look at 301'],
  },
  {
    why: 'the target alone, while a fall may be taken back',
    scenes: [
      [0, FIVE],
      [1, DOWN],
    ],
    wants: ['target', 'look at 31'],
  },
  {
    why: 'and while a scaling down waits for its surplus to go',
    scenes: [
      [0, FIVE],
      [1, DOWN],
      [31, DOWN],
    ],
    wants: ['target'],
  },
  {
    why: 'nothing of an HPA that is gone',
    scenes: [
      [0, LOST],
      [1, { isGone: true }],
    ],
    wants: [],
  },
])('wants $why', ({ scenes, wants }) => {
  let result: StepResult | undefined;
  for (const [second, scene] of scenes) {
    result = step(result?.watch ?? null, observationOf({ ...AT_REST, ...scene }, instantOf(second)), CONTEXT);
  }
  expect(result && wantsOf(result)).toEqual(wants);
});
