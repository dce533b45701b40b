import { Failure } from '../../src/base/failure.ts';
import { findProgram, pathFolders, runProgram } from './program.ts';

/** The path of ApacheBench, with which tutorials put load on a Service; undefined when it is not installed. */
export function findAb(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return findProgram('ab', pathFolders(environment));
}

/** Installs Debian's package that holds it. Throws Failure `unavailable` when this user or this system cannot. */
export async function installAb(): Promise<string> {
  try {
    await runProgram('apt-get', ['install', '-y', '--no-install-recommends', 'apache2-utils'], {
      environment: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (cause) {
    throw new Failure('unavailable', 'ab could not be installed', {
      hint: 'as root: apt-get install apache2-utils',
      cause,
    });
  }
  const path = findAb();
  if (path === undefined) throw new Failure('unavailable', 'apache2-utils was installed and ab is not to be found');
  return path;
}
