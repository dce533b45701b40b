import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { type ObjectKey, parseKeyText } from '../../base/object-key.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { Environment } from './environment.ts';
import { isLoopback } from './listen-flags.ts';

/** Everything that `podtide observe report` can be told, by flag name without its dashes. All values are as typed. */
export type ObserveReportFlags = Readonly<Partial<Record<ObserveReportFlag, string | boolean>>>;

/** What to report, from where, and how. */
export interface ObserveReportConfig {
  readonly where: ObserverPlace;
  /** Null: the kubeconfig's own token, or none. */
  readonly tokenFile: string | null;
  /** Null: all of them. */
  readonly namespace: string | null;
  readonly language: Language;
  readonly output: 'text' | 'json';
  readonly isDisagreementFailure: boolean;
}

/** Where an observer answers. */
export type ObserverPlace =
  /** At this address. */
  | { readonly kind: 'url'; readonly url: URL; readonly caFile: string | null }
  /** Behind a Service of the cluster, through the API server. */
  | {
      readonly kind: 'service';
      readonly service: ObjectKey;
      readonly kubeconfig: string | null;
      readonly context: string | null;
    };

const fileName = z.string().min(1, 'must name a file');

const observerUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  context.addIssue({ code: 'custom', message: 'must be an address such as http://127.0.0.1:9091' });
  return z.NEVER;
});

const serviceKey = z.string().transform((text, context) => {
  const key = parseKeyText(text);
  if (key !== undefined) return key;
  context.addIssue({ code: 'custom', message: 'must be NAMESPACE/NAME' });
  return z.NEVER;
});

/** One entry a flag. */
const FLAGS = z.strictObject({
  url: observerUrl.optional(),
  'ca-file': fileName.optional(),
  kubeconfig: fileName.optional(),
  context: z.string().min(1, 'must name a context').optional(),
  service: serviceKey.optional(),
  'token-file': fileName.optional(),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be the name of a namespace')
    .optional(),
  lang: z.string().optional(),
  output: z.enum(['text', 'json'], 'must be text or json').default('text'),
  'fail-on-disagreement': z.boolean().default(false),
});

/** The name of a flag. */
export type ObserveReportFlag = keyof typeof FLAGS.shape;

const DEFAULT_URL = 'http://127.0.0.1:9091';
const DEFAULT_SERVICE: ObjectKey = { namespace: 'podtide-system', name: 'podtide-controller' };

/** Reads the flags. Throws Failure `invalid` that lists every problem with its flag, the value and the rule. */
export function parseObserveReportConfig(flags: ObserveReportFlags, environment: Environment): ObserveReportConfig {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const parsed = FLAGS.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      const flag = String(path[0]);
      return `--${flag}=${String(given[flag])}: ${message}`;
    });
    throw new Failure('invalid', problems.join('\n'));
  }
  const problems = conflictsOf(parsed.data);
  if (problems.length > 0) throw new Failure('invalid', problems.join('\n'));
  const { namespace, lang, output } = parsed.data;
  return {
    where: placeOf(parsed.data),
    tokenFile: parsed.data['token-file'] ?? null,
    namespace: namespace ?? null,
    language: languageOf(lang ?? environment.locale),
    output,
    isDisagreementFailure: parsed.data['fail-on-disagreement'],
  };
}

type ParsedFlags = z.output<typeof FLAGS>;

function isOfCluster({ kubeconfig, context, service }: ParsedFlags): boolean {
  return kubeconfig !== undefined || context !== undefined || service !== undefined;
}

function conflictsOf(flags: ParsedFlags): readonly string[] {
  const { url } = flags;
  const problems: string[] = [];
  if (url !== undefined && isOfCluster(flags)) {
    problems.push('--url: asks the observer itself; --kubeconfig, --context and --service ask through the API server');
  }
  if (flags['ca-file'] !== undefined && url?.protocol !== 'https:') {
    problems.push('--ca-file: goes with an --url that begins with https');
  }
  if (url?.protocol === 'http:' && flags['token-file'] !== undefined && !isLoopback(url.hostname)) {
    problems.push(`--url=${url.href}: a token goes over https only, except to this machine`);
  }
  return problems;
}

function placeOf(flags: ParsedFlags): ObserverPlace {
  const { url, kubeconfig = null, context = null, service = DEFAULT_SERVICE } = flags;
  if (isOfCluster(flags)) return { kind: 'service', service, kubeconfig, context };
  return { kind: 'url', url: url ?? new URL(DEFAULT_URL), caFile: flags['ca-file'] ?? null };
}
