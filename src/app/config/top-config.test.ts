import { describe, expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import { parseTopWords, type TopConfig, type TopSubject } from './top-config.ts';

const ENVIRONMENT = readEnvironment({ LANG: 'en_US.UTF-8' });
const ALL = { kind: 'labels', selector: '' } as const;

const NODES: TopSubject = { kind: 'nodes', which: ALL, isShareOfCapacity: false, isSwapShown: false };
const PODS: Extract<TopSubject, { kind: 'pods' }> = {
  kind: 'pods',
  which: ALL,
  scope: { kind: 'current' },
  fieldSelector: '',
  isByContainer: false,
  isSwapShown: false,
  isSummed: false,
};

const DEFAULTS: Omit<TopConfig, 'subject'> = {
  kubeconfig: null,
  context: null,
  sortBy: null,
  output: 'table',
  hasHeaders: true,
  language: 'en',
};

describe('parseTopWords', () => {
  const rows: readonly [why: string, words: string, subject: TopSubject, rest?: Partial<TopConfig>][] = [
    ['nodes', 'nodes', NODES],
    ['as kubectl calls them', 'no', NODES],
    ['one node', 'node n1', { ...NODES, which: { kind: 'name', name: 'n1' } }],
    ['some nodes', 'nodes -l pool=web', { ...NODES, which: { kind: 'labels', selector: 'pool=web' } }],
    [
      'shares of everything',
      'node --show-capacity --show-swap',
      { ...NODES, isShareOfCapacity: true, isSwapShown: true },
    ],
    ['pods', 'pods', PODS],
    ['flags before what is asked', '-A pod', { ...PODS, scope: { kind: 'all' } }],
    ['all comes before one', 'po -n shop -A', { ...PODS, scope: { kind: 'all' } }],
    [
      'one pod',
      'pod web-0 -nshop',
      { ...PODS, which: { kind: 'name', name: 'web-0' }, scope: { kind: 'namespace', namespace: 'shop' } },
    ],
    [
      'its containers',
      'pod web-0 --containers',
      { ...PODS, which: { kind: 'name', name: 'web-0' }, isByContainer: true },
    ],
    ['containers at once', 'containers', { ...PODS, isByContainer: true }],
    [
      'pods of a node',
      'pods --field-selector=spec.nodeName=n1,metadata.name!=a',
      { ...PODS, fieldSelector: 'spec.nodeName=n1,metadata.name!=a' },
    ],
    [
      'all of it',
      'pods --sum --show-swap --no-headers',
      { ...PODS, isSummed: true, isSwapShown: true },
      { hasHeaders: false },
    ],
    ['the greediest first', 'pods --sort-by=memory', PODS, { sortBy: 'memory' }],
    ['in no order', 'pods --sort-by=', PODS],
    ['where a number comes from', 'pod web-0 --trace', { kind: 'trace', name: 'web-0', scope: { kind: 'current' } }],
    [
      'the same in another namespace',
      'containers web-0 --trace --namespace shop',
      { kind: 'trace', name: 'web-0', scope: { kind: 'namespace', namespace: 'shop' } },
    ],
    ['JSON', 'nodes -o json', NODES, { output: 'json' }],
    ['another cluster', 'nodes --kubeconfig=/k --context=c', NODES, { kubeconfig: '/k', context: 'c' }],
    ['Chinese', 'nodes --lang=zh', NODES, { language: 'zh-CN' }],
    ['a flag of kubectl that changes nothing here', 'nodes --use-protocol-buffers=false', NODES],
  ];
  test.each(rows)('%s: %s', (_why, words, subject, rest) => {
    expect(parseTopWords(words.split(' '), ENVIRONMENT)).toEqual({ ...DEFAULTS, subject, ...rest });
  });

  test('the locale says the language', () => {
    expect(parseTopWords(['nodes'], readEnvironment({ LANG: 'zh_CN.UTF-8' })).language).toBe('zh-CN');
  });

  const problems: readonly [words: string, ...messages: string[]][] = [
    ['', 'top: say nodes, pods or containers'],
    ['deployments', 'deployments: say nodes, pods or containers'],
    [
      'pods a b c',
      'b: one name at most, and a is one; use -l for more',
      'c: one name at most, and a is one; use -l for more',
    ],
    ['pod a -l app=web', '--selector: not with the name a'],
    ['pod a -A', '--all-namespaces: not with the name a, which is one of a namespace'],
    ['pod a --field-selector=spec.nodeName=n1', '--field-selector: not with the name a'],
    ['node n1 -l pool=web', '--selector: not with the name n1'],
    ['nodes -A --containers', '--all-namespaces: says nothing about nodes', '--containers: says nothing about nodes'],
    ['nodes --sum --trace', '--sum: says nothing about nodes', '--trace: says nothing about nodes'],
    ['pods --show-capacity', '--show-capacity: says nothing about pods'],
    ['pods --trace', '--trace: needs the name of a pod'],
    [
      'pod a --trace --sum --sort-by=cpu',
      '--sort-by: not with --trace, which is of one pod',
      '--sum: not with --trace, which is of one pod',
    ],
    ['pods --sort-by=disk', '--sort-by=disk: must be cpu or memory'],
    ['pods -o yaml', '--output=yaml: must be table or json'],
    ['pods -n Shop', '--namespace=Shop: must be the name of a namespace'],
    ['pods --field-selector=n1', '--field-selector=n1: must be a field selector such as spec.nodeName=node-1'],
    [
      'pods -l a=b=c',
      "--selector=a=b=c: must be a label selector such as app=web,!canary: found '=', expected: ',' or 'end of string'",
    ],
    ['pods –n shop', '–n: has – (U+2013, en dash); write -n'],
    ['pods --sort_by=cpu', '--sort_by: no such flag; did you mean --sort-by?'],
  ];
  test.each(problems)('%s', (words, ...messages) => {
    expect(() => parseTopWords(words === '' ? [] : words.split(' '), ENVIRONMENT)).toThrow(
      expect.objectContaining({ name: 'Failure', kind: 'invalid', message: messages.join('\n') }),
    );
  });
});
