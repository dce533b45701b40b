import { describe, expect, test } from 'vitest';
import type { HpaStatus } from '../../core/autoscaling/types.ts';
import { countedAsWrittenAtMs, isStatusWriteDue, type StatusWrites } from './status-thinning.ts';

const STATUS: HpaStatus = {
  currentReplicas: 3,
  desiredReplicas: 3,
  currentMetrics: [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '80m' } } },
    { type: '' },
  ],
  conditions: [
    { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
};

function withMetrics(currentMetrics: HpaStatus['currentMetrics']): HpaStatus {
  return { ...STATUS, currentMetrics };
}

const OTHER_NUMBERS = withMetrics([
  { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 41, averageValue: '82m' } } },
  { type: '' },
]);

describe('isStatusWriteDue', () => {
  const rows: readonly [
    why: string,
    stored: HpaStatus | undefined,
    proposed: HpaStatus,
    sinceMs: number,
    mode: StatusWrites,
    due: boolean,
  ][] = [
    ['numbers alone wait', STATUS, OTHER_NUMBERS, 15_000, 'on-change', false],
    ['but no longer than a minute', STATUS, OTHER_NUMBERS, 60_000, 'on-change', true],
    ['nor where upstream is to be matched', STATUS, OTHER_NUMBERS, 15_000, 'every-change', true],
    ['nor when this process has never written', STATUS, OTHER_NUMBERS, Number.POSITIVE_INFINITY, 'on-change', true],
    ['there is no status yet', undefined, STATUS, 0, 'on-change', true],
    ['a replica count is no measured number', STATUS, { ...OTHER_NUMBERS, desiredReplicas: 4 }, 0, 'on-change', true],
    [
      'a count of 0 may be left out on the wire',
      { ...STATUS, currentReplicas: 0 },
      without('currentReplicas'),
      0,
      'on-change',
      false,
    ],
    ['a condition changed', STATUS, { ...OTHER_NUMBERS, conditions: [] }, 0, 'on-change', true],
    ['it scaled', STATUS, { ...OTHER_NUMBERS, lastScaleTime: '2026-01-01T00:01:00Z' }, 0, 'on-change', true],
    [
      'a metric came back',
      STATUS,
      withMetrics([
        ...(STATUS.currentMetrics ?? []).slice(0, 1),
        { type: 'External', external: { metric: { name: 'q' }, current: { value: '1' } } },
      ]),
      0,
      'on-change',
      true,
    ],
    ['all metrics went', STATUS, withMetrics(null), 0, 'on-change', true],
    [
      'a value appeared beside another',
      STATUS,
      withMetrics([{ type: 'Resource', resource: { name: 'cpu', current: { averageValue: '80m' } } }, { type: '' }]),
      0,
      'on-change',
      true,
    ],
    ['the order of keys says nothing', STATUS, reversedKeys(OTHER_NUMBERS), 0, 'on-change', false],
  ];
  test.each(rows)('%s', (_why, stored, proposed, sinceMs, mode, due) => {
    expect(isStatusWriteDue(stored, proposed, sinceMs, mode)).toBe(due);
  });
});

describe('countedAsWrittenAtMs', () => {
  const NOW_MS = 1_767_320_000_000;
  const names = Array.from({ length: 1_000 }, (_, index) => `shop/web-${index}`);

  test('numbers written at once after a start are written again over four periods, not in one', () => {
    const perPeriod = [0, 0, 0, 0];
    for (const name of names) {
      const sinceMs = NOW_MS - countedAsWrittenAtMs(name, null, NOW_MS);
      const periods = [1, 2, 3, 4].findIndex((count) =>
        isStatusWriteDue(STATUS, OTHER_NUMBERS, sinceMs + count * 15_000, 'on-change'),
      );
      perPeriod[periods] = (perPeriod[periods] ?? 0) + 1;
    }
    expect(perPeriod.reduce((sum, count) => sum + count, 0)).toBe(names.length);
    expect(Math.min(...perPeriod)).toBeGreaterThan(200);
  });

  test('every later write counts from when it was made', () => {
    expect(names.map((name) => countedAsWrittenAtMs(name, NOW_MS - 60_000, NOW_MS))).toEqual(names.map(() => NOW_MS));
  });
});

function without(field: 'currentReplicas'): HpaStatus {
  const { [field]: _, ...rest } = OTHER_NUMBERS;
  return rest;
}

function reversedKeys(status: HpaStatus): HpaStatus {
  return Object.fromEntries(Object.entries(status).reverse()) as unknown as HpaStatus;
}
