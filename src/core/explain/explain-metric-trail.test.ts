import { describe, expect, test } from 'vitest';
import { explainMetricTrail, trailWriters } from './explain-metric-trail.ts';
import { type MetricTrail, type TrailCode, type TrailLink, type TrailLinkOf, trailStandingOf } from './metric-trail.ts';

const PLACE = { file: 'rules.yaml', line: 7, rule: 'rules[3]' } as const;

/** One of each code. */
const LINKS: { readonly [Code in TrailCode]: TrailLinkOf<Code> } = {
  RuleFound: { code: 'RuleFound', ...PLACE, series: 'up', seriesCount: 8, labels: ['pod'] },
  NoRule: { code: 'NoRule', near: ['ups'] },
  KindUnknown: { code: 'KindUnknown', resource: 'widgets' },
  OtherApi: { code: 'OtherApi', isExternal: true },
  Renamed: { code: 'Renamed', ...PLACE, series: 'up_total', calledAs: 'up_per_second' },
  LabelUnmapped: {
    code: 'LabelUnmapped',
    ...PLACE,
    series: 'up',
    resource: 'pods',
    labels: ['instance'],
    made: ['namespaces'],
  },
  LeftOut: { code: 'LeftOut', ...PLACE, series: 'up', by: 'rules[3].seriesFilters[0].is' },
  SelectorRefused: {
    code: 'SelectorRefused',
    ...PLACE,
    selector: '{up',
    problem: { code: 'BadQuery', detail: 'no end' },
  },
  NoSuchSeries: { code: 'NoSuchSeries', ...PLACE, selector: 'up{pod!=""}', window: '10m0s' },
  NameGiven: { code: 'NameGiven', name: 'web-1', label: 'pod_name' },
  NamesOfSeries: { code: 'NamesOfSeries', label: 'pod_name', nameCount: 900, askedCount: 500, selector: 'app=web' },
  NoObjects: { code: 'NoObjects', label: 'pod_name', selector: 'up{}' },
  NoObjectsNeeded: { code: 'NoObjectsNeeded', label: 'ns' },
  Asked: { code: 'Asked', query: 'sum(up)' },
  NoQuery: { code: 'NoQuery', reason: 'empty' },
  QueryRefused: { code: 'QueryRefused', query: 'sum(up', problem: { code: 'BadQuery', detail: 'no end' } },
  NotRows: { code: 'NotRows', kind: 'matrix' },
  Rows: { code: 'Rows', rowCount: 8, newestAgeMs: 12_340 },
  NoRows: { code: 'NoRows' },
  RowsWithoutLabel: { code: 'RowsWithoutLabel', label: 'pod_name', labels: ['job'] },
  NoRowOfObject: { code: 'NoRowOfObject', label: 'pod_name', name: 'web-1', others: ['web-2'] },
  Values: { code: 'Values', valueCount: 8 },
  RowsShadowed: { code: 'RowsShadowed', name: 'web-1', rowCount: 8, objectCount: 4 },
  ObjectsWithoutRow: { code: 'ObjectsWithoutRow', names: ['web-1'], nameCount: 8 },
  AbsentAsZero: { code: 'AbsentAsZero', names: ['web-1'], nameCount: 8 },
  NotANumber: { code: 'NotANumber', of: 'web-1', count: 4 },
  NanAsZero: { code: 'NanAsZero', of: 'web-1', count: 4 },
  Unbounded: { code: 'Unbounded', of: 'web-1', count: 4 },
  NoNumbers: { code: 'NoNumbers', of: 'web-1', value: '+Inf' },
};

/** What sentences leave out, or spell otherwise: places of trails are told once, instants as seconds. */
const UNSPOKEN: ReadonlySet<string> = new Set(['isExternal', 'problem', 'newestAgeMs', 'count', 'objectCount']);
/** Told where a person looks for them, and not in the sentence. */
const UNSPOKEN_OF: Readonly<Partial<Record<TrailCode, readonly string[]>>> = { NoObjects: ['selector'] };

function trailOf(...links: readonly TrailLink[]): MetricTrail {
  return { metric: 'pods/up', namespace: 'shop', atMs: 0, links, rows: [], values: [] };
}

describe('explainMetricTrail', () => {
  test.each(Object.values(LINKS))('says all that is known of $code in both languages', (link) => {
    const [en, zh] = (['en', 'zh-CN'] as const).map((language) => explainMetricTrail(trailOf(link), language));
    const { code, ...params } = link;
    for (const explained of [en, zh]) {
      const text = explained?.links[0]?.text ?? '';
      for (const [name, value] of Object.entries(params)) {
        if (UNSPOKEN.has(name) || UNSPOKEN_OF[code]?.includes(name)) continue;
        for (const each of [value].flat()) expect(`${code}: ${text}`).toContain(String(each));
      }
      expect(`${text}${explained?.remedy}`).not.toMatch(/undefined|\[object|NaN行/);
      const isAmiss = trailStandingOf(link) !== 'holds';
      expect(explained?.remedy !== '').toBe(isAmiss);
      expect(explained?.headline).toContain(isAmiss ? text : 'pods/up');
    }
    expect(`${en?.headline}${en?.remedy}${en?.links[0]?.text}`).not.toMatch(/\p{Script=Han}/u);
    expect(zh?.headline).toMatch(/\p{Script=Han}/u);
    if (zh?.remedy !== '') expect(zh?.remedy).toMatch(/\p{Script=Han}/u);
  });

  const verdicts: readonly {
    readonly why: string;
    readonly links: readonly TrailLink[];
    readonly verdict: string;
    readonly says: string;
  }[] = [
    { why: 'all is well', links: [LINKS.RuleFound, LINKS.Values], verdict: 'whole', says: 'is served' },
    {
      why: 'a loss is told before a doubt, wherever it stands',
      links: [LINKS.RowsShadowed, LINKS.NoRows],
      verdict: 'lost',
      says: 'has no row',
    },
    {
      why: 'of two doubts the first',
      links: [LINKS.Values, LINKS.NotANumber, LINKS.ObjectsWithoutRow],
      verdict: 'doubtful',
      says: 'is not a number',
    },
  ];
  test.each(verdicts)('$why', ({ links, verdict, says }) => {
    const explained = explainMetricTrail(trailOf(...links), 'en');
    expect([explained.verdict, explained.headline]).toEqual([verdict, expect.stringContaining(says)]);
  });

  const bare: readonly { readonly why: string; readonly link: TrailLink; readonly says: string }[] = [
    { why: 'no near name', link: { code: 'NoRule', near: [] }, says: 'no rule makes such a metric' },
    { why: 'the other way round', link: { code: 'OtherApi', isExternal: false }, says: 'it is a metric of objects' },
    {
      why: 'labels that mean nothing',
      link: { ...LINKS.LabelUnmapped, made: [] },
      says: 'no label of that means pods: instance',
    },
    {
      why: 'all names, of all objects',
      link: { ...LINKS.NamesOfSeries, nameCount: 3, askedCount: 3, selector: '' },
      says: '3 names from the label pod_name of the series; the cluster, which chooses those that are there, is not asked',
    },
    { why: 'no namespace', link: { code: 'NoObjectsNeeded', label: null }, says: 'bound to no namespace' },
    { why: 'no age', link: { code: 'Rows', rowCount: 1, newestAgeMs: null }, says: '1 row' },
    { why: 'rows without any label', link: { ...LINKS.RowsWithoutLabel, labels: [] }, says: 'they have no labels' },
    {
      why: 'one of a kind',
      link: { ...LINKS.NotANumber, count: 1 },
      says: 'the value of web-1 is not a number, and is left out',
    },
    {
      why: 'no objects',
      link: { code: 'AbsentAsZero', names: [], nameCount: 0 },
      says: 'no row, which the rule reads as 0',
    },
  ];
  test.each(bare)('what there is nothing to say of is left out: $why', ({ link, says }) => {
    const text = explainMetricTrail(trailOf(link), 'en').links[0]?.text ?? '';
    expect(text.endsWith(says) || text.startsWith(says)).toBe(true);
    expect(explainMetricTrail(trailOf(link), 'zh-CN').links[0]?.text).not.toMatch(/null|undefined|NaN 个/);
  });

  test('outside of namespaces none is named', () => {
    const trail = { ...trailOf(LINKS.Values), namespace: null };
    expect(explainMetricTrail(trail, 'en').headline).toBe('pods/up is served');
    expect(explainMetricTrail(trailOf(LINKS.Values), 'zh-CN').headline).toBe('命名空间 shop 中的 pods/up 可以正常提供');
  });

  test('ages and the rest of a list, as each language writes them', () => {
    expect([trailWriters('en').age(12_340), trailWriters('zh-CN').age(12_340)]).toEqual([
      'sample 12.3 s old',
      '样本距今 12.3 秒',
    ]);
    expect([trailWriters('en').more(3), trailWriters('zh-CN').more(3)]).toEqual([
      'and 3 more, all of them with -o json',
      '另有 3 条，用 -o json 查看全部',
    ]);
  });
});
