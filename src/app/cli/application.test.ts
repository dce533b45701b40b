import { run } from '@stricli/core';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../config/environment.ts';
import { exitCodeOf, loadApplication } from './application.ts';
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
  const scanned = scannerWords(words);
  await run(await loadApplication(scanned), scanned, context as unknown as CliContext);
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

/** What is printed when these words meet the application that `loaded` words loaded. */
async function outputOf(loaded: readonly string[], words: readonly string[]): Promise<string> {
  let text = '';
  const stream = {
    write: (chunk: string): void => {
      text += chunk;
    },
  };
  await run(await loadApplication(loaded), words, { process: { stdout: stream, stderr: stream, env: {} } } as never);
  return text;
}

async function commandsOf(words: readonly string[]): Promise<readonly string[]> {
  const { root } = await loadApplication(words);
  if (!('getAllEntries' in root)) throw new Error('the root is no map of commands');
  return root.getAllEntries().map(({ name }) => name.original);
}

describe('loadApplication', () => {
  test.each<readonly [why: string, words: readonly string[], commands: readonly string[] | 'all']>([
    ['a server has its own flags alone', ['controller', '--mode=observe'], ['controller']],
    ['the words of a command are not names of commands', ['adapter', 'serve', '--', 'top'], ['adapter']],
    ['nothing is named, so that all are shown', [], 'all'],
    ['a question about all', ['--help'], 'all'],
    ['what is no command is compared with all', ['controler'], 'all'],
    ['what every object has is no command', ['constructor'], 'all'],
  ])('%s', async (_why, words, commands) => {
    expect(await commandsOf(words)).toEqual(commands === 'all' ? await commandsOf([]) : commands);
  });

  test('a command says the same alone as among all', async () => {
    const all = await commandsOf([]);
    expect(all.length).toBeGreaterThan(1);
    for (const command of [...all.map((name) => [name]), ['adapter', 'serve'], ['adapter', 'check']]) {
      const words = [...command, '--help'];
      expect(await outputOf(words, words), command.join(' ')).toBe(await outputOf([], words));
    }
  });
});
