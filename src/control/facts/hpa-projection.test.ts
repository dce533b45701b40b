import { expect, test } from 'vitest';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import { HPA_API_V2 } from '../../platform/kube/hpa-api.ts';
import { areOptionsChanged, isSpecChanged, ownSyncPeriodMs, projectHpa } from './hpa-projection.ts';

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

test('Podtide’s own annotations count as a change of the options, others do not', () => {
  const annotated = (annotations: Record<string, string>) =>
    project({ ...HPA, metadata: { ...HPA.metadata, annotations } });
  const before = annotated({ 'podtide.dev/warmup': '1m' });
  const afters: readonly [why: string, after: HpaFact, isChanged: boolean][] = [
    ['the same in other words', annotated({ 'podtide.dev/warmup': '60s' }), false],
    ['somebody else’s', annotated({ 'podtide.dev/warmup': '1m', note: 'x' }), false],
    ['another value', annotated({ 'podtide.dev/warmup': '2m' }), true],
    ['another mistake', annotated({ 'podtide.dev/warmup': '1m', 'podtide.dev/x': 'y' }), true],
    ['none', project(HPA), true],
    ['no object', project({ ...HPA, spec: undefined as never }), true],
  ];
  for (const [why, after, isChanged] of afters) expect(areOptionsChanged(before, after), why).toBe(isChanged);
  expect(ownSyncPeriodMs(annotated({ 'podtide.dev/sync-period': '5s' }))).toBe(5_000);
  expect([ownSyncPeriodMs(before), ownSyncPeriodMs(undefined)]).toEqual([null, null]);
});
