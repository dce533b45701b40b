import { describe, expect, test } from 'vitest';
import { cpuUtilization, hpaOf, NOW_MS } from '../../../test/fixtures/engine-facts.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { Behavior, HpaStatus } from '../../core/autoscaling/types.ts';
import type { Facts } from '../../core/engine/facts.ts';
import { EMPTY_MEMORY, type Memory } from '../../core/engine/memory.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../../core/engine/options.ts';
import type { AgreementState } from './agreement.ts';
import { look } from './observer.ts';

const BEHAVIOR: Behavior = {
  scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] },
  scaleDown: { policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] },
};

const IDLE: HpaStatus = { currentReplicas: 2, desiredReplicas: 2, currentMetrics: null };

function factsOf(specReplicas: number | null, status: HpaStatus, behavior: Behavior | undefined): Facts {
  const object = hpaOf([cpuUtilization(50)], behavior === undefined ? {} : { behavior });
  const scale =
    specReplicas === null
      ? { kind: 'failed', stage: 'read', message: 'm' }
      : {
          kind: 'found',
          resource: 'deployments.apps',
          specReplicas,
          statusReplicas: specReplicas,
          selector: 'app=web',
        };
  return { nowMs: NOW_MS, hpa: { kind: 'found', object: { ...object, status } }, scale } as unknown as Facts;
}

/** What an observer knows that saw two replicas fifteen seconds ago. */
const STATE = {
  uid: 'u1',
  seen: { atMs: NOW_MS - 15_000, specReplicas: 2, status: IDLE },
  unexplained: null,
} as unknown as AgreementState;

const MOVED_AT_MS = NOW_MS - 9_000;

function moved(fromReplicas: number, toReplicas: number): HpaStatus {
  const counts = { currentReplicas: fromReplicas, desiredReplicas: toReplicas };
  return { ...IDLE, ...counts, lastScaleTime: formatRfc3339(MOVED_AT_MS) };
}

function memoryAfter(facts: Facts, state: AgreementState | null = STATE): Memory {
  return look({ facts, memory: EMPTY_MEMORY, options: DEFAULT_ENGINE_OPTIONS, state }).memory;
}

describe('the memory of an observer', () => {
  const rows: readonly [why: string, facts: Facts, changes: Partial<Memory>, state?: AgreementState | null][] = [
    ['nothing happened', factsOf(2, IDLE, BEHAVIOR), {}],
    [
      'the acting controller grew the target',
      factsOf(5, moved(2, 5), BEHAVIOR),
      { scaleUpEvents: [[3, MOVED_AT_MS, 0]] },
    ],
    ['it shrank it', factsOf(1, moved(2, 1), BEHAVIOR), { scaleDownEvents: [[1, MOVED_AT_MS, 0]] }],
    ['a person did: upstream does not note it either', factsOf(5, { ...IDLE, desiredReplicas: 5 }, BEHAVIOR), {}],
    ['without behavior no events are kept', factsOf(5, moved(2, 5), undefined), {}],
    ['the first sync: what was before is not known', factsOf(5, moved(2, 5), BEHAVIOR), {}, null],
    ['another HPA of the same name', factsOf(5, moved(2, 5), BEHAVIOR), {}, { ...STATE, uid: 'other' }],
    ['the scale cannot be read', factsOf(null, moved(2, 5), BEHAVIOR), {}],
    [
      'its status came a sync late',
      factsOf(5, moved(2, 5), BEHAVIOR),
      { scaleUpEvents: [[3, MOVED_AT_MS, 0]] },
      {
        ...STATE,
        seen: { atMs: NOW_MS - 5_000, specReplicas: 5, status: IDLE },
        unexplained: { fromReplicas: 2, toReplicas: 5, movedAtMs: null },
      },
    ],
    [
      'its clock is behind: no move was before the sync that did not see it',
      factsOf(5, { ...moved(2, 5), lastScaleTime: formatRfc3339(NOW_MS - 60_000) }, BEHAVIOR),
      { scaleUpEvents: [[3, NOW_MS - 15_000, 0]] },
    ],
    [
      'its clock is ahead: no move is in the future',
      factsOf(5, { ...moved(2, 5), lastScaleTime: formatRfc3339(NOW_MS + 60_000) }, BEHAVIOR),
      { scaleUpEvents: [[3, NOW_MS, 0]] },
    ],
  ];
  test.each(rows)('%s', (_why, facts, changes, state = STATE) => {
    expect(memoryAfter(facts, state)).toEqual({ ...EMPTY_MEMORY, ...changes });
  });

  test('of a deleted HPA stays as it was', () => {
    const missing = { kind: 'missing', namespace: 'shop', name: 'web' } as const;
    expect(memoryAfter({ ...factsOf(5, moved(2, 5), BEHAVIOR), hpa: missing })).toBe(EMPTY_MEMORY);
  });
});
