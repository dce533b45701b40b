import { describe, expect, it } from 'vitest';
import { AT_REST, observationOf, type Scene, STORY_START_MS } from '../../../test/episode/scene.ts';
import { UNSEEN_COUNT } from './followed-count.ts';
import type { HpaSeen, PodTrouble } from './observation.ts';
import { DEFAULT_DETECT_OPTIONS } from './options.ts';
import type { OpenEpisode } from './scaling.ts';
import { stuckAfterMs, type Trouble, troubleOf } from './stuck-cause.ts';

function seenAs(scene: Partial<Scene>): HpaSeen {
  return observationOf({ ...AT_REST, ...scene }, STORY_START_MS) as HpaSeen;
}

describe('why pods are not there', () => {
  const trouble: PodTrouble = { cause: 'ImagePull', podName: 'web-x', message: 'app: ErrImagePull' };
  const replicaFailure = { reason: 'FailedCreate', message: 'exceeded quota' };
  it.each<{ why: string; scene: Partial<Scene>; found: Trouble }>([
    {
      why: 'the scale cannot be written, which explains all that follows',
      scene: { able: 'False FailedUpdateScale', replicaFailure, trouble },
      found: { cause: 'FailedUpdateScale', message: 'about FailedUpdateScale' },
    },
    {
      why: 'that it cannot be read is told as a target out of reach',
      scene: { able: 'False FailedGetScale', trouble },
      found: { cause: 'ImagePull', message: 'web-x: app: ErrImagePull' },
    },
    {
      why: 'pods cannot be made, in the cluster’s words',
      scene: { replicaFailure, trouble },
      found: { cause: 'ReplicaFailure', message: 'exceeded quota' },
    },
    {
      why: 'or in its one word',
      scene: { replicaFailure: { reason: 'FailedCreate', message: '' } },
      found: { cause: 'ReplicaFailure', message: 'FailedCreate' },
    },
    {
      why: 'a pod about which nobody says more is named',
      scene: { trouble: { ...trouble, message: '' } },
      found: { cause: 'ImagePull', message: 'web-x' },
    },
    { why: 'no pod is in trouble', scene: {}, found: { cause: 'Unknown', message: '' } },
    { why: 'nobody may look', scene: { podSight: 'denied', trouble }, found: { cause: 'Unknown', message: '' } },
  ])('$why', ({ scene, found }) => {
    expect(troubleOf(seenAs(scene))).toEqual(found);
  });
});

describe('how long a scaling may take', () => {
  const open: OpenEpisode = {
    kind: 'open',
    id: 'e',
    direction: 'up',
    baselineReplicas: 2,
    steps: [{ atMs: 0, fromReplicas: 2, toReplicas: 5 }],
    openedAtMs: 0,
    readings: [],
    limiter: null,
    movedAtMs: 0,
    stableSinceMs: null,
    isStartTold: true,
    isFoundLate: false,
    needsPods: true,
    stuck: null,
  };
  it.each<{ why: string; isOrdered?: boolean; durationsMs: readonly number[]; allowedMs: number }>([
    { why: 'what the options say', durationsMs: [], allowedMs: 300_000 },
    { why: 'two that were slow are no habit', durationsMs: [900_000, 900_000], allowedMs: 300_000 },
    { why: 'three are: three times the middle one', durationsMs: [900_000, 1_000, 200_000], allowedMs: 600_000 },
    { why: 'of four the third from below', durationsMs: [1_000, 2_000, 200_000, 900_000], allowedMs: 600_000 },
    { why: 'a quick one is given no less', durationsMs: [1_000, 1_000, 1_000], allowedMs: 300_000 },
    { why: 'three pods one after the other', isOrdered: true, durationsMs: [], allowedMs: 900_000 },
  ])('$why', ({ isOrdered = false, durationsMs, allowedMs }) => {
    const input = {
      cluster: 'prod',
      options: DEFAULT_DETECT_OPTIONS,
      count: UNSEEN_COUNT,
      isMuted: false,
      durationsMs,
    };
    expect(stuckAfterMs(open, { ...input, seen: seenAs({ isOrdered }) })).toBe(allowedMs);
  });
});
