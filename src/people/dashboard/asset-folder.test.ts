import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DASHBOARD_ASSET_BYTES_MAX } from '../../base/limits.ts';
import { readAssetFolder } from './asset-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-assets-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('files are had by their path, typed, and kept for ever when their name has a hash', async () => {
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'assets/page-1.js'), '1');
  await writeFile(join(folder, 'notes.txt'), 'not a part of a page');
  const assets = await readAssetFolder(folder);
  const kinds = [...assets].map(([path, { contentType, isImmutable }]) => [path, contentType, isImmutable]);
  expect(kinds.sort()).toEqual([
    ['/assets/page-1.js', 'text/javascript; charset=utf-8', true],
    ['/index.html', 'text/html; charset=utf-8', false],
  ]);
});

test('a folder without a page says how to build it', async () => {
  await expect(readAssetFolder(folder)).rejects.toMatchObject({
    kind: 'notFound',
    hint: 'build it with: node scripts/build-web.ts',
  });
  await expect(readAssetFolder(join(folder, 'missing'))).rejects.toMatchObject({ kind: 'notFound' });
});

test('a folder that is no page is refused before it fills the memory', async () => {
  await writeFile(join(folder, 'index.html'), Buffer.alloc(DASHBOARD_ASSET_BYTES_MAX + 1));
  await expect(readAssetFolder(folder)).rejects.toMatchObject({ kind: 'invalid' });
});
