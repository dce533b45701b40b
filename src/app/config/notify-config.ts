import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { NOTICE_TYPES, type NoticeType } from '../../core/episode/notice.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { RouteMatch } from '../../people/notify/delivery/route.ts';
import type { Environment } from './environment.ts';
import { durationMs, namespaceName } from './flag-values.ts';
import { type StateChoice, state } from './notifier-flags.ts';
import { parseSilence } from './silence-text.ts';

/** What `podtide notify test` is told. */
export interface NotifyTestConfig {
  readonly config: string;
  readonly sink: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly sinkAuthorityFile: string | null;
  readonly language: Language;
}

/** What a preview is of: an invented notice of a type, or the newest that a notifier had of an episode. */
export type PreviewSubject =
  | { readonly kind: 'example'; readonly type: NoticeType }
  /** Its id, or the beginning that messages show. */
  | { readonly kind: 'episode'; readonly id: string; readonly state: StateChoice; readonly place: SilencePlace };

/** What `podtide notify preview` is told. */
export interface NotifyPreviewConfig {
  readonly subject: PreviewSubject;
  /** A kind of sink, or the name of one in `config`. */
  readonly sink: string;
  /** Null: sinks are called by their kinds. */
  readonly config: string | null;
  readonly language: Language;
  readonly timeZone: string;
  readonly output: 'text' | 'json';
}

/** Where silences are kept. */
export interface SilencePlace {
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** Podtide's own. */
  readonly namespace: string;
}

/** A silence that is to be put there. */
export interface SilenceOrder extends SilencePlace {
  readonly match: RouteMatch;
  readonly durationMs: number;
  readonly author: string;
  readonly comment: string;
}

const file = z.string().min(1, 'must name a file');
const names = z.string().transform((text) => text.split(',').map((name) => name.trim()));

const CLUSTER = {
  kubeconfig: file.optional(),
  context: z.string().min(1, 'must name a context').optional(),
};

const PLACE = {
  ...CLUSTER,
  'own-namespace': namespaceName.default('podtide-system'),
};

const TEST = z.strictObject({
  ...CLUSTER,
  config: z.string('is missing; it must name the file of sinks and routes').min(1, 'must name a file'),
  'sink-ca-file': file.optional(),
  lang: z.string().optional(),
});

const PREVIEW = z.strictObject({
  sink: z.string('is missing; it must be a kind of sink such as dingtalk, or a name in --config'),
  config: file.optional(),
  lang: z.string().optional(),
  timezone: z.string().optional(),
  state: state.default({ kind: 'configmaps' }),
  ...PLACE,
  output: z.enum(['text', 'json'], 'must be text or json').default('text'),
});

const SILENCE = z.strictObject({
  ...PLACE,
  for: z.string('is missing; it must be a duration such as 2h').pipe(durationMs('positive')),
  namespaces: names.optional(),
  types: names.optional(),
  severities: names.optional(),
  kinds: names.optional(),
  labels: z.string().optional(),
  author: z.string().optional(),
  comment: z.string('is missing; it must say why').min(1, 'must say why'),
});

export type NotifyTestFlag = keyof typeof TEST.shape;
export type NotifyPreviewFlag = keyof typeof PREVIEW.shape;
export type SilencePlaceFlag = keyof typeof PLACE;
export type SilenceFlag = keyof typeof SILENCE.shape;

/** Values as typed, by the name of the flag. */
export type Typed<Flag extends string> = Readonly<Partial<Record<Flag, string>>>;

/** Reads the words of `podtide notify test`. Throws Failure `invalid` that lists every problem. */
export function parseNotifyTest(
  sink: string,
  flags: Typed<NotifyTestFlag>,
  environment: Environment,
): NotifyTestConfig {
  const { config, kubeconfig = null, context = null, lang, ...rest } = parsed(TEST, flags);
  const language = languageOf(lang ?? environment.locale);
  return { config, sink, kubeconfig, context, sinkAuthorityFile: rest['sink-ca-file'] ?? null, language };
}

/** Reads the words of `podtide notify preview`. Throws Failure `invalid` that lists every problem. */
export function parseNotifyPreview(
  what: string,
  flags: Typed<NotifyPreviewFlag>,
  environment: Environment,
): NotifyPreviewConfig {
  const { sink, config = null, lang, timezone = 'UTC', output, state: where, ...place } = parsed(PREVIEW, flags);
  const known = NOTICE_TYPES.find((each) => each === what);
  const [, id] = EPISODE_ID.exec(what) ?? [];
  const problems = [
    ...(known === undefined && id === undefined
      ? [
          `${what}: is neither the id of an episode, such as a1b2c3, nor a type of notice; there are ${NOTICE_TYPES.join(', ')}`,
        ]
      : []),
    ...(isTimeZone(timezone) ? [] : [`--timezone=${timezone}: must be a time zone such as Asia/Shanghai`]),
  ];
  if (problems.length > 0) throw new Failure('invalid', problems.join('\n'));
  const subject: PreviewSubject =
    known === undefined
      ? { kind: 'episode', id: id ?? '', state: where, place: placeOf(place) }
      : { kind: 'example', type: known };
  return { subject, sink, config, language: languageOf(lang ?? environment.locale), timeZone: timezone, output };
}

/** As messages show it, with or without its sign. */
const EPISODE_ID = /^#?([0-9a-f]{4,16})$/;

/** Reads where silences are. Throws Failure `invalid` that lists every problem. */
export function parseSilencePlace(flags: Typed<SilencePlaceFlag>): SilencePlace {
  return placeOf(parsed(z.strictObject(PLACE), flags));
}

/** Reads the words of `podtide notify silence add`. Throws Failure `invalid` that lists every problem. */
export function parseSilenceOrder(flags: Typed<SilenceFlag>, environment: Environment): SilenceOrder {
  const given = parsed(SILENCE, flags);
  const { namespaces, types, severities, kinds, labels, comment } = given;
  const author = given.author ?? environment.variables['USER'] ?? '';
  // By the rules of what stands there in the end.
  const instants = { startsAt: '1970-01-01T00:00:00Z', endsAt: '1970-01-01T00:00:01Z' };
  const text = JSON.stringify({
    match: { namespaces, types, severities, kinds, labels },
    ...instants,
    author,
    comment,
  });
  const { match } = parseSilence('new', text);
  return { ...placeOf(given), match, durationMs: given.for, author, comment };
}

function placeOf(given: {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly 'own-namespace': string;
}): SilencePlace {
  const { kubeconfig = null, context = null } = given;
  return { kubeconfig, context, namespace: given['own-namespace'] };
}

function parsed<T extends z.ZodObject>(schema: T, flags: Typed<string>): z.output<T> {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `--${key}: no such flag`).join('\n');
    const flag = String(issue.path[0]);
    return given[flag] === undefined ? `--${flag} ${issue.message}` : `--${flag}=${given[flag]}: ${issue.message}`;
  });
  throw new Failure('invalid', problems.join('\n'));
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
