import { buildApplication, buildRouteMap, run } from '@stricli/core';
import { describe, expect, test } from 'vitest';
import { METRICS_SERVER_ARGUMENTS } from '../../../test/fixtures/metrics-server-arguments.ts';
import { readEnvironment } from '../config/environment.ts';
import { parseMetricsServerWords } from '../config/metrics-server-config.ts';
import { METRICS_SERVER_SYNTAX } from '../config/metrics-server-flags.ts';
import { UNUSED_METRICS_SERVER_FLAGS } from '../config/metrics-server-unused-flags.ts';
import type { CliContext } from './context.ts';
import { createMetricsServerCommand, type MetricsServerRunner } from './metrics-server.ts';
import { scannerWords } from './own-words.ts';

/** What a command line starts and prints. */
async function typed(...words: readonly string[]): Promise<{
  readonly started: readonly Parameters<MetricsServerRunner>[0][];
  readonly stdout: string;
  readonly stderr: string;
}> {
  const started: Parameters<MetricsServerRunner>[0][] = [];
  let stdout = '';
  let stderr = '';
  const command = createMetricsServerCommand({
    version: '1.2.3',
    run: async (start) => {
      started.push(start);
    },
  });
  const routes = buildRouteMap({ routes: { 'metrics-server': command }, docs: { brief: 'of the test' } });
  const application = buildApplication(routes, {
    name: 'podtide',
    versionInfo: { currentVersion: '1.2.3' },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { disableAnsiColor: true },
  });
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const context = { process: streams, environment: readEnvironment({}), signal: new AbortController().signal };
  await run(application, scannerWords(['metrics-server', ...words]), context as unknown as CliContext);
  return { started, stdout, stderr };
}

describe('podtide metrics-server', () => {
  test.each(METRICS_SERVER_ARGUMENTS)('starts as $source starts metrics-server', async ({ words }) => {
    expect(await typed(...words)).toEqual({ started: [parseMetricsServerWords(words)], stdout: '', stderr: '' });
  });

  test.each([
    { why: 'a value that clings to its flag', words: ['-lpool=web', '-v2'] },
    { why: 'an empty value', words: ['--node-selector=', '--authorization-always-allow-paths='] },
    { why: 'a flag more than once', words: ['--metric-resolution=15s', '--metric-resolution=30s'] },
    { why: 'a switch with a value', words: ['--kubelet-insecure-tls=false'] },
    { why: 'klog’s underscores', words: ['--skip_headers', '--logtostderr=true'] },
  ])('no scanner comes between: $why', async ({ words }) => {
    expect((await typed(...words)).started).toEqual([parseMetricsServerWords(words)]);
  });

  test('says every problem, and starts nothing', async () => {
    const { started, stderr } = await typed('–kubelet-insecure-tls', '--metric-resolution＝15s', '-x', 'now');
    expect(started).toEqual([]);
    expect(stderr).toContain(
      [
        '–kubelet-insecure-tls: has – (U+2013, en dash); write --kubelet-insecure-tls',
        '--metric-resolution＝15s: has ＝ (U+FF1D, full-width =); write --metric-resolution=15s',
        '-x: no such flag',
        'now: is no flag, and there is nothing else to say here',
      ].join('\n'),
    );
  });

  test('prints its version', async () => {
    expect(await typed('--version')).toEqual({ started: [], stdout: '1.2.3\n', stderr: '' });
  });

  test('explains each flag, and with --helpAll those without effect', async () => {
    const [help, all] = await Promise.all([typed('--secure-port=1', '--help'), typed('--helpAll')]);
    const flagsOf = (text: string) => new Set([...text.matchAll(/--([a-z][\w-]*)\]?[ =]/g)].map(([, name]) => name));
    const isUsed = (flag: string) => !UNUSED_METRICS_SERVER_FLAGS.has(flag);
    expect([...METRICS_SERVER_SYNTAX.keys()].filter((flag) => flagsOf(help.stdout).has(flag) !== isUsed(flag))).toEqual(
      [],
    );
    expect([...METRICS_SERVER_SYNTAX.keys()].filter((flag) => !flagsOf(all.stdout).has(flag))).toEqual([]);
    expect(help.started).toEqual([]);
  });
});

test('other commands’ words are the scanner’s', () => {
  expect(scannerWords(['controller', '--mode=observe'])).toEqual(['controller', '--mode=observe']);
  expect(scannerWords([])).toEqual([]);
});
