import { EPISODE_NAMESPACES_COUNT_MAX } from '../../base/notifier-limits.ts';
import type { HpaWatch } from './hpa-watch.ts';
import type { Notice } from './notice.ts';
import { levelNoticeId, noticeOf } from './notice-draft.ts';
import type { DetectOptions } from './options.ts';

/**
 * What is believed of whatever gives the cluster's HPAs their metrics. `suspected`: many lost theirs together, and it is
 * not told yet; HPAs hold back what they would say of it.
 */
export interface ProviderState {
  readonly version: 1;
  readonly phase: 'up' | 'suspected' | 'down' | 'recovering';
  readonly sinceMs: number;
  /** Since when it has been down, and when people were last told so; absent while they believe that it is up. */
  readonly told?: { readonly sinceMs: number; readonly atMs: number } | undefined;
}

/** Nothing is wrong, as far back as anybody knows. */
export const PROVIDER_UP: ProviderState = { version: 1, phase: 'up', sinceMs: 0 };

/** How many HPAs of a cluster lack metrics at one instant. */
export interface MetricsTally {
  readonly atMs: number;
  readonly hpaCount: number;
  /** HPAs without all or some of their metrics; those that never had them while watched do not count. */
  readonly impairedCount: number;
  /** Those of them that lost theirs within the time in which a provider's fall shows. */
  readonly recentCount: number;
  /** Where they are, sorted; the first of many. */
  readonly namespaces: readonly string[];
  /** The most frequent reason of their conditions. */
  readonly reason: string;
}

/** Counts the HPAs of a cluster. */
export function tallyMetrics(watches: Iterable<HpaWatch>, atMs: number, options: DetectOptions): MetricsTally {
  let [hpaCount, impairedCount, recentCount] = [0, 0, 0];
  const namespaces = new Set<string>();
  const countOf = new Map<string, number>();
  for (const { metrics, metricsReason, subject } of watches) {
    hpaCount += 1;
    const isKnownSince = metrics.told === metrics.level && !metrics.isTold;
    if (metrics.level === 'ok' || isKnownSince) continue;
    impairedCount += 1;
    if (metrics.sinceMs >= atMs - options.providerDown.onsetMs) recentCount += 1;
    namespaces.add(subject.namespace);
    countOf.set(metricsReason, (countOf.get(metricsReason) ?? 0) + 1);
  }
  const [reason = ''] = [...countOf].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))[0] ?? [];
  const named = [...namespaces].toSorted().slice(0, EPISODE_NAMESPACES_COUNT_MAX);
  return { atMs, hpaCount, impairedCount, recentCount, namespaces: named, reason };
}

/** What is believed after a count, what is to be said, and when to count again. */
export interface ProviderStep {
  readonly state: ProviderState;
  readonly notices: readonly Notice[];
  readonly lookAgainAtMs: number | undefined;
}

/** Between two counts while some HPA lacks metrics. */
const COUNT_AGAIN_MS = 5_000;

/**
 * Judges a count: many HPAs that lose their metrics together are one trouble, which is told once, and so is its end.
 * To be called within seconds after a step said `hasMetricsChanged`, and at `lookAgainAtMs`, before the steps of HPAs
 * that are due then.
 */
export function stepProvider(
  before: ProviderState,
  tally: MetricsTally,
  { cluster, options }: { readonly cluster: string; readonly options: DetectOptions },
): ProviderStep {
  const { atMs, hpaCount, impairedCount, recentCount } = tally;
  const { shareRatio, hpaCountMin, holdMs } = options.providerDown;
  // After a step back of the clock, what began later than now begins now.
  const state: ProviderState = before.sinceMs > atMs ? { ...before, sinceMs: atMs } : before;
  const isMany = (count: number): boolean => count >= hpaCountMin && count > shareRatio * hpaCount;
  const lastedMs = atMs - state.sinceMs;
  const say = (type: 'metrics.provider_down' | 'metrics.provider_recovered'): readonly Notice[] => {
    const { namespaces, reason } = tally;
    const id = levelNoticeId(type, cluster, '', state.sinceMs);
    const details = { kind: 'provider', hpaCount: impairedCount, namespaces, reason } as const;
    return [noticeOf({ type, id, atMs: state.sinceMs, details }, cluster, undefined)];
  };
  const stay = (lookAgainAtMs: number | undefined): ProviderStep => ({ state, notices: [], lookAgainAtMs });
  const enter = (phase: ProviderState['phase'], notices: readonly Notice[] = [], told = state.told): ProviderStep => ({
    state: { version: 1, phase, sinceMs: atMs, ...(told === undefined || phase === 'up' ? {} : { told }) },
    notices,
    lookAgainAtMs: atMs + COUNT_AGAIN_MS,
  });
  const fallen = { sinceMs: state.sinceMs, atMs };
  switch (state.phase) {
    case 'up':
      if (isMany(recentCount)) return enter('suspected');
      return stay(recentCount > 0 ? atMs + COUNT_AGAIN_MS : undefined);
    case 'suspected':
      if (!isMany(impairedCount)) return enter('up');
      return lastedMs >= holdMs ? enter('down', say('metrics.provider_down'), fallen) : stay(state.sinceMs + holdMs);
    case 'down':
      if (!isMany(impairedCount)) return enter('recovering');
      return repeated(state, tally, { cluster, options }) ?? stay(atMs + COUNT_AGAIN_MS);
    case 'recovering':
      if (isMany(impairedCount)) return enter('down');
      if (lastedMs < options.recoveryHoldMs) return stay(state.sinceMs + options.recoveryHoldMs);
      return enter('up', say('metrics.provider_recovered'));
  }
}

/** A provider that stays down is told of again now and then; undefined when that is not due. */
function repeated(
  state: ProviderState,
  { atMs, impairedCount, namespaces, reason }: MetricsTally,
  { cluster, options }: { readonly cluster: string; readonly options: DetectOptions },
): ProviderStep | undefined {
  const { told } = state;
  const { levelRepeatMs } = options;
  if (told === undefined || levelRepeatMs === 0 || atMs < told.atMs + levelRepeatMs) return undefined;
  const { sinceMs } = told;
  const type = 'metrics.provider_down';
  const id = `${levelNoticeId(type, cluster, '', sinceMs)}/${Math.floor((atMs - sinceMs) / levelRepeatMs)}`;
  const details = { kind: 'provider', hpaCount: impairedCount, namespaces, reason, sinceMs } as const;
  return {
    state: { ...state, told: { sinceMs, atMs } },
    notices: [noticeOf({ type, id, atMs, details }, cluster, undefined)],
    lookAgainAtMs: atMs + COUNT_AGAIN_MS,
  };
}
