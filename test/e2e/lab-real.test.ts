import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findAb } from '../../scripts/components/ab.ts';
import { findKubectl } from '../../scripts/components/kubectl.ts';
import type { LoadResult } from '../../src/app/cli/load-report.ts';
import type { HpaLoad } from '../../src/people/dashboard/wire.ts';

// Real processes on a real clock: pods of a fifth of a core each, so that three of them and their load fit on two cores.

const run = promisify(execFile);
const MAIN = resolve('src/app/cli/main.ts');
const NOBODY = 65_534;
const EVENTUALLY_MS_MAX = 180_000;

let folder: string;
let kubectlPath: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'podtide-real-'));
  chownSync(folder, NOBODY, NOBODY);
  kubectlPath = (await findKubectl('1.36')) ?? '';
  if (kubectlPath === '') throw new Error('no kubectl 1.36: npm run components');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface RunningLab {
  readonly process: ChildProcess;
  /** What it said at its start. */
  readonly welcome: string;
  readonly pageUrl: string;
  /** Changes so far: `default/php-apache 1 → 3: …`. */
  readonly changes: string[];
  kubectl(...args: string[]): Promise<string>;
}

let lab: RunningLab | undefined;
afterEach(async () => {
  const child = lab?.process;
  lab = undefined;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
});

async function startLab(user: { uid?: number; gid?: number } = {}): Promise<RunningLab> {
  const kubeconfig = join(folder, 'lab.kubeconfig');
  const args = [MAIN, 'lab', '--real', '--empty', '--lang', 'en', '--kubeconfig', kubeconfig];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: {}, ...user });
  const changes: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => changes.push(line));
  let welcome = '';
  await new Promise<void>((ready, fail) => {
    child.once('exit', (code) => fail(new Error(`the lab ended with ${code}:\n${welcome}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      welcome += `${line}\n`;
      if (line.includes('Ctrl-C')) ready();
    });
  });
  lab = {
    process: child,
    welcome,
    pageUrl: /http:\/\/127\.0\.0\.1:\d+\//.exec(welcome)?.[0] ?? '',
    changes,
    kubectl: async (...words) => (await run(kubectlPath, ['--kubeconfig', kubeconfig, ...words])).stdout,
  };
  return lab;
}

async function eventually<T>(look: () => Promise<T | undefined | false>, what: string | (() => string)): Promise<T> {
  const deadlineAtMs = performance.now() + EVENTUALLY_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineAtMs)
      throw new Error(`it never came to ${typeof what === 'string' ? what : what()}`);
    await delay(500);
  }
}

async function serviceUrl({ kubectl }: RunningLab, port = 80): Promise<string> {
  const address = await kubectl('get', 'service', 'php-apache', '-o', 'jsonpath={.spec.clusterIP}');
  expect(address).toMatch(/^127\./);
  return `http://${address}:${port}/`;
}

function readyCount({ kubectl }: RunningLab): Promise<number> {
  return kubectl('get', 'deployment', 'php-apache', '-o', 'jsonpath={.status.readyReplicas}').then(Number);
}

/**
 * Waits until `kubectl top` shows that the first php-apache pod uses CPU and keeps to its limit of 200m: what a scrape
 * sees is a little off at both ends of its window, and far off when the window begins before the load.
 */
async function nearItsLimit({ kubectl }: RunningLab): Promise<void> {
  const seen: string[] = [];
  await eventually(
    async () => {
      const text = await kubectl('top', 'pods', '-l', 'run=php-apache', '--no-headers').catch(() => '');
      const used = / (\d+)m /.exec(text)?.[1] ?? '';
      if (seen.at(-1) !== used) seen.push(used);
      return Number(used) > 120 && Number(used) < 240;
    },
    () => `CPU near its limit, only to ${seen.map((used) => `"${used}"`).join(', ')}`,
  );
}

async function load(url: string, ...flags: string[]): Promise<LoadResult> {
  const { stdout } = await run(process.execPath, [MAIN, 'load', url, '-o', 'json', ...flags]);
  return JSON.parse(stdout);
}

/** The first `load` event of the page's stream that has an answer to show. */
async function shownLoad(pageUrl: string): Promise<HpaLoad> {
  const response = await fetch(`${pageUrl}api/stream`, { signal: AbortSignal.timeout(EVENTUALLY_MS_MAX) });
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (const [, data = '[]'] of text.matchAll(/^event: load\ndata: (.*)$/gm)) {
      const found = (JSON.parse(data) as HpaLoad[]).find(({ latencyP95Ms }) => latencyP95Ms !== null);
      if (found !== undefined) return found;
    }
  }
  throw new Error('the stream ended');
}

const CGROUPS = '/sys/fs/cgroup';

/** Groups of a lab in any hierarchy. */
function groupsOf(lab: ChildProcess): readonly string[] {
  const hierarchies = existsSync(CGROUPS) ? readdirSync(CGROUPS, { withFileTypes: true }) : [];
  const folders = [
    CGROUPS,
    ...hierarchies.filter((entry) => entry.isDirectory()).map(({ name }) => join(CGROUPS, name)),
  ];
  return folders.flatMap((path) =>
    readdirSync(path)
      .filter((name) => name.startsWith(`podtide-lab-${lab.pid}-`))
      .map((name) => join(path, name)),
  );
}

function isAlive(pid: number): boolean {
  try {
    // A process that nobody has reaped yet runs no more.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Containers that this lab has started: its children. */
function containersOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

describe('a load on php-apache', () => {
  test('raises its CPU, scales it from 1 to 3, and the response time falls; afterwards it is 1 again', async () => {
    const started = await startLab();
    const { kubectl, changes, pageUrl } = started;
    await kubectl('apply', '-f', 'examples/real-load/php-apache.yaml');
    await eventually(async () => (await readyCount(started)) === 1, 'one ready pod');
    const url = await serviceUrl(started);

    const [alone] = await Promise.all([load(url, '-c', '8', '--duration', '45s'), nearItsLimit(started)]);
    expect(alone.failedCount).toBe(0);

    await kubectl('apply', '-f', 'examples/real-load/hpa.yaml');
    const shown = shownLoad(pageUrl);
    const [during, told] = await Promise.all([load(url, '-c', '8', '--duration', '75s'), shown]);
    expect(during.failedCount).toBe(0);
    expect(told).toMatchObject({ namespace: 'default', name: 'php-apache', failedPerSecond: 0 });
    expect(await readyCount(started)).toBe(3);
    // In two steps when the first sync meets a window that begins before the load.
    const steps = changes.flatMap((line) => / (\d+ → \d+)/.exec(line)?.[1] ?? []);
    expect([['1 → 3'], ['1 → 2', '2 → 3']]).toContainEqual(steps);

    const after = await load(url, '-c', '8', '--duration', '15s');
    expect(after.failedCount).toBe(0);
    expect(after.latencyMs.p95 ?? Number.POSITIVE_INFINITY).toBeLessThan((alone.latencyMs.p95 ?? 0) * 0.7);
    expect(after.requestsPerSecond).toBeGreaterThan(alone.requestsPerSecond * 1.5);

    await eventually(async () => changes.some((line) => line.includes('3 → 1')), 'its old size');
    await eventually(async () => (await readyCount(started)) === 1, 'one ready pod');
  });

  test('comes from ab as the tutorial types it, and from its busybox loop', async () => {
    const ab = findAb();
    if (ab === undefined) throw new Error('no ab: npm run components');
    const started = await startLab();
    const { kubectl } = started;
    await kubectl('apply', '-f', 'examples/real-load/php-apache.yaml');
    await eventually(async () => (await readyCount(started)) === 1, 'one ready pod');
    // The tutorial's 100,000 requests of 1,000 users, at a hundredth of the number.
    const { stdout } = await run(ab, ['-n', '200', '-c', '100', await serviceUrl(started)]);
    expect(stdout).toMatch(/Complete requests:\s+200\n/);
    expect(stdout).toMatch(/Failed requests:\s+0\n/);

    const loop = 'while true; do wget -q -O- http://php-apache; done';
    await kubectl('run', 'load-generator', '--image=busybox:1.28', '--restart=Never', '--', '/bin/sh', '-c', loop);
    await eventually(
      async () => (await kubectl('logs', 'load-generator').catch(() => '')).includes('OK!OK!'),
      'answers',
    );
  });
});

test('a metrics server of the lab measures its processes, from the address of its pod', async () => {
  const { kubectl } = await startLab();
  await kubectl('create', 'deployment', 'web', '--image=nginx');
  await kubectl('apply', '-f', 'deploy/metrics-server.yaml');
  const apis = ['apiservice/v1beta1.metrics.k8s.io', 'apiservice/v1.metrics.k8s.io'];
  await kubectl('wait', '--for=condition=Available', ...apis, '--timeout=120s');
  const lines = await kubectl('-n', 'kube-system', 'logs', '-l', 'k8s-app=metrics-server', '--tail=-1');
  expect(lines).toMatch(/"url":"https:\/\/127\.1\d\d\.\d+\.\d+:10250"/);
  expect(await kubectl('top', 'nodes', '--no-headers')).toMatch(/^node-1 /);
  expect(await kubectl('top', 'pods', '--no-headers')).toMatch(/^web-/);
});

describe('what a lab leaves behind', () => {
  test('nothing when it ends; when it is killed, its processes end by themselves and the next lab removes its groups', async () => {
    const killed = await startLab();
    await killed.kubectl('apply', '-f', 'examples/real-load/php-apache.yaml');
    await eventually(async () => (await readyCount(killed)) === 1, 'one ready pod');
    const containers = containersOf(killed.process.pid ?? 0);
    expect(containers).toHaveLength(1);
    killed.process.kill('SIGKILL');
    await eventually(async () => !containers.some(isAlive), 'no process');

    const next = await startLab();
    expect(groupsOf(killed.process)).toEqual([]);
    next.process.kill('SIGINT');
    expect(await once(next.process, 'exit')).toEqual([0, null]);
    expect(groupsOf(next.process)).toEqual([]);
  });
});

test.runIf(process.getuid?.() === 0)(
  'without rights: port 8080, /proc, and containers that keep to their limit',
  async () => {
    const started = await startLab({ uid: NOBODY, gid: NOBODY });
    expect(started.welcome).toContain('port 80 of a Service is 8080 here');
    expect(started.welcome).toContain('CPU is counted by /proc, and each container keeps itself to its limit');
    await started.kubectl('apply', '-f', 'examples/real-load/php-apache.yaml');
    await eventually(async () => (await readyCount(started)) === 1, 'one ready pod');
    const url = await serviceUrl(started, 8080);
    const [report] = await Promise.all([load(url, '-c', '8', '--duration', '45s'), nearItsLimit(started)]);
    expect(report.failedCount).toBe(0);
  },
);
