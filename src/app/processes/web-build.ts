import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../base/failure.ts';

/** Where the page's sources are, and where it is built to. */
const WEB_FOLDER = join(import.meta.dirname, '../../../web');
const BUILT_FOLDER = join(WEB_FOLDER, 'dist');

/** Sources outside `web/` that end up in the page. */
const SHARED_FOLDERS = ['../../core/explain', '../../people/dashboard', '../../base'].map((path) =>
  join(import.meta.dirname, path),
);

/**
 * The folder of the built page. An installed package brings it along; a checkout builds it when it is missing or older
 * than its sources. Throws Failure `unavailable` when it cannot be built.
 */
export async function ensureWebBuilt(): Promise<string> {
  const builtAtMs = await newestChangeMs(BUILT_FOLDER);
  const changedAtMs = Math.max(
    ...(await Promise.all([join(WEB_FOLDER, 'src'), ...SHARED_FOLDERS].map(newestChangeMs))),
  );
  const hasSources = (await newestChangeMs(join(WEB_FOLDER, 'src'))) > 0;
  if (builtAtMs === 0 || (hasSources && changedAtMs > builtAtMs)) await buildWeb();
  return BUILT_FOLDER;
}

/** Builds the page with Vite, which only a checkout has. */
export async function buildWeb(): Promise<string> {
  try {
    const { build } = await import('vite');
    await build({ configFile: join(WEB_FOLDER, 'vite.config.ts'), logLevel: 'error' });
    return BUILT_FOLDER;
  } catch (thrown) {
    throw new Failure('unavailable', 'the web page could not be built', {
      hint: 'run npm ci, then: node scripts/build-web.ts',
      cause: thrown,
    });
  }
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
