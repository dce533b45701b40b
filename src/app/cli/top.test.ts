import { buildApplication, buildRouteMap, run } from '@stricli/core';
import { expect, test } from 'vitest';
import { readEnvironment } from '../config/environment.ts';
import { parseTopWords, TOP_SYNTAX, type TopConfig } from '../config/top-config.ts';
import type { CliContext } from './context.ts';
import { scannerWords } from './own-words.ts';
import { createTopCommand } from './top.ts';

const ENVIRONMENT = readEnvironment({});

async function typed(...words: readonly string[]): Promise<{ readonly asked: TopConfig[]; readonly stdout: string }> {
  const asked: TopConfig[] = [];
  let stdout = '';
  const command = createTopCommand(async (config) => {
    asked.push(config);
  });
  const application = buildApplication(buildRouteMap({ routes: { top: command }, docs: { brief: 'of the test' } }), {
    name: 'podtide',
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { disableAnsiColor: true },
  });
  const streams = { stdout: { write: (text: string) => (stdout += text) }, stderr: { write: () => true } };
  const context = { process: streams, environment: ENVIRONMENT, signal: new AbortController().signal };
  await run(application, scannerWords(['top', ...words]), context as unknown as CliContext);
  return { asked, stdout };
}

test.each([
  { why: 'a namespace and a selector that cling', words: ['pod', '-nshop', '-lapp=web'] },
  { why: 'flags before the noun', words: ['-A', '--sort-by', 'cpu', 'pods'] },
  { why: 'a name and its trace', words: ['pod', 'web-0', '--trace', '-o=json'] },
])('no scanner comes between: $why', async ({ words }) => {
  expect((await typed(...words)).asked).toEqual([parseTopWords(words, ENVIRONMENT)]);
});

test('every flag is explained, with its short name', async () => {
  const { asked, stdout } = await typed('pods', '--help');
  const missing = [...TOP_SYNTAX].filter(([flag, { shorthand }]) => {
    return (
      !stdout.includes(`[--${flag}]`) || (shorthand !== undefined && !stdout.includes(`-${shorthand} [--${flag}]`))
    );
  });
  expect({ asked, missing }).toEqual({ asked: [], missing: [] });
});
