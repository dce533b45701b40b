import { describe, expect, test } from 'vitest';
import { cachedScale, cachedWorkload, type Workload, type WorkloadKind } from './observed-target.ts';

const METADATA = {
  namespace: 'shop',
  name: 'web',
  uid: 'u1',
  generation: 3,
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const SELECTOR = { matchLabels: { app: 'web' } };
const WELL = { replicas: 3, readyReplicas: 3, availableReplicas: 2, observedGeneration: 3 };

function seenOf(kind: WorkloadKind, workload: Omit<Workload, 'metadata'>) {
  return cachedWorkload(kind, { metadata: METADATA, ...workload }).observed;
}

describe('a target as it is seen', () => {
  test('counts, generation and the rule that selects its pods', () => {
    const workload = { metadata: METADATA, spec: { replicas: 3, selector: SELECTOR }, status: WELL };
    expect(cachedWorkload('Deployment', workload)).toEqual({
      observed: {
        uid: 'u1',
        createdAtMs: Date.UTC(2026, 0, 1),
        specReplicas: 3,
        statusReplicas: 3,
        readyReplicas: 3,
        availableReplicas: 2,
        generation: 3,
        observedGeneration: 3,
        isOrdered: false,
        replicaFailure: undefined,
        replicasWriter: undefined,
      },
      podSelector: 'app=web',
    });
  });

  test('without spec.replicas it is one, and counts that are left out are zero', () => {
    const { specReplicas, readyReplicas, availableReplicas } = seenOf('Deployment', { spec: {}, status: {} });
    expect({ specReplicas, readyReplicas, availableReplicas }).toEqual({
      specReplicas: 1,
      readyReplicas: 0,
      availableReplicas: 0,
    });
  });

  test.each<readonly [why: string, spec: Workload['spec'], status: Workload['status'], available: number | undefined]>([
    ['a server that knows the field', {}, { readyReplicas: 3, availableReplicas: 2 }, 2],
    ['before 1.22 nobody says it', {}, { readyReplicas: 3 }, undefined],
    ['none is available yet, because ready pods have to last', { minReadySeconds: 10 }, { readyReplicas: 3 }, 0],
    ['none is ready, so none is available', {}, {}, 0],
  ])('available pods of a StatefulSet: %s', (_why, spec, status, available) => {
    expect(seenOf('StatefulSet', { spec: spec ?? {}, status: status ?? {} }).availableReplicas).toBe(available);
  });

  test.each([
    ['a StatefulSet starts one pod after the other', 'StatefulSet', undefined, true],
    ['unless it is told not to', 'StatefulSet', 'Parallel', false],
    ['a Deployment never does', 'Deployment', undefined, false],
  ] as const)('%s', (_why, kind, podManagementPolicy, isOrdered) => {
    const spec = podManagementPolicy === undefined ? {} : { podManagementPolicy };
    expect(seenOf(kind, { spec }).isOrdered).toBe(isOrdered);
  });

  test('why pods cannot be created, while that is so', () => {
    const message = 'pods "web-1" is forbidden: exceeded quota';
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message };
    expect(seenOf('Deployment', { status: { conditions: [failure] } }).replicaFailure).toEqual({
      reason: 'FailedCreate',
      message,
    });
    const over = { ...failure, status: 'False' };
    expect(seenOf('Deployment', { status: { conditions: [over] } }).replicaFailure).toBeUndefined();
  });

  test('who wrote the count last: the newest of those who own it, whoever owns other fields', () => {
    const owns = { 'f:spec': { 'f:replicas': {} } };
    const managedFields = [
      { manager: 'kubectl-client-side-apply', time: '2026-01-01T00:00:00Z', fieldsV1: owns },
      { manager: 'kube-controller-manager', time: '2026-01-01T00:00:30Z', fieldsV1: owns },
      { manager: 'kubectl-edit', time: '2026-01-01T00:01:00Z', fieldsV1: { 'f:spec': { 'f:template': {} } } },
    ];
    const { observed } = cachedWorkload('Deployment', { metadata: { ...METADATA, managedFields } });
    expect(observed.replicasWriter).toEqual({
      manager: 'kube-controller-manager',
      atMs: Date.UTC(2026, 0, 1, 0, 0, 30),
    });
  });

  test('a selector of everything, and one that is none, select no pods', () => {
    for (const selector of [{}, { matchExpressions: [{ key: 'app', operator: 'Near' }] }]) {
      expect(cachedWorkload('Deployment', { metadata: METADATA, spec: { selector } }).podSelector).toBeUndefined();
    }
  });

  test('of a Scale alone, what it says', () => {
    const scale = { metadata: METADATA, spec: { replicas: 4 }, status: { replicas: 3, selector: 'app=web' } };
    const { observed, podSelector } = cachedScale(scale);
    expect(observed).toMatchObject({ specReplicas: 4, statusReplicas: 3, readyReplicas: undefined });
    expect(podSelector).toBe('app=web');
  });
});
