import { formatDuration } from '../../base/duration.ts';
import type { MetricSamples, OwnershipFact, PodSample, SampleSet } from './facts.ts';
import type { HpaOptions } from './hpa-options.ts';
import type { EngineOptions } from './options.ts';
import type { StaleSamplesTrace } from './trace.ts';

/** How old a sample may be, and who says so. */
export type SampleAgeLimit = Pick<StaleSamplesTrace, 'maxAgeMs' | 'limitedBy'>;

/** The limit of an HPA: its annotation beats the fleet's flag. Null when any age counts. */
export function sampleAgeLimit({ maxSampleAgeMs }: HpaOptions, options: EngineOptions): SampleAgeLimit | null {
  if (maxSampleAgeMs !== null) return { maxAgeMs: maxSampleAgeMs, limitedBy: 'annotation' };
  return options.maxSampleAgeMs > 0 ? { maxAgeMs: options.maxSampleAgeMs, limitedBy: 'flag' } : null;
}

/** What decides which samples count. */
export interface SampleRules {
  readonly nowMs: number;
  readonly ageLimit: SampleAgeLimit | null;
  /** Names of pods that match the selector and belong to somebody else. */
  readonly foreignPods: ReadonlySet<string>;
}

/** The names of the pods that the target does not own. */
export function foreignPodsOf(ownership: OwnershipFact | null): ReadonlySet<string> {
  return ownership?.kind === 'known' ? new Set(ownership.foreign.flatMap(({ pods }) => pods)) : NONE;
}

const NONE: ReadonlySet<string> = new Set();

/** The samples that count, and what was set aside for its age. */
export interface CountedSamples {
  readonly samples: MetricSamples | undefined;
  readonly stale: StaleSamplesTrace | null;
}

/**
 * Sets aside samples of foreign pods, and those that are too old at the instant of the decision
 * (docs/specification/options.md). A pod whose sample is set aside counts as missing; when nothing else is left, the
 * metric failed, so that nothing shrinks. Without such rules the samples are returned as they are.
 */
export function countSamples(samples: MetricSamples | undefined, rules: SampleRules): CountedSamples {
  if (samples?.kind !== 'values' && samples?.kind !== 'podsFailed') return { samples, stale: null };
  const { ageLimit } = rules;
  if (ageLimit === null && rules.foreignPods.size === 0) return { samples, stale: null };
  if (samples.samples.kind === 'values') return countTotal(samples, samples.samples, rules);
  const kept: [string, PodSample][] = [];
  const stalePods: string[] = [];
  let newestAgeMs = Number.POSITIVE_INFINITY;
  for (const [pod, sample] of Object.entries(samples.samples.byPod)) {
    if (rules.foreignPods.has(pod)) continue;
    const ageMs = rules.nowMs - sample?.atMs;
    if (ageLimit === null || ageMs <= ageLimit.maxAgeMs) kept.push([pod, sample]);
    else {
      stalePods.push(pod);
      newestAgeMs = Math.min(newestAgeMs, ageMs);
    }
  }
  const counted: MetricSamples = { ...samples, samples: { kind: 'perPod', byPod: Object.fromEntries(kept) } };
  if (ageLimit === null || stalePods.length === 0) return { samples: counted, stale: null };
  const stale = { ...ageLimit, newestAgeMs: knownAge(newestAgeMs), pods: stalePods.sort() };
  return kept.length > 0 ? { samples: counted, stale } : allStale(stale);
}

function countTotal(
  samples: MetricSamples,
  { atMs }: Extract<SampleSet, { kind: 'values' }>,
  { nowMs, ageLimit }: SampleRules,
): CountedSamples {
  if (ageLimit === null || nowMs - atMs <= ageLimit.maxAgeMs) return { samples, stale: null };
  return allStale({ ...ageLimit, newestAgeMs: knownAge(nowMs - atMs), pods: [] });
}

function allStale(stale: StaleSamplesTrace): CountedSamples {
  return { samples: { kind: 'metricFailed', message: staleText(stale) }, stale };
}

/** A server that gives no instant is read as one of the year 1: such an age is no age. */
const AGE_KNOWN_MS_MAX = 1_000 * 366 * 86_400_000;

function knownAge(ageMs: number): number | null {
  return ageMs <= AGE_KNOWN_MS_MAX ? ageMs : null;
}

function staleText({ maxAgeMs, limitedBy, newestAgeMs }: StaleSamplesTrace): string {
  const who = limitedBy === 'annotation' ? 'podtide.dev/max-sample-age' : '--max-sample-age';
  const age = newestAgeMs === null ? 'of unknown age' : `${formatDuration(Math.round(newestAgeMs / 1000) * 1000)} old`;
  return `no sample is newer than ${formatDuration(maxAgeMs)} (${who}); the newest is ${age}`;
}
