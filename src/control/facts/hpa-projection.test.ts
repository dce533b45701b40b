import { expect, test } from 'vitest';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import { HPA_API_V2 } from '../../platform/kube/hpa-api.ts';
import { isSpecChanged, projectHpa } from './hpa-projection.ts';

const project = (hpa: HorizontalPodAutoscaler): HpaFact => projectHpa(hpa, HPA_API_V2);

const HPA: HorizontalPodAutoscaler = {
  metadata: { namespace: 'shop', name: 'web', resourceVersion: '7', annotations: { note: 'kept' } },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 3 },
};

test('managedFields go, everything that a status write would otherwise wipe stays, and the kind is filled in', () => {
  const metadata = { ...HPA.metadata, finalizers: ['x'], managedFields: [{ manager: 'kubectl' }] };
  expect(project({ ...HPA, metadata })).toEqual({
    kind: 'found',
    object: {
      ...HPA,
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { ...HPA.metadata, finalizers: ['x'] },
    },
  });
});

test('an object that is none is a fact of its own', () => {
  const { spec: _, ...withoutSpec } = HPA;
  const withoutTarget = { ...HPA, spec: { maxReplicas: 3 } };
  expect([project(withoutSpec as never), project(withoutTarget as never)]).toEqual([
    { kind: 'unreadable', namespace: 'shop', name: 'web', message: 'the object has no spec' },
    { kind: 'unreadable', namespace: 'shop', name: 'web', message: 'spec.scaleTargetRef is missing' },
  ]);
});

test('only the spec counts as a change of the spec', () => {
  const before = project(HPA);
  const labelled = project({ ...HPA, metadata: { ...HPA.metadata, labels: { a: 'b' }, resourceVersion: '8' } });
  const edited = project({ ...HPA, spec: { ...HPA.spec, maxReplicas: 4 } });
  const broken = project({ ...HPA, spec: undefined as never });
  expect([labelled, edited, broken].map((after) => isSpecChanged(before, after))).toEqual([false, true, true]);
});
