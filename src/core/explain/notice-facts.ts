import type { MetricReading, Notice, NoticeType } from '../episode/notice.ts';
import { decimalText } from './amount.ts';
import { clusterText } from './cluster-text.ts';
import type { MessageFact } from './message.ts';
import { countsOf, decidingReading, detailsOf, pathText } from './notice-parts.ts';
import type { FactLabel, MetricWords, NoticeWords } from './notice-words.ts';

/** Names that a list in a fact has before the rest is counted. */
const LISTED_NAMES_COUNT_MAX = 5;

/** Types whose name leaves the direction open. */
const DIRECTED: ReadonlySet<NoticeType> = new Set([
  'scale.superseded',
  'scale.reverted',
  'scale.stuck',
  'scale.aborted',
]);
/** Types that come while something goes on, or after it: how long is said as lasting. */
const LASTING: ReadonlySet<NoticeType> = new Set(['scale.stuck', 'watcher.gap', 'watcher.sink_recovered']);
/** Types with which an episode begins. */
const STARTS: ReadonlySet<NoticeType> = new Set(['scale.up.started', 'scale.down.started', 'scale.from_zero']);
/** Types whose condition is as it should be: what it says explains nothing. */
const SOUND: ReadonlySet<NoticeType> = new Set(['metrics.partial', 'metrics.recovered', 'target.reachable']);

type Entry = readonly [label: FactLabel, value: string | undefined];

/** The facts of a notice in the order of their weight; what is not known has none. */
export function noticeFacts(
  notice: Notice,
  words: NoticeWords,
  formatInstant: (atMs: number) => string,
  isMerged: boolean,
): readonly MessageFact[] {
  const readings = notice.episode?.readings ?? [];
  const deciding = decidingReading(readings);
  const others = readings.filter((reading) => reading !== deciding);
  const entries: readonly Entry[] = [
    ...subjectEntries(notice, words),
    ...scalingEntries(notice, words),
    ...detailEntries(notice, words),
    ['trigger', deciding && words.values.metric(metricWords(deciding))],
    ['limiter', limiterText(notice, words)],
    ...timeEntries(notice, words, formatInstant, isMerged),
    ...others.map((reading): Entry => ['metric', words.values.metric(metricWords(reading))]),
    ['message', messageOf(notice)],
  ];
  return entries.flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [{ label: words.labels[label], value }],
  );
}

function subjectEntries({ cluster, severity, subject }: Notice, words: NoticeWords): readonly Entry[] {
  const where: readonly Entry[] = [
    ['cluster', clusterText(cluster)],
    ['severity', severity === 'info' ? undefined : words.severities[severity]],
  ];
  if (subject === undefined) return where;
  const { namespace, hpaName, targetKind, targetName, replicasMin, replicasMax } = subject;
  return [
    ...where,
    ['namespace', clusterText(namespace)],
    ['workload', clusterText(`${targetKind}/${targetName}`)],
    ['hpa', words.values.hpa(clusterText(hpaName), replicasMin, replicasMax)],
  ];
}

function scalingEntries(notice: Notice, words: NoticeWords): readonly Entry[] {
  const { type, episode } = notice;
  if (episode === undefined) return [];
  return [
    ['direction', DIRECTED.has(type) ? words.directions[episode.direction] : undefined],
    ['replicas', words.values.path(pathText(countsOf(episode)), episode.steps.length)],
    ['targetReplicas', STARTS.has(type) || type === 'scale.stuck' ? String(episode.targetReplicas) : undefined],
    ['readyReplicas', readyText(notice, words)],
  ];
}

/** `3/5`; of a completion that could not be verified only that. */
export function readyText(notice: Notice, words: NoticeWords): string | undefined {
  const pods = detailsOf(notice, 'pods');
  if (notice.isUnverified) return words.values.unverifiedReady;
  return pods && notice.episode && `${pods.availableReplicas}/${notice.episode.targetReplicas}`;
}

function detailEntries({ type, details }: Notice, words: NoticeWords): readonly Entry[] {
  const { values } = words;
  switch (details.kind) {
    case 'none':
    case 'watcher':
      return [];
    case 'pods':
      return [[type === 'scale.stuck' ? 'reason' : 'blocked', details.cause && words.causes[details.cause].text]];
    case 'limit':
      return [
        ['wantedReplicas', details.wantedReplicas === undefined ? undefined : values.wanted(details.wantedReplicas)],
      ];
    case 'condition':
      return [
        ['reason', SOUND.has(type) ? undefined : clusterText(details.reason)],
        ['lostMetrics', listText(details.metricNames, words)],
      ];
    case 'provider':
      if (type === 'metrics.provider_recovered') {
        return [['stillAffected', details.hpaCount > 0 ? values.hpas(details.hpaCount) : undefined]];
      }
      return [
        ['affected', values.hpas(details.hpaCount)],
        ['namespaces', listText(details.namespaces, words)],
        ['reason', clusterText(details.reason)],
      ];
    case 'flapping':
      if (type === 'flapping.ended') return [];
      return [
        ['reversals', values.times(details.reversalCount)],
        ['starts', values.times(details.startCount)],
        ['replicaRange', `${details.lowestReplicas}–${details.highestReplicas}`],
        ['window', details.suggestedWindowSeconds > 0 ? values.seconds(details.suggestedWindowSeconds) : undefined],
      ];
    case 'manual':
      return [
        ['replicas', pathText([details.fromReplicas, details.toReplicas])],
        ['manager', clusterText(details.manager)],
      ];
  }
}

function listText(names: readonly string[], { values }: NoticeWords): string | undefined {
  if (names.length === 0) return undefined;
  const shown = names.slice(0, LISTED_NAMES_COUNT_MAX).map(clusterText);
  return values.list(shown, names.length - shown.length);
}

/** What bounded the count. */
export function limiterText({ episode, subject }: Notice, { values }: NoticeWords): string | undefined {
  if (episode?.limiter === undefined) return undefined;
  return values.limiter(clusterText(episode.limiter), subject?.replicasMin ?? 0, subject?.replicasMax ?? 0);
}

/** A reading as words need it. */
export function metricWords({ source, name, current, target, usageRatio }: MetricReading): MetricWords {
  return {
    source,
    name: clusterText(name),
    current: current === undefined ? undefined : clusterText(current),
    target: clusterText(target),
    ratio: usageRatio === undefined ? '' : decimalText(usageRatio, 2),
  };
}

function timeEntries(
  notice: Notice,
  words: NoticeWords,
  formatInstant: (atMs: number) => string,
  isMerged: boolean,
): readonly Entry[] {
  const { type, atMs, episode } = notice;
  const sinceMs = sinceMsOf(notice) ?? (isMerged ? episode?.openedAtMs : undefined);
  const isLasting = LASTING.has(type) || isToldAgain(notice);
  return [
    ['since', sinceMs === undefined || sinceMs === atMs ? undefined : formatInstant(sinceMs)],
    [isLasting ? 'lasted' : 'duration', durationOf(notice, words)],
    ['time', formatInstant(atMs)],
  ];
}

/** How long it took or lasts; undefined where nothing has a beginning and an end. */
export function durationOf(notice: Notice, { values }: NoticeWords): string | undefined {
  const { type, atMs, episode } = notice;
  const sinceMs = sinceMsOf(notice);
  if (sinceMs !== undefined) {
    const isLasting = LASTING.has(type) || isToldAgain(notice);
    return isLasting && sinceMs < atMs ? values.duration(atMs - sinceMs) : undefined;
  }
  if (episode === undefined || isStart(notice) || type === 'scale.to_zero') return undefined;
  return values.duration(atMs - episode.openedAtMs);
}

/** Since when it has been so, where a notice says that itself. */
function sinceMsOf({ details }: Notice): number | undefined {
  return 'sinceMs' in details ? details.sinceMs : undefined;
}

/** Whether it is of something that was told before and stands on. */
function isToldAgain({ details }: Notice): boolean {
  return details.kind !== 'watcher' && 'sinceMs' in details;
}

/** The cluster's own words about it. */
export function messageOf({ type, details }: Notice): string | undefined {
  return 'message' in details && !SOUND.has(type) ? clusterText(details.message) : undefined;
}

/** Whether an episode begins with it. */
export function isStart({ type }: Notice): boolean {
  return STARTS.has(type);
}
