import { readdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { cacheFolder } from '../cluster/cache.ts';
import { COMPONENTS } from '../cluster/components.ts';
import { inScratchFolder, keepProgram, unpackDebianPackage } from './debian-package.ts';
import { findProgram, pathFolders, runProgram } from './program.ts';

/** The version of kubectl that the real control plane comes with. */
const CLUSTER_KUBECTL = COMPONENTS.find(({ name }) => name === 'kubectl')?.version ?? '';

/** The patch release of each minor version that is built when the machine has none. */
const PATCH_RELEASES: Readonly<Record<string, string>> = {
  '1.30': '0.30.14',
  '1.31': '0.31.14',
  '1.32': '0.32.5',
  '1.33': '0.33.1',
};

/** The minor version that Debian's kubernetes-client is. */
const DEBIAN_MINOR = '1.20';

/** Its modules are too old for today's Go: used where the machine has it, required nowhere. */
export const OPTIONAL_KUBECTL_MINOR = '1.27';

/** Every minor version that the tests run, oldest first. */
export const KUBECTL_MINORS: readonly string[] = [
  DEBIAN_MINOR,
  OPTIONAL_KUBECTL_MINOR,
  ...Object.keys(PATCH_RELEASES),
  minorOf(CLUSTER_KUBECTL),
];

/**
 * The path of a kubectl of that minor version (`1.33`): one that the machine has, on PATH as `kubectl.1.33` or
 * `kubectl-1.33` or beside the dispatcher that is its `kubectl`, otherwise one of the cache. Undefined when there is
 * none: `npm run components` installs what can be had.
 */
export async function findKubectl(
  minor: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const folders = pathFolders(environment);
  const dispatcher = findProgram('kubectl', folders);
  const beside = dispatcher === undefined ? [] : [dirname(await realpath(dispatcher))];
  const onMachine = [`kubectl.${minor}`, `kubectl-${minor}`].map((name) => findProgram(name, [...folders, ...beside]));
  return onMachine.find((path) => path !== undefined) ?? (await findCached(minor, cacheFolder(environment)));
}

/**
 * Gets a kubectl of that minor version into the cache; `refreshDebianLists` is called before Debian's package is asked
 * for. Throws Failure `unavailable` when there is no way to.
 */
export async function installKubectl(
  minor: string,
  refreshDebianLists: () => Promise<void>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const target = join(cacheFolder(environment), 'bin', `kubectl-${minor}`);
  try {
    await inScratchFolder('kubectl', async (work) => {
      const isDebian = minor === DEBIAN_MINOR;
      await keepProgram(isDebian ? await takeFromDebian(work, refreshDebianLists) : await build(minor, work), target);
    });
    return target;
  } catch (cause) {
    throw new Failure('unavailable', `kubectl ${minor} could not be installed`, { cause });
  }
}

/** The version that a kubectl says it is, for instance `v1.33.1`. */
export async function kubectlVersion(path: string): Promise<string> {
  const output = await runProgram(path, ['version', '--client', '-o', 'json']);
  return JSON.parse(output).clientVersion.gitVersion;
}

async function findCached(minor: string, cache: string): Promise<string | undefined> {
  const folder = join(cache, 'bin');
  const names = await readdir(folder).catch(() => []);
  const name = names.find((candidate) => candidate === `kubectl-${minor}` || isPatchOf(candidate, minor));
  return name === undefined ? undefined : join(folder, name);
}

function isPatchOf(name: string, minor: string): boolean {
  return name.startsWith(`kubectl-${minor}.`) && /^\d+$/.test(name.slice(`kubectl-${minor}.`.length));
}

/** Debian's package is not installed: the machine's own kubectl stays what it is. */
async function takeFromDebian(work: string, refreshDebianLists: () => Promise<void>): Promise<string> {
  await refreshDebianLists();
  await unpackDebianPackage('kubernetes-client', work);
  const path = join(work, 'usr', 'bin', 'kubectl');
  const version = await kubectlVersion(path);
  if (!version.startsWith(`v${DEBIAN_MINOR}.`)) throw new Error(`this system's kubernetes-client is ${version}`);
  return path;
}

/** kubectl is a library, published for every release, and this main package: the same that its own build has. */
const MAIN = `package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
}
`;

async function build(minor: string, work: string): Promise<string> {
  const release = PATCH_RELEASES[minor];
  if (release === undefined) throw new Error('no release of that minor version is known to build');
  await writeFile(join(work, 'main.go'), MAIN);
  const options = { cwd: work, environment: { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' } };
  await runProgram('go', ['mod', 'init', 'podtide.dev/kubectl'], options);
  await runProgram('go', ['get', `k8s.io/kubectl@v${release}`], options);
  await runProgram('go', ['mod', 'tidy'], options);
  const [, minorNumber = ''] = minor.split('.');
  const stamp = { gitVersion: `v1${release.slice(1)}`, gitMajor: '1', gitMinor: minorNumber };
  const flags = Object.entries(stamp).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  await runProgram(
    'go',
    ['build', '-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...flags].join(' '), '-o', 'kubectl', '.'],
    options,
  );
  return join(work, 'kubectl');
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
