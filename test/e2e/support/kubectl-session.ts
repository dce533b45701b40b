import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_API_FEATURES } from '../../../src/core/autoscaling/features.ts';
import type { ApiServer } from '../../../src/lab/apiserver/api-server.ts';
import { createApiServer } from '../../../src/lab/apiserver/api-server.ts';
import { BUILT_IN_KINDS } from '../../../src/lab/apiserver/kinds/all.ts';
import { hpaKind } from '../../../src/lab/apiserver/kinds/hpa.ts';
import { writeKubeconfig } from '../../../src/lab/apiserver/kubeconfig.ts';
import type { PodConsole } from '../../../src/lab/apiserver/pod-console.ts';
import { SCHEMA_BOOK } from '../../../src/lab/apiserver/schema-book.ts';
import { createServingAuthority, serveApiServer } from '../../../src/lab/apiserver/serve-api-server.ts';
import { Kubelet } from '../../../src/lab/world/node/kubelet/kubelet.ts';
import type { Node } from '../../../src/lab/world/objects.ts';
import { createMetricsApis } from '../../../src/metrics/serve/metrics-apis.ts';
import type { MetricsSource } from '../../../src/metrics/source/port.ts';
import { createScaledClock } from '../../../src/platform/time/scaled-clock.ts';
import { createSystemClock } from '../../../src/platform/time/system-clock.ts';

const TOKEN = 'e2e-admin-token';
const COMMAND_TIMEOUT_MS = 30_000;

/** What a kubectl command printed. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A served API server and a kubectl that talks to it, with a home of its own. */
export interface KubectlSession {
  /** Runs one command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** Starts a command that goes on; `until` resolves with what it printed once that matches. */
  start(args: readonly string[]): RunningCommand;
  /** Writes a file for commands to read and returns its path. */
  file(name: string, text: string): Promise<string>;
  /** Merges into an object's status, as its controller would. */
  setStatus(path: string, status: object): Promise<void>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningCommand {
  until(pattern: RegExp): Promise<string>;
  stop(): Promise<CommandResult>;
}

/** One node and one pod, at the numbers that `top` is asked to show. */
const METRICS: MetricsSource = {
  resource: {
    listNodes: async () => [
      { name: 'node-1', labels: {}, atMs: Date.now(), windowMs: 15_000, usage: { cpu: '1200m', memory: '4096Mi' } },
    ],
    listPods: async () => [
      {
        namespace: 'default',
        name: 'web-1',
        labels: {},
        atMs: Date.now(),
        windowMs: 15_000,
        containers: [{ name: 'web', usage: { cpu: '305m', memory: '64Mi' } }],
      },
    ],
  },
};

/** Prints two lines; a followed log goes on for a third. A terminal repeats what is typed. */
const CONSOLE: PodConsole = {
  openLog: (_ref, { isFollowed }) =>
    (async function* () {
      yield 'OK!\n';
      yield 'OK!\n';
      if (isFollowed) yield 'followed\n';
    })(),
  attach: async (_ref, _options, streams) => {
    streams.writeStdout(Buffer.from('hello\n'));
    for await (const chunk of streams.stdin) streams.writeStdout(chunk);
    return 0;
  },
};

/** The kubelet of a node that has run for a minute, without pods; everybody may ask it. */
function idleKubelet(apiServer: ApiServer, nodeName: string, nowMs: number): Kubelet {
  return new Kubelet({
    nodeName,
    bootedAtMs: nowMs - 60_000,
    meters: { readableToMs: () => nowMs, podAt: () => undefined, nodeAt: () => undefined },
    access: { userOf: async () => undefined, isAllowed: async () => true },
    seed: 1,
    node: () => apiServer.store.get('/nodes', '', nodeName) as Node | undefined,
    pods: () => [],
  });
}

/** Starts a server for one kubectl program. */
export async function startSession(program: string): Promise<KubectlSession> {
  const ioClock = createSystemClock();
  const clock = createScaledClock(ioClock);
  const authority = await createServingAuthority(ioClock);
  const apiServer: ApiServer = createApiServer({
    clock,
    ioClock,
    kinds: [...BUILT_IN_KINDS, hpaKind(DEFAULT_API_FEATURES)],
    schemaBook: SCHEMA_BOOK,
    tokens: { [TOKEN]: { name: 'admin', groups: ['system:masters'] } },
    metricsApis: createMetricsApis(METRICS, clock),
    console: CONSOLE,
    nodeProxy: ({ node, path }) =>
      idleKubelet(apiServer, node, clock.nowMs()).handle(new Request(`https://${node}:10250${path}`), {
        name: 'kube-apiserver',
        groups: [],
      }),
    authorityCertificate: authority.certificate,
  });
  const served = await serveApiServer({ apiServer, ioClock, port: 0, authority });
  const home = await mkdtemp(join(tmpdir(), 'podtide-kubectl-'));
  const kubeconfig = join(home, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { url: served.url, authorityCertificate: authority.certificate, token: TOKEN });
  const environment = { HOME: home, KUBECONFIG: kubeconfig, PATH: process.env['PATH'] ?? '' };
  const spawned = (args: readonly string[], extra: Readonly<Record<string, string>> = {}) =>
    collect(spawn(program, args, { env: { ...environment, ...extra }, cwd: home, timeout: COMMAND_TIMEOUT_MS }));
  return {
    async run(args, options = {}) {
      const command = spawned(args, options.environment);
      command.end(options.stdin ?? '');
      return await command.closed;
    },
    start: (args) => spawned(args),
    async file(name, text) {
      const path = join(home, name);
      await writeFile(path, text);
      return path;
    },
    setStatus: (path, status) => mergeStatus(apiServer, path, status),
    async close() {
      await served.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function mergeStatus(apiServer: ApiServer, path: string, status: object): Promise<void> {
  const response = await apiServer.handle(
    new Request(`https://localhost${path}/status`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ status }),
    }),
  );
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
}

interface CollectedCommand extends RunningCommand {
  end(stdin: string): void;
  readonly closed: Promise<CommandResult>;
}

function collect(child: ReturnType<typeof spawn>): CollectedCommand {
  let [stdout, stderr] = ['', ''];
  let noticed = (): void => undefined;
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    noticed();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const closed = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
      noticed();
    });
  });
  return {
    closed,
    end: (stdin) => void child.stdin?.end(stdin),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        noticed = () => {
          if (pattern.test(stdout)) resolve(stdout);
          else if (child.exitCode !== null) reject(new Error(`ended without ${pattern}: ${stdout}${stderr}`));
        };
        noticed();
      }),
    async stop() {
      child.kill();
      return await closed;
    },
  };
}
