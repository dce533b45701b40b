import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { cacheFolder } from '../cluster/cache.ts';
import { inScratchFolder, keepProgram, unpackDebianPackage } from './debian-package.ts';
import { runProgram } from './program.ts';

/** The release that recorded answers come from: Debian bookworm's. */
const RELEASE = '2.42';

/**
 * The path of Prometheus in the cache; undefined when it is not there. One that the machine has is not taken: answers
 * are compared with recorded ones, and its version would be a guess.
 */
export async function findPrometheus(environment: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const path = cachedPath(environment);
  return await access(path).then(
    () => path,
    () => undefined,
  );
}

/** The path of Prometheus for a test that cannot do without. Throws Failure `unavailable` when it is not installed. */
export async function requirePrometheus(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = await findPrometheus(environment);
  if (path === undefined) {
    throw new Failure('unavailable', `Prometheus ${RELEASE} is not installed`, { hint: 'npm run components' });
  }
  return path;
}

/**
 * Gets Debian's Prometheus into the cache, without installing its service; `refreshDebianLists` is called before the
 * package is asked for. Throws Failure `unavailable` when this system cannot.
 */
export async function installPrometheus(
  refreshDebianLists: () => Promise<void>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const target = cachedPath(environment);
  try {
    await refreshDebianLists();
    await inScratchFolder('prometheus', async (folder) => {
      await unpackDebianPackage('prometheus', folder);
      const program = join(folder, 'usr', 'bin', 'prometheus');
      const version = await prometheusVersion(program);
      if (!version.startsWith(`${RELEASE}.`)) throw new Error(`this system's prometheus is ${version}`);
      await keepProgram(program, target);
    });
  } catch (cause) {
    throw new Failure('unavailable', `Prometheus ${RELEASE} could not be installed`, {
      hint: `unpack Debian bookworm's package prometheus and put its program at ${target}`,
      cause,
    });
  }
  return target;
}

/** The version that a Prometheus says it is, for instance `2.42.0+ds`. */
export async function prometheusVersion(path: string): Promise<string> {
  const output = await runProgram(path, ['--version']);
  return /version (\S+)/.exec(output)?.[1]?.replace(/,$/, '') ?? '';
}

function cachedPath(environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), 'bin', `prometheus-${RELEASE}`);
}
