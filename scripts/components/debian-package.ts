import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProgram } from './program.ts';

/** Runs an action in an empty folder, which is gone afterwards. */
export async function inScratchFolder<T>(name: string, action: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `podtide-${name}-`));
  try {
    return await action(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Unpacks a Debian package into an empty folder without installing it: nothing of the machine changes, no service of
 * the package starts. Needs the package lists and no rights. Rejects when the package is not to be had.
 */
export async function unpackDebianPackage(name: string, folder: string): Promise<void> {
  await runProgram('apt-get', ['download', name], { cwd: folder });
  const file = (await readdir(folder)).find((entry) => entry.endsWith('.deb')) ?? '';
  await runProgram('dpkg-deb', ['-x', file, '.'], { cwd: folder });
}

/** Puts a program into its place in the cache at once: whoever looks there finds all of it or nothing. */
export async function keepProgram(built: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  // The cache may lie on another file system, where a rename is refused.
  const unfinished = `${target}.${process.pid}.unfinished`;
  await copyFile(built, unfinished);
  await chmod(unfinished, 0o755);
  await rename(unfinished, target);
}
