import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type ContainerReading, resourceAnswer } from '../../../test/kubelet/resource-answer.ts';
import { KUBELET_SCRAPE_SLOW_MS, PROBE_SCRAPES_COUNT_MAX } from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { ScrapeProblem } from '../../core/explain/scrape-problem.ts';
import { projectNode } from './node-projection.ts';
import { PodProjection } from './pod-projection.ts';
import { ScrapeFailure } from './scrape-failure.ts';
import {
  PROBE_SPACING_MS,
  PROBE_WAIT_MS_MAX,
  type ProbedUsage,
  type ProbeWait,
  probeUsage,
  type UsageProbeOptions,
} from './usage-probe.ts';

const START_AT_MS = Date.UTC(2026, 0, 1);
const NODE = projectNode({ metadata: { name: 'n1' } });
const POD = new PodProjection().project({ metadata: { namespace: 'shop', name: 'web-0' }, spec: { nodeName: 'n1' } });

/** What a kubelet answers when so many ms have passed, and how often each node was asked. */
async function probed(
  answers: Readonly<Record<string, (elapsedMs: number) => string | ScrapeProblem | 'hangs'>>,
  options: Partial<UsageProbeOptions> = {},
) {
  const clock = new VirtualClock({ startAtMs: START_AT_MS, turn: () => setImmediate() });
  const askedAtMs: Record<string, number[]> = {};
  const waits: ProbeWait[] = [];
  const work = probeUsage(
    {
      kubelets: {
        urlOf: ({ name }) => `https://api.test/api/v1/nodes/${name}/proxy/metrics/resource`,
        fetch: async ({ name }) => {
          const elapsedMs = clock.nowMs() - START_AT_MS;
          askedAtMs[name] = [...(askedAtMs[name] ?? []), elapsedMs];
          const answer = answers[name]?.(elapsedMs) ?? '';
          if (answer === 'hangs') return await new Promise<never>(() => {});
          if (typeof answer !== 'string') throw new ScrapeFailure(name, answer);
          return Buffer.from(answer);
        },
        forget: () => {},
        close: async () => {},
      },
      clock,
      ioClock: clock,
      nodes: [NODE],
      pods: [POD],
      isOfNodes: false,
      requestTimeoutMs: 10_000,
      onWait: (wait) => waits.push(wait),
      ...options,
    },
    new AbortController().signal,
  );
  let usage: ProbedUsage | undefined;
  const finished = work.then((result) => {
    usage = result;
  });
  for (let second = 0; second < 60 && usage === undefined; second += 1) await clock.runBy(1_000);
  await finished;
  return { usage: usage as ProbedUsage, askedAtMs, waits };
}

/** A page whose samples are from every `periodMs`, as cAdvisor's are. */
function page(periodMs: number, change: Partial<ContainerReading> = {}): (elapsedMs: number) => string {
  return (elapsedMs) => {
    const atSeconds = (START_AT_MS + Math.floor(elapsedMs / periodMs) * periodMs) / 1000;
    const elapsedSeconds = atSeconds - START_AT_MS / 1000;
    const reading = { namespace: 'shop', pod: 'web-0', container: 'app', memoryBytes: 2 ** 20, atSeconds };
    return resourceAnswer([{ ...reading, cpuSeconds: 100 + 0.25 * elapsedSeconds, ...change }], {
      cpuSeconds: 1_000 + elapsedSeconds,
      memoryBytes: 2 ** 30,
      atSeconds,
    });
  };
}

describe('probeUsage', () => {
  test('scrapes until the kubelet has measured again, and no more often than it needs', async () => {
    const { usage, askedAtMs, waits } = await probed({ n1: page(12_000) });
    expect(askedAtMs).toEqual({ n1: [0, 5_000, 10_000, 15_000] });
    expect(waits).toEqual([{ nodeCount: 1, waitMsMax: PROBE_WAIT_MS_MAX }]);
    expect(usage.podMetrics(POD)).toMatchObject({
      atMs: START_AT_MS + 12_000,
      windowMs: 12_000,
      containers: [{ name: 'app', usage: { cpu: '250m', memory: '1Mi' } }],
    });
    expect(usage.gap(POD)).toBeUndefined();
  });

  test('one scrape is enough for a container that counts from its start', async () => {
    const startSeconds = START_AT_MS / 1000 - 12;
    const { usage, askedAtMs, waits } = await probed({ n1: page(12_000, { startSeconds, cpuSeconds: 3 }) });
    expect({ askedAtMs, waits }).toEqual({ askedAtMs: { n1: [0] }, waits: [] });
    expect(usage.trace(POD)?.containers[0]).toMatchObject({
      isFromStart: true,
      rate: { windowMs: 12_000, cpu: '250m' },
    });
  });

  test('gives up a little after samples must have come', async () => {
    const { usage, askedAtMs } = await probed({ n1: page(3_600_000) });
    expect(askedAtMs['n1']?.at(-1)).toBe(PROBE_WAIT_MS_MAX);
    expect(askedAtMs['n1']).toHaveLength(1 + PROBE_WAIT_MS_MAX / PROBE_SPACING_MS);
    expect(usage.gap(POD)).toEqual({ kind: 'oneSample', container: 'app', atMs: START_AT_MS });
    expect(usage.podMetrics(POD)).toBeUndefined();
  });

  test('nodes that fail or hang are named, not tried again, and delay nobody for longer than a scrape may take', async () => {
    const nodes = ['n1', 'n2', 'n3'].map((name) => projectNode({ metadata: { name } }));
    const { usage, askedAtMs } = await probed(
      { n1: page(12_000), n2: () => ({ code: 'ProxyUnauthorized' }), n3: () => 'hangs' },
      { nodes, pods: [], isOfNodes: true },
    );
    expect(Object.fromEntries(usage.problems)).toEqual({
      n2: { code: 'ProxyUnauthorized' },
      n3: { code: 'TimedOut', address: 'api.test', afterMs: 10_000 },
    });
    expect(askedAtMs).toEqual({ n1: [0, 15_000], n2: [0], n3: [0] });
    expect(nodes.map((node) => usage.nodeMetrics(node)?.usage['cpu'])).toEqual(['1', undefined, undefined]);
  });

  test.each([
    { why: 'another pod', change: { pod: 'other' }, gap: { kind: 'notReported' } },
    { why: 'no CPU', change: { cpuSeconds: 0 }, gap: { kind: 'zero', container: 'app', lacks: 'CPU' } },
    { why: 'no memory', change: { memoryBytes: 0 }, gap: { kind: 'zero', container: 'app', lacks: 'memory' } },
  ])('a page with $why is not worth waiting for', async ({ change, gap }) => {
    const { usage, askedAtMs } = await probed({ n1: page(12_000, change) });
    expect(askedAtMs).toEqual({ n1: [0] });
    expect(usage.gap(POD)).toEqual(gap);
  });

  test('a node that fails on the way is not tried a third time', async () => {
    const failing = (elapsedMs: number) =>
      elapsedMs === 0 ? page(60_000)(0) : ({ code: 'ProxyUnauthorized' } as const);
    const { usage, askedAtMs } = await probed({ n1: failing });
    expect(askedAtMs).toEqual({ n1: [0, 5_000] });
    expect(usage.problems.get('n1')).toEqual({ code: 'ProxyUnauthorized' });
  });

  test('a container that has exited, and so reports nothing, does not make its pod unknown', async () => {
    const withExited = (elapsedMs: number): string =>
      `${page(12_000)(elapsedMs)}container_cpu_usage_seconds_total{container="init",namespace="shop",pod="web-0"} 0\n`;
    const exited = { name: 'init', state: {} };
    const pod = new PodProjection().project({
      metadata: { namespace: 'shop', name: 'web-0' },
      spec: { nodeName: 'n1' },
      status: { initContainerStatuses: [exited] },
    });
    const { usage } = await probed({ n1: withExited }, { pods: [pod] });
    expect(usage.podMetrics(pod)?.containers.map(({ name }) => name)).toEqual(['app']);
  });

  test('a counter that went back', async () => {
    const falling = (elapsedMs: number): string => page(4_000, { cpuSeconds: elapsedMs === 0 ? 100 : 1 })(elapsedMs);
    const { usage } = await probed({ n1: falling });
    expect(usage.gap(POD)).toEqual({ kind: 'wentBack', container: 'app' });
  });

  test('no more scrapes are under way than the API server can be asked for, and those that hang make room once', async () => {
    const nodes = Array.from({ length: 3 * PROBE_SCRAPES_COUNT_MAX }, (_, index) =>
      projectNode({ metadata: { name: `n${index}` } }),
    );
    const hanging = Object.fromEntries(nodes.map(({ name }) => [name, () => 'hangs' as const]));
    const { usage, askedAtMs } = await probed(hanging, { nodes, pods: [], isOfNodes: true });
    const atOnce = (elapsedMs: number): number => Object.values(askedAtMs).filter(([at]) => at === elapsedMs).length;
    expect([0, KUBELET_SCRAPE_SLOW_MS, KUBELET_SCRAPE_SLOW_MS + 10_000].map(atOnce)).toEqual([32, 32, 32]);
    expect(usage.problems.size).toBe(96);
  });

  test('whoever stops it is heard at once', async () => {
    const clock = new VirtualClock({ startAtMs: START_AT_MS, turn: () => setImmediate() });
    const stop = new AbortController();
    const kubelets = {
      urlOf: () => 'https://api.test/',
      fetch: () => new Promise<never>(() => {}),
      forget: () => {},
      close: async () => {},
    };
    const options = { kubelets, clock, ioClock: clock, nodes: [NODE], pods: [POD], isOfNodes: false };
    const work = probeUsage({ ...options, requestTimeoutMs: 10_000 }, stop.signal);
    stop.abort(new Error('stopped by SIGINT'));
    await expect(work).rejects.toThrow('stopped by SIGINT');
  });
});
