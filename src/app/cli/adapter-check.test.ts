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

const GOOD = `rules:
- seriesQuery: 'requests{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;
const COUNTER = GOOD.replace('requests{', 'requests_total{');
const NOTE = GOOD.replace(',pod!=""', '');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'adapter-check-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

async function typed(words: readonly string[], stdin = ''): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const input = new PassThrough();
  input.end(stdin);
  const process: CliContext['process'] = { stdin: input, stdout, stderr };
  const environment = readEnvironment({});
  await run(await loadApplication(), scannerWords(['adapter', 'check', ...words]), {
    process,
    environment,
    signal: new AbortController().signal,
  } as CliContext);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { stdout: text(stdout), stderr: text(stderr), exitCode: exitCodeOf(process.exitCode) };
}

function fileOf(text: string): string {
  const path = join(folder, 'rules.yaml');
  writeFileSync(path, text);
  return path;
}

describe('podtide adapter check', () => {
  test.each([
    { why: 'a file that is well', text: GOOD, exitCode: 0, sum: 'nothing to say' },
    { why: 'a note is no finding', text: NOTE, exitCode: 0, sum: 'can be loaded; 1 finding' },
    { why: 'a finding', text: COUNTER, exitCode: 1, sum: 'can be loaded; 1 finding' },
    { why: 'a file that cannot be loaded', text: 'rulez: []', exitCode: 2, sum: 'cannot be loaded; 1 finding' },
  ])('$why', async ({ text, exitCode, sum }) => {
    const file = fileOf(text);
    const outcome = await typed([file]);
    expect({ ...outcome, stdout: outcome.stdout.trimEnd().split('\n').at(-1) }).toEqual({
      stdout: `${file}: ${sum}`,
      stderr: '',
      exitCode,
    });
  });

  test.each([
    { why: 'nobody knows', backends: null, exitCode: 0, says: 'only Podtide knows that key' },
    { why: 'there is none', backends: ['main'], exitCode: 2, says: 'there is no Prometheus backend "team-a"' },
    { why: 'there is one', backends: ['main', 'team-a'], exitCode: 0, says: 'nothing to say' },
  ])('a backend that a rule names is judged by the backends file: $why', async ({ backends, exitCode, says }) => {
    const file = fileOf(GOOD.replace('metricsQuery', 'prometheus: team-a\n  metricsQuery'));
    const path = join(folder, 'backends.yaml');
    const served = await servePrometheus({ series: [{ __name__: 'requests', namespace: 'shop', pod: 'web-1' }] });
    const entries = (backends ?? []).map((name) => `  - {name: ${name}, url: '${served.url}'}\n`);
    writeFileSync(path, `backends:\n${entries.join('')}`);
    const outcome = await typed(backends === null ? [file] : [file, '--prometheus-backends', path]);
    await served.stop();
    expect(outcome).toEqual({ stdout: expect.stringContaining(says), stderr: '', exitCode });
  });

  test('a backends file that is not there is named with its flag', async () => {
    const { stderr, exitCode } = await typed([fileOf(GOOD), '--prometheus-backends', '/nonexistent/b.yaml']);
    expect([stderr, exitCode]).toEqual([expect.stringContaining('--prometheus-backends=/nonexistent/b.yaml: '), 4]);
  });

  test('each finding has its place, what is so, and what to do', async () => {
    const file = fileOf(COUNTER);
    expect((await typed([file])).stdout).toBe(
      `${file}:4:17  warning: rules[0].metricsQuery: requests_total looks like a counter, which only grows, and is used bare: sum(requests_total{namespace="podtide-sample",pod="podtide-sample-1"}) by (pod)
    ask for its growth, as in sum(rate(requests_total{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>); scaled by a bare counter, a workload climbs to maxReplicas and stays there
${file}: can be loaded; 1 finding
`,
    );
  });

  test('in Chinese, from standard input', async () => {
    const { stdout, exitCode } = await typed(['-', '--lang', 'zh-CN'], NOTE);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      '-:2:16  提示：rules[0].seriesQuery：选择器也会匹配没有 pod 标签的序列，它们不属于任何对象\n    请在选择器中加上 pod!=""，以减少列出的序列\n-：可以加载；共 1 条结果\n',
    );
  });

  test('as JSON, with a version', async () => {
    const { stdout } = await typed(['-', '-o', 'json'], NOTE);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      file: '-',
      isLoadable: true,
      findings: [
        {
          code: 'LabelNotRequired',
          severity: 'note',
          path: 'rules[0].seriesQuery',
          line: 2,
          column: 16,
          params: { labels: ['pod'] },
          text: 'the selector also finds series without pod, which belong to nobody',
          action: 'add pod!="" to it: fewer series are listed',
        },
      ],
    });
  });

  test.each([
    { why: 'no file', words: [], exitCode: 2, says: 'name a configuration file' },
    { why: 'two files', words: ['a', 'b'], exitCode: 2, says: 'b: one file at a time, and a is one' },
    { why: 'another output', words: ['-', '-o', 'yaml'], exitCode: 2, says: '--output=yaml: must be text or json' },
    { why: 'a file that is not there', words: ['/nonexistent/rules.yaml'], exitCode: 4, says: 'no such file' },
    { why: 'a folder', words: ['examples'], exitCode: 2, says: 'examples: is a folder; name one of the files in it' },
  ])('$why', async ({ words, exitCode, says }) => {
    const outcome = await typed(words);
    expect(outcome).toEqual({ stdout: '', stderr: expect.stringContaining(says), exitCode });
  });

  test.each([
    {
      why: 'what is said of a Prometheus that is not named',
      words: ['-', '--prometheus-token-file=t', '--metrics-max-age=1m'],
      says: '--prometheus-token-file: goes together with --prometheus, the URL of Prometheus\n--metrics-max-age: goes together with',
    },
    {
      why: 'two names of it',
      words: ['-', '--prometheus=http://a', '--prometheus-url=http://b'],
      says: '--prometheus: says the same as --prometheus-url; give one of them',
    },
    {
      why: 'a file that says it too',
      words: ['-', '--prometheus-backends=f', '--prometheus-url=http://b'],
      says: '--prometheus-url: cannot be used together with --prometheus-backends, which says it',
    },
    { why: 'an address that is none', words: ['-', '--prometheus=here'], says: 'must be an http or https URL' },
  ])('$why is refused', async ({ words, says }) => {
    expect(await typed(words)).toEqual({ stdout: '', stderr: expect.stringContaining(says), exitCode: 2 });
  });

  test('what would steer a terminal is escaped', async () => {
    const { stdout } = await typed(['-'], 'rules:\n- seriesQuery: "a\\e[31m"\n  metricsQuery: x\n');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('podtide adapter check --prometheus', () => {
  const TALE: PrometheusTale = {
    series: [
      { __name__: 'requests', namespace: 'shop', pod: 'web-1', job: 'web' },
      { __name__: 'requests', namespace: 'shop', pod: 'web-2', job: 'web' },
    ],
    types: { requests: 'gauge' },
  };

  async function over(tale: PrometheusTale, ...words: readonly string[]) {
    const served = await servePrometheus(tale);
    try {
      return { ...(await typed([...words, '--prometheus', served.url], GOOD)), questions: served.questions };
    } finally {
      await served.stop();
    }
  }

  test('shows what each rule makes of the series that there are', async () => {
    const { stdout, stderr, exitCode, questions } = await over(TALE, '-');
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toBe(`-:2:3  rules[0]: 2 series of 1 name; labels that mean no kind: job; 2 metrics
    namespaces/requests: sum(requests{namespace="shop"}) by (namespace)
    pods/requests: sum(requests{namespace="shop",pod="web-2"}) by (pod)
-: nothing to say
`);
    expect(questions).toEqual(['/api/v1/series requests{namespace!="",pod!=""}', '/api/v1/metadata']);
  });

  test('in Chinese', async () => {
    expect((await over(TALE, '-', '--lang=zh-CN')).stdout).toContain(
      '-:2:3  rules[0]：2 条序列（1 个名称）；不对应任何资源的标签：job；2 个指标\n    namespaces/requests：sum(',
    );
  });

  test('as JSON, in a member of its own', async () => {
    const { stdout } = await over(TALE, '-', '-o', 'json');
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      file: '-',
      isLoadable: true,
      rules: [
        {
          path: 'rules[0]',
          line: 2,
          column: 3,
          seriesQuery: 'requests{namespace!="",pod!=""}',
          seriesCount: 2,
          nameCount: 1,
          leftOut: [],
          unmappedLabels: ['job'],
          metricCount: 2,
          metrics: [
            {
              name: 'namespaces/requests',
              series: 'requests',
              query: 'sum(requests{namespace="shop"}) by (namespace)',
            },
            {
              name: 'pods/requests',
              series: 'requests',
              query: 'sum(requests{namespace="shop",pod="web-2"}) by (pod)',
            },
          ],
        },
      ],
      findings: [],
    });
  });

  test('a list of metrics is cut for people', async () => {
    const series = Array.from({ length: 6 }, (_, index) => {
      return { __name__: `work_${index}`, namespace: 'shop', pod: 'web-1' };
    });
    const served = await servePrometheus({ series });
    const rules = GOOD.replace('requests{', '{__name__=~"^work_.*",');
    const { stdout } = await typed(['-', '--prometheus', served.url], rules);
    await served.stop();
    expect(stdout.match(/^ {4}\w+\/work_\d/gm)).toHaveLength(10);
    expect(stdout).toContain('    and 2 more, all of them with -o json\n');
  });

  test('a query of several lines stays in its place', async () => {
    const served = await servePrometheus(TALE);
    const rules = GOOD.replace(
      /metricsQuery: .*/,
      'metricsQuery: |\n    sum by (<<.GroupBy>>) (\n      <<.Series>>{<<.LabelMatchers>>}\n    )',
    );
    const { stdout } = await typed(['-', '--prometheus', served.url], rules);
    await served.stop();
    expect(stdout).toContain(
      '    namespaces/requests: sum by (namespace) (\n        requests{namespace="shop"}\n      )\n    pods/requests: ',
    );
  });

  test('series that show a mistake are a finding', async () => {
    const { stdout, exitCode } = await over({ ...TALE, types: { requests: 'counter' } }, '-');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('-:4:17  warning: rules[0].metricsQuery: requests is a counter, as its targets say');
  });

  test('a Prometheus that is not there, and one that is another program', async () => {
    const served = await servePrometheus(TALE);
    const elsewhere = await typed(['-', '--prometheus', `${served.url}/prom`], GOOD);
    await served.stop();
    const gone = await typed(['-', '--prometheus', served.url], GOOD);
    expect([elsewhere.exitCode, gone.exitCode, elsewhere.stdout, gone.stdout]).toEqual([4, 6, '', '']);
    expect(elsewhere.stderr).toContain('the server has no /prom/api/v1/series (404)');
    expect(gone.stderr).toContain('refused the connection');
  });
});
