import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { CONFIGURATION_FILE, type PrometheusFile } from '../../lab/prometheus/scraping/scrape-configuration.ts';
import { readBody } from '../../platform/http/body.ts';
import { createOutbound, type Outbound } from '../../platform/http/outbound.ts';

export interface InstalledPrometheusOptions {
  /** Of the program. */
  readonly path: string;
  /** Its configuration, and what that names. */
  readonly files: readonly PrometheusFile[];
  /** Where it listens; port 0 lets the system choose. */
  readonly binding: { readonly address: string; readonly port: number };
  readonly ioClock: IoClock;
  /** What it prints. */
  print(text: string): void;
}

/** A Prometheus as a process of this machine. */
export interface InstalledPrometheus {
  readonly url: string;
  /** Its configuration, files of targets and samples, none of which outlives it. */
  readonly folder: string;
  /** Resolves with its exit code when it has ended, for whatever reason, and its folder is gone. */
  readonly ended: Promise<number>;
  /** Resolves when it answers. Rejects with Failure('unavailable') when it has ended before, or does not in time. */
  untilReady(signal: AbortSignal): Promise<void>;
  /** Puts a file in the place of an earlier one; a file of targets is read again at once. */
  write(file: PrometheusFile): Promise<void>;
  /** Ends it: in peace, and by force when that takes too long. */
  stop(): Promise<void>;
}

const READY_MS_MAX = 60_000;
const LOOK_AGAIN_MS = 100;
const ANSWER_MS_MAX = 5_000;
/** Of a sentence that nobody reads. */
const READY_BYTES_MAX = 64 * 1024;
const STOP_MS_MAX = 5_000;
/** As of the lab's own. */
const RETENTION = '2h';
const GONE = { recursive: true, force: true } as const;

/** Starts a Prometheus with an empty store in a folder of its own. Throws Failure('unavailable') when it cannot be started. */
export async function startInstalledPrometheus(options: InstalledPrometheusOptions): Promise<InstalledPrometheus> {
  const { path, files, ioClock, print } = options;
  const folder = await mkdtemp(join(tmpdir(), 'podtide-prometheus-'));
  const write = async ({ name, text }: PrometheusFile): Promise<void> => {
    const target = join(folder, name);
    await writeFile(`${target}.new`, text);
    await rename(`${target}.new`, target);
  };
  try {
    for (const file of files) await write(file);
    const { address } = options.binding;
    const port = options.binding.port === 0 ? await freePort(address) : options.binding.port;
    const child = await startProcess(path, wordsOf(folder, `${address}:${port}`), print);
    const ended = exitOf(child).finally(() => rm(folder, GONE));
    const url = `http://${address}:${port}`;
    return {
      ...{ url, folder, ended, write },
      untilReady: (signal) => untilReady(url, child, { ioClock, signal }),
      stop: () => stopProcess(child, ended, ioClock),
    };
  } catch (thrown) {
    await rm(folder, GONE);
    throw thrown;
  }
}

function wordsOf(folder: string, listensAt: string): readonly string[] {
  return [
    `--config.file=${join(folder, CONFIGURATION_FILE)}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--storage.tsdb.retention.time=${RETENTION}`,
    `--web.listen-address=${listensAt}`,
  ];
}

/** A port that was free a moment ago; whoever takes it meanwhile makes Prometheus end, and its pod start another. */
async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, fail) => server.once('error', fail).listen(0, address, listening));
  const { port } = server.address() as { readonly port: number };
  await new Promise<void>((closed) => server.close(() => closed()));
  return port;
}

/** Nothing of our environment is its business; it ends with this process, however that ends. */
async function startProcess(
  path: string,
  args: readonly string[],
  print: (text: string) => void,
): Promise<ChildProcess> {
  const child = spawn(path, args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout?.setEncoding('utf8').on('data', print);
  child.stderr?.setEncoding('utf8').on('data', print);
  await new Promise<void>((started, fail) => {
    child.once('spawn', started);
    child.once('error', (thrown) =>
      fail(new Failure('unavailable', `${path} cannot be started: ${errorText(thrown)}`, { cause: thrown })),
    );
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  return child;
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((ended) => {
    child.once('close', (code, signal) => ended(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

async function untilReady(
  url: string,
  child: ChildProcess,
  { ioClock, signal }: { readonly ioClock: IoClock; readonly signal: AbortSignal },
): Promise<void> {
  const outbound = createOutbound({ ioClock });
  const deadlineAtMs = ioClock.monotonicMs() + READY_MS_MAX;
  try {
    while (ioClock.monotonicMs() < deadlineAtMs) {
      signal.throwIfAborted();
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Failure(
          'unavailable',
          `Prometheus has ended before it was ready (${child.exitCode ?? child.signalCode})`,
        );
      if (await isReady(url, outbound, signal)) return;
      await new Promise<void>((resolve) => ioClock.after(LOOK_AGAIN_MS, resolve));
    }
  } finally {
    await outbound.close();
  }
  throw new Failure('unavailable', `Prometheus was not ready within ${READY_MS_MAX / 1000} s`);
}

async function isReady(url: string, outbound: Outbound, signal: AbortSignal): Promise<boolean> {
  const deadlines = { headDeadlineMs: ANSWER_MS_MAX, idleDeadlineMs: ANSWER_MS_MAX };
  try {
    const { status, body } = await outbound.request({ method: 'GET', url: `${url}/-/ready`, signal, ...deadlines });
    await readBody(body, READY_BYTES_MAX);
    return status === 200;
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return false;
  }
}

async function stopProcess(child: ChildProcess, ended: Promise<number>, ioClock: IoClock): Promise<void> {
  child.kill('SIGTERM');
  const cancel = ioClock.after(STOP_MS_MAX, () => void child.kill('SIGKILL'));
  await ended;
  cancel();
}
