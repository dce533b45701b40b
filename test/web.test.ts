import { describe, expect, test } from 'vitest';
import { pageAddress } from '../src/people/dashboard/page-address.ts';
import type { DecisionSummary } from '../src/people/dashboard/wire.ts';
import { hpaState } from '../web/src/hpa-state.ts';
import { type MarkdownBlock, type MarkdownSpan, parseMarkdown } from '../web/src/markdown.ts';
import { isOfPage, parseRoute, routeHash } from '../web/src/route.ts';
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

describe('an address of the page, in a message', () => {
  const shown = 'http://127.0.0.1:8080/#/shop/other';
  const id = 'lab~a%2Fb~1~x';
  const page = 'http://127.0.0.1:8080/';
  const hpa = { namespace: 'a', name: 'b' };
  test.each([
    { why: 'a decision', url: pageAddress(page, 'a', 'b', id), route: { hpa, decisionId: id } },
    { why: 'an HPA', url: pageAddress(page, 'a', 'b'), route: { hpa, decisionId: null } },
    { why: 'the same page by another name', url: pageAddress('http://localhost:8080/', 'a', 'b'), route: null },
    { why: 'a page that only begins like it', url: 'http://127.0.0.1:8080/x#/a/b', route: null },
    { why: 'a place on it that is no route', url: 'http://127.0.0.1:8080/#main', route: null },
  ])('$why', ({ url, route }) => {
    expect(isOfPage(url, shown) ? parseRoute(new URL(url).hash) : null).toEqual(route);
  });
});

describe('markdown, as far as DingTalk has it', () => {
  const text = (words: string): MarkdownSpan => ({ kind: 'text', text: words, url: '' });
  const link = (words: string, url: string): MarkdownSpan => ({ kind: 'link', text: words, url });
  const plain = (kind: MarkdownBlock['kind'], ...lines: readonly string[]): MarkdownBlock => ({
    kind,
    lines: lines.map((line) => [text(line)]),
  });
  const rows: readonly { readonly why: string; readonly given: string; readonly blocks: readonly MarkdownBlock[] }[] = [
    { why: 'nothing', given: '', blocks: [] },
    {
      why: 'a message of ours',
      given: '#### [扩容开始] default/web 1→4\n\n> 集群：lab  \n> HPA：web\n\n[查看决策](http://a/#/b) #1',
      blocks: [
        plain('heading', '[扩容开始] default/web 1→4'),
        plain('quote', '集群：lab', 'HPA：web'),
        { kind: 'paragraph', lines: [[link('查看决策', 'http://a/#/b'), text(' #1')]] },
      ],
    },
    {
      why: 'a line ends with two spaces, and not without',
      given: 'a  \nb\nc',
      blocks: [plain('paragraph', 'a', 'b c')],
    },
    { why: 'each heading stands alone', given: '# a\n# b', blocks: [plain('heading', 'a'), plain('heading', 'b')] },
    {
      why: 'lists of both kinds',
      given: '- a\n- b\n1. c\n2. d',
      blocks: [plain('unordered', 'a', 'b'), plain('ordered', 'c', 'd')],
    },
    {
      why: 'bold and italic',
      given: 'a **b** *c*',
      blocks: [
        {
          kind: 'paragraph',
          lines: [
            [text('a '), { kind: 'strong', text: 'b', url: '' }, text(' '), { kind: 'emphasis', text: 'c', url: '' }],
          ],
        },
      ],
    },
    {
      why: 'a script is no address',
      given: '[x](javascript:alert(1))',
      blocks: [plain('paragraph', '[x](javascript:alert(1))')],
    },
    {
      why: 'data are no address',
      given: '[x](data:text/html,1)',
      blocks: [plain('paragraph', '[x](data:text/html,1)')],
    },
    {
      why: 'tags are text',
      given: '<img src=x onerror=alert(1)>',
      blocks: [plain('paragraph', '<img src=x onerror=alert(1)>')],
    },
    {
      why: 'an image loads nothing: it is a link',
      given: '![x](https://a/b.png)',
      blocks: [{ kind: 'paragraph', lines: [[link('x', 'https://a/b.png')]] }],
    },
    {
      why: 'a link without words shows its address',
      given: '[](https://a/)',
      blocks: [{ kind: 'paragraph', lines: [[link('https://a/', 'https://a/')]] }],
    },
    { why: 'what is never closed', given: '**a [b](', blocks: [plain('paragraph', '**a [b](')] },
  ];
  test.each(rows)('$why', ({ given, blocks }) => {
    expect(parseMarkdown(given)).toEqual(blocks);
  });

  test.each(['[', '*', '**a', '![', '#', '> ', '[a](', '[a](http://'])(
    'as much of %s as DingTalk takes is read at once',
    (sign) => {
      const given = sign.repeat(20_000 / sign.length);
      const beganAtMs = performance.now();
      const shown = parseMarkdown(given).flatMap(({ lines }) => lines.flat());
      expect([shown.filter(({ kind }) => kind === 'link'), performance.now() - beganAtMs < 500]).toEqual([[], true]);
    },
  );
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
