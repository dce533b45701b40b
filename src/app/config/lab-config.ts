import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { FeatureGates } from '../../core/engine/options.ts';
import { LANGUAGES, type Language, languageOf } from '../../core/explain/language.ts';
import { KUBERNETES_VERSIONS, type KubernetesVersion } from '../../lab/apiserver/version.ts';
import { COMMON_STORY_NAMES, STORY_NAMES, type StoryName } from '../../lab/world/stories/story-names.ts';
import type { Environment } from './environment.ts';
import { featureGates } from './feature-gates.ts';

/** Everything that `podtide lab` can be told, as typed. */
export interface LabFlags {
  readonly story?: string;
  readonly empty: boolean;
  readonly real: boolean;
  readonly speed?: string;
  readonly output?: string;
  readonly port?: string;
  readonly webPort?: string;
  readonly kubeconfig?: string;
  readonly prometheus?: string;
  readonly kubernetesVersion?: string;
  readonly featureGates?: string;
  readonly lang?: string;
}

/** Everything that the lab knows of itself. */
export interface LabConfig {
  /** What is played; nothing with `--empty`. */
  readonly stories: readonly StoryName[];
  readonly speed: LabSpeed;
  /** Whether pods are processes of this machine. */
  readonly isReal: boolean;
  readonly output: 'live' | 'json';
  /** Of the API server; 0 lets the system choose. */
  readonly port: number;
  /** Of the web page; 0 lets the system choose. */
  readonly webPort: number;
  /** File that the kubeconfig is written to. */
  readonly kubeconfigPath: string;
  readonly prometheus: LabPrometheusChoice;
  /** Whose face the API server shows; decisions are the same under each. */
  readonly kubernetesVersion: KubernetesVersion;
  readonly features: FeatureGates;
  readonly language: Language;
}

/** How fast domain time runs: so many times as fast as real time, or as fast as the parts can follow. */
export type LabSpeed = { readonly kind: 'factor'; readonly factor: number } | { readonly kind: 'max' };

/** Which program pods of Prometheus' image are: the lab's own, one that is named, or the first of these folders that has one. */
export type LabPrometheusChoice =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'named'; readonly path: string }
  | { readonly kind: 'found'; readonly folders: readonly string[] };

const SPEED_FACTOR_MAX = 1000;
const PORT_MAX = 65_535;

/** Without a story that ends, time runs fast enough to see something at once and slowly enough to follow it. */
const DEFAULT_STORY_SPEED = '30';
/** What a machine of two cores can carry beside the lab itself. */
const DEFAULT_REAL_STORY = 'walkthrough';

const speed = z.string().transform((text, context): LabSpeed => {
  if (text === 'max') return { kind: 'max' };
  const factor = Number(text.replace(/[x×]$/, ''));
  if (factor > 0 && factor <= SPEED_FACTOR_MAX) return { kind: 'factor', factor };
  context.addIssue({
    code: 'custom',
    message: `must be a number up to ${SPEED_FACTOR_MAX}, for example 1 or 10x, or max`,
  });
  return z.NEVER;
});

const port = z
  .string()
  .regex(/^\d{1,5}$/, `must be a port from 0 to ${PORT_MAX}`)
  .transform(Number)
  .refine((value) => value <= PORT_MAX, `must be a port from 0 to ${PORT_MAX}`);

const FLAGS = z.strictObject({
  story: z.enum([...STORY_NAMES, 'all'], `must be one of ${[...STORY_NAMES, 'all'].join(', ')}`).optional(),
  empty: z.boolean(),
  real: z.boolean(),
  speed: speed.optional(),
  output: z.enum(['live', 'json'], 'must be live or json').default('live'),
  port: port.default(0),
  'web-port': port.default(0),
  kubeconfig: z.string().min(1, 'must name a file').optional(),
  prometheus: z.string().min(1, 'must be auto, embedded, or the path of a program').default('auto'),
  'kubernetes-version': z.enum(KUBERNETES_VERSIONS, `must be one of ${KUBERNETES_VERSIONS.join(', ')}`).default('1.36'),
  'feature-gates': featureGates.optional(),
  lang: z.string().optional(),
});

/**
 * Reads the flags of `podtide lab`. Throws Failure `invalid` that lists every problem at once, each with its flag, the
 * value and the rule.
 */
export function parseLabConfig(flags: LabFlags, environment: Environment): LabConfig {
  const { webPort, kubernetesVersion, featureGates: gates, ...rest } = flags;
  const named = { 'web-port': webPort, 'kubernetes-version': kubernetesVersion, 'feature-gates': gates };
  const given = Object.fromEntries(Object.entries({ ...rest, ...named }).filter(([, value]) => value !== undefined));
  const parsed = FLAGS.safeParse(given);
  const issues = parsed.success ? [] : parsed.error.issues;
  const problems = [...issues.map((issue) => problemText(issue, given)), ...conflictsOf(flags)];
  if (!parsed.success || problems.length > 0) throw new Failure('invalid', problems.join('\n'));
  const { data } = parsed;
  const stories = data.empty ? [] : storiesOf(data.story ?? (data.real ? DEFAULT_REAL_STORY : 'all'));
  return {
    stories,
    speed: data.speed ?? speed.parse(data.empty || data.real ? '1' : DEFAULT_STORY_SPEED),
    isReal: data.real,
    output: data.output,
    port: data.port,
    webPort: data['web-port'],
    kubeconfigPath: data.kubeconfig ?? join(environment.home ?? '.', '.podtide', 'lab.kubeconfig'),
    prometheus: prometheusOf(data.prometheus, environment),
    kubernetesVersion: data['kubernetes-version'],
    features: data['feature-gates'] ?? featureGates.parse(''),
    language: languageOf(flags.lang ?? environment.locale),
  };
}

function storiesOf(name: StoryName | 'all'): readonly StoryName[] {
  return name === 'all' ? COMMON_STORY_NAMES : [name];
}

function prometheusOf(text: string, { variables }: Environment): LabPrometheusChoice {
  if (text === 'embedded') return { kind: 'embedded' };
  if (text !== 'auto') return { kind: 'named', path: text };
  const folders = (variables['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return { kind: 'found', folders };
}

function conflictsOf(flags: LabFlags): readonly string[] {
  const problems: string[] = [];
  if (flags.empty && flags.story !== undefined)
    problems.push(`--story=${flags.story}: --empty plays none; leave one of them out`);
  if (flags.empty && flags.speed === 'max') {
    problems.push('--speed=max: without a story, time as fast as possible has no end; name a number');
  }
  if (flags.story === 'prometheus' && flags.real) {
    problems.push('--story=prometheus: is played on pods that are computed; leave --real out');
  }
  if (flags.story === 'prometheus' && flags.speed === 'max') {
    problems.push('--speed=max: the story prometheus has programs that take the time of this machine; name a number');
  }
  if (flags.real && flags.speed !== undefined) {
    problems.push(
      `--speed=${flags.speed}: with --real, pods are processes and time is the machine's; leave one of them out`,
    );
  }
  if (flags.lang !== undefined && !LANGUAGES.some((language) => language.startsWith(flags.lang?.slice(0, 2) ?? ''))) {
    problems.push(`--lang=${flags.lang}: must be one of ${LANGUAGES.join(', ')}`);
  }
  return problems;
}

function problemText(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const flag = String(issue.path[0]);
  return `--${flag}=${String(given[flag])}: ${issue.message}`;
}
