import { describe, expect, test } from 'vitest';
import { parseRfc3339 } from '../../../../base/rfc3339.ts';
import type { User } from '../../../apiserver/authentication.ts';
import type { Node, Pod } from '../../objects.ts';
import { DEFAULT_NODE_SIZE, labNode } from '../lab-nodes.ts';
import { Kubelet } from './kubelet.ts';
import type { NodeAccess } from './kubelet-access.ts';
import type { Meters } from './node-usage.ts';

const BOOTED_AT_MS = parseRfc3339('2026-01-01T00:00:00Z') ?? 0;
const ADDRESS = { address: '127.0.10.1', port: 10_250 };
const NODE: Node = labNode('node-1', DEFAULT_NODE_SIZE, ADDRESS, BOOTED_AT_MS);
const READER: User = { name: 'prometheus', groups: ['system:authenticated'] };

function pod(
  name: string,
  startedAfterMs: number,
  containers: readonly string[],
  limits?: Record<string, string>,
): Pod {
  const startedAt = new Date(BOOTED_AT_MS + startedAfterMs).toISOString();
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}` },
    spec: {
      nodeName: 'node-1',
      containers: containers.map((each) => ({
        name: each,
        image: `${each}:1`,
        ...(limits === undefined ? {} : { resources: { limits } }),
      })),
    },
    status: {
      phase: 'Running',
      startTime: startedAt,
      containerStatuses: containers.map((each) => ({
        name: each,
        image: `${each}:1`,
        imageID: '',
        containerID: `lab://${name}-${each}`,
        ready: true,
        restartCount: 0,
        state: { running: { startedAt } },
      })),
    },
  };
}

/** Half a core for each pod since it started, all read as of now. */
function steadyMeters(nowMs: number, pods: readonly Pod[]): Meters {
  const startOf = (key: string): number => {
    const found = pods.find(({ metadata }) => `shop/${metadata.name}` === key);
    return parseRfc3339(found?.status?.startTime ?? '') ?? 0;
  };
  const podAt = (key: string, atMs: number) => ({
    atMs,
    cpuNs: Math.max(0, atMs - startOf(key)) * 500_000,
    memoryBytes: 64 * 1024 * 1024,
  });
  return {
    readableToMs: () => nowMs,
    podAt,
    nodeAt: (_name, atMs) => ({
      atMs,
      cpuNs: pods.reduce((sum, { metadata }) => sum + podAt(`shop/${metadata.name}`, atMs).cpuNs, 0),
      memoryBytes: pods.length * 64 * 1024 * 1024,
    }),
  };
}

interface Asked {
  readonly afterMs?: number;
  readonly pods?: readonly Pod[];
  readonly grants?: readonly string[];
  readonly method?: string;
  readonly client?: User | undefined;
  readonly token?: string;
}

/** What a kubelet answers to somebody who has been granted these subresources. */
async function ask(path: string, asked: Asked = {}): Promise<Response> {
  const { afterMs = 60_000, pods = [], grants = ['metrics', 'stats', 'proxy'], method = 'GET', token } = asked;
  const client = 'client' in asked ? asked.client : READER;
  const kubelet = new Kubelet({
    nodeName: 'node-1',
    bootedAtMs: BOOTED_AT_MS,
    meters: steadyMeters(BOOTED_AT_MS + afterMs, pods),
    access: {
      userOf: async (each) => (each === 'known' ? READER : undefined),
      isAllowed: async (_user, { subresources }: NodeAccess) => subresources.some((each) => grants.includes(each)),
    },
    seed: 1,
    node: () => NODE,
    pods: () => pods,
  });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return kubelet.handle(new Request(`https://127.0.10.1:10250${path}`, { method, headers }), client);
}

async function text(path: string, asked?: Asked): Promise<string> {
  return (await ask(path, asked)).text();
}

test('/metrics/resource is a kubelet’s page, letter by letter', async () => {
  const pods = [pod('web-1', 20_000, ['app', 'sidecar']), pod('web-0', 10_000, ['app'])];
  expect(await text('/metrics/resource', { pods })).toMatchInlineSnapshot(`
    "# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
    # TYPE container_cpu_usage_seconds_total counter
    container_cpu_usage_seconds_total{container="app",namespace="shop",pod="web-0"} 19.627 1767225649254
    container_cpu_usage_seconds_total{container="app",namespace="shop",pod="web-1"} 19.0635 1767225658127
    container_cpu_usage_seconds_total{container="sidecar",namespace="shop",pod="web-1"} 0.003822 1767225658220
    # HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes
    # TYPE container_memory_working_set_bytes gauge
    container_memory_working_set_bytes{container="app",namespace="shop",pod="web-0"} 6.7108864e+07 1767225649254
    container_memory_working_set_bytes{container="app",namespace="shop",pod="web-1"} 6.7108864e+07 1767225658127
    container_memory_working_set_bytes{container="sidecar",namespace="shop",pod="web-1"} 1.048576e+06 1767225658220
    # HELP container_start_time_seconds [STABLE] Start time of the container since unix epoch in seconds
    # TYPE container_start_time_seconds gauge
    container_start_time_seconds{container="app",namespace="shop",pod="web-0"} 1.7672256095e+09
    container_start_time_seconds{container="app",namespace="shop",pod="web-1"} 1.7672256195e+09
    container_start_time_seconds{container="sidecar",namespace="shop",pod="web-1"} 1.7672256195e+09
    # HELP container_swap_limit_bytes [ALPHA] Current amount of the container swap limit in bytes. Reported only on non-windows systems
    # TYPE container_swap_limit_bytes gauge
    container_swap_limit_bytes{container="app",namespace="shop",pod="web-0"} 0 1767225649254
    container_swap_limit_bytes{container="app",namespace="shop",pod="web-1"} 0 1767225658127
    container_swap_limit_bytes{container="sidecar",namespace="shop",pod="web-1"} 0 1767225658220
    # HELP container_swap_usage_bytes [ALPHA] Current amount of the container swap usage in bytes. Reported only on non-windows systems
    # TYPE container_swap_usage_bytes gauge
    container_swap_usage_bytes{container="app",namespace="shop",pod="web-0"} 0 1767225649254
    container_swap_usage_bytes{container="app",namespace="shop",pod="web-1"} 0 1767225658127
    container_swap_usage_bytes{container="sidecar",namespace="shop",pod="web-1"} 0 1767225658220
    # HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds
    # TYPE node_cpu_usage_seconds_total counter
    node_cpu_usage_seconds_total 43.64096 1767225652358
    # HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes
    # TYPE node_memory_working_set_bytes gauge
    node_memory_working_set_bytes 1.077936128e+09 1767225652358
    # HELP node_swap_usage_bytes [ALPHA] Current swap usage of the node in bytes. Reported only on non-windows systems
    # TYPE node_swap_usage_bytes gauge
    node_swap_usage_bytes 0 1767225652358
    # HELP pod_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the pod in core-seconds
    # TYPE pod_cpu_usage_seconds_total counter
    pod_cpu_usage_seconds_total{namespace="shop",pod="web-0"} 19.442 1767225648844
    pod_cpu_usage_seconds_total{namespace="shop",pod="web-1"} 19.2298412 1767225658412
    # HELP pod_memory_working_set_bytes [STABLE] Current working set of the pod in bytes
    # TYPE pod_memory_working_set_bytes gauge
    pod_memory_working_set_bytes{namespace="shop",pod="web-0"} 6.7633152e+07 1767225648844
    pod_memory_working_set_bytes{namespace="shop",pod="web-1"} 6.8681728e+07 1767225658412
    # HELP pod_swap_usage_bytes [ALPHA] Current amount of the pod swap usage in bytes. Reported only on non-windows systems
    # TYPE pod_swap_usage_bytes gauge
    pod_swap_usage_bytes{namespace="shop",pod="web-0"} 0 1767225648844
    pod_swap_usage_bytes{namespace="shop",pod="web-1"} 0 1767225658412
    # HELP resource_scrape_error [STABLE] 1 if there was an error while getting container metrics, 0 otherwise
    # TYPE resource_scrape_error gauge
    resource_scrape_error 0
    "
  `);
});

test('/metrics/cadvisor shows the same samples with the labels of cAdvisor', async () => {
  const pods = [pod('web-0', 10_000, ['app'], { cpu: '500m', memory: '128Mi' })];
  const page = await text('/metrics/cadvisor', { pods });
  const resource = await text('/metrics/resource', { pods });
  const container = /^container_cpu_usage_seconds_total\{container="app".*\} (\S+ \d+)$/m;
  expect(container.exec(page)?.[1]).toBe(container.exec(resource)?.[1]);
  expect(page.split('\n').filter((line) => /^container_(cpu|spec)/.test(line) && line.includes('"app"'))).toEqual([
    expect.stringMatching(
      /^container_cpu_usage_seconds_total\{container="app",cpu="total",id="\/kubepods\/poduid-web-0\/web-0-app",image="app:1",name="web-0-app",namespace="shop",pod="web-0"\} /,
    ),
    expect.stringMatching(/^container_spec_cpu_period\{.*\} 100000$/),
    expect.stringMatching(/^container_spec_cpu_quota\{.*\} 50000$/),
    expect.stringMatching(/^container_spec_cpu_shares\{.*\} 512$/),
    expect.stringMatching(/^container_spec_memory_limit_bytes\{.*\} 1\.34217728e\+08$/),
  ]);
  expect(page).toContain('machine_cpu_cores{boot_id="",machine_id="",system_uuid=""} 8\n');
});

test('/stats/summary tells the same, and the rate of the last two samples', async () => {
  const pods = [pod('web-0', 10_000, ['app'], { memory: '128Mi' })];
  const [full, short] = await Promise.all(
    ['', '?only_cpu_and_memory=true'].map(async (query) => JSON.parse(await text(`/stats/summary${query}`, { pods }))),
  );
  const [container] = full.pods[0].containers;
  const { time } = container.cpu;
  const swap = { time, swapAvailableBytes: 0, swapUsageBytes: 0 };
  expect(container).toEqual({
    name: 'app',
    startTime: '2026-01-01T00:00:09Z',
    cpu: { time: expect.any(String), usageNanoCores: 500_000_000, usageCoreNanoSeconds: expect.any(Number) },
    memory: {
      time,
      availableBytes: 64 * 1024 * 1024,
      usageBytes: 64 * 1024 * 1024,
      workingSetBytes: 64 * 1024 * 1024,
      rssBytes: 64 * 1024 * 1024,
    },
    swap,
  });
  expect(full.pods[0].podRef).toEqual({ name: 'web-0', namespace: 'shop', uid: 'uid-web-0' });
  expect(full.node.nodeName).toBe('node-1');
  expect(Math.abs(full.node.cpu.usageNanoCores - 620_000_000)).toBeLessThan(2);
  const own = full.node.systemContainers as readonly { name: string; cpu: { usageNanoCores: number } }[];
  expect(own.map(({ name, cpu }) => [name, Math.round(cpu.usageNanoCores / 1e6)])).toEqual([
    ['kubelet', 48],
    ['runtime', 42],
    ['pods', 500],
  ]);
  // The short form is the same without swap.
  const { swap: _, ...cpuAndMemory } = container;
  expect(short.pods[0].containers).toEqual([cpuAndMemory]);
  expect(short.node.systemContainers).toEqual(full.node.systemContainers);
  expect(JSON.stringify(full)).toContain('swap');
  expect(JSON.stringify(short)).not.toContain('swap');
  expect(JSON.parse(await text('/stats/summary?only_cpu_and_memory=false', { pods }))).toEqual(full);
});

test('/metrics tells of the kubelet itself', async () => {
  const page = await text('/metrics', { pods: [pod('web-0', 10_000, ['app', 'sidecar'])] });
  expect(page.split('\n').filter((line) => line.startsWith('kubelet'))).toEqual([
    'kubelet_cgroup_version 2',
    'kubelet_node_name{node="node-1"} 1',
    'kubelet_running_containers{container_state="running"} 2',
    'kubelet_running_pods 1',
  ]);
});

test('a container is shown from its first sample on, which comes within 2.5 s of its start', async () => {
  const pods = [pod('web-0', 10_000, ['app'])];
  expect(await text('/metrics/resource', { pods, afterMs: 10_000 })).not.toContain('"app"');
  const page = await text('/metrics/resource', { pods, afterMs: 12_500 });
  expect(page).toContain('"app"');
  expect(
    JSON.parse(await text('/stats/summary', { pods, afterMs: 12_500 })).pods[0].containers[0].cpu,
  ).not.toHaveProperty('usageNanoCores');
});

describe('who may ask', () => {
  test.each<readonly [why: string, path: string, asked: Asked, status: number, body: string]>([
    ['nobody', '/metrics', { client: undefined }, 401, 'Unauthorized'],
    ['a token of nobody', '/metrics', { client: undefined, token: 'x' }, 401, 'Unauthorized'],
    ['a known token', '/healthz', { client: undefined, token: 'known' }, 200, 'ok'],
    [
      'somebody without the right, as metrics-server is told',
      '/metrics/resource',
      { grants: [] },
      403,
      'Forbidden (user=prometheus, verb=get, resource=nodes, subresource(s)=[metrics])\n',
    ],
    [
      'the right to metrics, asking for stats',
      '/stats/summary',
      { grants: ['metrics'] },
      403,
      'Forbidden (user=prometheus, verb=get, resource=nodes, subresource(s)=[stats])\n',
    ],
    [
      'neither of two rights that would do',
      '/pods',
      { grants: ['metrics'] },
      403,
      'Forbidden (user=prometheus, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    ],
    ['the finer of two rights', '/healthz', { grants: ['healthz'] }, 200, 'ok'],
    ['the older of two rights', '/healthz', { grants: ['proxy'] }, 200, 'ok'],
    [
      'a path that begins like another is no part of it',
      '/metricsx',
      { grants: ['metrics'] },
      403,
      'Forbidden (user=prometheus, verb=get, resource=nodes, subresource(s)=[proxy])\n',
    ],
    [
      'a POST is a create',
      '/metrics',
      { grants: [], method: 'POST' },
      403,
      'Forbidden (user=prometheus, verb=create, resource=nodes, subresource(s)=[metrics])\n',
    ],
    ['a POST by who may', '/metrics', { method: 'POST' }, 405, '405: Method Not Allowed\n'],
  ])('%s', async (_why, path, asked, status, body) => {
    const answer = await ask(path, asked);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
  });
});

test.each([
  ['/metrics/resources', '/metrics/resource'],
  ['/metrics/resource/v1alpha1', '/metrics/resource'],
  ['/metrics/cadvisors', '/metrics/cadvisor'],
  ['/stats/sumary', '/stats/summary'],
  ['/metric', '/metrics'],
  ['/health', '/healthz'],
])('%s is answered with 404 naming %s', async (path, right) => {
  const answer = await ask(path);
  expect([answer.status, await answer.text()]).toEqual([
    404,
    `404 page not found: ${path} is not served by this kubelet; try ${right} (it serves /healthz, /metrics, /metrics/cadvisor, /metrics/resource, /pods, /stats/summary)\n`,
  ]);
});
