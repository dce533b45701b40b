import { DatabaseSync } from 'node:sqlite';
import { errorText, Failure } from '../../base/failure.ts';

/**
 * What stands under a key of a `SqliteStore`'s file, read without a claim, also while a process writes to it; undefined when
 * nothing does. Blocks: for commands, not for servers. Throws Failure that names a file that cannot be read.
 */
export function readSqliteEntry(path: string, key: string): string | undefined {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const row = database.prepare('SELECT text FROM entries WHERE key = ?').get(key);
      return row === undefined ? undefined : String(row['text']);
    } finally {
      database.close();
    }
  } catch (thrown) {
    throw new Failure('notFound', `${path}: cannot be read as the store of a notifier: ${errorText(thrown)}`, {
      hint: 'name the file that the notifier writes its state to',
      cause: thrown,
    });
  }
}
