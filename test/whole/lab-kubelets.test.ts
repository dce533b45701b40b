import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApiServer } from '../../src/lab/apiserver/api-server.ts';
import { BUILT_IN_KINDS } from '../../src/lab/apiserver/kinds/all.ts';
import { SCHEMA_BOOK } from '../../src/lab/apiserver/schema-book.ts';
import { DEPLOYMENTS, NODES, type Node, PODS, type Pod, SERVICES } from '../../src/lab/world/objects.ts';
import type { KubeObject } from '../../src/platform/kube/client.ts';
import { LabCluster } from './support/lab-cluster.ts';

const ADMIN = { name: 'admin', groups: ['system:masters'] };

let cluster: LabCluster;
beforeEach(async () => {
  cluster = new LabCluster();
  await cluster.start();
});
afterEach(() => cluster.end());

async function page(nodeName: string, path = '/metrics/resource'): Promise<string> {
  const answer = await cluster.world.kubelets
    .get(nodeName)
    ?.handle(new Request(`https://${nodeName}:10250${path}`), ADMIN);
  expect(answer?.status).toBe(200);
  return (await answer?.text()) ?? '';
}

interface Sample {
  readonly value: number;
  readonly atMs: number;
}

/** The first series of a metric that names the pod, or the one without labels. */
function sampleOf(text: string, metric: string, pod?: string): Sample | undefined {
  const line = text
    .split('\n')
    .find((each) => each.startsWith(metric) && (pod === undefined || each.includes(`pod="${pod}"`)));
  const [, value, atMs] = line?.split(' ') ?? [];
  return value === undefined ? undefined : { value: Number(value), atMs: Number(atMs) };
}

function deployment(name: string, count: number): KubeObject {
  const labels = { app: name };
  const container = { name: 'app', image: 'shop:1', resources: { limits: { cpu: '500m' }, requests: { cpu: '100m' } } };
  return {
    metadata: { name, namespace: 'default' },
    ...{
      spec: {
        replicas: count,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
  };
}

async function startLoadedPod(): Promise<Pod> {
  await cluster.client.create(DEPLOYMENTS, deployment('web', 1));
  await cluster.client.create(SERVICES, {
    metadata: { name: 'web', namespace: 'default' },
    ...{ spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
  });
  await cluster.runTo(10);
  // 10 ms of CPU for each of 20 requests a second: 200m, and one millicore of idling.
  cluster.world.setLoad('default/web', { kind: 'constant', perSecond: 20 });
  const [pod] = await cluster.list<Pod>(PODS, 'default');
  if (pod === undefined) throw new Error('no pod');
  return pod;
}

test('counters rise by the plant’s load: over two scrapes, each pod’s rate is what it works', async () => {
  const pod = await startLoadedPod();
  const node = pod.spec.nodeName ?? '';
  await cluster.runTo(60);
  const read = async () => sampleOf(await page(node), 'container_cpu_usage_seconds_total', pod.metadata.name);
  const first = await read();
  await cluster.runTo(120);
  const second = await read();
  if (first === undefined || second === undefined) throw new Error('no sample');
  const rateMilli = ((second.value - first.value) / (second.atMs - first.atMs)) * 1e6;
  expect(Math.abs(rateMilli - 200)).toBeLessThan(3);
  expect(second.atMs - first.atMs).toBeGreaterThanOrEqual(45_000);
});

test('counters never go back, and samples come 10 s to 15 s apart, while pods come and go', async () => {
  const pod = await startLoadedPod();
  const node = pod.spec.nodeName ?? '';
  const seen = { node: [] as Sample[], pod: [] as Sample[] };
  for (let second = 30; second <= 120; second += 5) {
    await cluster.runTo(second);
    if (second === 60) await cluster.client.create(DEPLOYMENTS, deployment('other', 3));
    if (second === 90) await cluster.client.delete(DEPLOYMENTS, { namespace: 'default', name: 'other' });
    const text = await page(node);
    const samples = [
      ['node', sampleOf(text, 'node_cpu_usage_seconds_total')],
      ['pod', sampleOf(text, 'container_cpu_usage_seconds_total', pod.metadata.name)],
    ] as const;
    for (const [what, sample] of samples) {
      if (sample !== undefined && sample.atMs !== seen[what].at(-1)?.atMs) seen[what].push(sample);
    }
  }
  for (const samples of Object.values(seen)) {
    expect(samples.length).toBeGreaterThanOrEqual(6);
    for (const [index, sample] of samples.slice(1).entries()) {
      const before = samples[index];
      expect(sample.value).toBeGreaterThan(before?.value ?? Number.POSITIVE_INFINITY);
      expect(sample.atMs - (before?.atMs ?? 0)).toBeGreaterThanOrEqual(10_000);
      expect(sample.atMs - (before?.atMs ?? 0)).toBeLessThanOrEqual(15_000);
    }
  }
});

test('reading kubelets changes nothing of what is served of them', async () => {
  const served: unknown[] = [];
  for (const isRead of [false, true]) {
    await cluster.end();
    cluster = new LabCluster();
    await cluster.start();
    const pod = await startLoadedPod();
    for (let second = 11; second <= 90; second++) {
      await cluster.runTo(second);
      if (isRead) await page(pod.spec.nodeName ?? '');
    }
    const { signal } = new AbortController();
    served.push(await cluster.usage.listPods({ namespace: null, labelSelector: '' }, signal));
  }
  expect(served[1]).toEqual(served[0]);
  expect(served[0]).toHaveLength(1);
});

test('the node proxy reaches the kubelet, by name and by port, and nothing else', async () => {
  const ask = async (path: string) => {
    const request = new Request(`https://x/api/v1/nodes/${path}`, { headers: { authorization: 'Bearer whole-test' } });
    const answer = await cluster.server.handle(request);
    return [answer.status, await answer.text()] as const;
  };
  await cluster.runTo(20);
  expect(await ask('node-1/proxy/healthz')).toEqual([200, 'ok']);
  expect(await ask('node-1:10250/proxy/healthz')).toEqual([200, 'ok']);
  expect(await ask('https:node-1:10250/proxy/healthz')).toEqual([200, 'ok']);
  expect((await ask('node-1/proxy/metrics/resource'))[1]).toContain('node_cpu_usage_seconds_total ');
  expect((await ask('node-1/proxy/metrics/wrong'))[0]).toBe(404);
  const [status, body] = await ask('node-1:9100/proxy/metrics');
  expect([status, JSON.parse(body).message]).toEqual([
    503,
    'error trying to reach service: dial tcp 127.0.10.1:9100: connect: connection refused',
  ]);
  expect(JSON.parse((await ask('node-9/proxy/metrics'))[1]).message).toBe('nodes "node-9" not found');
});

test('nodes say where they are', async () => {
  const nodes = await cluster.client.list<Node>(NODES);
  expect(nodes.items.map(({ status }) => [status?.addresses?.[0], status?.daemonEndpoints])).toEqual(
    [1, 2, 3].map((number) => [
      { type: 'InternalIP', address: `127.0.10.${number}` },
      { kubeletEndpoint: { Port: 10_250 } },
    ]),
  );
});

test('the node proxy passes on what the user asks for, without the user’s credentials', async () => {
  const seen: Record<string, string>[] = [];
  const server = createApiServer({
    clock: cluster.clock,
    ioClock: cluster.io,
    kinds: BUILT_IN_KINDS,
    schemaBook: SCHEMA_BOOK,
    tokens: { admin: ADMIN },
    nodeProxy: (_call, request) => {
      seen.push(Object.fromEntries(request.headers));
      return Promise.resolve(new Response('ok'));
    },
  });
  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    server.handle(
      new Request(`https://x${path}`, {
        method,
        headers: { authorization: 'Bearer admin', ...headers },
        ...(body === undefined ? {} : { body }),
      }),
    );
  const node = JSON.stringify({ metadata: { name: 'n1' } });
  expect((await send('POST', '/api/v1/nodes', { 'content-type': 'application/json' }, node)).status).toBe(201);
  const headers = { accept: 'text/plain', 'x-remote-user': 'root', 'user-agent': 'prometheus' };
  expect((await send('GET', '/api/v1/nodes/n1/proxy/metrics', headers)).status).toBe(200);
  expect(seen).toEqual([{ accept: 'text/plain', 'user-agent': 'prometheus', 'x-forwarded-for': '127.0.0.1' }]);
  await server.close();
});
