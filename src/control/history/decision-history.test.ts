import { describe, expect, test } from 'vitest';
import { reportOf } from '../../../test/fixtures/walkthrough-history.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import type { HpaStatus } from '../../core/autoscaling/types.ts';
import type { Decision } from '../../core/engine/decision.ts';
import { EMPTY_MEMORY } from '../../core/engine/memory.ts';
import type { DecisionReport, Delivery } from '../facts/report.ts';
import { DecisionHistory, type HistoryBounds } from './decision-history.ts';
import { type DecisionRecord, decisionId } from './feed.ts';

const STATUS: HpaStatus = {
  currentReplicas: 2,
  desiredReplicas: 2,
  currentMetrics: null,
  conditions: [
    { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches' },
  ],
};

interface Given {
  readonly atMs: number;
  readonly name?: string;
  readonly decision?: Partial<Decision>;
  readonly path?: Partial<Decision['trace']['path']>;
  readonly delivery?: Partial<Delivery>;
}

function reportAt({ atMs, name = 'web', decision = {}, path = {}, delivery = {} }: Given): DecisionReport {
  const report = reportOf({
    apiVersion: 'podtide.dev/v1',
    kind: 'Decision',
    hpa: { namespace: 'shop', name, uid: `uid-${name}` },
    atMs,
    isDeleted: false,
    currentReplicas: 2,
    desiredReplicas: 2,
    scaledTo: null,
    scaleWriteAttempts: [],
    rescaleReason: null,
    isStatusWritten: false,
    status: STATUS,
    events: [],
    error: null,
    telemetry: null,
    memory: EMPTY_MEMORY,
    trace: {
      path: { code: 'MetricDriven', currentReplicas: 2, minReplicas: 1, maxReplicas: 10, ...path },
      selector: null,
      metrics: [{ code: 'MetricFailed', index: 0, sourceType: 'Resource', name: 'cpu', reason: 'R', message: 'm' }],
      combination: null,
      stabilization: null,
      limit: null,
      wakeFloor: null,
      hold: null,
      options: null,
    },
    ...decision,
  });
  return { ...report, delivery: { ...report.delivery, ...delivery } };
}

function historyOf(reports: readonly Given[], bounds?: Partial<HistoryBounds>, log: Log = SILENT_LOG): DecisionHistory {
  const all = {
    summariesPerHpaCountMax: 100,
    summariesCountMax: 100,
    recordsPerHpaCountMax: 100,
    recordsCountMax: 100,
    recordBytesMax: 100_000,
  };
  const history = new DecisionHistory('kind', log, { ...all, ...bounds });
  for (const report of reports) history.record(reportAt(report));
  return history;
}

const instants = async (history: DecisionHistory, query = {}) => (await history.list(query)).map(({ atMs }) => atMs);

describe('what counts as a change', () => {
  const conditions = [{ type: 'AbleToScale', status: 'True', reason: 'ScaleDownStabilized' }];
  const rows: readonly [why: string, second: Omit<Given, 'atMs'>, isChange: boolean][] = [
    ['the same again', {}, false],
    [
      'another message of a condition',
      {
        decision: {
          status: { ...STATUS, conditions: [{ type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale' }] },
        },
      },
      false,
    ],
    ['it scaled', { decision: { scaledTo: 3 } }, true],
    ['somebody else scaled', { decision: { currentReplicas: 3 } }, true],
    ['a condition', { decision: { status: { ...STATUS, conditions } } }, true],
    ['an error', { decision: { error: 'e' } }, true],
    ['the path', { path: { code: 'Disabled' } }, true],
    ['a bound', { path: { maxReplicas: 11 } }, true],
    ['the HPA is another one', { decision: { hpa: { namespace: 'shop', name: 'web', uid: 'new' } } }, true],
    ['the HPA is gone', { decision: { isDeleted: true } }, true],
    [
      'it disagrees with the acting controller',
      { delivery: { differences: [{ field: 'f', decided: '1', observed: '2' }] } },
      true,
    ],
  ];
  test.each(rows)('%s', async (_why, second, isChange) => {
    const history = historyOf([{ atMs: 1 }, { atMs: 2, ...second }]);
    expect((await history.list({})).map((summary) => summary.isChange)).toEqual([true, isChange]);
  });
});

describe('DecisionHistory', () => {
  test('lists by HPA, namespace, instant, change and number, oldest first', async () => {
    const history = historyOf([
      { atMs: 1 },
      { atMs: 2, name: 'api' },
      { atMs: 3 },
      { atMs: 4, name: 'api', decision: { scaledTo: 5 } },
    ]);
    expect(await instants(history)).toEqual([1, 2, 3, 4]);
    expect(await instants(history, { namespace: 'shop', name: 'web' })).toEqual([1, 3]);
    expect(await instants(history, { name: 'api' })).toEqual([2, 4]);
    expect(await instants(history, { namespace: 'bank' })).toEqual([]);
    expect(await instants(history, { sinceMs: 3 })).toEqual([3, 4]);
    expect(await instants(history, { isChangeOnly: true })).toEqual([1, 2, 4]);
    expect(await instants(history, { limitCount: 1 })).toEqual([4]);
  });

  test('a record is found by its identity', async () => {
    const history = historyOf([{ atMs: 7 }]);
    const id = decisionId({ cluster: 'kind', uid: 'uid-web', atMs: 7, version: 'kubernetes-1.36' });
    expect(id).toBe('kind~uid-web~7~kubernetes-1.36');
    const record = await history.at(id);
    expect({ ...record, summary: undefined }).toEqual({
      ...reportAt({ atMs: 7 }),
      id,
      identity: { cluster: 'kind', uid: 'uid-web', atMs: 7, version: 'kubernetes-1.36' },
      summary: undefined,
    });
    expect(await history.at('other')).toBeUndefined();
  });

  test('an HPA without uid is known by its name', async () => {
    const hpa = { namespace: 'shop', name: 'web', uid: null };
    expect((await historyOf([{ atMs: 7, decision: { hpa } }]).list({}))[0]?.id).toBe(
      'kind~shop%2Fweb~7~kubernetes-1.36',
    );
  });

  test('records of changes outlive those of uneventful syncs, and summaries say whose record is left', async () => {
    const history = historyOf([{ atMs: 1 }, { atMs: 2 }, { atMs: 3 }, { atMs: 4 }, { atMs: 5 }], {
      recordsPerHpaCountMax: 2,
    });
    expect((await history.list({})).map(({ atMs, hasRecord }) => [atMs, hasRecord])).toEqual([
      [1, true],
      [2, false],
      [3, false],
      [4, true],
      [5, true],
    ]);
  });

  test('each bound holds: of an HPA, and of the whole at the cost of the HPA that has been quiet for longest', async () => {
    const perHpa = historyOf([{ atMs: 1 }, { atMs: 2 }, { atMs: 3 }], { summariesPerHpaCountMax: 2 });
    expect(await instants(perHpa)).toEqual([2, 3]);
    const quietFirst: readonly Given[] = [
      { atMs: 1, name: 'quiet' },
      { atMs: 2, name: 'quiet' },
      { atMs: 3 },
      { atMs: 4 },
    ];
    const summaries = historyOf(quietFirst, { summariesCountMax: 3 });
    expect(await instants(summaries)).toEqual([2, 3, 4]);
    const records = historyOf(quietFirst, { recordsCountMax: 2 });
    expect(records.counts).toMatchObject({ summaryCount: 4, recordCount: 2 });
    expect((await records.list({})).map(({ hasRecord }) => hasRecord)).toEqual([false, false, true, true]);
    const byBytes = historyOf(quietFirst, { recordBytesMax: records.counts.recordBytes });
    expect(byBytes.counts).toEqual(records.counts);
  });

  test('a record that comes out of its packing is the one that went in, the first of its HPA and later ones alike', async () => {
    const history = historyOf([]);
    const seen: DecisionRecord[] = [];
    history.watch((record) => seen.push(record));
    for (const atMs of [1, 2]) history.record(reportAt({ atMs, decision: { scaledTo: atMs } }));
    history.record(reportAt({ atMs: 3, delivery: { latenessMs: Number.NaN } }));
    expect(await Promise.all(seen.map(({ id }) => history.at(id)))).toEqual(seen);
    expect(seen.map(({ summary }) => summary.isChange)).toEqual([true, true, false]);
  });

  test('those who watch are told in order, until they leave; one that breaks does not disturb the others', () => {
    const errors: string[] = [];
    const log: Log = { ...SILENT_LOG, error: (message) => errors.push(message) };
    const history = historyOf([], {}, log);
    const seen: number[] = [];
    const listener = (record: DecisionRecord) => void seen.push(record.decision.atMs);
    history.watch(() => {
      throw new Error('broken');
    });
    const leave = history.watch(listener);
    history.watch(listener);
    history.record(reportAt({ atMs: 1 }));
    leave();
    history.record(reportAt({ atMs: 2 }));
    expect([seen, errors.length]).toEqual([[1, 1, 2], 2]);
  });
});
