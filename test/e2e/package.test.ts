import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const scenarios = resolve('examples/decisions/scenarios.jsonl');
const environment = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };

/** An empty folder in which the packed tarball is installed, as a user's would be. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { env: environment });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [{ filename: string }];
  await writeFile(join(folder, 'package.json'), '{"name":"user","private":true,"type":"module"}');
  await run('npm', ['install', '--no-audit', '--no-fund', `./${filename}`], { cwd: folder, env: environment });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const bin = (name: string, ...args: string[]) =>
  run(join(folder, 'node_modules', '.bin', name), args, { cwd: folder, env: environment });

test('it comes alone, with the licences of what it contains', async () => {
  const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: folder, env: environment });
  expect(stdout.trim().split('\n').slice(1)).toEqual([join(await realpath(folder), 'node_modules', 'podtide')]);
  const licenses = await readFile(join(folder, 'node_modules/podtide/dist/third-party-licenses.txt'), 'utf8');
  for (const name of ['undici', 'zod', '@peculiar/x509']) expect(licenses).toContain(`\n== ${name} `);
});

test('the command decides', async () => {
  const { stdout } = await bin('podtide', 'decide', '-f', scenarios, '--check');
  expect(stdout).toBe('3 passed, 0 failed\n');
});

test('the command is a kubectl plugin too', async () => {
  const { stdout } = await bin('kubectl-podtide', '--version');
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the lab plays the walkthrough', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  const { stdout } = await bin(
    'podtide',
    'lab',
    '--story',
    'walkthrough',
    '--speed',
    'max',
    '-o',
    'json',
    '--kubeconfig',
    kubeconfig,
  );
  const [header, ...changes] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(header).toMatchObject({ apiVersion: 'podtide.dev/v1', stories: ['walkthrough'] });
  expect(changes.map(({ from, to }) => [from, to])).toEqual([
    [1, 4],
    [4, 7],
    [7, 1],
  ]);
});

test('the engine is a library', async () => {
  const program = `
    import { DEFAULT_ENGINE_OPTIONS, plan } from 'podtide/engine';
    import { playLine } from 'podtide/simulator';
    import { explainHeadline } from 'podtide';
    const facts = { hpa: { kind: 'missing', namespace: 'a', name: 'b' } };
    console.log(plan(facts, DEFAULT_ENGINE_OPTIONS).path.code, typeof playLine, typeof explainHeadline);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  expect(stdout).toBe('HpaMissing function function\n');
});

test('threads that are started by the name of their file answer', async () => {
  const program = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const ask = async (name, question) => {
      const worker = new Worker(new URL('./node_modules/podtide/dist/' + name + '.js', import.meta.url));
      worker.postMessage(question);
      const [answer] = await once(worker, 'message');
      await worker.terminate();
      return answer.kind;
    };
    const subject = { commonName: 'ca', nowMs: Date.now(), validityMs: 60_000 };
    console.log(
      await ask('signing-thread', { kind: 'authority', subject }),
      await ask('json-thread', { kind: 'parse', body: new TextEncoder().encode('{"items":[1]}') }),
      await ask('sqlite-thread', { kind: 'claim', path: 'state.sqlite', identity: 'a' }),
    );`;
  await writeFile(join(folder, 'threads.mjs'), program);
  const { stdout } = await run(process.execPath, ['threads.mjs'], { cwd: folder });
  expect(stdout).toBe('signed head claimed\n');
});
