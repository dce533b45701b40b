import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { runProgram } from './program.ts';

const LIBRARIES = '/usr/lib';
const LIBRARY = join('faketime', 'libfaketime.so.1');

/**
 * The path of libfaketime, with which a single process can be shown another wall clock; undefined when it is not
 * installed. Debian keeps it in the folder of the machine's architecture.
 */
export function findFaketime(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined;
  return readdirSync(LIBRARIES)
    .map((folder) => join(LIBRARIES, folder, LIBRARY))
    .find((path) => existsSync(path));
}

/** Installs Debian's libfaketime. Throws Failure `unavailable` when this user or this system cannot. */
export async function installFaketime(): Promise<string> {
  try {
    await runProgram('apt-get', ['install', '-y', '--no-install-recommends', 'libfaketime'], {
      environment: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (cause) {
    throw new Failure('unavailable', 'libfaketime could not be installed', {
      hint: 'as root: apt-get install libfaketime',
      cause,
    });
  }
  const path = findFaketime();
  if (path === undefined) throw new Failure('unavailable', 'libfaketime was installed and is not to be found');
  return path;
}
