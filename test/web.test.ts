import { describe, expect, test } from 'vitest';
import type { DecisionSummary } from '../src/people/dashboard/wire.ts';
import { hpaState } from '../web/src/hpa-state.ts';
import { parseRoute, routeHash } from '../web/src/route.ts';
import { wordsIn } from '../web/src/words.ts';

const SUMMARY: DecisionSummary = {
  id: 'lab~uid~1~kubernetes-1.36',
  hpa: { namespace: 'default', name: 'web', uid: 'uid' },
  atMs: 1,
  path: 'MetricDriven',
  currentReplicas: 4,
  desiredReplicas: 4,
  scaledTo: null,
  minReplicas: 1,
  maxReplicas: 10,
  isChange: false,
  hasRecord: true,
  metrics: [],
  winnerIndex: 0,
  error: null,
  differenceCount: 0,
};

describe('how an HPA fares, at a glance', () => {
  const rows = [
    { why: 'paused by a hand', summary: { path: 'Disabled', currentReplicas: 0, desiredReplicas: 0 }, state: 'paused' },
    { why: 'no count was reached', summary: { desiredReplicas: null }, state: 'failing' },
    { why: 'growing', summary: { desiredReplicas: 7 }, state: 'scalingUp' },
    { why: 'shrinking', summary: { desiredReplicas: 1 }, state: 'scalingDown' },
    {
      why: 'wants more than it may',
      wanted: 12,
      summary: { currentReplicas: 10, desiredReplicas: 10 },
      state: 'capped',
    },
    {
      why: 'exactly at the maximum is no lack',
      wanted: 10,
      summary: { currentReplicas: 10, desiredReplicas: 10 },
      state: 'steady',
    },
    { why: 'kept by a window', wanted: 1, summary: {}, state: 'held' },
    {
      why: 'idle at the minimum is no news',
      wanted: 0,
      summary: { currentReplicas: 1, desiredReplicas: 1 },
      state: 'steady',
    },
    { why: 'forced: no metric was asked', summary: { winnerIndex: null }, state: 'steady' },
  ] as const;
  for (const { why, state, ...row } of rows) {
    test(why, () => {
      const metrics = 'wanted' in row ? [proposing(row.wanted)] : [];
      expect(hpaState({ ...SUMMARY, metrics, ...row.summary })).toBe(state);
    });
  }
});

describe('the address of a view', () => {
  const rows = [
    { hash: '', route: { hpa: null, decisionId: null }, written: '#/' },
    {
      hash: '#/default/web',
      route: { hpa: { namespace: 'default', name: 'web' }, decisionId: null },
      written: '#/default/web',
    },
    {
      hash: '#/a/b/lab~a%252Fb~1~x',
      route: { hpa: { namespace: 'a', name: 'b' }, decisionId: 'lab~a%2Fb~1~x' },
      written: '#/a/b/lab~a%252Fb~1~x',
    },
    { hash: '#/only', route: { hpa: null, decisionId: null }, written: '#/' },
    { hash: '#/a/b/%', route: { hpa: { namespace: 'a', name: 'b' }, decisionId: '%' }, written: '#/a/b/%25' },
  ];
  for (const { hash, route, written } of rows) {
    test(hash === '' ? 'nothing' : hash, () => expect([parseRoute(hash), routeHash(route)]).toEqual([route, written]));
  }
});

test('the page has the same words in both languages, and no Han without need', () => {
  const english = JSON.stringify(wordsIn('en'));
  expect(Object.keys(wordsIn('zh-CN'))).toEqual(Object.keys(wordsIn('en')));
  expect(/\p{Script=Han}/u.test(english)).toBe(false);
});

test('Han and Latin are a space apart on the page', () => {
  const { chartOfReplicas, chartOfMetric, ...words } = wordsIn('zh-CN');
  const texts = [
    ...Object.values(words).flatMap((word) => (typeof word === 'string' ? [word] : Object.values(word))),
    chartOfReplicas('web'),
    chartOfMetric('cpu', 'web'),
  ];
  expect(
    texts.filter((text) => /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9%]\p{Script=Han}|\p{Script=Han}[,;:!?]/u.test(text)),
  ).toEqual([]);
});

function proposing(proposedReplicas: number): DecisionSummary['metrics'][number] {
  return {
    kind: 'proposed',
    name: 'cpu resource utilization (percentage of request)',
    sourceType: 'Resource',
    targetKind: 'utilization',
    target: 50,
    current: 50,
    tolerance: { down: 0.1, up: 0.1 },
    proposedReplicas,
  };
}
