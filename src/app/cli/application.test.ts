import { run } from '@stricli/core';
import { describe, expect, test } from 'vitest';
import { loadApplication } from './application.ts';

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

  test('a word that is nearly a command is told with the command that was meant', async () => {
    expect(await outputOf(['adaptr'], ['adaptr'])).toBe(
      'podtide: no such command: adaptr; did you mean `adapter`?\n  add --help to a command to see its flags, or run podtide --help to see the commands\n',
    );
  });
});
