import { describe, expect, test } from 'vitest';
import type { MetricFailed, MetricProposed, PathTrace } from '../engine/trace.ts';
import { explainUsageChain } from './explain-usage-chain.ts';
import { firstBrokenLink, type LinkCode, type LinkOf, standingOf, type UsageLink } from './usage-chain.ts';

const AT_MS = Date.UTC(2026, 0, 1);
const options = { formatTime: (atMs: number) => new Date(atMs).toISOString() };

const PROPOSED: MetricProposed = {
  code: 'MetricProposed',
  index: 0,
  sourceType: 'Resource',
  name: 'cpu resource utilization (percentage of request)',
  targetKind: 'utilization',
  target: 50,
  current: 201,
  currentRawMilli: 201,
  pods: null,
  tolerance: { down: 0.1, up: 0.1 },
  usageRatio: 4.02,
  filledRatio: null,
  multiplier: 1,
  rule: 'RatioApplied',
  proposedReplicas: 5,
};
const FAILED: MetricFailed = {
  code: 'MetricFailed',
  index: 0,
  sourceType: 'Resource',
  name: 'memory resource utilization (percentage of request)',
  reason: 'FailedGetResourceMetric',
  message: 'missing request for memory in container app of Pod web-0',
};
const DISABLED: PathTrace = { code: 'Disabled', currentReplicas: 0, minReplicas: 1, maxReplicas: 5 };
const PAIR = {
  container: 'app',
  earlierAtMs: AT_MS,
  earlierCpuNanoseconds: 2_500_000_000,
  laterAtMs: AT_MS + 12_597,
  laterCpuNanoseconds: 5_000_000_000,
  memoryBytes: 2 ** 20,
  ageMs: 4_993,
} as const;

/** One link of each code, and what both languages must print of it. */
const LINKS: { readonly [Code in LinkCode]: readonly [link: LinkOf<Code>, ...facts: string[]] } = {
  PodRunning: [{ code: 'PodRunning', node: 'n1', containers: ['app', 'log'] }, 'n1', 'app', 'log'],
  PodMissing: [{ code: 'PodMissing' }],
  PodUnscheduled: [
    { code: 'PodUnscheduled', reason: 'Unschedulable', message: '0/3 nodes' },
    'Unschedulable',
    '0/3 nodes',
  ],
  PodNotRunning: [
    { code: 'PodNotRunning', phase: 'Pending', reason: 'ImagePullBackOff' },
    'Pending',
    'ImagePullBackOff',
  ],
  NodeReady: [{ code: 'NodeReady', node: 'n1' }, 'n1'],
  NodeMissing: [{ code: 'NodeMissing', node: 'n1' }, 'n1'],
  NodeNotReady: [{ code: 'NodeNotReady', node: 'n1', reason: 'Gone', message: 'no posts' }, 'n1', 'Gone', 'no posts'],
  NodeUnseen: [{ code: 'NodeUnseen', node: 'n1', message: 'forbidden' }, 'n1', 'forbidden'],
  CgroupCounters: [
    { code: 'CgroupCounters', container: 'app', id: 'containerd://ab', version: 2 },
    'app',
    'containerd://ab',
    'usage_usec',
    'memory.current',
  ],
  KubeletFailed: [
    { code: 'KubeletFailed', node: 'n1', problem: { code: 'ProxyUnreached', detail: 'connection refused' } },
    'n1',
    'connection refused',
  ],
  KubeletUnseen: [
    { code: 'KubeletUnseen', node: 'n1', problem: { code: 'ProxyDenied', answer: 'no nodes/proxy' } },
    'n1',
    'no nodes/proxy',
  ],
  PodNotReported: [{ code: 'PodNotReported', node: 'n1' }, 'n1'],
  ZeroSample: [{ code: 'ZeroSample', container: 'app', lacks: 'CPU' }, 'app', 'CPU'],
  OneSample: [{ code: 'OneSample', container: 'app', sampleAtMs: AT_MS }, 'app', '2026-01-01T00:00:00.000Z'],
  CounterWentBack: [{ code: 'CounterWentBack', container: 'app' }, 'app'],
  TwoSamples: [{ code: 'TwoSamples', ...PAIR }, 'app', '2.5', '5', '2026-01-01T00:00:12.597Z', '4.993'],
  SampleSinceStart: [{ code: 'SampleSinceStart', ...PAIR }, 'app', '5', '2026-01-01T00:00:12.597Z'],
  Rate: [
    { code: 'Rate', container: 'app', cpuNanoseconds: 2_500_000_000, windowMs: 12_500, cpu: '200m', memory: '1Mi' },
    'app',
    '2.5',
    '12.5',
    '0.2',
    '200m',
    '1Mi',
  ],
  ApiServed: [
    {
      code: 'ApiServed',
      version: 'v1',
      sampleAtMs: AT_MS,
      windowMs: 15_000,
      ageMs: 2_000,
      containers: [{ name: 'app', cpu: '200m', memory: '1Mi' }],
    },
    'v1',
    'app 200m 1Mi',
    '15',
    '2',
  ],
  ApiServedEmpty: [{ code: 'ApiServedEmpty', version: 'v1' }, 'v1'],
  ApiMissing: [{ code: 'ApiMissing' }],
  ApiUnavailable: [
    { code: 'ApiUnavailable', version: 'v1', reason: 'MissingEndpoints', message: 'none' },
    'v1.metrics.k8s.io',
    'MissingEndpoints',
    'none',
  ],
  ApiUnseen: [{ code: 'ApiUnseen', message: 'forbidden' }, 'forbidden'],
  PodNotServed: [{ code: 'PodNotServed', version: 'v1', causes: ['scrape failed'] }, 'v1', 'scrape failed'],
  NoHpa: [{ code: 'NoHpa' }],
  HpasUnseen: [{ code: 'HpasUnseen', message: 'forbidden' }, 'forbidden'],
  HpaLooksElsewhere: [{ code: 'HpaLooksElsewhere', hpa: 'shop/web' }, 'shop/web'],
  HpaReckons: [
    { code: 'HpaReckons', hpa: 'shop/web', metric: PROPOSED, share: { usageMilli: 201, requestMilli: 100 } },
    'shop/web',
    '201m',
    '100m',
    '4.02',
    '= 5',
  ],
  HpaLeavesOut: [{ code: 'HpaLeavesOut', hpa: 'shop/web', metric: PROPOSED, reason: null }, 'shop/web', 'cpu'],
  HpaFails: [
    { code: 'HpaFails', hpa: 'shop/web', metric: FAILED },
    'shop/web',
    'FailedGetResourceMetric',
    FAILED.message,
  ],
  HpaStops: [{ code: 'HpaStops', hpa: 'shop/web', path: DISABLED, selector: null, error: '' }, 'shop/web'],
};

const chainOf = (...links: readonly UsageLink[]) => ({ namespace: 'shop', name: 'web-0', atMs: AT_MS, links });

describe('explainUsageChain', () => {
  const rows = Object.values(LINKS).map(([link, ...facts]) => ({ code: link.code, link: link as UsageLink, facts }));
  test.each(rows)('says all that is known of $code in both languages', ({ link, facts }) => {
    const [en, zh] = [
      explainUsageChain(chainOf(link), 'en', options),
      explainUsageChain(chainOf(link), 'zh-CN', options),
    ];
    for (const { links, remedy } of [en, zh]) {
      const text = links[0]?.text ?? '';
      for (const fact of facts) expect(text).toContain(fact);
      expect(text + remedy).not.toMatch(/undefined|\[object|NaN/);
    }
    expect(zh.links[0]?.text).toMatch(/\p{Script=Han}/u);
    expect(en.links[0]?.text).not.toMatch(/\p{Script=Han}/u);
    if (standingOf(link) !== 'holds')
      for (const { remedy } of [en, zh]) expect(remedy !== '' || link.code.startsWith('Hpa')).toBe(true);
  });

  const [served] = LINKS.ApiServed;
  const [zero] = LINKS.ZeroSample;
  const [fails] = LINKS.HpaFails;
  const [unseen] = LINKS.KubeletUnseen;
  const [notServed] = LINKS.PodNotServed;
  test.each<readonly [why: string, links: readonly UsageLink[], verdict: string, broken: UsageLink | undefined]>([
    ['all is well', [served, LINKS.HpaReckons[0]], 'whole', undefined],
    ['a number that is served has come past everything', [zero, served], 'whole', undefined],
    ['the first of two', [zero, notServed], 'lost', zero],
    ['an HPA lacks what it is not given', [notServed, fails], 'lost', notServed],
    ['only the HPA', [served, fails], 'unused', fails],
    ['nothing may be seen', [unseen, LINKS.ApiUnseen[0], fails], 'unseen', undefined],
  ])('finds the first broken link: %s', (_why, links, verdict, broken) => {
    const chain = chainOf(...links);
    expect(firstBrokenLink(chain)).toBe(broken);
    expect(explainUsageChain(chain, 'en', options).verdict).toBe(verdict);
  });

  test('names the files of both kinds of cgroups where the node does not say which it has', () => {
    const link = { code: 'CgroupCounters', container: 'app', id: '', version: null } as const;
    expect(explainUsageChain(chainOf(link), 'en', options).links[0]?.text).toBe(
      'app: the node does not say which cgroups it has: v2 usage_usec of cpu.stat; memory.current less inactive_file of memory.stat; or v1 cpuacct.usage (ns); memory.usage_in_bytes less total_inactive_file of memory.stat',
    );
  });

  test('a request that is missing is told what to do about it', () => {
    expect(explainUsageChain(chainOf(served, fails), 'en', options)).toMatchObject({
      headline: expect.stringContaining('is served, and an HPA cannot use it: shop/web could not evaluate memory'),
      remedy: expect.stringContaining('Set the request on every container'),
    });
  });
});
