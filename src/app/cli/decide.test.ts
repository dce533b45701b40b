import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { type DecideArgs, runDecide } from './decide.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'decide-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const packed = readFileSync(new URL('../../../test/vectors/directed.jsonl.gz', import.meta.url));
const [good = '', other = ''] = gunzipSync(packed).toString('utf8').split('\n');

/** The line with another expectation of its first step. */
function expecting(line: string, change: object): string {
  const story = JSON.parse(line);
  const [first, ...rest] = story.steps;
  return JSON.stringify({ ...story, steps: [{ ...first, expect: { ...first.expect, ...change } }, ...rest] });
}

function withoutExpectations(line: string): string {
  const story = JSON.parse(line);
  return JSON.stringify({ ...story, steps: story.steps.map(({ expect: _, ...step }: { expect: unknown }) => step) });
}

class Captured extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

async function decide(content: string | Buffer, changes: Partial<DecideArgs> = {}) {
  const file = join(folder, 'scenarios');
  writeFileSync(file, content);
  const stdout = new Captured({ highWaterMark: 16 });
  const stderr = new Captured();
  const args: DecideArgs = { file, isCheck: false, output: 'text', language: 'en', ...changes };
  const code = await runDecide(args, { stdin: Readable.from([Buffer.from(content)]), stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

describe('--check', () => {
  it.each<{ why: string; lines: string[]; code: number; stdout: RegExp; stderr: RegExp }>([
    { why: 'all agree', lines: [good, '', other], code: 0, stdout: /^2 passed, 0 failed\n$/, stderr: /^$/ },
    {
      why: 'a difference',
      lines: [good, expecting(other, { scaledTo: 77 })],
      code: 1,
      stdout:
        /^line 2 path-disabled-then-woken-by-human, step 1 \(1\.6: disabled.*\): path: scaledTo: expected 77, got null\n1 passed, 1 failed\n$/,
      stderr: /^$/,
    },
    {
      why: 'a bad line: the others are judged all the same',
      lines: ['{', good, expecting(other, { scaledTo: 77 })],
      code: 2,
      stdout: /\n1 passed, 2 failed\n$/,
      stderr: /^line 1: not JSON: [^\n]*\n$/,
    },
    {
      why: 'nothing is expected',
      lines: [withoutExpectations(good)],
      code: 2,
      stdout: /^0 passed, 1 failed\n$/,
      stderr: /^line 1 path-disabled-at-zero: expects nothing, so there is nothing to check\n$/,
    },
  ])('$why', async ({ lines, code, stdout, stderr }) => {
    const result = await decide(lines.join('\n'), { isCheck: true });
    expect([result.code, result.stdout, result.stderr]).toEqual([
      code,
      expect.stringMatching(stdout),
      expect.stringMatching(stderr),
    ]);
  });

  it('shows differences as JSON too', async () => {
    const { stdout } = await decide(expecting(good, { scaledTo: 77 }), { isCheck: true, output: 'json' });
    const [first = ''] = stdout.split('\n');
    expect(JSON.parse(first)).toMatchObject({
      apiVersion: 'podtide.dev/v1',
      kind: 'Difference',
      path: 'scaledTo',
      expected: 77,
    });
  });
});

describe('without --check', () => {
  it('shows each step with its derivation, in the language asked for', async () => {
    const english = await decide(good);
    expect([english.code, english.stdout.split('\n')[0]]).toEqual([
      0,
      'path-disabled-at-zero (1.6: current 0 disables scaling, no metric query)',
    ]);
    expect(english.stdout).toContain('2026-01-01T00:00:00Z');
    expect((await decide(good, { language: 'zh-CN' })).stdout).toMatch(/\p{Script=Han}/u);
  });

  it('shows each Decision as a line of JSON', async () => {
    const { stdout } = await decide(good, { output: 'json' });
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ apiVersion, kind, scenario }) => [apiVersion, kind, scenario.step])).toEqual([
      ['podtide.dev/v1', 'Decision', 0],
      ['podtide.dev/v1', 'Decision', 1],
    ]);
  });

  it.each<DecideArgs['output']>(['text', 'json'])('shows what a single step gives, as %s', async (output) => {
    const line = JSON.stringify({ name: 'q', kind: 'statusQuantity', resource: 'cpu', milli: 1500 });
    expect((await decide(line, { output })).stdout).toContain('"1500m"');
  });

  it('a difference does not matter', async () => {
    expect((await decide(expecting(good, { scaledTo: 77 }))).code).toBe(0);
  });
});

it('lets no control character of a file through', async () => {
  const { stdout, stderr } = await decide('\u001b[2J\n{"name":"\\u001b[2J\\u009b","input":{}}');
  expect([stdout.split('\n')[0], stderr.includes('\\u001b[2J'), /(?!\n)\p{Cc}/u.test(stdout + stderr)]).toEqual([
    '\\u001b[2J\\u009b (creation)',
    true,
    false,
  ]);
});

describe('where lines come from', () => {
  const both = `${good}\n${other}\n`;
  it.each([
    { why: 'standard input', content: both, file: '-' },
    { why: 'gzipped standard input', content: gzipSync(both), file: '-' },
    { why: 'a gzipped file, whatever its name', content: gzipSync(both), file: undefined },
  ])('$why', async ({ content, file }) => {
    const { stdout } = await decide(content, { isCheck: true, ...(file === undefined ? {} : { file }) });
    expect(stdout).toBe('2 passed, 0 failed\n');
  });

  it.each([
    {
      why: 'no such file',
      content: both,
      file: '/nowhere/scenarios.jsonl',
      kind: 'notFound',
      message: '/nowhere/scenarios.jsonl: no such file',
    },
    {
      why: 'a gzip stream that breaks off',
      content: gzipSync(both).subarray(0, 200),
      file: '-',
      kind: 'invalid',
      message: 'standard input: unexpected end of file',
    },
    { why: 'nothing in it', content: '', file: '-', kind: 'invalid', message: '-: holds no scenario' },
    { why: 'blank lines only', content: '\n \n', file: '-', kind: 'invalid', message: '-: holds no scenario' },
  ])('cannot be read: $why', async ({ content, file, kind, message }) => {
    const failure = await decide(content, { file }).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ kind, message });
  });
});
