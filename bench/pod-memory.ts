/**
 * What a cache of many pods costs: `node bench/pod-memory.ts [--pods 150000] [--node-flag FLAG]`. The controller's own
 * process, compiled and observing, with the environment of its manifest and the Node flags given, fills its caches from a server
 * that has nothing but pods of some 5 KB each.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { manifestEnvironment } from '../test/e2e/support/podtide-controller.ts';
import { buildPodtide } from './scale/contenders.ts';
import { readUsage } from './scale/process-usage.ts';

const LISTEN = '127.0.0.1:29091';
const POLL_MS = 250;
const FILL_MS_MAX = 300_000;
/** After the caches are full: time enough for what the list left behind to be collected. */
const SETTLE_MS = 60_000;

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '150000' },
    'node-flag': { type: 'string', multiple: true, default: [] },
  },
});

buildPodtide();
const folder = await mkdtemp(join(tmpdir(), 'podtide-pod-memory-'));
const server = fork(join(import.meta.dirname, 'scale', 'pod-server.ts'), [values.pods]);
try {
  await measure(await portOf(server));
} finally {
  server.disconnect();
  await rm(folder, { recursive: true, force: true });
}

async function measure(port: number): Promise<void> {
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor(port));
  const startedAtMs = performance.now();
  const args = ['controller', '--mode=observe', `--kubeconfig=${kubeconfig}`, `--listen=${LISTEN}`];
  const controller = spawn(process.execPath, [...values['node-flag'], 'dist/main.js', ...args], {
    env: { HOME: folder, ...manifestEnvironment() },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const pid = controller.pid ?? 0;
    await untilReady();
    const fillSeconds = (performance.now() - startedAtMs) / 1000;
    const filled = await readUsage(pid);
    await delay(SETTLE_MS);
    const settled = await readUsage(pid);
    const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);
    console.log('| pods | filled after, s | CPU, s | RSS peak, MiB | RSS a minute later, MiB |');
    console.log('| ---: | ---: | ---: | ---: | ---: |');
    const figures = [values.pods, fillSeconds.toFixed(1), filled.cpuSeconds.toFixed(1)];
    console.log(`| ${[...figures, mebibytes(settled.rssBytesMax), mebibytes(settled.rssBytes)].join(' | ')} |`);
  } finally {
    controller.kill();
  }
}

async function untilReady(): Promise<void> {
  const endsAtMs = performance.now() + FILL_MS_MAX;
  while (performance.now() < endsAtMs) {
    const answer = await fetch(`http://${LISTEN}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(POLL_MS);
  }
  throw new Error(`the caches were not full after ${FILL_MS_MAX / 1000} s`);
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (port) => resolve(Number(port)));
    child.once('exit', (code) => reject(new Error(`the pod server ended with ${code}`)));
  });
}

/** JSON is YAML too. */
function kubeconfigFor(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'pods', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'pods', user: {} }],
    contexts: [{ name: 'pods', context: { cluster: 'pods', user: 'pods' } }],
    'current-context': 'pods',
  });
}
