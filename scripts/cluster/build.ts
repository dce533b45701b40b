import { spawn } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Failure } from '../../src/base/failure.ts';
import { COMPONENTS, type Component, type ComponentName } from './components.ts';
import { withLock } from './lock.ts';
import type { Report } from './report.ts';

const PROGRESS_INTERVAL_MS = 15_000;
const ERROR_LINES_MAX = 20;

/** The path of each built program. */
export type Programs = Readonly<Record<ComponentName, string>>;

/**
 * Builds what the cache does not hold yet and returns where every program is. The first build takes about eight
 * minutes on two cores; a second run at the same time waits for the first. Throws Failure `unavailable` when Go is
 * missing or a build fails.
 */
export async function buildPrograms(
  cache: string,
  report: Report,
  components: readonly Component[] = COMPONENTS,
): Promise<Programs> {
  const folder = join(cache, 'bin');
  await mkdir(folder, { recursive: true });
  if ((await missingComponents(components, folder)).length > 0) {
    await withLock(folder, report, () => buildMissing(components, folder, report));
  }
  // Where a release lacks a program, its place is named all the same; nothing starts it.
  return Object.fromEntries(
    [...COMPONENTS, ...components].map((component) => [component.name, programPath(folder, component)]),
  ) as unknown as Programs;
}

function programPath(folder: string, component: Component): string {
  return join(folder, `${component.name}-${component.version}`);
}

async function missingComponents(components: readonly Component[], folder: string): Promise<readonly Component[]> {
  const isThere = await Promise.all(
    components.map((component) =>
      access(programPath(folder, component)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return components.filter((_, index) => isThere[index] === false);
}

async function buildMissing(components: readonly Component[], folder: string, report: Report): Promise<void> {
  const missing = await missingComponents(components, folder);
  if (missing.length === 0) return;
  await requireGo();
  for (const [index, component] of missing.entries()) {
    report(`building ${component.name} ${component.version} (${index + 1} of ${missing.length})`);
    await build(component, folder, report);
  }
}

async function requireGo(): Promise<void> {
  const hint =
    'install Go 1.26 or newer (the golang package of your system, or a release of go.dev) and put it on PATH';
  const version = await run('go', ['env', 'GOVERSION'], { onLine: () => {} }).catch((cause: unknown) => {
    throw new Failure('unavailable', 'the real control plane is built with Go, and there is no go on PATH', {
      hint,
      cause,
    });
  });
  const [major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(version)?.slice(1) ?? []).map(Number);
  if (major < 1 || (major === 1 && minor < 26)) {
    throw new Failure(
      'unavailable',
      `the real control plane needs Go 1.26 or newer, and go on PATH is ${version.trim()}`,
      {
        hint,
      },
    );
  }
}

async function build(component: Component, folder: string, report: Report): Promise<void> {
  const target = programPath(folder, component);
  const unfinished = `${target}.unfinished`;
  const startedAtMs = performance.now();
  let packagesCount = 0;
  const elapsedSeconds = (): string => ((performance.now() - startedAtMs) / 1000).toFixed(0);
  const progress = setInterval(
    () => report(`  ${component.name}: ${packagesCount} packages compiled, ${elapsedSeconds()} s`),
    PROGRESS_INTERVAL_MS,
  );
  try {
    await run(
      'go',
      [
        ...['build', '-v', '-mod=readonly', '-trimpath', '-buildvcs=false'],
        ...['-ldflags', ['-s', '-w', ...component.linkerFlags].join(' ')],
        ...['-o', unfinished, component.packagePath],
      ],
      {
        cwd: join(import.meta.dirname, 'go', component.moduleFolder),
        onLine: (line) => {
          if (!line.startsWith('go: ')) packagesCount += 1;
        },
      },
    );
    await rename(unfinished, target);
    report(`  ${component.name}: built in ${elapsedSeconds()} s`);
  } catch (cause) {
    throw new Failure('unavailable', `go build ${component.packagePath} failed`, {
      hint: 'go needs its module proxy (GOPROXY) or a filled module cache',
      cause,
    });
  } finally {
    clearInterval(progress);
    await rm(unfinished, { force: true });
  }
}

/** Runs a program to its end; rejects with the end of its error output unless it ends with 0. */
function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly onLine: (line: string) => void },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const errorLines: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      options.onLine(line);
      errorLines.push(line);
      if (errorLines.length > ERROR_LINES_MAX) errorLines.shift();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ended with ${code}:\n${errorLines.join('\n')}`));
    });
  });
}
