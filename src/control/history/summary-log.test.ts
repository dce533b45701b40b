import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DecisionSummary, MetricPoint } from './feed.ts';
import { SummaryLog } from './summary-log.ts';

const idOf = ({ hpa, atMs }: Pick<DecisionSummary, 'hpa' | 'atMs'>): string => `${hpa.uid}@${atMs}`;

function proposed(current: number | string): MetricPoint {
  return {
    kind: 'proposed',
    name: 'cpu',
    sourceType: 'Resource',
    targetKind: 'utilization',
    target: 50,
    current,
    tolerance: { down: 0.1, up: 0.1 },
    proposedReplicas: 2,
  };
}

function failed(reason: string): MetricPoint {
  return { kind: 'failed', name: 'cpu', sourceType: 'Resource', reason };
}

/** Few values of each field, so that neighbours are often alike and often differ in one thing alone. */
const differences = fc.record({
  uid: fc.constantFrom('a', 'a', 'a', 'b'),
  isChange: fc.constantFrom(false, false, false, true),
  desiredReplicas: fc.constantFrom(2, 2, 2, 3, null),
  error: fc.constantFrom(null, null, null, 'no metrics'),
  metrics: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 1e9 }).map((current) => [proposed(current)]) },
    { weight: 1, arbitrary: fc.integer().map((current) => [proposed(current), failed('FailedGetResourceMetric')]) },
    { weight: 2, arbitrary: fc.constantFrom('FailedGetScale', 'InvalidSelector').map((reason) => [failed(reason)]) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('9223372036854775807', '9223372036854775806').map((current) => [proposed(current)]),
    },
  ),
});

function summariesOf(changes: readonly (typeof differences extends fc.Arbitrary<infer D> ? D : never)[]) {
  return changes.map(({ uid, ...rest }, place): DecisionSummary => {
    const hpa = { namespace: 'shop', name: 'web', uid };
    const atMs = 1_767_225_600_000.5 + place;
    return {
      ...{ id: idOf({ hpa, atMs }), hpa, atMs, path: 'MetricDriven', currentReplicas: 2, scaledTo: null },
      ...{ minReplicas: 1, maxReplicas: 9, hasRecord: true, winnerIndex: 0, differenceCount: 0 },
      ...rest,
    };
  });
}

test('whatever is kept comes out as it went in, newest first, however many of the oldest were dropped', () => {
  fc.assert(
    fc.property(
      fc.array(differences, { maxLength: 40, size: 'max' }),
      fc.nat(25),
      fc.nat(20),
      fc.constantFrom(0, 1, 5, 40),
      fc.boolean(),
      (changes, droppedCount, since, limitCount, isChangeOnly) => {
        const summaries = summariesOf(changes);
        const log = new SummaryLog(idOf);
        for (const summary of summaries) log.push(summary);
        for (let count = 0; count < droppedCount; count++) expect(log.dropOldest()).toBe(count < summaries.length);
        const sinceMs = 1_767_225_600_000 + since;
        const kept = summaries.slice(droppedCount);
        const wanted = kept.filter(({ atMs, isChange }) => atMs >= sinceMs && (isChange || !isChangeOnly)).reverse();
        expect(log.count).toBe(kept.length);
        expect([...log.newestFirst({ sinceMs, isChangeOnly, limitCount })]).toEqual(wanted.slice(0, limitCount));
      },
    ),
    { numRuns: 300 },
  );
});

test('syncs that differ in numbers alone share all the rest, and leave one by one', () => {
  const log = new SummaryLog(idOf);
  const calm = { uid: 'a', isChange: false, desiredReplicas: 2, error: null } as const;
  const summaries = summariesOf(Array.from({ length: 100 }, (_, place) => ({ ...calm, metrics: [proposed(place)] })));
  for (const summary of summaries) log.push(summary);
  const listed = () => [...log.newestFirst({ sinceMs: 0, isChangeOnly: false, limitCount: 100 })];
  expect(new Set(listed().map(({ hpa }) => hpa)).size).toBe(1);
  for (let leftCount = 99; leftCount >= 0; leftCount--) {
    log.dropOldest();
    expect(listed()).toEqual(summaries.slice(100 - leftCount).reverse());
  }
});

test('a metric that fails for another reason is told apart', () => {
  const log = new SummaryLog(idOf);
  const calm = { uid: 'a', isChange: false, desiredReplicas: null, error: null } as const;
  const summaries = summariesOf(
    ['FailedGetScale', 'InvalidSelector'].map((reason) => ({ ...calm, metrics: [failed(reason)] })),
  );
  for (const summary of summaries) log.push(summary);
  expect([...log.newestFirst({ sinceMs: 0, isChangeOnly: false, limitCount: 2 })]).toEqual(summaries.toReversed());
});
