import type { Notice } from '../episode/notice.ts';
import { clusterText } from './cluster-text.ts';
import type { MessageFact } from './message.ts';
import { noticeFacts } from './notice-facts.ts';
import { detailsOf, endReplicasOf, placeOf, shortPath } from './notice-parts.ts';
import {
  type Direction,
  METRIC_REASONS,
  type MetricReason,
  type NoticeWords,
  type ParagraphParams,
} from './notice-words.ts';

/** A notice in the words of one language, before languages are put together. */
export interface Wording {
  /** `扩容完成`. */
  readonly name: string;
  /** `prod/nginx 1→5`; empty when it is of nothing in particular. */
  readonly about: string;
  readonly facts: readonly MessageFact[];
  readonly paragraphs: readonly string[];
}

/** A notice in words. `isMerged`: its message tells of the start of the episode as well. */
export function wordNotice(
  notice: Notice,
  words: NoticeWords,
  formatInstant: (atMs: number) => string,
  isMerged: boolean,
): Wording {
  return {
    name: markedName(notice, words),
    about: aboutOf(notice, words),
    facts: noticeFacts(notice, words, formatInstant, isMerged),
    paragraphs: [...paragraphsOf(notice, words), ...(isMerged ? [words.paragraphs.merged] : [])],
  };
}

/** What happened, in few words. */
export function nameOf({ type, episode }: Notice, { names }: NoticeWords): string {
  const name = names[type];
  return typeof name === 'string' ? name : name[directionOf(episode)];
}

/** The same with what makes it less certain. */
export function markedName(notice: Notice, words: NoticeWords): string {
  return marked(nameOf(notice, words), notice, words);
}

/** A name with what makes the notice less certain. */
export function marked(name: string, { isUnverified, isObservedLate }: Notice, { nameMarks }: NoticeWords): string {
  const verified = isUnverified ? nameMarks.unverified(name) : name;
  return isObservedLate ? nameMarks.late(verified) : verified;
}

/** What it happened to, and how far. */
export function aboutOf(notice: Notice, words: NoticeWords): string {
  return [placeOf(notice), extentOf(notice, words)].filter((part) => part !== '').join(' ');
}

function extentOf(notice: Notice, words: NoticeWords): string {
  const { type, episode, subject, details } = notice;
  if (episode !== undefined) return shortPath(episode);
  switch (details.kind) {
    case 'limit':
      return type === 'limit.max.entered' && subject !== undefined
        ? `${subject.replicasMax}/${subject.replicasMax}`
        : '';
    case 'condition':
      return type === 'metrics.lost' || type === 'target.unreachable' ? clusterText(details.reason) : '';
    case 'provider':
      return type === 'metrics.provider_down' ? words.values.hpas(details.hpaCount) : '';
    case 'flapping':
      return type === 'flapping.ended' ? '' : `${details.lowestReplicas}–${details.highestReplicas}`;
    case 'manual':
      return `${details.fromReplicas}→${details.toReplicas}`;
    default:
      return '';
  }
}

/** Sentences of the type, then advice, then what makes it less certain. */
function paragraphsOf(notice: Notice, words: NoticeWords): readonly string[] {
  const { types, metricAdvice, unverified, late } = words.paragraphs;
  const params = paramsOf(notice);
  const cause = notice.type === 'scale.stuck' ? detailsOf(notice, 'pods')?.cause : undefined;
  const lost = notice.type === 'metrics.lost' ? detailsOf(notice, 'condition') : undefined;
  return [
    ...types[notice.type](params),
    ...(cause === undefined ? [] : [words.causes[cause].advice]),
    ...(lost === undefined ? [] : [metricAdvice[metricReasonOf(lost.reason)](params)]),
    ...(notice.isUnverified ? [unverified] : []),
    ...(notice.isObservedLate ? [late] : []),
  ];
}

function paramsOf(notice: Notice): ParagraphParams {
  const { subject, episode } = notice;
  return {
    namespace: clusterText(subject?.namespace ?? ''),
    hpaName: clusterText(subject?.hpaName ?? ''),
    direction: directionOf(episode),
    targetReplicas: episode?.targetReplicas ?? 0,
    endReplicas: episode === undefined ? 0 : endReplicasOf(episode),
    availableReplicas: detailsOf(notice, 'pods')?.availableReplicas ?? 0,
    replicasMax: subject?.replicasMax ?? 0,
    suggestedWindowSeconds: detailsOf(notice, 'flapping')?.suggestedWindowSeconds ?? 0,
    isUnverified: notice.isUnverified,
    isOfAMoment: detailsOf(notice, 'watcher')?.sinceMs === notice.atMs,
  };
}

function directionOf(episode: Notice['episode']): Direction {
  return episode?.direction ?? 'up';
}

function metricReasonOf(reason: string): MetricReason | 'other' {
  return METRIC_REASONS.find((known) => known === reason) ?? 'other';
}
