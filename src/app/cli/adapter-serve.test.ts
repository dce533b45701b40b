import { buildApplication, buildRouteMap, run } from '@stricli/core';
import { describe, expect, test } from 'vitest';
import { type AdapterStart, parseAdapterWords } from '../config/adapter-config.ts';
import { ADAPTER_SYNTAX, UNUSED_ADAPTER_FLAGS } from '../config/adapter-flags.ts';
import { readEnvironment } from '../config/environment.ts';
import { adapterCheckCommand } from './adapter-check.ts';
import { createAdapterServeCommand } from './adapter-serve.ts';
import type { CliContext } from './context.ts';
import { scannerWords } from './own-words.ts';

const ENVIRONMENT = readEnvironment({});

async function typed(...words: readonly string[]) {
  const started: AdapterStart[] = [];
  let stdout = '';
  let stderr = '';
  const serve = createAdapterServeCommand({
    version: '1.2.3',
    run: async (start) => {
      started.push(start);
    },
  });
  const adapter = buildRouteMap({
    routes: { serve, check: adapterCheckCommand },
    defaultCommand: 'serve',
    docs: { brief: 'of the test' },
  });
  const application = buildApplication(buildRouteMap({ routes: { adapter }, docs: { brief: 'of the test' } }), {
    name: 'podtide',
    versionInfo: { currentVersion: '1.2.3' },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { disableAnsiColor: true },
  });
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const context = { process: streams, environment: ENVIRONMENT, signal: new AbortController().signal };
  await run(application, scannerWords(['adapter', ...words]), context as unknown as CliContext);
  return { started, stdout, stderr };
}

describe('podtide adapter', () => {
  test.each([
    { why: 'as its image starts prometheus-adapter', words: ['/adapter', '--config=c', '--v=4', '--secure-port=6443'] },
    { why: 'values in words of their own', words: ['--config', 'c', '-v', '6', '--prometheus-url', 'http://p:9090'] },
    { why: 'a header more than once', words: ['--config=c', '--prometheus-header=a=b', '--prometheus-header=a='] },
    { why: 'a switch', words: ['--prometheus-token-file=', '--disable-http2', '--config=c'] },
  ])('no scanner comes between: $why', async ({ words }) => {
    const expected = { started: [parseAdapterWords(words, ENVIRONMENT)], stdout: '', stderr: '' };
    expect(await typed(...words)).toEqual(expected);
    expect(await typed('serve', ...words)).toEqual(expected);
  });

  test('says every problem, and starts nothing', async () => {
    const { started, stderr } = await typed('–config=c', '--prometheus-verb=get', 'now');
    expect(started).toEqual([]);
    expect(stderr).toContain(
      [
        '–config=c: has – (U+2013, en dash); write --config=c',
        'now: is no flag, and there is nothing else to say here',
        '--prometheus-verb=get: must be GET or POST',
      ].join('\n'),
    );
  });

  test('prints its version', async () => {
    expect(await typed('--version')).toEqual({ started: [], stdout: '1.2.3\n', stderr: '' });
  });

  test('checks as before', async () => {
    const { started, stderr } = await typed('check');
    expect([started, stderr]).toEqual([[], expect.stringContaining('name a configuration file')]);
  });

  test('explains each flag, and with --helpAll those without effect; the commands before that', async () => {
    const [short, help, all] = await Promise.all([
      typed('--help'),
      typed('serve', '--secure-port=1', '--help'),
      typed('serve', '--helpAll'),
    ]);
    const flagsOf = (text: string) => new Set([...text.matchAll(/--([a-z][\w-]*)\]?[ =]/g)].map(([, name]) => name));
    const isUsed = (flag: string) => !UNUSED_ADAPTER_FLAGS.has(flag);
    expect([...ADAPTER_SYNTAX.keys()].filter((flag) => flagsOf(help.stdout).has(flag) !== isUsed(flag))).toEqual([]);
    expect([...ADAPTER_SYNTAX.keys()].filter((flag) => !flagsOf(all.stdout).has(flag))).toEqual([]);
    expect(short.stdout).toContain('check');
    expect(help.started).toEqual([]);
  });
});
