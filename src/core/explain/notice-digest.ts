import { DIGEST_LINES_COUNT_MAX, DIGEST_NAMESPACES_COUNT_MAX } from '../../base/message-limits.ts';
import type { Notice } from '../episode/notice.ts';
import { gravestOf, weightOf } from '../episode/severity.ts';
import { clusterText } from './cluster-text.ts';
import type { MessageFact } from './message.ts';
import { aboutOf, markedName, nameOf, type Wording } from './notice-wording.ts';
import type { NoticeWords } from './notice-words.ts';

/** The notices without those that a later one of the same episode stands for, in their order. */
export function foldNotices(notices: readonly Notice[]): readonly Notice[] {
  const newest = new Map<string, Notice>();
  for (const notice of notices) {
    const id = notice.episode?.id;
    const known = id === undefined ? undefined : newest.get(id);
    if (id !== undefined && (known === undefined || notice.atMs >= known.atMs)) newest.set(id, notice);
  }
  return notices.filter((notice) => notice.episode === undefined || newest.get(notice.episode.id) === notice);
}

/**
 * Several notices in the words of one language: how many there are by namespace, then each in a line, severe before slight
 * and new before old, as many as are worth reading.
 */
export function wordDigest(
  notices: readonly Notice[],
  words: NoticeWords,
  formatInstant: (atMs: number) => string,
): Wording {
  const ordered = notices.toSorted((a, b) => weightOf(b.severity) - weightOf(a.severity) || b.atMs - a.atMs);
  const lines = ordered
    .slice(0, DIGEST_LINES_COUNT_MAX)
    .map((notice) => words.digest.line(markedName(notice, words), aboutOf(notice, words), formatInstant(notice.atMs)));
  const moreCount = ordered.length - lines.length;
  const clusters = [...new Set(notices.map(({ cluster }) => cluster))];
  const severity = gravestOf(notices);
  return {
    name: words.digest.name,
    about: words.digest.about(clusters.length === 1 ? clusterText(clusters[0] ?? '') : '', notices.length),
    facts: [
      ...fact(words.labels.cluster, clusters.map(clusterText).join(', ')),
      ...fact(words.labels.severity, severity === 'info' ? '' : words.severities[severity]),
      ...fact(words.labels.span, spanText(notices, formatInstant)),
      ...namespaceFacts(ordered, words),
    ],
    paragraphs: moreCount > 0 ? [...lines, words.digest.more(moreCount)] : lines,
  };
}

function fact(label: string, value: string): readonly MessageFact[] {
  return value === '' ? [] : [{ label, value }];
}

function spanText(notices: readonly Notice[], formatInstant: (atMs: number) => string): string {
  const instants = notices.map(({ atMs }) => atMs);
  const bounds = [instants.reduce((a, b) => Math.min(a, b)), instants.reduce((a, b) => Math.max(a, b))];
  return [...new Set(bounds.map(formatInstant))].join(' – ');
}

/** In the order of their most important notice. */
function namespaceFacts(ordered: readonly Notice[], words: NoticeWords): readonly MessageFact[] {
  const byNamespace = [...Map.groupBy(ordered, ({ subject }) => subject?.namespace)];
  const named = byNamespace.slice(0, DIGEST_NAMESPACES_COUNT_MAX).map(([namespace, own]) => ({
    label: namespace === undefined ? words.digest.noNamespace : clusterText(namespace),
    value: countsText(own, words),
  }));
  const rest = byNamespace.slice(DIGEST_NAMESPACES_COUNT_MAX);
  if (rest.length === 0) return named;
  const others = rest.flatMap(([, own]) => own);
  return [...named, { label: words.digest.otherNamespaces(rest.length), value: countsText(others, words) }];
}

function countsText(notices: readonly Notice[], words: NoticeWords): string {
  const byName = [...Map.groupBy(notices, (notice) => nameOf(notice, words))];
  return words.digest.counts(
    notices.length,
    byName.map(([name, own]) => words.digest.part(name, own.length)),
  );
}
