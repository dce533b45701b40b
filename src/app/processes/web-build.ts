import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../../base/failure.ts';
import { PACKAGE_FILE } from './package-file.ts';

const ROOT = dirname(PACKAGE_FILE);

/** Where the page is built to; an installed package brings it along. */
const BUILT_FOLDER = join(ROOT, 'web/dist');

/** What only a checkout has: the script that builds the page, and its sources. */
const BUILD_SCRIPT = join(ROOT, 'scripts/build-web.ts');
const SOURCE_FOLDERS = ['web/src', 'web/public', 'src/core/explain', 'src/people/dashboard'].map((path) =>
  join(ROOT, path),
);

/** Longest build: a second on an idle machine. */
const BUILD_MS_MAX = 120_000;

/**
 * The folder of the built page. A checkout builds it when it is missing or older than its sources, in a process of its
 * own. Throws Failure `unavailable` when it cannot be built.
 */
export async function ensureWebBuilt(): Promise<string> {
  const builtAtMs = await newestChangeMs(BUILT_FOLDER);
  if (builtAtMs > 0 && (await newestChangeMs(join(ROOT, 'web/src'))) === 0) return BUILT_FOLDER;
  const changedAtMs = Math.max(...(await Promise.all(SOURCE_FOLDERS.map(newestChangeMs))));
  if (changedAtMs <= builtAtMs) return BUILT_FOLDER;
  try {
    await promisify(execFile)(process.execPath, [BUILD_SCRIPT], { cwd: ROOT, timeout: BUILD_MS_MAX });
  } catch (thrown) {
    throw new Failure('unavailable', 'the web page could not be built', {
      hint: 'run npm ci, then: node scripts/build-web.ts',
      cause: thrown,
    });
  }
  return BUILT_FOLDER;
}

/** When anything in a folder last changed, epoch ms; 0 when it is not there. */
async function newestChangeMs(folder: string): Promise<number> {
  let newestMs = 0;
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) newestMs = Math.max(newestMs, (await stat(join(entry.parentPath, entry.name))).mtimeMs);
    }
  } catch {
    // Not there: as old as can be.
  }
  return newestMs;
}
