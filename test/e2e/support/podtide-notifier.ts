import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { readManifest } from '../../fixtures/manifest-objects.ts';
import type { FakeDingTalk } from '../../sinks/fake-ding-talk.ts';

const MANIFEST = 'deploy/notifier-hpas-only.yaml';
const START_MS_MAX = 60_000;

/** `podtide notifier` as a process of this machine, telling a robot. */
export interface PodtideNotifier {
  /** Its log, line by line. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Most memory that it has had resident. */
  residentBytesMax(): Promise<number>;
  stop(): Promise<void>;
}

export interface PodtideNotifierOptions {
  readonly kubeconfig: string;
  readonly robot: FakeDingTalk;
  readonly secret: string;
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Beside the sink and its route, YAML of the same file. */
  readonly settings?: string;
  /** What Node runs; the sources when absent. */
  readonly main?: string;
  /** The authority of the robot's certificate, PEM; when absent, the robot speaks plain HTTP. */
  readonly authority?: string;
}

/** Where the robot is, as a file in the form of `examples/notifier/ding.yaml` has it. */
export async function writeNotifierConfig(
  folder: string,
  { robot, secret, settings = '' }: Pick<PodtideNotifierOptions, 'robot' | 'secret' | 'settings'>,
): Promise<string> {
  await writeFile(join(folder, 'token'), `${robot.url}/robot/send?access_token=${robot.token}\n`);
  await writeFile(join(folder, 'secret'), `${secret}\n`);
  const path = join(folder, 'notifier.yaml');
  const lines = [
    'cluster: {id: lab}',
    'sinks:',
    '  ops-ding:',
    '    type: dingtalk',
    '    tokenRef: {file: token}',
    '    secretRef: {file: secret}',
    `    allowedOrigins: ["${robot.url}"]`,
    'routes:',
    '  - sinks: [ops-ding]',
    '    match: {type: ["scale.*"]}',
    '    language: zh-CN',
    '    timezone: Asia/Shanghai',
    settings,
  ];
  await writeFile(path, lines.join('\n'));
  return path;
}

/** Starts it as its manifest for the right to read HPAs alone does, and resolves when it watches. */
export async function startPodtideNotifier(options: PodtideNotifierOptions): Promise<PodtideNotifier> {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-notifier-'));
  const config = await writeNotifierConfig(folder, options);
  const authorityFile = join(folder, 'authority.pem');
  if (options.authority !== undefined) await writeFile(authorityFile, options.authority);
  const flags = [
    `--config=${config}`,
    `--kubeconfig=${options.kubeconfig}`,
    '--listen=127.0.0.1:0',
    '--leader-elect=false',
    `--state=file:${join(folder, 'notifier.db')}`,
    ...(options.authority === undefined ? [] : [`--sink-ca-file=${authorityFile}`]),
    ...(options.flags ?? []),
  ];
  const main = options.main ?? resolve('src/app/cli/main.ts');
  const child = spawn(process.execPath, [main, 'notifier', ...flags], {
    env: { PATH: '/usr/bin:/bin', HOME: folder, ...manifestEnvironment(), ...options.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: Readonly<Record<string, unknown>>[] = [];
  await running(child, log);
  return {
    log,
    residentBytesMax: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
      if (child.exitCode !== 0) throw new Error(`the notifier ended with ${child.exitCode}: ${JSON.stringify(log)}`);
    },
  };
}

function running(child: ChildProcess, log: Readonly<Record<string, unknown>>[]): Promise<void> {
  return new Promise((ready, fail) => {
    const timer = setTimeout(() => fail(new Error(`the notifier does not run: ${JSON.stringify(log)}`)), START_MS_MAX);
    child.once('exit', (code) => fail(new Error(`the notifier ended with ${code}: ${JSON.stringify(log)}`)));
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      log.push(line.startsWith('{') ? JSON.parse(line) : { msg: line });
      if (log.at(-1)?.['msg'] !== 'the notifier runs') return;
      clearTimeout(timer);
      ready();
    });
  });
}

function manifestEnvironment(): Readonly<Record<string, string>> {
  const { env } = readManifest(MANIFEST).only('Deployment').spec.template.spec.containers[0];
  return Object.fromEntries(env.map(({ name, value }: { name: string; value: string }) => [name, value]));
}
