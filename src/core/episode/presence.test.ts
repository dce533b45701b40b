import { expect, it } from 'vitest';
import { AT_REST, observationOf, type Scene, STORY_START_MS } from '../../../test/episode/scene.ts';
import type { HpaSeen, ObservedTarget } from './observation.ts';
import { type Expectation, type Presence, presenceOf } from './presence.ts';

const UP: Expectation = { targetReplicas: 3, isDown: false, needsPods: true };
const DOWN: Expectation = { targetReplicas: 3, isDown: true, needsPods: false };
const BACK: Expectation = { targetReplicas: 3, isDown: true, needsPods: true };
const THREE: Partial<Scene> = { spec: 3, available: 3 };

it.each<{
  why: string;
  scene: Partial<Scene>;
  target?: Partial<ObservedTarget>;
  expected: Expectation;
  presence: Presence;
}>([
  {
    why: 'as many as the count says are available',
    scene: THREE,
    expected: UP,
    presence: { kind: 'there', availableReplicas: 3, isUnverified: false },
  },
  {
    why: 'ready is not available: the pods have not been ready for minReadySeconds',
    scene: THREE,
    target: { availableReplicas: 2 },
    expected: UP,
    presence: { kind: 'short', availableReplicas: 2 },
  },
  {
    why: 'where the kind does not tell of available pods, ready ones must do',
    scene: THREE,
    target: { availableReplicas: undefined, readyReplicas: 2 },
    expected: UP,
    presence: { kind: 'short', availableReplicas: 2 },
  },
  {
    why: 'where it tells of neither, the pods that are looked at',
    scene: { ...THREE, readyPods: 3 },
    target: { availableReplicas: undefined, readyReplicas: undefined },
    expected: UP,
    presence: { kind: 'there', availableReplicas: 3, isUnverified: false },
  },
  {
    why: 'and while they are still to be looked at, nobody knows',
    scene: { ...THREE, podSight: 'notLooked' },
    target: { availableReplicas: undefined, readyReplicas: undefined },
    expected: UP,
    presence: { kind: 'unknown' },
  },
  {
    why: 'where they may not be looked at, the count itself, unverified',
    scene: { ...THREE, podSight: 'denied', pods: 2 },
    target: { availableReplicas: undefined, readyReplicas: undefined },
    expected: UP,
    presence: { kind: 'short', availableReplicas: 2 },
  },
  {
    why: 'the count has not come to this target yet',
    scene: { ...THREE, spec: 2 },
    expected: UP,
    presence: { kind: 'unknown' },
  },
  {
    why: 'counts of an older generation',
    scene: { ...THREE, generation: 2 },
    expected: UP,
    presence: { kind: 'short', availableReplicas: 3 },
  },
  {
    why: 'a surplus that is not gone',
    scene: { ...THREE, pods: 4 },
    expected: DOWN,
    presence: { kind: 'short', availableReplicas: 3 },
  },
  {
    why: 'a surplus that is gone; that a pod is not ready is not the scaling’s doing',
    scene: { ...THREE, available: 2, pods: 3 },
    expected: DOWN,
    presence: { kind: 'there', availableReplicas: 2, isUnverified: false },
  },
  {
    why: 'back from a scaling that never had its pods, they are needed',
    scene: { ...THREE, available: 2, pods: 3 },
    expected: BACK,
    presence: { kind: 'short', availableReplicas: 2 },
  },
  {
    why: 'a surplus that is gone of a kind without counts',
    scene: { ...THREE, podSight: 'notLooked' },
    target: { availableReplicas: undefined, readyReplicas: undefined },
    expected: DOWN,
    presence: { kind: 'there', availableReplicas: 3, isUnverified: true },
  },
  {
    why: 'no right to the target: the HPA’s status says that it read the new count',
    scene: { sight: 'denied', current: 3 },
    expected: UP,
    presence: { kind: 'there', availableReplicas: 3, isUnverified: true },
  },
  {
    why: 'or has not read it yet',
    scene: { sight: 'denied', current: 1 },
    expected: UP,
    presence: { kind: 'short', availableReplicas: 1 },
  },
  {
    why: 'or nobody has written a status',
    scene: { sight: 'denied', current: null },
    expected: UP,
    presence: { kind: 'unknown' },
  },
  { why: 'not looked at yet', scene: { sight: 'notLooked' }, expected: UP, presence: { kind: 'unknown' } },
  { why: 'no such target', scene: { sight: 'missing' }, expected: UP, presence: { kind: 'unknown' } },
])('$why', ({ scene, target, expected, presence }) => {
  const seen = observationOf({ ...AT_REST, ...scene }, STORY_START_MS) as HpaSeen;
  const sight =
    seen.target.kind === 'seen' ? { ...seen.target, target: { ...seen.target.target, ...target } } : seen.target;
  expect(presenceOf({ ...seen, target: sight }, expected)).toEqual(presence);
});
