import { get } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SILENT_LOG } from '../../base/log.ts';
import { createScaledClock } from '../../platform/time/scaled-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { Pod, PodSpec, Service } from '../world/objects.ts';
import type { PodRun } from '../world/runtime/container-runtime.ts';
import { boundPort, type LoopbackNetwork, openLoopbackNetwork } from './loopback-network.ts';
import { createProcAccounting } from './proc-accounting.ts';
import { type CountedRuntime, createProcessRuntime } from './process-runtime.ts';

// Real processes, counted by /proc alone and kept to nothing: any machine and any user will do.

const io = createSystemClock();
const sh = (script: string) => ({ image: 'busybox', command: ['/bin/sh', '-c', script] });

let network: LoopbackNetwork;
let runtime: CountedRuntime;
let cluster: { pods: Pod[]; services: Service[] };
let wake: () => void;

beforeEach(async () => {
  network = await openLoopbackNetwork();
  cluster = { pods: [], services: [] };
  wake = () => undefined;
  const factory = createProcessRuntime({ ioClock: io, log: SILENT_LOG, accounting: createProcAccounting(), network });
  runtime = factory({
    clock: createScaledClock(io, { speedFactor: 1 }),
    pods: () => cluster.pods,
    services: () => cluster.services,
    onPodChange: () => wake(),
  });
});

afterEach(async () => {
  await runtime.stop();
  await network.close();
});

function addPod(name: string, container: object, spec: Partial<PodSpec> = {}): Pod {
  const metadata = { namespace: 'default', name, uid: `uid-${name}`, labels: { app: name } };
  const pod = { metadata, spec: { containers: [{ name: 'main', ...container }], ...spec } } as Pod;
  cluster.pods.push(pod);
  return pod;
}

function addService(name: string): void {
  const clusterIP = `${network.serviceAddressPrefix}.0.${cluster.services.length + 1}`;
  cluster.services.push({
    metadata: { namespace: 'default', name, uid: `uid-${name}` },
    spec: { clusterIP, ports: [{ port: 80 }], selector: { app: name } },
  });
}

const podIpOf = (pod: Pod): string => `${network.podAddressPrefix}.0.${cluster.pods.indexOf(pod) + 1}`;
const runOf = (pod: Pod): PodRun => runtime.runOf(pod, podIpOf(pod));

/** Looks again whenever the runtime says that something changed. */
async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const found = look();
    if (found !== undefined && found !== false) return found;
    await changed;
  }
}

const isUp = (pod: Pod): boolean => {
  const run = runOf(pod);
  return run.kind === 'running' && run.containers.every((container) => container.isUp);
};

/** As the kubelet does it when a pod's containers are up. */
async function becomeReady(pod: Pod): Promise<void> {
  await until(() => isUp(pod));
  const status = { phase: 'Running', podIP: podIpOf(pod), conditions: [{ type: 'Ready', status: 'True' }] };
  cluster.pods = cluster.pods.map((other) => (other === pod ? Object.assign(pod, { status }) : other));
  runtime.noteChange();
}

/** Asks until somebody listens: a listener opens in a later turn. */
async function ask(host: string): Promise<string> {
  for (;;) {
    const text = await new Promise<string | undefined>((resolve) => {
      const sent = get({ host, port: boundPort(network, 80), agent: false }, async (answer) => {
        let body = '';
        for await (const chunk of answer) body += chunk;
        resolve(body);
      });
      sent.on('error', () => resolve(undefined));
    });
    if (text !== undefined) return text;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const pidOf = (podName: string): number =>
  Number(
    runtime
      .counters()
      .find(({ pod }) => pod === podName)
      ?.origin.cpuFile.split('/')[2],
  );

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The log so far, or from now on until it holds something. */
async function printed(pod: Pod, wanted: string): Promise<string> {
  const ref = { namespace: 'default', pod: pod.metadata.name, container: 'main' };
  const options = { isFollowed: true, isPrevious: false, tailLines: null, sinceSeconds: null, hasTimestamps: false };
  let text = '';
  for await (const part of runtime.console.openLog(ref, options, AbortSignal.timeout(60_000)) ?? []) {
    text += part;
    if (text.includes(wanted)) return text;
  }
  throw new Error(`the log ended without ${JSON.stringify(wanted)}: ${text}`);
}

describe('a server', () => {
  test("does the work of php-apache's page for each request, behind its Service, and its CPU rises", async () => {
    addService('web');
    const pod = addPod('web', { image: 'registry.k8s.io/hpa-example' });
    await becomeReady(pod);
    const [before] = runtime.counters();
    for (let count = 0; count < 20; count++) expect(await ask(`${network.serviceAddressPrefix}.0.1`)).toBe('OK!');
    const [after] = runtime.counters();
    const usedSeconds = (after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0);
    // 20 million square roots take between 2 ms each million and what a slow machine takes.
    expect(usedSeconds).toBeGreaterThan(0.04);
    expect(after).toMatchObject({ namespace: 'default', pod: 'web', container: 'main' });
    expect(after?.workingSetBytes).toBeGreaterThan(10 * 2 ** 20);
    expect(after?.startedAtMs).toBe(before?.startedAtMs);
  });

  test('that falls is started again, with counters that begin anew', async () => {
    const pod = addPod('web', { image: 'nginx' });
    await until(() => isUp(pod));
    process.kill(pidOf('web'), 'SIGKILL');
    const containers = await until(() => {
      const run = runOf(pod);
      return run.kind === 'running' && run.containers[0]?.restartCount === 1 && isUp(pod) && run.containers;
    });
    expect(containers).toMatchObject([{ name: 'main', restartCount: 1, isUp: true }]);
    expect(runtime.counters()[0]?.startedAtMs).toBe(containers[0]?.startedAtMs);
  });

  test('that is told to go ends, and the pod is stopped then', async () => {
    const pod = addPod('web', { image: 'nginx' });
    await until(() => isUp(pod));
    const pid = pidOf('web');
    Object.assign(pod.metadata, { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 });
    expect(runOf(pod).kind).toBe('running');
    await until(() => runOf(pod).kind === 'stopped');
    expect(isAlive(pid)).toBe(false);
  });

  test('of an image that is not known is not started', () => {
    const pod = addPod('db', { image: 'mysql:5.7' });
    expect(runOf(pod)).toMatchObject({ kind: 'waiting', containers: [{ name: 'main', reason: 'ErrImagePull' }] });
    expect(runtime.counters()).toEqual([]);
  });

  test('of a pod with more containers than one may have is not started', () => {
    const pod = addPod('many', { image: 'nginx' });
    const containers = Array.from({ length: 5 }, (_, number) => ({ name: `c${number}`, image: 'nginx' }));
    Object.assign(pod.spec, { containers });
    expect(runOf(pod)).toMatchObject({
      kind: 'waiting',
      containers: containers.map(({ name }) => ({ name, reason: 'CreateContainerError' })),
    });
  });
});

describe('a client', () => {
  test('that asks for ever gets answers, and Ctrl+C ends it', async () => {
    addService('web');
    await becomeReady(addPod('web', { image: 'nginx' }));
    const client = addPod('load', sh('while true; do wget -q -O- http://web; done'), { restartPolicy: 'Never' });
    expect(runOf(client).kind).toBe('running');
    expect(await printed(client, 'Welcome to nginx!')).toContain('<title>');
    const typed = (async function* () {
      yield new Uint8Array([3]);
    })();
    const streams = { stdin: typed, writeStdout: () => undefined, writeStderr: () => undefined };
    const ref = { namespace: 'default', pod: 'load', container: 'main' };
    const options = { hasStdin: true, isTty: true };
    expect(await runtime.console.attach(ref, options, streams, AbortSignal.timeout(60_000))).toBe(130);
    expect(await until(() => runOf(client).kind === 'ended' && runOf(client))).toMatchObject({
      exit: { exitCode: 130 },
    });
  });

  test.each([
    ['an unknown name', 'http://webb', "wget: bad address 'webb'"],
    ['a Service without a ready pod', 'http://web', "wget: can't connect to remote host (ADDRESS): Connection refused"],
    ['a name of the world outside', 'http://example.org', "wget: bad address 'example.org'"],
  ])('that asks %s complains and fails', async (_why, url, complaint) => {
    addService('web');
    const client = addPod('once', sh(`wget -q -O- ${url}`), { restartPolicy: 'Never' });
    const ended = await until(() => {
      const run = runOf(client);
      return run.kind === 'ended' && run;
    });
    expect(ended.exit.exitCode).toBe(1);
    expect(await printed(client, '\n')).toContain(complaint.replace('ADDRESS', `${network.serviceAddressPrefix}.0.1`));
  });

  test('that asks once ends with its answer', async () => {
    addService('web');
    await becomeReady(addPod('web', { image: 'registry.k8s.io/hpa-example' }));
    await ask(`${network.serviceAddressPrefix}.0.1`);
    const client = addPod('once', sh('wget -q -O- http://web'), { restartPolicy: 'Never' });
    const ended = await until(() => {
      const run = runOf(client);
      return run.kind === 'ended' && run;
    });
    expect(ended.exit.exitCode).toBe(0);
    expect(await printed(client, 'OK!')).toBe('OK!');
  });
});

test('a load from outside reaches the pods, and the Service tells of it', async () => {
  addService('web');
  const pod = addPod('web', { image: 'nginx' });
  await becomeReady(pod);
  await ask(`${network.serviceAddressPrefix}.0.1`);
  runtime.setLoad('default/web', { kind: 'constant', perSecond: 50 });
  for (;;) {
    const load = runtime.serviceLoad('default/web');
    if (load !== undefined && load.requestsPerSecond > 20) break;
    await ask(`${network.serviceAddressPrefix}.0.1`);
  }
  runtime.setLoad('default/web', null);
  expect(runtime.serviceLoad('default/web')?.failedPerSecond).toBe(0);
});

test('the end of the runtime ends every process', async () => {
  const pods = [1, 2, 3].map((number) => addPod(`web-${number}`, { image: 'nginx' }));
  await until(() => pods.every(isUp));
  const pids = pods.map(({ metadata }) => pidOf(metadata.name));
  await runtime.stop();
  expect(pids.map(isAlive)).toEqual([false, false, false]);
});
