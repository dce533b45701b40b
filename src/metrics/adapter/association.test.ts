import { expect, test } from 'vitest';
import { ADAPTER_LABELS_REMEMBERED_COUNT_MAX } from '../../base/limits.ts';
import { Association } from './association.ts';
import { builtInKinds } from './check/built-in-kinds.ts';
import { compileLabelTemplate } from './label-template.ts';

const PODS = { group: '', resource: 'pods' };
const NOTHING = { template: null, overrides: [] };

test('of two labels for one resource the first in the file is asked with, and both are read', () => {
  const overrides = ['pod_name', 'pod'].map((label) => ({ label, target: { group: '', resource: 'Pod' } }));
  const association = new Association({ template: null, overrides }, builtInKinds());
  expect(association.labelOf(PODS)).toEqual({ kind: 'label', label: 'pod_name' });
  for (const labels of [['pod'], ['pod_name'], ['pod', 'pod_name']]) {
    expect(association.resourcesOf(labels)).toEqual({ resources: [expect.objectContaining(PODS)], isNamespaced: true });
  }
});

test('a label whose kind is unknown says nothing of the scope; one that nothing maps does, as upstream has it', () => {
  const overrides = [
    { label: 'brand', target: { group: 'cheese.io', resource: 'brand' } },
    { label: 'node', target: { group: '', resource: 'node' } },
  ];
  const association = new Association({ template: null, overrides }, builtInKinds());
  expect(association.resourcesOf(['brand', 'node']).isNamespaced).toBe(false);
  expect(association.resourcesOf(['instance', 'node']).isNamespaced).toBe(true);
});

test('without rules there is no label, and upstream’s words say why', () => {
  expect(new Association(NOTHING, builtInKinds()).labelOf(PODS)).toEqual({
    kind: 'none',
    reason: 'unable to convert resource pods into label: no generic resource label form specified for this metric',
  });
});

test('labels beyond those that are remembered mean the same', () => {
  const compiled = compileLabelTemplate('kube_<<.Resource>>');
  if (compiled.kind !== 'template') throw new Error(compiled.kind);
  const association = new Association({ template: compiled.template, overrides: [] }, builtInKinds());
  const many = Array.from({ length: ADAPTER_LABELS_REMEMBERED_COUNT_MAX }, (_, index) => `kube_x${index}`);
  expect(association.resourcesOf(many)).toEqual({ resources: [], isNamespaced: false });
  for (let time = 0; time < 2; time += 1) expect(association.resourcesOf(['kube_pod']).resources).toEqual([PODS]);
});
