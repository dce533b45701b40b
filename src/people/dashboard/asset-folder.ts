import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { DASHBOARD_ASSET_BYTES_MAX } from '../../base/limits.ts';

/** One file of the page. */
export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** Whether its name carries its content's hash, so that it may be cached for ever. */
  readonly isImmutable: boolean;
}

/** The page's files by URL path (`/index.html`). */
export type Assets = ReadonlyMap<string, Asset>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/**
 * Reads the built page into memory once, so that no request touches the file system.
 * Throws Failure `notFound` when there is no `index.html`, `invalid` when it is larger than a page should be.
 */
export async function readAssetFolder(folder: string): Promise<Assets> {
  const assets = new Map<string, Asset>();
  let totalBytes = 0;
  for (const path of await filesBelow(folder)) {
    const contentType = CONTENT_TYPES[extname(path)];
    if (contentType === undefined) continue;
    totalBytes += (await stat(path)).size;
    if (totalBytes > DASHBOARD_ASSET_BYTES_MAX)
      throw new Failure('invalid', `the web page in ${folder} is larger than ${DASHBOARD_ASSET_BYTES_MAX} bytes`);
    const urlPath = `/${relative(folder, path).split(sep).join('/')}`;
    assets.set(urlPath, {
      bytes: new Uint8Array(await readFile(path)),
      contentType,
      isImmutable: urlPath.startsWith('/assets/'),
    });
  }
  if (!assets.has('/index.html'))
    throw new Failure('notFound', `no web page in ${folder}`, { hint: 'build it with: node scripts/build-web.ts' });
  return assets;
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (thrown) {
    throw new Failure('notFound', `no web page in ${folder}`, {
      hint: 'build it with: node scripts/build-web.ts',
      cause: thrown,
    });
  }
}
