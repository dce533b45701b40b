import { expect, test } from 'vitest';
import type { Pod } from '../objects.ts';
import { deletionOrder, readinessOf } from './pod-state.ts';
import { isSameTemplate, nameSuffix, templateHash } from './template-hash.ts';

const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;

interface PodTraits {
  readonly node?: string;
  readonly phase?: string;
  readonly readySecond?: number;
  readonly bornSecond?: number;
}

function pod(name: string, { node, phase = 'Running', readySecond, bornSecond = 0 }: PodTraits): Pod {
  const ready = {
    type: 'Ready',
    status: readySecond === undefined ? 'False' : 'True',
    lastTransitionTime: at(readySecond ?? 0),
  };
  return {
    metadata: { name, creationTimestamp: at(bornSecond) },
    spec: { containers: [], ...(node && { nodeName: node }) },
    status: { phase, conditions: [ready] },
  };
}

test('pods are given up in upstream order', () => {
  const pods = [
    pod('old', { node: 'a', readySecond: 1 }),
    pod('younger-ready', { node: 'a', readySecond: 9 }),
    pod('younger-born', { node: 'a', readySecond: 1, bornSecond: 5 }),
    pod('crowded', { node: 'b', readySecond: 1 }),
    pod('crowded-too', { node: 'b', readySecond: 2 }),
    pod('b-3', { node: 'b', readySecond: 2 }),
    pod('b-4', { node: 'b', readySecond: 2 }),
    pod('not-ready', { node: 'c' }),
    pod('pending', { node: 'c', phase: 'Pending' }),
    pod('unplaced', { phase: 'Pending' }),
  ];
  expect(deletionOrder(pods.toReversed()).map(({ metadata }) => metadata.name)).toEqual([
    'unplaced',
    'pending',
    'not-ready',
    'b-3',
    'b-4',
    'crowded-too',
    'crowded',
    'younger-ready',
    'younger-born',
    'old',
  ]);
});

test('a pod is available when it has been ready for long enough', () => {
  const pods = [pod('a', { readySecond: 10 }), pod('b', { readySecond: 25 }), pod('c', {})];
  const nowMs = Date.parse(at(30));
  expect(readinessOf(pods, 10, nowMs)).toEqual({
    readyCount: 2,
    availableCount: 1,
    nextAvailableAtMs: Date.parse(at(35)),
  });
  expect(readinessOf(pods, 0, nowMs)).toEqual({ readyCount: 2, availableCount: 2, nextAvailableAtMs: undefined });
});

test('templates are equal whatever the order of their fields and the label of their hash', () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const same = {
    spec: { containers: [{ image: 'i', name: 'c' }] },
    metadata: { labels: { 'pod-template-hash': 'x', a: 'b' } },
  };
  const other = { ...template, spec: { containers: [{ name: 'c', image: 'j' }] } };
  expect([isSameTemplate(template, same), isSameTemplate(template, other)]).toEqual([true, false]);
  expect(templateHash(template)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]+$/);
  expect(templateHash(template)).not.toBe(templateHash(other));
});

test('name endings are five safe letters, the same for the same owner and count, and rarely the same otherwise', () => {
  const suffixes = Array.from({ length: 1000 }, (_, count) => nameSuffix('web-5d4', count));
  expect(suffixes.every((suffix) => /^[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(suffix))).toBe(true);
  expect(suffixes[7]).toBe(nameSuffix('web-5d4', 7));
  expect(new Set(suffixes).size).toBeGreaterThan(990);
});
