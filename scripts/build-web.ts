import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** What the whole page may weigh on the wire, both languages included: it must open at once over a port-forward too. */
const PAGE_GZIP_BYTES_MAX = 64 * 1024;

// The page is the same whoever builds it: a test runner's own value would make a page for debugging.
process.env['NODE_ENV'] = 'production';

const webFolder = join(import.meta.dirname, '../web');
await build({ configFile: join(webFolder, 'vite.config.ts') });

let totalBytes = 0;
for (const entry of await readdir(join(webFolder, 'dist'), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const bytes = gzipSync(await readFile(join(entry.parentPath, entry.name))).length;
  totalBytes += bytes;
  console.log(`${String(bytes).padStart(7)} bytes gzip  ${entry.name}`);
}
console.log(`${String(totalBytes).padStart(7)} bytes gzip  of ${PAGE_GZIP_BYTES_MAX} allowed`);
if (totalBytes > PAGE_GZIP_BYTES_MAX) process.exitCode = 1;
