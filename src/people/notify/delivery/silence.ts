import { parseSelector, selectorText } from '../../../base/label-selector.ts';
import type { Notice, Severity } from '../../../core/episode/notice.ts';
import { isObject, parseObject } from './outbox-row.ts';
import { matchesRoute, type RouteMatch } from './route.ts';

/** Notices that nobody is told for a while, and who said so. */
export interface Silence {
  /** Letters, digits and dashes. */
  readonly id: string;
  /** At least one of its conditions is given. */
  readonly match: RouteMatch;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly author: string;
  readonly comment: string;
}

/** The silence that keeps this notice back at that instant; undefined when none does. */
export function silenceOf(notice: Notice, silences: Iterable<Silence>, nowMs: number): Silence | undefined {
  for (const silence of silences) {
    if (silence.startsAtMs <= nowMs && nowMs < silence.endsAtMs && matchesRoute(silence.match, notice)) return silence;
  }
  return undefined;
}

const SILENCE_VERSION = 1;

/** The stored form. */
export function writeSilence({ match, ...silence }: Silence): string {
  const labels = match.labels === null ? null : selectorText(match.labels);
  return JSON.stringify({ v: SILENCE_VERSION, ...silence, match: { ...match, labels } });
}

/** Reads the stored form; undefined for anything else. */
export function readSilence(text: string): Silence | undefined {
  const fields = parseObject(text);
  const given = fields?.['match'];
  if (fields === undefined || !isObject(given) || fields['v'] !== SILENCE_VERSION) return undefined;
  const { id, startsAtMs, endsAtMs, author, comment } = fields;
  const { clusters, namespaces, kinds, types, severities, labels } = given;
  const parsed = typeof labels === 'string' ? parseSelector(labels) : undefined;
  const isWhole =
    typeof id === 'string' &&
    Number.isFinite(startsAtMs) &&
    Number.isFinite(endsAtMs) &&
    typeof author === 'string' &&
    typeof comment === 'string' &&
    [clusters, namespaces, kinds, types, severities].every(isTexts) &&
    (labels === null || parsed?.kind === 'selector');
  if (!isWhole) return undefined;
  return {
    id,
    startsAtMs: startsAtMs as number,
    endsAtMs: endsAtMs as number,
    author,
    comment,
    match: {
      clusters: clusters as readonly string[],
      namespaces: namespaces as readonly string[],
      kinds: kinds as readonly string[],
      types: types as readonly string[],
      severities: severities as readonly Severity[],
      labels: parsed?.kind === 'selector' ? parsed.selector : null,
    },
  };
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
