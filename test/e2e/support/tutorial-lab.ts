import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { findKubectl } from '../../../scripts/components/kubectl.ts';
import { commandsOf } from '../../documents.ts';

/** Minutes become seconds, and a stall of the machine is still shorter than a sync period. */
const SPEED_FACTOR = 20;
const REFERENCE_VERSION = '1.36';
const START_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 60_000;
const EVENTUALLY_MS_MAX = 120_000;
const POLL_MS = 250;
const CTRL_C = '\u0003';

/** What a command printed, and how it ended. */
export interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A change that the lab reported. */
export interface Change {
  readonly at: string;
  readonly hpa: string;
  readonly from: number;
  readonly to: number;
}

/** A command that goes on: in a terminal of its own, or a watch. */
export interface Running {
  /** Resolves with everything printed once the pattern is found. */
  until(pattern: RegExp): Promise<string>;
  /** Types Ctrl+C into its terminal and resolves with everything printed when it has ended. */
  interrupt(): Promise<string>;
}

/** `podtide lab --empty` as a process, and shells with a kubectl and a home of their own to type a tutorial into. */
export interface TutorialLab {
  /** Types a command line as a tutorial prints it, in the project's folder, and waits for its end. */
  type(commandLine: string): Promise<Printed>;
  /** Its standard output with ages, times and column widths made equal; fails when the command does. */
  shown(commandLine: string): Promise<string>;
  /** The same again and again until it matches; fails with what it showed last. */
  eventually(commandLine: string, pattern: RegExp): Promise<string>;
  /** Types a command line into a terminal. */
  terminal(commandLine: string): Running;
  /** The changes of an HPA so far. */
  changes(hpa: string): readonly Change[];
  /** Every command line that was typed. */
  readonly typed: readonly string[];
  close(): Promise<void>;
}

/** The labs of one tutorial, one after the other. */
export interface TutorialLabs {
  open(): Promise<TutorialLab>;
  /** Ends the lab that is open; fails when it does not end well. */
  close(): Promise<void>;
  /** The kubectl commands of a page that nobody has typed into any of them. */
  untyped(page: string): readonly string[];
}

/** How labs of a tutorial are started otherwise than at minutes in seconds. */
export interface TutorialLabOptions {
  /** So many times as fast as real time. */
  readonly speedFactor?: number;
  readonly flags?: readonly string[];
  /** Variables beside those of the shells. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Labs for a tutorial, none of them open yet. With a release named, they show its face, to a kubectl of that release. */
export function createTutorialLabs(kubernetesVersion?: string, options: TutorialLabOptions = {}): TutorialLabs {
  const typed = new Set<string>();
  let lab: TutorialLab | undefined;
  return {
    async open() {
      lab = await startTutorialLab(kubernetesVersion, options);
      return lab;
    },
    async close() {
      const closing = lab;
      lab = undefined;
      for (const line of closing?.typed ?? []) typed.add(line);
      await closing?.close();
    },
    untyped: (page) => commandsOf(page).filter((line) => line.startsWith('kubectl ') && !typed.has(line)),
  };
}

/** Starts a lab. Fails when there is no kubectl of that release. */
async function startTutorialLab(
  kubernetesVersion = REFERENCE_VERSION,
  { speedFactor = SPEED_FACTOR, flags = [], environment: more = {} }: TutorialLabOptions = {},
): Promise<TutorialLab> {
  const home = await mkdtemp(join(tmpdir(), 'podtide-tutorial-'));
  const environment = await shellEnvironment(home, kubernetesVersion);
  const changes: Change[] = [];
  const words = ['--speed', `${speedFactor}x`, '--kubernetes-version', kubernetesVersion, ...flags];
  const lab = await startLab({ ...environment, ...more }, words, changes);
  const typed: string[] = [];
  const running: ChildProcess[] = [];
  const type = (commandLine: string): Promise<Printed> => {
    typed.push(commandLine);
    return runShell(commandLine, environment);
  };
  return {
    typed,
    type,
    shown: async (commandLine) => shownOf(commandLine, await type(commandLine)),
    async eventually(commandLine, pattern) {
      typed.push(commandLine);
      const deadlineAtMs = performance.now() + EVENTUALLY_MS_MAX;
      for (;;) {
        const { stdout, stderr } = await runShell(commandLine, environment);
        const text = formOf(stdout);
        if (pattern.test(text)) return text;
        if (performance.now() > deadlineAtMs)
          throw new Error(`${commandLine}\nnever showed ${pattern}, last:\n${text}${stderr}`);
        await delay(POLL_MS);
      }
    },
    terminal(commandLine) {
      typed.push(commandLine);
      // A terminal of its own, because kubectl asks for one.
      const child = spawn('script', ['-qec', commandLine, '/dev/null'], { env: environment, stdio: 'pipe' });
      running.push(child);
      return runningOf(child, commandLine);
    },
    changes: (hpa) => changes.filter((change) => change.hpa === hpa),
    async close() {
      for (const child of running) if (child.exitCode === null) child.kill();
      await endLab(lab);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Nothing of the caller's but the programs: a home, a kubeconfig, and `kubectl` first on PATH. */
async function shellEnvironment(home: string, version: string): Promise<NodeJS.ProcessEnv> {
  const kubectl = await findKubectl(version);
  if (kubectl === undefined) throw new Error(`no kubectl ${version}: npm run components`);
  const bin = join(home, 'bin');
  await mkdir(bin);
  await symlink(kubectl, join(bin, 'kubectl'));
  await symlink(process.execPath, join(bin, 'node'));
  return {
    PATH: `${bin}:/usr/bin:/bin`,
    HOME: home,
    KUBECONFIG: join(home, 'lab.kubeconfig'),
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    SHELL: '/bin/sh',
  };
}

async function startLab(
  environment: NodeJS.ProcessEnv,
  words: readonly string[],
  changes: Change[],
): Promise<ChildProcess> {
  const flags = ['--empty', ...words, '-o', 'json', '--kubeconfig', environment['KUBECONFIG'] ?? ''];
  const lab = spawn(process.execPath, [resolve('src/app/cli/main.ts'), 'lab', ...flags], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((ready, fail) => {
    const timer = setTimeout(() => fail(new Error('the lab did not start')), START_TIMEOUT_MS);
    lab.once('error', fail);
    lab.once('close', (code) => fail(new Error(`the lab ended with ${code}`)));
    createInterface({ input: lab.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      clearTimeout(timer);
      const record = JSON.parse(line);
      if (record.kind === 'LabRun') ready();
      else changes.push(record);
    });
  });
  return lab;
}

async function endLab(lab: ChildProcess): Promise<void> {
  if (lab.exitCode !== null) throw new Error(`the lab had ended with ${lab.exitCode}`);
  const ended = new Promise<number | null>((resolve) => lab.once('close', resolve));
  lab.kill('SIGINT');
  const code = await ended;
  if (code !== 0) throw new Error(`the lab ended with ${code}`);
}

function runShell(commandLine: string, environment: NodeJS.ProcessEnv): Promise<Printed> {
  const child = spawn('sh', ['-c', commandLine], { env: environment, stdio: 'pipe', timeout: COMMAND_TIMEOUT_MS });
  child.stdin.end();
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((ended, fail) => {
    child.once('error', fail);
    child.once('close', (code) => ended({ code, stdout, stderr }));
  });
}

function shownOf(commandLine: string, { code, stdout, stderr }: Printed): string {
  if (code !== 0) throw new Error(`${commandLine}\nended with ${code}: ${stderr}`);
  return formOf(stdout);
}

function runningOf(child: ChildProcess, commandLine: string): Running {
  let printed = '';
  let notice = (): void => undefined;
  const note = (chunk: Buffer): void => {
    // Answers of a load without end need not be kept.
    printed = (printed + chunk.toString()).slice(-100_000);
    notice();
  };
  child.stdout?.on('data', note);
  child.stderr?.on('data', note);
  const ended = new Promise<string>((resolve) =>
    child.once('close', () => {
      resolve(printed);
      notice();
    }),
  );
  return {
    until: (pattern) =>
      new Promise((found, fail) => {
        const timer = setTimeout(
          () => fail(new Error(`${commandLine}\nnever printed ${pattern}:\n${printed.slice(-2000)}`)),
          EVENTUALLY_MS_MAX,
        );
        notice = () => {
          if (!pattern.test(printed) && child.exitCode === null) return;
          clearTimeout(timer);
          notice = () => undefined;
          if (pattern.test(printed)) found(printed);
          else fail(new Error(`${commandLine}\nended without ${pattern}:\n${printed.slice(-2000)}`));
        };
        notice();
      }),
    async interrupt() {
      child.stdin?.write(CTRL_C);
      return await ended;
    },
  };
}

/** The text with column widths, rules under headings, creation times, and ages at the end of lines made equal. */
function formOf(text: string): string {
  return text
    .replace(/-{3,}/g, '---')
    .replace(/(?<=\S) {2,}/g, '  ')
    .replace(/ +$/gm, '')
    .replace(/^(CreationTimestamp: {2}).*$/m, '$1TIME')
    .replace(/ {2,}(?:\d+[dhms]){1,2}$/gm, '  AGE')
    .trim();
}
