import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { UsageChain } from '../../core/explain/usage-chain.ts';
import { podsJson, traceJson, traceText } from './top-report.ts';

const AT_MS = Date.UTC(2026, 10, 22, 5, 50, 30);

/** The example of the how-to pages. */
const EXAMPLE: UsageChain = {
  namespace: 'shop',
  name: 'web-0',
  atMs: AT_MS,
  links: [
    { code: 'PodRunning', node: 'node-1', containers: ['app'] },
    { code: 'NodeReady', node: 'node-1' },
    { code: 'CgroupCounters', container: 'app', id: 'containerd://931d9c2e5842', version: 2 },
    {
      code: 'TwoSamples',
      container: 'app',
      earlierAtMs: AT_MS - 17_590,
      earlierCpuNanoseconds: 13_558_410_000,
      laterAtMs: AT_MS - 4_993,
      laterCpuNanoseconds: 16_077_810_000,
      memoryBytes: 50_331_648,
      ageMs: 4_993,
    },
    {
      code: 'Rate',
      container: 'app',
      cpuNanoseconds: 2_519_400_000,
      windowMs: 12_597,
      cpu: '200m',
      memory: '48Mi',
    },
    {
      code: 'ApiServed',
      version: 'v1',
      sampleAtMs: AT_MS - 17_000,
      windowMs: 15_000,
      ageMs: 17_000,
      containers: [{ name: 'app', cpu: '200m', memory: '48Mi' }],
    },
    {
      code: 'HpaFails',
      hpa: 'shop/web',
      metric: {
        code: 'MetricFailed',
        index: 0,
        sourceType: 'Resource',
        name: 'cpu resource utilization (percentage of request)',
        reason: 'FailedGetResourceMetric',
        message: 'failed to get cpu utilization: missing request for cpu in container app of Pod web-0',
      },
    },
  ],
};

test.each(['en', 'zh-CN'] as const)(
  'a person reads the verdict, what to do, and a line for each link (%s)',
  (language) => {
    const page = readFileSync(`docs/how-to/${language}/where-a-number-comes-from.md`, 'utf8');
    const [, shown] = /```text\n([\s\S]*?)```/.exec(page) ?? [];
    expect(shown).toBe(traceText(EXAMPLE, language));
  },
);

test('a program reads codes with their parameters, beside the sentences', () => {
  const { links, ...head } = JSON.parse(traceJson(EXAMPLE, 'en'));
  expect(head).toEqual({
    apiVersion: 'podtide.dev/v1',
    kind: 'UsageTrace',
    pod: { namespace: 'shop', name: 'web-0' },
    at: '2026-11-22T05:50:30Z',
    verdict: 'unused',
    headline: expect.stringContaining('missing request for cpu in container app'),
    remedy: expect.stringContaining('Set the request'),
  });
  expect(links).toHaveLength(EXAMPLE.links.length);
  expect(links[4]).toEqual({
    topic: 'rate',
    standing: 'holds',
    code: 'Rate',
    container: 'app',
    cpuNanoseconds: 2_519_400_000,
    windowMs: 12_597,
    cpu: '200m',
    memory: '48Mi',
    text: 'app: 2.5194 s of CPU / 12.597 s = 0.2 cores, 200m on the wire; memory as of the later sample: 48Mi',
  });
});

test('a pod that is served without any container has no instant and no age', () => {
  const empty = {
    namespace: 'shop',
    name: 'web-0',
    labels: {},
    atMs: -62_135_596_800_000,
    windowMs: 0,
    containers: [],
  };
  const reading = { origin: { kind: 'kubelets' }, atMs: AT_MS, namespace: null, pods: [empty] } as const;
  expect(JSON.parse(podsJson(reading)).items).toEqual([
    { namespace: 'shop', name: 'web-0', timestamp: null, windowMs: null, ageMs: null, usage: {}, containers: [] },
  ]);
});
