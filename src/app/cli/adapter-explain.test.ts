import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from '@stricli/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PrometheusTale, servePrometheus } from '../../../test/adapter/told-prometheus.ts';
import { readEnvironment } from '../config/environment.ts';
import { exitCodeOf, loadApplication } from './application.ts';
import type { CliContext } from './context.ts';
import { scannerWords } from './own-words.ts';

const RULES = `rules:
- seriesQuery: 'http_requests_total{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {matches: '^(.*)_total$', as: '\${1}_per_second'}
  metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'
externalRules:
- seriesQuery: 'queue_depth{queue!=""}'
  resources: {namespaced: false}
  metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (queue)'
`;

const ONE = 'sum(rate(http_requests_total{namespace="shop",pod="web-1"}[2m])) by (pod)';
const TALE: PrometheusTale = {
  series: [
    { __name__: 'http_requests_total', namespace: 'shop', pod: 'web-1', code: '200' },
    { __name__: 'queue_depth', queue: 'mail' },
  ],
  rows: {
    [ONE]: [{ labels: { pod: 'web-1' }, value: '0.25' }],
    'max(queue_depth{}) by (queue)': [{ labels: { queue: 'mail' }, value: '7' }],
  },
};

let folder = '';
let file = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'adapter-explain-'));
  file = join(folder, 'rules.yaml');
  writeFileSync(file, RULES);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function typed(words: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const process: CliContext['process'] = { stdin: new PassThrough(), stdout, stderr };
  await run(await loadApplication(), scannerWords(['adapter', 'explain', ...words]), {
    process,
    environment: readEnvironment({}),
    signal: new AbortController().signal,
  } as CliContext);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { stdout: text(stdout), stderr: text(stderr), exitCode: exitCodeOf(process.exitCode) };
}

async function over(tale: PrometheusTale, ...words: readonly string[]) {
  const served = await servePrometheus(tale);
  try {
    return await typed([...words, '--config', file, '--prometheus', served.url]);
  } finally {
    await served.stop();
  }
}

describe('podtide adapter explain', () => {
  test('follows a metric from its rule to its values', async () => {
    const { stdout, stderr, exitCode } = await over(TALE, 'pods/http_requests_per_second', '-n', 'shop');
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toBe(`pods/http_requests_per_second in namespace shop is served

  ✓ rule     rules[0] (${file}:2) makes it of http_requests_total: 1 series with the labels code, namespace, pod
  ✓ objects  1 name from the label pod of the series; the cluster, which chooses those that are there, is not asked
  ✓ query    ${ONE}
  ✓ rows     1 row
      {pod="web-1"}  0.25
  ✓ values   1 value
      web-1  250m
`);
  });

  test('in Chinese, and of one object', async () => {
    const { stdout } = await over(TALE, 'http_requests_per_second', '-n=shop', '--name=web-1', '--lang=zh-CN');
    expect(stdout).toContain('命名空间 shop 中的 pods/http_requests_per_second 可以正常提供\n');
    expect(stdout).toContain('  ✓ 对象    web-1，按标签 pod 查询；没有向集群确认该对象是否存在\n');
  });

  test('what is lost is told first, with what to do', async () => {
    const { stdout, exitCode } = await over(TALE, 'http_requests_total', '-n', 'shop');
    expect(exitCode).toBe(1);
    expect(
      stdout,
    ).toBe(`pods/http_requests_total in namespace shop has no value: rules[0] (${file}:2) finds the series http_requests_total and calls it http_requests_per_second
ask for http_requests_per_second, and have the HPA name it so

  ✗ rule  rules[0] (${file}:2) finds the series http_requests_total and calls it http_requests_per_second
`);
  });

  test('as JSON, an external metric', async () => {
    const { stdout, exitCode } = await over(TALE, 'queue_depth', '--external', '-o', 'json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: 'podtide.dev/v1',
      kind: 'MetricTrail',
      metric: 'queue_depth',
      namespace: 'default',
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      verdict: 'whole',
      headline: 'queue_depth in namespace default is served',
      remedy: '',
      links: [
        expect.objectContaining({
          topic: 'rule',
          standing: 'holds',
          code: 'RuleFound',
          rule: 'externalRules[0]',
          line: 7,
        }),
        expect.objectContaining({ code: 'NoObjectsNeeded', label: null }),
        expect.objectContaining({ code: 'Asked', query: 'max(queue_depth{}) by (queue)' }),
        expect.objectContaining({ code: 'Rows', rowCount: 1 }),
        expect.objectContaining({ code: 'Values', valueCount: 1 }),
      ],
      rows: [{ labels: { queue: 'mail' }, value: '7', sampleAgeMs: null }],
      values: [{ of: '{queue="mail"}', quantity: '7' }],
    });
  });

  test('a list of rows is cut for people', async () => {
    const rows = Array.from({ length: 23 }, (_, index) => ({ labels: { queue: `q${index}` }, value: '1' }));
    const { stdout } = await over(
      { ...TALE, rows: { 'max(queue_depth{}) by (queue)': rows } },
      'queue_depth',
      '--external',
    );
    expect(stdout.match(/and 3 more, all of them with -o json/g)).toHaveLength(2);
    expect(stdout.match(/^ {6}\{queue="q\d+"\} {2}1$/gm)).toHaveLength(40);
  });

  test.each([
    {
      why: 'nothing at all',
      words: [],
      says: [
        '--prometheus: must be the URL of Prometheus, such as http://localhost:9090',
        '--config: must name the file of the rules, or a folder of such files',
        'name a metric, as discovery lists it: pods/http_requests_per_second',
      ],
    },
    {
      why: 'objects of an external metric',
      words: ['a', '--external', '--name=b', '--config=c', '--prometheus=http://d'],
      says: ['--name: not with --external, whose metrics are of no objects'],
    },
    {
      why: 'the resource twice',
      words: ['pods/a', '--resource=services', '--config=c', '--prometheus=http://d'],
      says: ['--resource: pods/a says pods already'],
    },
    {
      why: 'a selector beside a name',
      words: ['a', '--name=b', '-l', 'x=y', '--config=c', '--prometheus=http://d'],
      says: ['--selector: not with the name b'],
    },
    {
      why: 'a selector that is none, and two metrics',
      words: ['a', 'b', '--metric-selector=x in', '--config=c', '--prometheus=http://d'],
      says: ['--metric-selector=x in: must be a label selector', 'b: one metric at a time, and a is one'],
    },
  ])('$why is refused', async ({ words, says }) => {
    const { stdout, stderr, exitCode } = await typed(words);
    expect([stdout, exitCode]).toEqual(['', 2]);
    for (const each of says) expect(stderr).toContain(each);
  });

  test('rules that cannot be loaded are told with their place', async () => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(broken, 'rulez: []\n');
    const { stderr, exitCode } = await typed(['a', '--config', broken, '--prometheus=http://127.0.0.1:1']);
    expect([stderr, exitCode]).toEqual([expect.stringContaining(`${broken}:1:1 rulez: `), 2]);
    const gone = await typed(['a', '--config', file, '--prometheus=http://127.0.0.1:1']);
    expect([gone.stderr, gone.exitCode]).toEqual([expect.stringContaining('refused the connection'), 6]);
  });
});
