import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** The program as npm ships it: a process that runs the sources instead also holds what takes their types away. */
export interface CompiledProgram {
  /** What Node is to run. */
  readonly main: string;
  remove(): Promise<void>;
}

/** Compiles the sources into a folder of its own, so that several may do so at once; without the web page. */
export async function compileProgram(): Promise<CompiledProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-compiled-'));
  const out = join(folder, 'dist');
  const compiler = resolve('node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', out]);
  await copyFile('package.json', join(folder, 'package.json'));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  return { main: join(out, 'app/cli/main.js'), remove: () => rm(folder, { recursive: true, force: true }) };
}
