import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { SqliteAnswer, SqliteCommand } from './sqlite-store.ts';
import type { StoreChanges } from './store.ts';

/** How long a transaction of another process is waited for. */
const BUSY_MS = 5_000;

/** SQLite's codes for a file that is damaged, and for one that is no database. */
const DAMAGED_CODES: readonly unknown[] = [11, 26];

/** The thread behind `SqliteStore`: one database, one command after the other. */
if (parentPort !== null) answerCommands(parentPort);

function answerCommands(port: MessagePort): void {
  let database: DatabaseSync | undefined;

  const answer = (command: SqliteCommand): SqliteAnswer => {
    if (command.kind === 'close') {
      database?.close();
      database = undefined;
      return { kind: 'done' };
    }
    if (command.kind === 'claim') {
      database?.close();
      const opened = openDatabase(command.path);
      database = opened.database;
      return { kind: 'claimed', entries: claim(database, command.identity), setAside: opened.setAside };
    }
    // A new thread after one that failed: whose the store is stands in it.
    database ??= openWhole(command.path);
    return write(database, command.identity, command.changes) ? { kind: 'done' } : { kind: 'lost' };
  };

  port.on('message', (command: SqliteCommand) => {
    try {
      port.postMessage(answer(command));
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      port.postMessage({ kind: 'failed', message } satisfies SqliteAnswer);
    }
  });
}

/** Opens the file, or sets it aside and begins a new one when it is damaged. */
function openDatabase(path: string): { readonly database: DatabaseSync; readonly setAside: string | undefined } {
  try {
    return { database: openWhole(path), setAside: undefined };
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    const setAside = `${path}.damaged`;
    for (const ending of ['', '-wal', '-shm']) {
      if (existsSync(path + ending)) renameSync(path + ending, setAside + ending);
    }
    return { database: openWhole(path), setAside };
  }
}

function openWhole(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
    const [found] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (found !== 'ok') throw new DamageFound(String(found));
    database.exec(`
      CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS holder (id INTEGER PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL);
    `);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

class DamageFound extends Error {}

function isDamage(thrown: unknown): boolean {
  return thrown instanceof DamageFound || DAMAGED_CODES.includes((thrown as { readonly errcode?: unknown }).errcode);
}

/** Puts the identity there and reads everything, in one transaction: what was written before it is in the answer. */
function claim(database: DatabaseSync, identity: string): ReadonlyMap<string, string> {
  return transaction(database, () => {
    database.prepare('INSERT OR REPLACE INTO holder (id, identity) VALUES (1, ?)').run(identity);
    const rows = database.prepare('SELECT key, text FROM entries').all();
    return new Map(rows.map(({ key, text }) => [String(key), String(text)]));
  });
}

/** False when the store is another process's. */
function write(database: DatabaseSync, identity: string, changes: StoreChanges): boolean {
  return transaction(database, () => {
    const row = database.prepare('SELECT identity FROM holder WHERE id = 1').get();
    if (row?.['identity'] !== identity) return false;
    const put = database.prepare('INSERT OR REPLACE INTO entries (key, text) VALUES (?, ?)');
    const forget = database.prepare('DELETE FROM entries WHERE key = ?');
    for (const [key, text] of changes) {
      if (text === undefined) forget.run(key);
      else put.run(key, text);
    }
    return true;
  });
}

function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const done = work();
    database.exec('COMMIT');
    return done;
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}
