import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import { createSystemClock } from '../time/system-clock.ts';
import { SqliteStore } from './sqlite-store.ts';

const NEVER = new AbortController().signal;

let folder: string;
let path: string;
let opened: SqliteStore[];
let complaints: string[];

const log: Log = {
  ...SILENT_LOG,
  warn: (message, fields) => complaints.push(`${message}: ${fields?.['error']}`),
  error: (message, fields) => complaints.push(`${message}: ${fields?.['setAside']}`),
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-store-'));
  path = join(folder, 'notifier.db');
  opened = [];
  complaints = [];
});

afterEach(async () => {
  for (const store of opened) await store.release(1_000);
  await rm(folder, { recursive: true });
});

function storeOf(identity: string, at = path): SqliteStore {
  const store = new SqliteStore({ path: at, identity, ioClock: createSystemClock(), log });
  opened.push(store);
  return store;
}

const stored = async () => Object.fromEntries(await storeOf('reader').claim(NEVER));

test('what was committed is there for the next who claims it; what was removed is not', async () => {
  const first = storeOf('first');
  expect(await first.claim(NEVER)).toEqual(new Map());
  await first.commit('a', '扩容开始', NEVER);
  await first.append(
    new Map([
      ['uid.state', 's'],
      ['uid.row', 'r'],
    ]),
    NEVER,
  );
  await first.append(
    new Map([
      ['uid.state', 't'],
      ['uid.row', undefined],
    ]),
    NEVER,
  );
  expect(await stored()).toEqual({ a: '扩容开始', 'uid.state': 't' });
});

test('after a claim nothing of the writer before arrives any more', async () => {
  const first = storeOf('first');
  await first.claim(NEVER);
  await first.commit('a', 'one', NEVER);
  const second = storeOf('second');
  await second.claim(NEVER);
  await expect(first.commit('a', 'stale', NEVER)).rejects.toMatchObject({
    kind: 'conflict',
    message: `${path} is not this process’s: another one took it over`,
  });
  first.put('a', 'late', 0);
  await first.release(1_000);
  await second.commit('b', 'two', NEVER);
  expect(await stored()).toEqual({ a: 'one', b: 'two' });
});

test('one that is not claimed takes nothing', async () => {
  await expect(storeOf('first').commit('a', 'x', NEVER)).rejects.toMatchObject({ kind: 'conflict' });
});

test('a thousand appends at once are few transactions, and each is stored', async () => {
  const store = storeOf('first');
  await store.claim(NEVER);
  const keys = Array.from({ length: 1_000 }, (_, index) => `key-${index}`);
  await Promise.all(keys.map((key) => store.commit(key, key, NEVER)));
  expect(Object.keys(await stored())).toHaveLength(1_000);
});

test('a release stores what waits', async () => {
  const store = storeOf('first');
  await store.claim(NEVER);
  store.put('a', 'last', 60_000);
  store.remove('b', 60_000);
  await store.release(1_000);
  expect(await stored()).toEqual({ a: 'last' });
});

describe('what goes wrong', () => {
  test.each([
    {
      why: 'no database at all',
      text: 'this is no database, and it is long enough to be looked at as one\n'.repeat(40),
    },
    {
      why: 'a database whose pages are not what its head says',
      text: `SQLite format 3\0${'\x10\0\x01\x01'.repeat(2_000)}`,
    },
  ])('$why is set aside, and told', async ({ text }) => {
    await writeFile(path, text, 'latin1');
    const store = storeOf('first');
    expect(await store.claim(NEVER)).toEqual(new Map());
    await store.commit('a', 'x', NEVER);
    expect(await readdir(folder)).toContain('notifier.db.damaged');
    expect(complaints).toEqual([`the store was damaged, and a new one is begun: ${path}.damaged`]);
  });

  test('a folder that is not there is named', async () => {
    const nowhere = join(folder, 'gone', 'notifier.db');
    await expect(storeOf('first', nowhere).claim(NEVER)).rejects.toMatchObject({
      kind: 'unavailable',
      message: `${nowhere}: unable to open database file`,
    });
  });

  test('an abort ends the wait, and the text is stored all the same', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    await expect(store.commit('a', 'x', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await store.commit('b', 'y', NEVER);
    expect(await stored()).toEqual({ a: 'x', b: 'y' });
  });
});
