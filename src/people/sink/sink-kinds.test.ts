import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Says which files of this folder a process has loaded once it has made a sink of that kind. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) });
  const { SINK_KINDS } = await import('./src/people/sink/sink-kinds.ts');
  const [kind] = process.argv.slice(1);
  // There is no secret to be read, and the code that would read it is there by then.
  if (kind !== undefined) await SINK_KINDS[kind]('ops', { webhook: {}, url: {} }, {}).catch(() => undefined);
  const names = [...loaded].map((url) => url.split('/').at(-1)).filter((name) => name.includes('sink'));
  console.log(JSON.stringify(names.filter((name) => name.endsWith('-sink.ts')).sort()));
`;

async function loadedSinks(...kind: readonly string[]): Promise<unknown> {
  const args = ['--no-warnings', '--input-type=module', '-e', PROGRAM, ...kind];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

test.each([
  ['nothing is configured', [], []],
  ['a robot', ['slack'], ['robot-sink.ts', 'slack-sink.ts']],
  ['a webhook, which shares what marks messages with robots', ['webhook'], ['robot-sink.ts', 'webhook-sink.ts']],
])('code of no other sink is loaded: %s', async (_why, kind, files) => {
  expect(await loadedSinks(...kind)).toEqual(files);
});
