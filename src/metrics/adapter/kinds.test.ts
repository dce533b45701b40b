import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NORMALIZED_KINDS_COUNT_MAX } from '../../base/limits.ts';
import { builtInKinds } from './check/built-in-kinds.ts';
import { groupResourceText, parseGroupResource } from './kinds.ts';

test.each([
  { why: 'the core group', text: 'pods', group: '', resource: 'pods' },
  {
    why: 'a group with dots of its own',
    text: 'ingresses.networking.k8s.io',
    group: 'networking.k8s.io',
    resource: 'ingresses',
  },
  { why: 'a dot too many, which upstream takes', text: 'pods.', group: '', resource: 'pods' },
])('a path names $why', ({ text, group, resource }) => {
  expect(parseGroupResource(text)).toEqual({ group, resource });
  expect(groupResourceText({ group, resource })).toBe(text.replace(/\.$/, ''));
});

test.each([
  { why: 'a kind whose plural is irregular', resource: 'NetworkPolicy', expected: 'networkpolicies.networking.k8s.io' },
  { why: 'one that is its own plural', resource: 'endpoints', expected: 'endpoints' },
  { why: 'core before a later group', resource: 'event', expected: 'events' },
  { why: 'no short names', resource: 'sts', expected: undefined },
])('every cluster has $why', ({ resource, expected }) => {
  const kind = builtInKinds().normalize({ group: '', resource });
  expect(kind && groupResourceText(kind)).toBe(expected);
});

test('the built-in kinds are those of a real server, reviews aside', () => {
  const lines = readFileSync('test/conformance/adapter/kubernetes-1.36.txt', 'utf8').trimEnd().split('\n');
  const kinds = lines.map((line) => line.split(' ')).filter(([, , kind]) => !kind?.endsWith('Review'));
  expect(kinds.length).toBeGreaterThan(55);
  for (const [resource = '', groupVersion = '', kind = ''] of kinds) {
    const [version = '', group = ''] = groupVersion.split('/').reverse();
    for (const name of [resource, kind]) {
      const found = builtInKinds().normalize({ group, resource: name });
      expect(found).toEqual({ group, resource, version, kind });
    }
  }
});

test('a kind is found by any of more names than are remembered', () => {
  const kinds = builtInKinds();
  const letters = [...'horizontalpodautoscalers'];
  const spelling = (bits: number): string =>
    letters.map((letter, index) => ((bits >> index) & 1 ? letter.toUpperCase() : letter)).join('');
  const found = Array.from({ length: NORMALIZED_KINDS_COUNT_MAX + 2 }, (_, bits) =>
    [spelling(bits), spelling(bits)].map((resource) => kinds.normalize({ group: '', resource })?.kind),
  );
  expect(new Set(found.flat())).toEqual(new Set(['HorizontalPodAutoscaler']));
});
