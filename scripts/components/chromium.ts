import { Failure } from '../../src/base/failure.ts';
import { findProgram, pathFolders, runProgram } from './program.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a Chromium on PATH; undefined when there is none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return NAMES.map((name) => findProgram(name, pathFolders(environment))).find((path) => path !== undefined);
}

/** Installs Debian's Chromium. Throws Failure `unavailable` when this user or this system cannot. */
export async function installChromium(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  try {
    await runProgram('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
      environment: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (cause) {
    throw new Failure('unavailable', 'chromium could not be installed', {
      hint: 'as root: apt-get install chromium',
      cause,
    });
  }
  const path = findChromium(environment);
  if (path === undefined) throw new Failure('unavailable', 'chromium was installed and is not on PATH');
  return path;
}
