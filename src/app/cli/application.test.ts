import { run } from '@stricli/core';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../config/environment.ts';
import { application, exitCodeOf } from './application.ts';
import type { CliContext } from './context.ts';
import { scannerWords } from './own-words.ts';

/** What a command line that cannot be taken prints, and the code it ends with. */
async function refusal(...words: string[]): Promise<{ readonly stderr: string; readonly code: number }> {
  let stderr = '';
  const streams = {
    stdout: { write: () => true },
    stderr: { write: (text: string) => (stderr += text) },
    exitCode: null,
  };
  const context = { process: streams, environment: readEnvironment({}), signal: new AbortController().signal };
  await run(application, scannerWords(words), context as unknown as CliContext);
  return { stderr, code: exitCodeOf(context.process.exitCode) };
}

const HINT = 'add --help to a command to see its flags, or run podtide --help to see the commands';

describe('words that the command line does not know', () => {
  test.each([
    { why: 'a command', words: ['nonsense'], says: 'podtide: no such command: nonsense' },
    { why: 'a command that is almost one', words: ['decid'], says: 'did you mean `decide`?' },
    { why: 'a flag', words: ['lab', '--bogus'], says: 'podtide: No flag registered for --bogus' },
    { why: 'a flag that is missing', words: ['decide'], says: 'podtide: Expected input for flag --file' },
  ])('$why', async ({ words, says }) => {
    const { stderr, code } = await refusal(...words);
    expect(stderr).toContain(says);
    expect(stderr).toContain(HINT);
    expect(code).toBe(2);
  });
});

test('top’s words are refused by its own rules', async () => {
  expect(await refusal('top', 'pods', '–n', 'shop', '--sort-by=disk')).toEqual({
    code: 2,
    stderr: expect.stringContaining(
      'podtide: –n: has – (U+2013, en dash); write -n\n--sort-by=disk: must be cpu or memory',
    ),
  });
});

test('metrics-server’s words are refused by its own rules', async () => {
  expect(await refusal('metrics-server', '–kubelet-insecure-tls', '--metric-resolution=1s')).toEqual({
    code: 2,
    stderr: expect.stringContaining(
      'podtide: –kubelet-insecure-tls: has – (U+2013, en dash); write --kubelet-insecure-tls\n--metric-resolution=1s: must be at least 10s',
    ),
  });
});

test('the controller takes a header for Prometheus as often as it is given, whatever is in it', async () => {
  const words = ['--prometheus-header=a b=1', '--prometheus-header', 'c=1,2', '--prometheus-header=d e=3'];
  expect(await refusal('controller', '--query-annotation-namespaces=*', '--prometheus-url=http://p', ...words)).toEqual(
    {
      code: 2,
      stderr: expect.stringContaining(
        'podtide: --prometheus-header=a b=…: must be NAME=VALUE with the name of a header\n--prometheus-header=d e=…: must be NAME=VALUE with the name of a header',
      ),
    },
  );
});
