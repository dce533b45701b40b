import { describe, expect, test } from 'vitest';
import type { PodMetrics } from '../../metrics/source/port.ts';
import { containerSamples, customPodSamples, podSamples, valueSamples } from './samples.ts';

function item(name: string, ...containers: readonly (readonly [string, Record<string, string>])[]): PodMetrics {
  return {
    namespace: 'shop',
    name,
    labels: {},
    atMs: 1_000,
    windowMs: 15_000,
    containers: containers.map(([container, usage]) => ({ name: container, usage })),
  };
}

function sample(milli: number | string) {
  return { milli, atMs: 1_000, windowMs: 15_000 };
}

describe('resource metrics', () => {
  const items = [
    item('both', ['app', { cpu: '100m', memory: '1Mi' }], ['proxy', { cpu: '20m' }]),
    item('rounded', ['app', { cpu: '1500001n' }]),
    item('empty'),
    item('lacking', ['app', { memory: '1Mi' }]),
    item('huge', ['app', { cpu: '9007199254740993' }]),
  ];

  test('a pod is the sum of its containers, each rounded up; one that lacks the resource anywhere has no sample', () => {
    expect(podSamples(items, 'cpu')).toEqual({
      kind: 'perPod',
      byPod: { both: sample(120), rounded: sample(2), huge: sample('9007199254740993000') },
    });
    expect(podSamples(items, 'memory')).toEqual({ kind: 'perPod', byPod: { lacking: sample(1_048_576_000) } });
  });

  test('one container: pods without it have no sample', () => {
    expect(containerSamples(items, 'cpu', 'proxy')).toEqual({ kind: 'perPod', byPod: { both: sample(20) } });
  });

  test('where only plausible values count, a pod with another one has no sample', () => {
    const odd = [
      item('fine', ['app', { cpu: '100m' }]),
      item('negative', ['app', { cpu: '100m' }], ['proxy', { cpu: '-1m' }]),
      item('beyond', ['app', { cpu: '1e308' }]),
    ];
    const fine = { kind: 'perPod', byPod: { fine: sample(100) } };
    expect(podSamples(odd, 'cpu', 'plausible')).toEqual(fine);
    expect(containerSamples(odd, 'cpu', 'app', 'plausible')).toEqual({
      kind: 'perPod',
      byPod: { fine: sample(100), negative: sample(100) },
    });
    const custom = odd.map(({ name, containers, ...times }) => ({
      ...times,
      describedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name },
      metric: 'rps',
      value: containers.at(-1)?.usage['cpu'] ?? '',
    }));
    expect(customPodSamples(custom, 'plausible')).toEqual(fine);
  });

  test('a value that is no quantity fails the metric', () => {
    expect(() => podSamples([item('bad', ['app', { cpu: 'lots' }])], 'cpu')).toThrow(/quantit/);
  });
});

describe('custom and external metrics', () => {
  const value = {
    describedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1' },
    metric: 'hits',
    atMs: 5,
    windowMs: null,
    value: '1500m',
  };

  test('a pod’s value without a window is taken over a minute', () => {
    expect(customPodSamples([value])).toEqual({
      kind: 'perPod',
      byPod: { 'web-1': { milli: 1500, atMs: 5, windowMs: 60_000 } },
    });
  });

  test('values keep their order, the time is that of the first', () => {
    expect(valueSamples([value, { ...value, value: '2', atMs: 3 }])).toEqual({
      kind: 'values',
      milli: [1500, 2000],
      atMs: 3,
    });
  });
});
