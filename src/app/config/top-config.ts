import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { Environment } from './environment.ts';
import { labelSelector, lastValue, namespaceName, switchValue, textValue, valueProblems } from './flag-values.ts';
import { type FlagSyntax, readFlagWords } from './flag-words.ts';

const HELP_HINT = 'podtide top --help shows what can be said';

/** What `podtide top` shows, from where, and how. */
export interface TopConfig {
  readonly subject: TopSubject;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly sortBy: 'cpu' | 'memory' | null;
  readonly output: 'table' | 'json';
  /** Whether a table begins with the names of its columns. */
  readonly hasHeaders: boolean;
  readonly language: Language;
}

/** Whose usage is asked for. */
export type TopSubject =
  | {
      readonly kind: 'nodes';
      readonly which: TopSelection;
      /** Shares are of the capacity, not of what is allocatable. */
      readonly isShareOfCapacity: boolean;
      readonly isSwapShown: boolean;
    }
  | {
      readonly kind: 'pods';
      readonly which: TopSelection;
      readonly scope: TopScope;
      /** As text for the API server; empty for all. */
      readonly fieldSelector: string;
      /** A line for each container instead of each pod. */
      readonly isByContainer: boolean;
      readonly isSwapShown: boolean;
      /** A last line with what it all comes to. */
      readonly isSummed: boolean;
    }
  /** One pod, with where each of its numbers comes from. */
  | { readonly kind: 'trace'; readonly name: string; readonly scope: TopScope };

/** One object by its name, or those that a label selector matches; an empty selector is all of them. */
export type TopSelection =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'labels'; readonly selector: string };

/** Which namespaces; `current` is the kubeconfig context's own. */
export type TopScope =
  | { readonly kind: 'current' }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'all' };

/** What may be asked about, with the short forms that kubectl knows. */
const SUBJECTS: ReadonlyMap<string, 'nodes' | 'pods' | 'containers'> = new Map([
  ...['nodes', 'node', 'no'].map((word) => [word, 'nodes'] as const),
  ...['pods', 'pod', 'po'].map((word) => [word, 'pods'] as const),
  ...['containers', 'container'].map((word) => [word, 'containers'] as const),
]);

const FIELD = /^[A-Za-z][\w.]*(==?|!=)[^,=]*$/;

const fieldSelector = z.string().superRefine((text, context) => {
  if (text === '' || text.split(',').every((part) => FIELD.test(part.trim()))) return;
  context.addIssue({ code: 'custom', message: 'must be a field selector such as spec.nodeName=node-1' });
});

/** One entry a flag; those that kubectl top has are called as there. */
const FLAGS = z.strictObject({
  kubeconfig: textValue.default(null),
  context: textValue.default(null),
  namespace: lastValue(namespaceName).optional(),
  'all-namespaces': switchValue.default(false),
  selector: lastValue(labelSelector).optional(),
  'field-selector': lastValue(fieldSelector).default(''),
  'sort-by': lastValue(z.enum(['cpu', 'memory', ''], 'must be cpu or memory')).default(''),
  containers: switchValue.default(false),
  sum: switchValue.default(false),
  'show-capacity': switchValue.default(false),
  'show-swap': switchValue.default(false),
  'no-headers': switchValue.default(false),
  'use-protocol-buffers': switchValue.default(true),
  trace: switchValue.default(false),
  output: lastValue(z.enum(['table', 'json'], 'must be table or json')).default('table'),
  lang: lastValue(z.string()).optional(),
});

/** The name of a flag of `podtide top`. */
export type TopFlag = keyof typeof FLAGS.shape;

type ParsedFlags = z.output<typeof FLAGS>;

const SHORTHANDS: Readonly<Partial<Record<TopFlag, string>>> = {
  namespace: 'n',
  'all-namespaces': 'A',
  selector: 'l',
  output: 'o',
};

const SWITCHES: ReadonlySet<string> = new Set<TopFlag>([
  'all-namespaces',
  'containers',
  'sum',
  'show-capacity',
  'show-swap',
  'no-headers',
  'use-protocol-buffers',
  'trace',
]);

/** How each flag is written. */
export const TOP_SYNTAX: ReadonlyMap<string, FlagSyntax> = new Map(
  (Object.keys(FLAGS.shape) as readonly TopFlag[]).map((name) => {
    const shorthand = SHORTHANDS[name];
    const syntax = { isSwitch: SWITCHES.has(name), isFreeText: name === 'kubeconfig' || name === 'context' };
    return [name, shorthand === undefined ? syntax : { ...syntax, shorthand }];
  }),
);

/**
 * Reads the words behind `podtide top`: `nodes`, `pods` or `containers`, one name or none, and flags anywhere among them,
 * as kubectl top takes them. Throws Failure `invalid` that lists every problem with its flag, the value and the rule.
 */
export function parseTopWords(words: readonly string[], environment: Environment): TopConfig {
  const { values, operands, problems } = readFlagWords(words, TOP_SYNTAX);
  const parsed = FLAGS.safeParse(Object.fromEntries(values));
  const [asked = '', name, ...others] = operands;
  const subject = SUBJECTS.get(asked);
  const found = [
    ...problems,
    ...(subject === undefined ? [`${asked || 'top'}: say nodes, pods or containers`] : []),
    ...others.map((word) => `${word}: one name at most, and ${name} is one; use -l for more`),
    ...(parsed.success ? conflictsOf(parsed.data, subject, name) : valueProblems(parsed.error, values)),
  ];
  if (!parsed.success || subject === undefined || found.length > 0)
    throw new Failure('invalid', found.join('\n'), { hint: HELP_HINT });
  const flags = parsed.data;
  return {
    subject: subjectOf(flags, subject, name),
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    sortBy: flags['sort-by'] === '' ? null : flags['sort-by'],
    output: flags.output,
    hasHeaders: !flags['no-headers'],
    language: languageOf(flags.lang ?? environment.locale),
  };
}

/** Flags that say something about pods only, or about nodes only. */
const OF_PODS = [
  'all-namespaces',
  'field-selector',
  'containers',
  'sum',
  'trace',
] as const satisfies readonly TopFlag[];
const OF_NODES = ['show-capacity'] as const satisfies readonly TopFlag[];

/** Flags that choose among many, or say what becomes of many; a trace is of one. */
const OF_MANY = [
  'selector',
  'field-selector',
  'sort-by',
  'sum',
  'all-namespaces',
] as const satisfies readonly TopFlag[];

function conflictsOf(flags: ParsedFlags, subject: string | undefined, name: string | undefined): readonly string[] {
  const isGiven = (flag: TopFlag): boolean => flags[flag] !== undefined && flags[flag] !== false && flags[flag] !== '';
  const misplaced = subject === 'nodes' ? OF_PODS : OF_NODES;
  const problems = misplaced.filter(isGiven).map((flag) => `--${flag}: says nothing about ${subject ?? 'this'}`);
  if (flags.trace && subject !== 'nodes') {
    if (name === undefined) problems.push('--trace: needs the name of a pod');
    return [...problems, ...OF_MANY.filter(isGiven).map((flag) => `--${flag}: not with --trace, which is of one pod`)];
  }
  if (name === undefined) return problems;
  if (isGiven('selector')) problems.push(`--selector: not with the name ${name}`);
  if (isGiven('field-selector')) problems.push(`--field-selector: not with the name ${name}`);
  if (isGiven('all-namespaces') && subject !== 'nodes') {
    problems.push(`--all-namespaces: not with the name ${name}, which is one of a namespace`);
  }
  return problems;
}

function subjectOf(flags: ParsedFlags, subject: 'nodes' | 'pods' | 'containers', name: string | undefined): TopSubject {
  const which: TopSelection =
    name === undefined ? { kind: 'labels', selector: flags.selector ?? '' } : { kind: 'name', name };
  if (subject === 'nodes') {
    return { kind: 'nodes', which, isShareOfCapacity: flags['show-capacity'], isSwapShown: flags['show-swap'] };
  }
  const scope = scopeOf(flags);
  if (flags.trace && name !== undefined) return { kind: 'trace', name, scope };
  return {
    kind: 'pods',
    which,
    scope,
    fieldSelector: flags['field-selector'],
    isByContainer: subject === 'containers' || flags.containers,
    isSwapShown: flags['show-swap'],
    isSummed: flags.sum,
  };
}

/** As with kubectl, all namespaces come before a named one. */
function scopeOf(flags: ParsedFlags): TopScope {
  if (flags['all-namespaces']) return { kind: 'all' };
  return flags.namespace === undefined ? { kind: 'current' } : { kind: 'namespace', namespace: flags.namespace };
}
