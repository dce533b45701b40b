import { describe, expect, test } from 'vitest';
import type { MoveVerdictKind, ObservedMove } from '../../core/explain/observed-move.ts';
import type { SyncAgreement } from '../facts/report.ts';
import type { DecisionRecord } from './feed.ts';
import { type Observation, type ObservationBounds, ObservationLog } from './observation-log.ts';

interface Given {
  readonly atMs: number;
  readonly name?: string;
  readonly namespace?: string;
  /** `null`: a controller that acts. */
  readonly kinds?: readonly MoveVerdictKind[] | null;
  readonly isQuiet?: boolean;
}

function recordOf({ atMs, name = 'web', namespace = 'shop', kinds = [], isQuiet = false }: Given): DecisionRecord {
  const moves = (kinds ?? []).map((kind) => ({ kind, atMs, fromReplicas: 1 }) as ObservedMove);
  const agreement: SyncAgreement | null = kinds === null ? null : { moves, isQuiet };
  const decision = { atMs, hpa: { namespace, name, uid: `uid-${name}` } };
  return { id: `id-${atMs}`, decision, delivery: { agreement } } as DecisionRecord;
}

function logOf(given: readonly Given[], bounds: Partial<ObservationBounds> = {}): ObservationLog {
  const log = new ObservationLog('kind', {
    movesPerHpaCountMax: 100,
    movesCountMax: 100,
    hpasCountMax: 100,
    ...bounds,
  });
  for (const one of given) log.take(recordOf(one));
  return log;
}

const instants = ({ disagreements }: Observation) => disagreements.map(({ atMs }) => atMs);

describe('ObservationLog', () => {
  test('counts, keeps what does not agree, newest first, and gives the ratio of the moves that can be compared', () => {
    const log = logOf([
      { atMs: 1, isQuiet: true },
      { atMs: 2, kinds: ['agreedMove'] },
      { atMs: 3, kinds: ['notComparable'] },
      { atMs: 4, kinds: ['theyMovedAlone', 'agreedMove'], name: 'api' },
      { atMs: 5, kinds: ['otherNumber'] },
      { atMs: 6, kinds: null, name: 'acted' },
    ]);
    const move = { fromReplicas: 1 };
    const hpa = (name: string) => ({ namespace: 'shop', name, uid: `uid-${name}` });
    expect(log.observation(null)).toEqual({
      apiVersion: 'podtide.dev/v1',
      kind: 'Observation',
      cluster: 'kind',
      sinceMs: 1,
      hpaCount: 2,
      syncCount: 5,
      quietCount: 1,
      counts: { agreedMove: 2, otherNumber: 1, theyMovedAlone: 1, weMovedAlone: 0, notComparable: 1 },
      agreementRatio: 0.5,
      disagreements: [
        { ...move, kind: 'otherNumber', atMs: 5, hpa: hpa('web'), decisionId: 'id-5' },
        { ...move, kind: 'theyMovedAlone', atMs: 4, hpa: hpa('api'), decisionId: 'id-4' },
      ],
      notComparable: [{ ...move, kind: 'notComparable', atMs: 3, hpa: hpa('web'), decisionId: 'id-3' }],
      leftOutCount: 0,
    });
  });

  test('of one namespace it says nothing about another, not even of one that begins alike', () => {
    const log = logOf([
      { atMs: 1, kinds: ['otherNumber'] },
      { atMs: 2, kinds: ['otherNumber'], namespace: 'shop-2' },
    ]);
    expect(instants(log.observation('shop'))).toEqual([1]);
    expect([log.observation('bank').hpaCount, log.observation('bank').sinceMs]).toEqual([0, null]);
  });

  test('there is no ratio before a move that can be compared', () => {
    expect(logOf([{ atMs: 1, kinds: ['notComparable'] }]).observation(null).agreementRatio).toBeNull();
  });

  test('of one HPA the oldest move gives way, and stays counted', () => {
    const given = [1, 2, 3].map((atMs): Given => ({ atMs, kinds: ['otherNumber'] }));
    const observation = logOf(given, { movesPerHpaCountMax: 2 }).observation(null);
    expect([instants(observation), observation.counts.otherNumber, observation.leftOutCount]).toEqual([[3, 2], 3, 1]);
  });

  test('of all of them the oldest move of the HPA that was synced longest ago gives way', () => {
    const given: readonly Given[] = [
      { atMs: 1, kinds: ['otherNumber'], name: 'quiet' },
      { atMs: 2, kinds: ['otherNumber'], name: 'quiet' },
      { atMs: 3, kinds: ['otherNumber'] },
      { atMs: 4, kinds: ['weMovedAlone'] },
    ];
    const observation = logOf(given, { movesCountMax: 3 }).observation(null);
    expect([instants(observation), observation.leftOutCount]).toEqual([[4, 3, 2], 1]);
  });

  test('beyond so many HPAs the one that was synced longest ago is left out, with its moves', () => {
    const given: readonly Given[] = ['a', 'b', 'c'].map((name, at) => ({ atMs: at + 1, kinds: ['otherNumber'], name }));
    const log = logOf([...given, { atMs: 9, name: 'b' }], { hpasCountMax: 2, movesCountMax: 2 });
    const observation = log.observation(null);
    expect([observation.hpaCount, instants(observation)]).toEqual([2, [3, 2]]);
  });

  test('its own bounds are far above what a report is read for', () => {
    const log = new ObservationLog('kind');
    for (let atMs = 0; atMs < 60; atMs++) log.take(recordOf({ atMs, kinds: ['otherNumber'] }));
    expect(log.observation(null).disagreements).toHaveLength(50);
    for (let hpa = 0; hpa < 45; hpa++) {
      for (let atMs = 0; atMs < 50; atMs++) log.take(recordOf({ atMs, kinds: ['otherNumber'], name: `hpa-${hpa}` }));
    }
    expect(log.observation(null).disagreements).toHaveLength(2_000);
    for (let hpa = 0; hpa < 20_001; hpa++) log.take(recordOf({ atMs: hpa, name: `many-${hpa}` }));
    expect(log.observation(null).hpaCount).toBe(20_000);
  });
});
