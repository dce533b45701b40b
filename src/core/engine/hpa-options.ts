import { parseDuration } from '../../base/duration.ts';
import { HPA_OPTION_PROBLEMS_COUNT_MAX, HPA_OPTION_TEXT_LENGTH_MAX, HPA_QUERY_LENGTH_MAX } from '../../base/limits.ts';
import { parseRfc3339 } from '../../base/rfc3339.ts';

/** What an HPA asks for by annotations of Podtide's own (docs/specification/options.md); null where it asks nothing. */
export interface HpaOptions {
  readonly syncPeriodMs: number | null;
  /** Only pods that the target owns count. */
  readonly isOwnerSelected: boolean;
  readonly pause: { readonly untilMs: number; readonly reason: string } | null;
  readonly warmupMs: number | null;
  readonly maxSampleAgeMs: number | null;
  /** In the order of the metrics' names. */
  readonly queries: readonly OwnQuery[];
}

/** PromQL that an HPA brings along for its External metric of that name. */
export interface OwnQuery {
  readonly metric: string;
  /** As it was written. */
  readonly promql: string;
}

/** An annotation that is ignored, and the rule that it breaks. A long value is cut. */
export interface OptionProblem {
  readonly annotation: string;
  readonly value: string;
  readonly rule: OptionRule;
}

/** What a value must be. */
export type OptionRule =
  | { readonly code: 'Duration'; readonly minMs: number; readonly maxMs: number }
  | { readonly code: 'Instant' }
  | { readonly code: 'Selection' }
  | { readonly code: 'TooLong'; readonly lengthMax: number }
  /** A reason stands without a pause. */
  | { readonly code: 'WithoutPause' }
  /** A query without a text. */
  | { readonly code: 'NoQuery' }
  /** A query for a metric that the HPA does not have. */
  | { readonly code: 'WithoutMetric'; readonly metric: string }
  /** A query in a namespace that may not bring any. */
  | { readonly code: 'NamespaceNotListed'; readonly namespace: string }
  /** No such option; the known one that is spelt most alike, where one is. */
  | { readonly code: 'Unknown'; readonly nearest: string | null };

/** The options of an HPA, and what is wrong with those that are ignored. */
export interface HpaOptionsReading {
  readonly options: HpaOptions;
  readonly problems: readonly OptionProblem[];
}

const PREFIX = 'podtide.dev/';

/** The annotations that are options, by what they are for. */
export const OPTION_ANNOTATIONS = {
  syncPeriod: `${PREFIX}sync-period`,
  selection: `${PREFIX}selection`,
  pausedUntil: `${PREFIX}paused-until`,
  pausedReason: `${PREFIX}paused-reason`,
  warmup: `${PREFIX}warmup`,
  maxSampleAge: `${PREFIX}max-sample-age`,
} as const;

/** What stands before the name of the metric that a query makes. */
const QUERY_PREFIX = `${PREFIX}query.`;

/** The annotation whose value is the query of an External metric. */
export function queryAnnotation(metric: string): string {
  return `${QUERY_PREFIX}${metric}`;
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(OPTION_ANNOTATIONS));

/** What Podtide itself writes on the HPA that proves a sole controller. */
const WRITTEN_BY_PODTIDE: ReadonlySet<string> = new Set([`${PREFIX}sole-controller`]);

/** Longer durations are mistakes; a sync more often than once a second is no scaling. */
const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;

/** The reading of an HPA without options: always the same object. */
export const NO_HPA_OPTIONS: HpaOptionsReading = {
  options: {
    syncPeriodMs: null,
    isOwnerSelected: false,
    pause: null,
    warmupMs: null,
    maxSampleAgeMs: null,
    queries: [],
  },
  problems: [],
};

/**
 * Reads the annotations `podtide.dev/…` of an HPA. A value that breaks its rule is a problem, and the option is taken for
 * absent; so is a name that is no option. Total: what is no text is absent.
 */
export function readHpaOptions(annotations: unknown): HpaOptionsReading {
  const given = ownAnnotations(annotations);
  if (given.size === 0) return NO_HPA_OPTIONS;
  const problems: OptionProblem[] = [];
  const read = <T>(annotation: string, rule: OptionRule, parse: (text: string) => T | undefined): T | null => {
    const text = given.get(annotation);
    if (text === undefined) return null;
    const value = parse(text);
    if (value === undefined) problems.push({ annotation, value: shownValue(text), rule });
    return value ?? null;
  };
  const duration = (annotation: string, minMs: number): number | null =>
    read(annotation, { code: 'Duration', minMs, maxMs: HOUR_MS }, (text) => durationBetween(text, minMs, HOUR_MS));
  const options: HpaOptions = {
    syncPeriodMs: duration(OPTION_ANNOTATIONS.syncPeriod, SECOND_MS),
    isOwnerSelected: read(OPTION_ANNOTATIONS.selection, { code: 'Selection' }, isOwner) ?? false,
    pause: readPause(read, given, problems),
    warmupMs: duration(OPTION_ANNOTATIONS.warmup, 0),
    maxSampleAgeMs: duration(OPTION_ANNOTATIONS.maxSampleAge, SECOND_MS),
    queries: readQueries(given, problems),
  };
  for (const [annotation, value] of given) {
    if (KNOWN.has(annotation) || isQuery(annotation)) continue;
    problems.push({
      annotation: shownValue(annotation),
      value: shownValue(value),
      rule: { code: 'Unknown', nearest: nearestTo(annotation) },
    });
  }
  return { options, problems: problems.slice(0, HPA_OPTION_PROBLEMS_COUNT_MAX) };
}

/** Whether two readings ask for the same and err in the same. */
export function areHpaOptionsEqual(left: HpaOptionsReading, right: HpaOptionsReading): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

/** Podtide's annotations by name, in the order of their names, so that the same ones always read the same. */
function ownAnnotations(annotations: unknown): ReadonlyMap<string, string> {
  if (typeof annotations !== 'object' || annotations === null) return NONE;
  const names: string[] = [];
  for (const name in annotations) if (name.startsWith(PREFIX) && !WRITTEN_BY_PODTIDE.has(name)) names.push(name);
  if (names.length === 0) return NONE;
  const own = new Map<string, string>();
  for (const name of names.sort()) {
    const value: unknown = (annotations as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string') own.set(name, value);
  }
  return own;
}

const NONE: ReadonlyMap<string, string> = new Map();

function readPause(
  read: <T>(annotation: string, rule: OptionRule, parse: (text: string) => T | undefined) => T | null,
  given: ReadonlyMap<string, string>,
  problems: OptionProblem[],
): HpaOptions['pause'] {
  const { pausedUntil, pausedReason } = OPTION_ANNOTATIONS;
  const untilMs = read(pausedUntil, { code: 'Instant' }, parseRfc3339);
  const reason = read(pausedReason, { code: 'TooLong', lengthMax: HPA_OPTION_TEXT_LENGTH_MAX }, (text) =>
    text.length > HPA_OPTION_TEXT_LENGTH_MAX ? undefined : text.replace(/[\p{Cc}\s]+/gu, ' ').trim(),
  );
  if (untilMs !== null) return { untilMs, reason: reason ?? '' };
  if (reason !== null && !given.has(pausedUntil)) {
    problems.push({ annotation: pausedReason, value: reason, rule: { code: 'WithoutPause' } });
  }
  return null;
}

function readQueries(given: ReadonlyMap<string, string>, problems: OptionProblem[]): readonly OwnQuery[] {
  const queries: OwnQuery[] = [];
  for (const [annotation, promql] of given) {
    if (!isQuery(annotation)) continue;
    if (promql.trim() === '') problems.push({ annotation, value: shownValue(promql), rule: { code: 'NoQuery' } });
    else if (promql.length > HPA_QUERY_LENGTH_MAX) {
      problems.push({
        annotation,
        value: shownValue(promql),
        rule: { code: 'TooLong', lengthMax: HPA_QUERY_LENGTH_MAX },
      });
    } else queries.push({ metric: annotation.slice(QUERY_PREFIX.length), promql });
  }
  return queries;
}

function isQuery(annotation: string): boolean {
  return annotation.length > QUERY_PREFIX.length && annotation.startsWith(QUERY_PREFIX);
}

function isOwner(text: string): true | undefined {
  return text === 'owner' ? true : undefined;
}

function durationBetween(text: string, minMs: number, maxMs: number): number | undefined {
  const durationMs = parseDuration(text);
  return durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs ? durationMs : undefined;
}

/** A value as messages show it. */
export function shownValue(text: string): string {
  return text.length > HPA_OPTION_TEXT_LENGTH_MAX ? `${text.slice(0, HPA_OPTION_TEXT_LENGTH_MAX)}…` : text;
}

/** How many edits a slip of the fingers takes at most. */
const TYPO_EDITS_MAX = 3;

function nearestTo(annotation: string): string | null {
  let nearest: string | null = null;
  let fewest = TYPO_EDITS_MAX + 1;
  for (const known of KNOWN) {
    const edits =
      Math.abs(known.length - annotation.length) > TYPO_EDITS_MAX ? fewest : editDistance(annotation, known);
    if (edits >= fewest) continue;
    nearest = known;
    fewest = edits;
  }
  return nearest;
}

/** Levenshtein's distance; both texts are short by the time it is asked. */
function editDistance(left: string, right: string): number {
  let before = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const next = [row];
    for (let column = 1; column <= right.length; column++) {
      const change = (before[column - 1] as number) + (left[row - 1] === right[column - 1] ? 0 : 1);
      next.push(Math.min(change, (before[column] as number) + 1, (next[column - 1] as number) + 1));
    }
    before = next;
  }
  return before[right.length] as number;
}
