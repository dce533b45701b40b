import { describe, expect, test } from 'vitest';
import { noticeOf, subjectOf } from '../../../../test/notify/notices.ts';
import { routeOf } from '../../../../test/notify/routes.ts';
import { parseSelector, type Selector } from '../../../base/label-selector.ts';
import type { Notice } from '../../../core/episode/notice.ts';
import { destinationsOf, matchesGlob, matchesRoute, type Route, type RouteMatch, routeTo } from './route.ts';
import { readSilence, type Silence, silenceOf, writeSilence } from './silence.ts';

const ALL: RouteMatch = { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] };

function selectorOf(text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.selector;
}

const notice = noticeOf('scale.up.started', { subject: subjectOf('web', { hpaLabels: { team: 'pay' } }) });
const ofCluster = noticeOf('metrics.provider_down', { subject: undefined, severity: 'critical' });

describe('matchesRoute', () => {
  test.each<{ why: string; match: Partial<RouteMatch>; notice: Notice; is: boolean }>([
    { why: 'nothing is asked for', match: {}, notice, is: true },
    { why: 'the cluster', match: { clusters: ['pr*'] }, notice, is: true },
    { why: 'another cluster', match: { clusters: ['test'] }, notice, is: false },
    { why: 'one of several namespaces', match: { namespaces: ['pay', 'shop'] }, notice, is: true },
    { why: 'no namespace fits what has none', match: { namespaces: ['*'] }, notice: ofCluster, is: false },
    { why: 'labels', match: { labels: selectorOf('team in (pay)') }, notice, is: true },
    { why: 'other labels', match: { labels: selectorOf('team!=pay') }, notice, is: false },
    {
      why: 'no selector fits what has no labels',
      match: { labels: selectorOf('team!=pay') },
      notice: ofCluster,
      is: false,
    },
    { why: 'the kind of the target', match: { kinds: ['Deployment'] }, notice, is: true },
    { why: 'another kind', match: { kinds: ['StatefulSet'] }, notice, is: false },
    { why: 'types', match: { types: ['scale.*.started'] }, notice, is: true },
    { why: 'severities', match: { severities: ['critical'] }, notice, is: false },
    { why: 'everything must hold', match: { types: ['scale.*'], namespaces: ['pay'] }, notice, is: false },
  ])('$why', ({ match, notice: given, is }) => expect(matchesRoute({ ...ALL, ...match }, given)).toBe(is));
});

test.each([
  { pattern: 'shop', text: 'shop', is: true },
  { pattern: 'shop', text: 'shop-2', is: false },
  { pattern: '*', text: '', is: true },
  { pattern: 'pay-*', text: 'pay-', is: true },
  { pattern: 'pay-*', text: 'xpay-a', is: false },
  { pattern: '*-prod', text: 'pay-prod', is: true },
  { pattern: 'a*a', text: 'a', is: false },
  { pattern: 'a*b*c', text: 'a-b-b-c', is: true },
  { pattern: 'a*bc*c', text: 'abc', is: false },
  { pattern: 'scale.*', text: 'scaleXup', is: false },
  { pattern: '.*', text: 'anything', is: false },
])('$pattern matches $text: $is', ({ pattern, text, is }) => expect(matchesGlob(pattern, text)).toBe(is));

describe('destinationsOf', () => {
  const route = (name: string, overrides: Partial<Route> = {}): Route => routeOf({ name, sinks: [name], ...overrides });
  const told = (routes: readonly Route[], given = notice) =>
    destinationsOf(given, routes).map(({ sink, route: { name } }) => `${sink} by ${name}`);

  test.each<{ why: string; routes: readonly Route[]; given?: Notice; says: readonly string[] }>([
    {
      why: 'the first route that matches',
      routes: [route('a', { match: { ...ALL, kinds: ['Job'] } }), route('b'), route('c')],
      says: ['b by b'],
    },
    {
      why: 'and those below one that continues',
      routes: [route('a', { isContinued: true }), route('b'), route('c')],
      says: ['a by a', 'b by b'],
    },
    {
      why: 'each sink once',
      routes: [route('a', { isContinued: true, sinks: ['x', 'y'] }), route('b', { sinks: ['y', 'z'] })],
      says: ['x by a', 'y by a', 'z by b'],
    },
    { why: 'nobody', routes: [route('a', { match: { ...ALL, kinds: ['Job'] } })], says: [] },
    {
      why: 'the route that the HPA asks for, and no other',
      routes: [route('a', { isContinued: true }), route('b')],
      given: noticeOf('scale.up.started', {
        subject: subjectOf('web', { hpaLabels: { 'podtide.dev/notify-route': 'b' } }),
      }),
      says: ['b by b'],
    },
  ])('$why', ({ routes, given, says }) => expect(told(routes, given)).toEqual(says));

  test.each<{ why: string; sink: string; routes: readonly Route[]; by: string }>([
    { why: 'the route that leads there', sink: 'a', routes: [route('b'), route('a')], by: 'a' },
    { why: 'the one whose fallback it is', sink: 'c', routes: [route('a', { fallback: 'c' }), route('b')], by: 'a' },
    {
      why: 'after a change, one that names it',
      sink: 'b',
      routes: [route('a'), route('b', { match: { ...ALL, kinds: ['Job'] } })],
      by: 'b',
    },
    { why: 'none, in the language of the first', sink: 'z', routes: [route('a')], by: '' },
  ])('a sink is told by $why', ({ sink, routes, by }) => {
    expect(routeTo(sink, notice, routes)).toMatchObject({ name: by, language: 'zh-CN', timeZone: 'Asia/Shanghai' });
  });
});

describe('silences', () => {
  const silence: Silence = {
    id: 's1',
    match: { ...ALL, labels: selectorOf('team=pay'), types: ['scale.*'], severities: ['info'] },
    startsAtMs: 1_000,
    endsAtMs: 2_000,
    author: 'li',
    comment: '压测',
  };

  test.each([
    { why: 'before it begins', nowMs: 999, is: false },
    { why: 'from its first instant', nowMs: 1_000, is: true },
    { why: 'until its last', nowMs: 1_999, is: true },
    { why: 'not at its end', nowMs: 2_000, is: false },
  ])('$why', ({ nowMs, is }) => expect(silenceOf(notice, [silence], nowMs) === silence).toBe(is));

  test('what it does not match is told', () => expect(silenceOf(ofCluster, [silence], 1_500)).toBeUndefined());

  test('it is read as it was written', () => expect(readSilence(writeSilence(silence))).toEqual(silence));

  test.each([
    '',
    'null',
    '{}',
    writeSilence(silence).replace('team=pay', 'team==,'),
    writeSilence(silence).replace('"v":1', '"v":2'),
  ])('what is none is none: %s', (text) => expect(readSilence(text)).toBeUndefined());
});
