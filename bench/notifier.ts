/**
 * How a notifier fares with many HPAs: `node bench/notifier.ts [--hpas 2000] [--starts 100] [--minutes 2]`. A process of
 * `podtide notifier` watches the embedded API server over sockets and tells a webhook. Says when it is ready, whether it told
 * anything that was no news, how long it takes from a change of a Deployment's count to the message about it, what it keeps in
 * memory, and its CPU while statuses change every 15 s.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { formatRfc3339 } from '../src/base/rfc3339.ts';
import { DEFAULT_API_FEATURES } from '../src/core/autoscaling/features.ts';
import { createApiServer } from '../src/lab/apiserver/api-server.ts';
import { BUILT_IN_KINDS } from '../src/lab/apiserver/kinds/all.ts';
import { hpaKind } from '../src/lab/apiserver/kinds/hpa.ts';
import { writeKubeconfig } from '../src/lab/apiserver/kubeconfig.ts';
import { SCHEMA_BOOK } from '../src/lab/apiserver/schema-book.ts';
import { createServingAuthority, serveApiServer } from '../src/lab/apiserver/serve-api-server.ts';
import { createHandleTransport } from '../src/platform/kube/handle-transport.ts';
import { createKubeClient } from '../src/platform/kube/kube-client.ts';
import { createScaledClock } from '../src/platform/time/scaled-clock.ts';
import { createSystemClock } from '../src/platform/time/system-clock.ts';

const { values } = parseArgs({
  options: {
    hpas: { type: 'string', default: '2000' },
    starts: { type: 'string', default: '100' },
    minutes: { type: 'string', default: '2' },
  },
});
const [hpaCount, startCount, minuteCount] = [values.hpas, values.starts, values.minutes].map(Number);
if (!hpaCount || !startCount || !minuteCount) throw new Error('three numbers');

const TOKEN = 'bench';
const HPAS = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers', isNamespaced: true };
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
const SYNC_MS = 15_000;
/** Below the webhook's own quota. */
const START_SPACING_MS = 300;
const CONDITIONS = [
  { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale' },
  { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
  { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange' },
];

const ioClock = createSystemClock();
const clock = createScaledClock(ioClock);
const folder = await mkdtemp(join(tmpdir(), 'podtide-bench-'));
const authority = await createServingAuthority(ioClock);
const apiServer = createApiServer({
  clock,
  ioClock,
  kinds: [...BUILT_IN_KINDS, hpaKind(DEFAULT_API_FEATURES)],
  schemaBook: SCHEMA_BOOK,
  tokens: { [TOKEN]: { name: 'bench', groups: ['system:masters'] } },
  authorityCertificate: authority.certificate,
});
const served = await serveApiServer({ apiServer, ioClock, port: 0, authority });
const kubeconfig = join(folder, 'kubeconfig');
await writeKubeconfig(kubeconfig, { url: served.url, authorityCertificate: authority.certificate, token: TOKEN });
const transport = createHandleTransport((request) => apiServer.handle(request), {
  headers: { authorization: `Bearer ${TOKEN}` },
});
const client = createKubeClient({ transport, ioClock, userAgent: 'kube-controller-manager' });

const arrivals = new Map<string, number>();
const receiver = createServer((incoming, outgoing) => {
  const atMs = performance.now();
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const text = Buffer.concat(chunks).toString();
    for (const [name = ''] of text.matchAll(/web-\d+/g)) if (!arrivals.has(name)) arrivals.set(name, atMs);
    outgoing.end('ok');
  });
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

await client.create(NAMESPACES, { metadata: { name: 'shop' } });
for (let index = 0; index < hpaCount; index++) await createHpa(index);
console.log(`${hpaCount} HPAs, each of a Deployment of its own`);

const startedAtMs = performance.now();
const notifier = await startNotifier();
console.log(`ready after ${seconds(performance.now() - startedAtMs)} s`);

const changing = changeStatuses();
const before = await cpuSeconds(notifier);
await delay(minuteCount * 60_000);
const cpuPercent = (100 * ((await cpuSeconds(notifier)) - before)) / (minuteCount * 60);
console.log(`told while nothing scaled: ${arrivals.size} messages`);
console.log(`CPU with every status written each ${SYNC_MS / 1000} s: ${cpuPercent.toFixed(1)} % of one core`);

const latenciesMs: number[] = [];
for (let index = 0; index < startCount; index++) latenciesMs.push(await scaleUp(index % hpaCount));
latenciesMs.sort((left, right) => left - right);
const [p50, p99] = [0.5, 0.99].map(
  (share) => latenciesMs[Math.min(startCount - 1, Math.floor(share * startCount))] ?? 0,
);
console.log(`from a change of the count to the message: p50 ${seconds(p50)} s, p99 ${seconds(p99)} s of ${startCount}`);
const memory = await readFile(`/proc/${notifier.pid}/status`, 'utf8');
const mebibytes = (name: string): string =>
  (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(memory)?.[1]) / 1024).toFixed(0);
console.log(`resident memory: ${mebibytes('VmRSS')} MiB, at most ${mebibytes('VmHWM')} MiB`);

changing.stop();
notifier.kill('SIGTERM');
await once(notifier, 'exit');
await new Promise((closed) => receiver.close(closed));
await served.close();
await rm(folder, { recursive: true });

async function createHpa(index: number): Promise<void> {
  const name = `web-${index}`;
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
  const metadata = { namespace: 'shop', name };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  const deployment = await client.create(DEPLOYMENTS, { metadata, spec });
  const status = { replicas: 2, readyReplicas: 2, availableReplicas: 2, observedGeneration: 1 };
  await client.replace(DEPLOYMENTS, { ...deployment, status }, { subresource: 'status' });
  const target = { type: 'Utilization', averageUtilization: 80 };
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  await client.create(HPAS, { metadata, spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 10, metrics } });
  await writeStatus(index, 2, 2);
}

async function writeStatus(index: number, current: number, desired: number, lastScaleTime?: string): Promise<void> {
  const hpa = await client.get(HPAS, { namespace: 'shop', name: `web-${index}` });
  const averageUtilization = 20 + Math.floor(Math.random() * 40);
  const currentMetrics = [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } }];
  const status = { currentReplicas: current, desiredReplicas: desired, currentMetrics, conditions: CONDITIONS };
  const scaled = lastScaleTime === undefined ? {} : { lastScaleTime };
  await client.replace(HPAS, { ...hpa, status: { ...status, ...scaled } }, { subresource: 'status' });
}

/** Each HPA is written once in a period, evenly spread, with other numbers each time. */
function changeStatuses(): { stop(): void } {
  let index = 0;
  let isStopped = false;
  const turn = async (): Promise<void> => {
    while (!isStopped) {
      await writeStatus(index % (hpaCount ?? 1), 2, 2).catch(() => undefined);
      index += 1;
      await delay(SYNC_MS / (hpaCount ?? 1));
    }
  };
  void turn();
  return {
    stop: () => {
      isStopped = true;
    },
  };
}

/** How long the message about it took, ms. */
async function scaleUp(index: number): Promise<number> {
  const name = `web-${index}`;
  arrivals.delete(name);
  const scale = await client.getScale(DEPLOYMENTS, { namespace: 'shop', name });
  const changedAtMs = performance.now();
  await client.replaceScale(DEPLOYMENTS, { ...scale, spec: { replicas: (scale.spec.replicas ?? 0) + 1 } });
  await writeStatus(index, scale.spec.replicas ?? 0, (scale.spec.replicas ?? 0) + 1, formatRfc3339(ioClock.wallMs()));
  for (;;) {
    const atMs = arrivals.get(name);
    if (atMs !== undefined) {
      await delay(START_SPACING_MS);
      return atMs - changedAtMs;
    }
    if (performance.now() - changedAtMs > 30_000) throw new Error(`nobody told of ${name}`);
    await delay(5);
  }
}

async function startNotifier(): Promise<ChildProcess> {
  await writeFile(join(folder, 'url'), `${origin}/hook`);
  const sink = `{type: webhook, urlRef: {file: url}, allowedOrigins: ["${origin}"]}`;
  const config = `cluster: {id: bench}\nsinks:\n  hook: ${sink}\nroutes: [{sinks: [hook]}]\n`;
  await writeFile(join(folder, 'notifier.yaml'), config);
  const flags = ['--leader-elect=false', `--state=file:${join(folder, 'state.db')}`, '--listen=127.0.0.1:0'];
  const words = ['notifier', `--config=${join(folder, 'notifier.yaml')}`, `--kubeconfig=${kubeconfig}`, ...flags];
  const environment = { PATH: '/usr/bin:/bin', NODE_OPTIONS: '--max-semi-space-size=4', MALLOC_ARENA_MAX: '1' };
  const child = spawn(process.execPath, [resolve('src/app/cli/main.ts'), ...words], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    if (line.includes('"the notifier runs"')) break;
    if (/"level":"(warn|error)"/.test(line)) console.error(line);
  }
  child.stderr?.resume();
  return child;
}

async function cpuSeconds({ pid }: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  // Clock ticks of a hundredth of a second: user and system.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function seconds(ms = 0): string {
  return (ms / 1000).toFixed(2);
}
