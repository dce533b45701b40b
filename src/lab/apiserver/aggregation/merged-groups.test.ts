import { expect, test } from 'vitest';
import { compareVersions } from './merged-groups.ts';

test.each([
  ['released before beta before alpha', ['v1alpha1', 'v1', 'v1beta1'], ['v1', 'v1beta1', 'v1alpha1']],
  ['by number, not by text', ['v2', 'v10', 'v1'], ['v10', 'v2', 'v1']],
  ['the later beta first', ['v1beta1', 'v2beta1', 'v1beta2'], ['v2beta1', 'v1beta2', 'v1beta1']],
  ['what is no version last, by name', ['foo10', 'v1alpha1', 'foo1'], ['v1alpha1', 'foo1', 'foo10']],
])('versions stand %s', (_why, versions, sorted) => {
  expect(versions.toSorted(compareVersions)).toEqual(sorted);
});
