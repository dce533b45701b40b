import { describe, expect, test } from 'vitest';
import { CONSOLE_TEXT_LENGTH_MAX } from '../../../base/limits.ts';
import type { ContainerRef, LogOptions } from '../../apiserver/pod-console.ts';
import { ContainerConsole } from './container-console.ts';

const REF: ContainerRef = { namespace: 'default', pod: 'load', container: 'load' };
const ALL: LogOptions = {
  isFollowed: false,
  isPrevious: false,
  tailLines: null,
  sinceSeconds: null,
  hasTimestamps: false,
};

function begin() {
  const time = { nowMs: Date.parse('2026-01-01T00:00:00Z') };
  const interrupts: string[] = [];
  const console = new ContainerConsole(
    () => time.nowMs,
    ({ pod }, exitCode) => interrupts.push(`${pod} ${exitCode}`),
  );
  return { console, time, interrupts };
}

async function read(parts: AsyncIterable<string> | undefined): Promise<string | undefined> {
  if (parts === undefined) return undefined;
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

const never = (): AbortSignal => new AbortController().signal;

describe('logs', () => {
  test('a container that has not started has none', async () => {
    const { console } = begin();
    console.print(REF, 'lost');
    expect(await read(console.openLog(REF, ALL, never()))).toBeUndefined();
  });

  test.each([
    ['everything', ALL, 'one\ntwo\nthree\n'],
    ['the last lines', { ...ALL, tailLines: 2 }, 'two\nthree\n'],
    ['no line at all', { ...ALL, tailLines: 0 }, ''],
    ['the last seconds', { ...ALL, sinceSeconds: 1 }, 'three\n'],
    ['with times', { ...ALL, hasTimestamps: true, tailLines: 1 }, '2026-01-01T00:00:05Z three\n'],
  ])('%s', async (_why, options, expected) => {
    const { console, time } = begin();
    console.start(REF);
    console.print(REF, 'one\n');
    console.print(REF, 'two\n');
    time.nowMs += 5_000;
    console.print(REF, 'three\n');
    expect(await read(console.openLog(REF, options, never()))).toBe(expected);
  });

  test('a container that is started again has a log of its new life, and the one before until the next', async () => {
    const { console } = begin();
    const shown = (options: LogOptions) => read(console.openLog(REF, options, never()));
    console.restart(REF);
    expect(await shown({ ...ALL, isPrevious: true })).toBeUndefined();
    console.print(REF, 'first\n');
    console.end(REF, 2);
    console.print(REF, 'lost\n');
    console.restart(REF);
    console.print(REF, 'second\n');
    expect([await shown(ALL), await shown({ ...ALL, isPrevious: true })]).toEqual(['second\n', 'first\n']);
    console.end(REF, 2);
    console.restart(REF);
    expect([await shown(ALL), await shown({ ...ALL, isPrevious: true })]).toEqual(['', 'second\n']);
    console.forget(REF.namespace, REF.pod);
    expect([await shown(ALL), await shown({ ...ALL, isPrevious: true })]).toEqual([undefined, undefined]);
  });

  test('a followed one goes on until the process ends, the reader leaves or the pod is gone', async () => {
    const { console } = begin();
    console.start(REF);
    console.print(REF, 'before ');
    const abort = new AbortController();
    const followed = { ...ALL, isFollowed: true };
    const untilEnd = read(console.openLog(REF, followed, never()));
    const untilAbort = read(console.openLog(REF, followed, abort.signal));
    await Promise.resolve();
    console.print(REF, 'during ');
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await new Promise((resolve) => setImmediate(resolve));
    console.print(REF, 'later');
    console.end(REF, 0);
    console.print(REF, 'after the end');
    expect([await untilEnd, await untilAbort]).toEqual(['before during later', 'before during ']);
    console.forget('default', 'load');
    expect(console.openLog(REF, ALL, never())).toBeUndefined();
  });

  test('a follower that does not read is let go at the limit', async () => {
    const { console } = begin();
    console.start(REF);
    const followed = console.openLog(REF, { ...ALL, isFollowed: true }, never())?.[Symbol.asyncIterator]();
    const first = followed?.next();
    const part = 'x'.repeat(CONSOLE_TEXT_LENGTH_MAX / 4);
    for (let count = 0; count < 9; count++) console.print(REF, part);
    let length = (await first)?.value.length ?? 0;
    for (let next = await followed?.next(); next?.done === false; next = await followed?.next())
      length += next.value.length;
    expect(length).toBe(5 * part.length);
  });

  test('the oldest output is forgotten beyond the limit', async () => {
    const { console } = begin();
    console.start(REF);
    const half = 'x'.repeat(CONSOLE_TEXT_LENGTH_MAX / 2);
    for (const text of ['oldest', half, half, 'newest']) console.print(REF, text);
    const text = (await read(console.openLog(REF, ALL, never()))) ?? '';
    expect([text.includes('oldest'), text.endsWith('newest'), text.length <= CONSOLE_TEXT_LENGTH_MAX]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('terminals', () => {
  const options = { hasStdin: true, isTty: true };

  async function* typed(...keys: number[]): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(keys);
  }

  test('nobody can attach to a process that is not there', () => {
    const { console } = begin();
    const streams = { stdin: typed(), writeStdout: () => {}, writeStderr: () => {} };
    const before = console.attach(REF, options, streams, never());
    console.start(REF);
    console.end(REF, 1);
    expect([before, console.attach(REF, options, streams, never())]).toEqual([undefined, undefined]);
  });

  test('Ctrl+C ends the process; other keys and the end of input do not', async () => {
    const { console, interrupts } = begin();
    console.start(REF);
    const printed: string[] = [];
    const writeStdout = (chunk: Uint8Array): void => void printed.push(new TextDecoder().decode(chunk));
    const other = console.attach(
      REF,
      options,
      { stdin: typed(0x61, 0x0d), writeStdout, writeStderr: () => {} },
      never(),
    );
    await new Promise((resolve) => setImmediate(resolve));
    console.print(REF, 'OK!');
    const interrupting = { stdin: typed(0x03), writeStdout: () => {}, writeStderr: () => {} };
    const exitCode = await console.attach(REF, options, interrupting, never());
    expect([exitCode, await other, printed, interrupts]).toEqual([130, 130, ['OK!'], ['load 130']]);
  });

  test('a client that goes away leaves the process running', async () => {
    const { console, interrupts } = begin();
    console.start(REF);
    const abort = new AbortController();
    const attached = console.attach(
      REF,
      options,
      { stdin: typed(), writeStdout: () => {}, writeStderr: () => {} },
      abort.signal,
    );
    abort.abort();
    await attached;
    console.print(REF, 'still here');
    expect([await read(console.openLog(REF, ALL, never())), interrupts]).toEqual(['still here', []]);
  });
});
