import type { PrometheusProblem } from './prometheus-problem.ts';

/**
 * How the values of a metric come about by an adapter's rules, or where they are lost: which rule, asked for what, with
 * which answer. Names, labels and queries stand in it as they are.
 */
export interface MetricTrail {
  /** As discovery lists it: `pods/http_requests_per_second`; of an external metric the bare name. */
  readonly metric: string;
  /** Null for objects outside of namespaces. */
  readonly namespace: string | null;
  readonly atMs: number;
  readonly links: readonly TrailLink[];
  /** What the query came to. */
  readonly rows: readonly TrailRow[];
  /** What the API would show. */
  readonly values: readonly TrailValue[];
}

/** A row of Prometheus' answer. */
export interface TrailRow {
  readonly labels: Readonly<Record<string, string>>;
  /** As the server wrote it: `0.5`, `NaN`. */
  readonly value: string;
  /** Of the newest sample behind it; null when the server does not tell. */
  readonly sampleAgeMs: number | null;
}

/** A value as the API would show it. */
export interface TrailValue {
  /** Of the object; of an external metric its labels, as PromQL writes them. */
  readonly of: string;
  readonly quantity: string;
}

/** Where a rule stands. */
export interface RulePlace {
  readonly file: string;
  readonly line: number;
  /** `rules[0]`. */
  readonly rule: string;
}

/** One step of the way. */
export type TrailLink =
  /** `labels` are those of the series. */
  | ({
      readonly code: 'RuleFound';
      readonly series: string;
      readonly seriesCount: number;
      readonly labels: readonly string[];
    } & RulePlace)
  /** `near` are metrics that are called nearly so. */
  | { readonly code: 'NoRule'; readonly near: readonly string[] }
  | { readonly code: 'KindUnknown'; readonly resource: string }
  /** The metric is one of the other API. */
  | { readonly code: 'OtherApi'; readonly isExternal: boolean }
  /** The series is there under another name. */
  | ({ readonly code: 'Renamed'; readonly series: string; readonly calledAs: string } & RulePlace)
  /** A rule makes it, and none of the series' labels means the resource; `made` are those that they mean. */
  | ({
      readonly code: 'LabelUnmapped';
      readonly series: string;
      readonly resource: string;
      readonly labels: readonly string[];
      readonly made: readonly string[];
    } & RulePlace)
  /** `by` is the path of the expression that leaves the series out. */
  | ({ readonly code: 'LeftOut'; readonly series: string; readonly by: string } & RulePlace)
  | ({ readonly code: 'SelectorRefused'; readonly selector: string; readonly problem: PrometheusProblem } & RulePlace)
  /** A rule would make it, and its selector finds nothing. */
  | ({ readonly code: 'NoSuchSeries'; readonly selector: string; readonly window: string } & RulePlace)
  | { readonly code: 'NameGiven'; readonly name: string; readonly label: string }
  /** The cluster is not asked which objects there are; `askedCount` of them are asked for. */
  | {
      readonly code: 'NamesOfSeries';
      readonly label: string;
      readonly nameCount: number;
      readonly askedCount: number;
      /** What the cluster would choose the objects by; empty for all. */
      readonly selector: string;
    }
  | { readonly code: 'NoObjects'; readonly label: string; readonly selector: string }
  /** External metrics are of no objects; `label` means the namespace, null when the rule is bound to none. */
  | { readonly code: 'NoObjectsNeeded'; readonly label: string | null }
  | { readonly code: 'Asked'; readonly query: string }
  /** `reason` is in upstream's words. */
  | { readonly code: 'NoQuery'; readonly reason: string }
  | { readonly code: 'QueryRefused'; readonly query: string; readonly problem: PrometheusProblem }
  /** `kind` is `matrix`, `string` or, where rows are needed, `scalar`. */
  | { readonly code: 'NotRows'; readonly kind: string }
  | { readonly code: 'Rows'; readonly rowCount: number; readonly newestAgeMs: number | null }
  | { readonly code: 'NoRows' }
  /** `labels` are those that the rows have. */
  | { readonly code: 'RowsWithoutLabel'; readonly label: string; readonly labels: readonly string[] }
  /** Rows are there, of others. */
  | {
      readonly code: 'NoRowOfObject';
      readonly label: string;
      readonly name: string;
      readonly others: readonly string[];
    }
  | { readonly code: 'Values'; readonly valueCount: number }
  /** Several rows say something else of one object, and the last counts. */
  | { readonly code: 'RowsShadowed'; readonly name: string; readonly rowCount: number; readonly objectCount: number }
  /** Objects that were asked for and have no row; they are left out. */
  | { readonly code: 'ObjectsWithoutRow'; readonly names: readonly string[]; readonly nameCount: number }
  /** The same, of which the rule says that they count as 0; no names for an external metric. */
  | { readonly code: 'AbsentAsZero'; readonly names: readonly string[]; readonly nameCount: number }
  /** Left out. */
  | { readonly code: 'NotANumber'; readonly of: string; readonly count: number }
  /** The rule says that it is 0. */
  | { readonly code: 'NanAsZero'; readonly of: string; readonly count: number }
  /** Infinite, or beyond what a quantity holds; left out. */
  | { readonly code: 'Unbounded'; readonly of: string; readonly count: number }
  /** No row is a number; `value` is one of them as the server wrote it. */
  | { readonly code: 'NoNumbers'; readonly of: string; readonly value: string };

/** What a link is about, in the order of a trail. */
export type TrailTopic = 'rule' | 'objects' | 'query' | 'rows' | 'values';

/** How the metric fares at a link: it comes through, it comes out as something else, or it is lost. */
export type TrailStanding = 'holds' | 'doubtful' | 'broken';

/** The code of a link. */
export type TrailCode = TrailLink['code'];

/** The link of a code. */
export type TrailLinkOf<Code extends TrailCode> = Extract<TrailLink, { readonly code: Code }>;

const RULES = {
  RuleFound: ['rule', 'holds'],
  NoRule: ['rule', 'broken'],
  KindUnknown: ['rule', 'broken'],
  OtherApi: ['rule', 'broken'],
  Renamed: ['rule', 'broken'],
  LabelUnmapped: ['rule', 'broken'],
  LeftOut: ['rule', 'broken'],
  SelectorRefused: ['rule', 'broken'],
  NoSuchSeries: ['rule', 'broken'],
  NameGiven: ['objects', 'holds'],
  NamesOfSeries: ['objects', 'holds'],
  NoObjects: ['objects', 'broken'],
  NoObjectsNeeded: ['objects', 'holds'],
  Asked: ['query', 'holds'],
  NoQuery: ['query', 'broken'],
  QueryRefused: ['query', 'broken'],
  NotRows: ['rows', 'broken'],
  Rows: ['rows', 'holds'],
  NoRows: ['rows', 'broken'],
  RowsWithoutLabel: ['rows', 'broken'],
  NoRowOfObject: ['rows', 'broken'],
  Values: ['values', 'holds'],
  RowsShadowed: ['values', 'doubtful'],
  ObjectsWithoutRow: ['values', 'doubtful'],
  AbsentAsZero: ['values', 'holds'],
  NotANumber: ['values', 'doubtful'],
  NanAsZero: ['values', 'holds'],
  Unbounded: ['values', 'doubtful'],
  NoNumbers: ['values', 'broken'],
} as const satisfies Record<TrailCode, readonly [TrailTopic, TrailStanding]>;

/** The codes of links that something can be done about. */
export type AmissTrailCode = {
  [Code in TrailCode]: (typeof RULES)[Code][1] extends 'holds' ? never : Code;
}[TrailCode];

/** What a link is about. */
export function trailTopicOf({ code }: Pick<TrailLink, 'code'>): TrailTopic {
  return RULES[code][0];
}

/** How the metric fares at a link. */
export function trailStandingOf({ code }: Pick<TrailLink, 'code'>): TrailStanding {
  return RULES[code][1];
}

/** The first link at which the metric is lost, or comes out as something else; undefined when all is well. */
export function firstAmissLink({ links }: Pick<MetricTrail, 'links'>): TrailLinkOf<AmissTrailCode> | undefined {
  const lost = links.find((link) => trailStandingOf(link) === 'broken');
  const found = lost ?? links.find((link) => trailStandingOf(link) === 'doubtful');
  return found as TrailLinkOf<AmissTrailCode> | undefined;
}
