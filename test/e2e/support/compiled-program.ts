import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProgram } from '../../../scripts/bundle.ts';

/** The program as npm ships it: a process that runs the sources instead also holds what takes their types away. */
export interface CompiledProgram {
  /** What Node is to run. */
  readonly main: string;
  remove(): Promise<void>;
}

/** Bundles the program into a folder of its own, so that several may do so at once; without the web page. */
export async function compileProgram(): Promise<CompiledProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-compiled-'));
  const out = join(folder, 'dist');
  await bundleProgram(out);
  await copyFile('package.json', join(folder, 'package.json'));
  return { main: join(out, 'main.js'), remove: () => rm(folder, { recursive: true, force: true }) };
}
