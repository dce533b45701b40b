import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from '@stricli/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEnvironment } from '../config/environment.ts';
import { application, exitCodeOf } from './application.ts';
import type { CliContext } from './context.ts';

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
  await run(application, ['adapter', 'check', ...words], {
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
    const entries = (backends ?? []).map((name) => `  - {name: ${name}, url: http://${name}.test}\n`);
    writeFileSync(path, `backends:\n${entries.join('')}`);
    const outcome = await typed(backends === null ? [file] : [file, '--prometheus-backends', path]);
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
  ])('$why', async ({ words, exitCode, says }) => {
    const outcome = await typed(words);
    expect(outcome).toEqual({ stdout: '', stderr: expect.stringContaining(says), exitCode });
  });

  test('what would steer a terminal is escaped', async () => {
    const { stdout } = await typed(['-'], 'rules:\n- seriesQuery: "a\\e[31m"\n  metricsQuery: x\n');
    expect(stdout).not.toContain('\u001b');
  });
});
