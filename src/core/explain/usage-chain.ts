import type { MetricFailed, MetricProposed, PathTrace, PodReason, SelectorTrace } from '../engine/trace.ts';
import type { ScrapeProblem } from './scrape-problem.ts';

/**
 * Where the usage of one pod comes from: the links from the pod to what its HPAs make of it, in the order in which a number
 * travels. Codes with parameters; `explainUsageChain` says them.
 */
export interface UsageChain {
  readonly namespace: string;
  readonly name: string;
  /** When it was looked at, epoch ms. */
  readonly atMs: number;
  readonly links: readonly UsageLink[];
}

/** What a link is about. */
export type LinkTopic = 'pod' | 'node' | 'cgroup' | 'samples' | 'rate' | 'api' | 'hpa';

/** `holds`: the number comes past here; `broken`: it does not; `unseen`: we may not look. */
export type LinkStanding = 'holds' | 'broken' | 'unseen';

/** One link. Instants are epoch ms, quantities the API's texts. */
export type UsageLink =
  | { readonly code: 'PodRunning'; readonly node: string; readonly containers: readonly string[] }
  | { readonly code: 'PodMissing' }
  | { readonly code: 'PodUnscheduled'; readonly reason: string; readonly message: string }
  | { readonly code: 'PodNotRunning'; readonly phase: string; readonly reason: string }
  | { readonly code: 'NodeReady'; readonly node: string }
  | { readonly code: 'NodeMissing'; readonly node: string }
  | { readonly code: 'NodeNotReady'; readonly node: string; readonly reason: string; readonly message: string }
  | { readonly code: 'NodeUnseen'; readonly node: string; readonly message: string }
  /** `version` of the node's cgroups; null when it does not say. `id` is the container's, empty when unknown. */
  | { readonly code: 'CgroupCounters'; readonly container: string; readonly id: string; readonly version: 1 | 2 | null }
  | { readonly code: 'KubeletFailed'; readonly node: string; readonly problem: ScrapeProblem }
  | { readonly code: 'KubeletUnseen'; readonly node: string; readonly problem: ScrapeProblem }
  | { readonly code: 'PodNotReported'; readonly node: string }
  | { readonly code: 'ZeroSample'; readonly container: string; readonly lacks: 'CPU' | 'memory' }
  | { readonly code: 'OneSample'; readonly container: string; readonly sampleAtMs: number }
  | { readonly code: 'CounterWentBack'; readonly container: string }
  | ({ readonly code: 'TwoSamples' } & SamplePair)
  /** The earlier sample is the container's start, at which its counter was 0. */
  | ({ readonly code: 'SampleSinceStart' } & SamplePair)
  | {
      readonly code: 'Rate';
      readonly container: string;
      /** Used in between. */
      readonly cpuNanoseconds: number;
      readonly windowMs: number;
      readonly cpu: string;
      readonly memory: string;
    }
  | {
      readonly code: 'ApiServed';
      readonly version: string;
      readonly sampleAtMs: number;
      readonly windowMs: number;
      /** Of the sample, when it was looked at. */
      readonly ageMs: number;
      readonly containers: readonly { readonly name: string; readonly cpu: string; readonly memory: string }[];
    }
  /** Served without any container: each one's counter went back. */
  | { readonly code: 'ApiServedEmpty'; readonly version: string }
  | { readonly code: 'ApiMissing' }
  /** `reason` and `message` of the APIService's condition Available, where it may be read. */
  | { readonly code: 'ApiUnavailable'; readonly version: string; readonly reason: string; readonly message: string }
  | { readonly code: 'ApiUnseen'; readonly message: string }
  | { readonly code: 'PodNotServed'; readonly version: string; readonly causes: readonly string[] }
  | { readonly code: 'NoHpa' }
  /** Which HPAs target the pod could not be found out. */
  | { readonly code: 'HpasUnseen'; readonly message: string }
  /** The HPA has no metric of CPU or memory. */
  | { readonly code: 'HpaLooksElsewhere'; readonly hpa: string }
  | { readonly code: 'HpaReckons'; readonly hpa: string; readonly metric: MetricProposed; readonly share: PodShare }
  /** `reason` null: the pod has no sample there. */
  | {
      readonly code: 'HpaLeavesOut';
      readonly hpa: string;
      readonly metric: MetricProposed;
      readonly reason: PodReason['reason'] | null;
    }
  | { readonly code: 'HpaFails'; readonly hpa: string; readonly metric: MetricFailed }
  /** The HPA looks at no metric at all: its path or its selector forbids it. */
  | {
      readonly code: 'HpaStops';
      readonly hpa: string;
      readonly path: PathTrace;
      readonly selector: SelectorTrace | null;
      readonly error: string;
    };

/** Two samples of a container. */
export interface SamplePair {
  readonly container: string;
  readonly earlierAtMs: number;
  readonly earlierCpuNanoseconds: number;
  readonly laterAtMs: number;
  readonly laterCpuNanoseconds: number;
  readonly memoryBytes: number;
  /** Of the later one, when it was looked at. */
  readonly ageMs: number;
}

/** What the one pod contributes, in milli values. */
export interface PodShare {
  readonly usageMilli: number;
  /** Null where the HPA's target needs none. */
  readonly requestMilli: number | null;
}

/** The code of a link. */
export type LinkCode = UsageLink['code'];

/** What each link is about, and how the number fares there. */
const RULES = {
  PodRunning: ['pod', 'holds'],
  PodMissing: ['pod', 'broken'],
  PodUnscheduled: ['pod', 'broken'],
  PodNotRunning: ['pod', 'broken'],
  NodeReady: ['node', 'holds'],
  NodeMissing: ['node', 'broken'],
  NodeNotReady: ['node', 'broken'],
  NodeUnseen: ['node', 'unseen'],
  CgroupCounters: ['cgroup', 'holds'],
  KubeletFailed: ['samples', 'broken'],
  KubeletUnseen: ['samples', 'unseen'],
  PodNotReported: ['samples', 'broken'],
  ZeroSample: ['samples', 'broken'],
  OneSample: ['samples', 'broken'],
  CounterWentBack: ['samples', 'broken'],
  TwoSamples: ['samples', 'holds'],
  SampleSinceStart: ['samples', 'holds'],
  Rate: ['rate', 'holds'],
  ApiServed: ['api', 'holds'],
  ApiServedEmpty: ['api', 'broken'],
  ApiMissing: ['api', 'broken'],
  ApiUnavailable: ['api', 'broken'],
  ApiUnseen: ['api', 'unseen'],
  PodNotServed: ['api', 'broken'],
  NoHpa: ['hpa', 'holds'],
  HpasUnseen: ['hpa', 'unseen'],
  HpaLooksElsewhere: ['hpa', 'holds'],
  HpaReckons: ['hpa', 'holds'],
  HpaLeavesOut: ['hpa', 'broken'],
  HpaFails: ['hpa', 'broken'],
  HpaStops: ['hpa', 'broken'],
} as const satisfies Record<LinkCode, readonly [LinkTopic, LinkStanding]>;

/** The codes of links that something can be done about. */
export type LostCode = {
  [Code in LinkCode]: (typeof RULES)[Code][1] extends 'holds' ? never : Code;
}[LinkCode];

/** The link of a code. */
export type LinkOf<Code extends LinkCode> = Extract<UsageLink, { readonly code: Code }>;

/** What a link is about. */
export function topicOf({ code }: Pick<UsageLink, 'code'>): LinkTopic {
  return RULES[code][0];
}

/** How the number fares at a link. */
export function standingOf({ code }: Pick<UsageLink, 'code'>): LinkStanding {
  return RULES[code][1];
}

/**
 * The link that explains why a number is missing: the first broken one before the HPAs, which lack what they are not given.
 * A number that the API serves has come past all of these, so then only an HPA can be unable to use it. Undefined when
 * nothing is broken.
 */
export function firstBrokenLink({ links }: Pick<UsageChain, 'links'>): UsageLink | undefined {
  const isServed = links.some(({ code }) => code === 'ApiServed');
  return links.find((link) => standingOf(link) === 'broken' && isServed === (topicOf(link) === 'hpa'));
}
