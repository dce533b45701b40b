import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { type LogLevel, logLevel, namespaceList } from './flag-values.ts';
import {
  type LeaderElectionConfig,
  leaderElectionFlags,
  leaderElectionOf,
  leaderElectionProblems,
} from './leader-election-flags.ts';
import { type ListenConfig, listenFlags, listenOf, listenProblems } from './listen-flags.ts';

/** What `podtide notifier` is told on its command line; whom it tells what stands in the file that `config` names. */
export interface NotifierSettings {
  /** The file of sinks and routes. */
  readonly config: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** Null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
  /** Where it remembers what is to be sent and what was. */
  readonly state: StateChoice;
  /** Authorities that sinks' certificates may be of beside the usual ones; null when there are none. */
  readonly sinkAuthorityFile: string | null;
  readonly leaderElection: LeaderElectionConfig | null;
  readonly listen: ListenConfig;
  readonly logLevel: LogLevel;
}

/** `configmaps`: in its own namespace, so that another replica continues. A file: on this machine or a volume. */
export type StateChoice = { readonly kind: 'configmaps' } | { readonly kind: 'file'; readonly path: string };

/** The Lease of a notifier, unless told otherwise; what else it keeps in its namespace is called after it. */
export const NOTIFIER_LEASE_NAME = 'podtide-notifier';

/** Where a notifier remembers, as its flag says it. */
export const state = z.string().transform((text, context): StateChoice => {
  if (text === 'configmaps') return { kind: 'configmaps' };
  const path = /^file:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'file', path };
  context.addIssue({
    code: 'custom',
    message: 'must be configmaps, or file:PATH such as file:/var/lib/podtide/notifier.db',
  });
  return z.NEVER;
});

/** One entry a flag. */
const FLAGS = z.strictObject({
  config: z.string('is missing; it must name the file of sinks and routes').min(1, 'must name a file'),
  kubeconfig: z.string().min(1, 'must name a file').optional(),
  context: z.string().min(1, 'must name a context').optional(),
  namespaces: namespaceList.optional(),
  state: state.default({ kind: 'configmaps' }),
  'sink-ca-file': z.string().min(1, 'must name a file').optional(),
  ...leaderElectionFlags(NOTIFIER_LEASE_NAME),
  ...listenFlags(9092),
  'log-level': logLevel.default('info'),
});

/** The name of a flag. */
export type NotifierFlag = keyof typeof FLAGS.shape;

/** All values as typed. */
export type NotifierFlags = Readonly<Partial<Record<NotifierFlag, string | boolean>>>;

/** Every flag, for the command line's own table. */
export const NOTIFIER_FLAGS = Object.keys(FLAGS.shape) as readonly NotifierFlag[];

/** Flags that may stand without a value, and then are on. */
export const NOTIFIER_SWITCHES: ReadonlySet<NotifierFlag> = new Set(['leader-elect']);

/** Reads the flags. Throws Failure `invalid` that lists every problem at once, each with its flag, the value and the rule. */
export function parseNotifierFlags(flags: NotifierFlags): NotifierSettings {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const parsed = FLAGS.safeParse(given);
  const problems = parsed.success
    ? [...leaderElectionProblems(parsed.data), ...listenProblems(parsed.data), ...stateProblems(parsed.data)]
    : parsed.error.issues.map((issue) => problemText(issue, given));
  if (!parsed.success || problems.length > 0) throw new Failure('invalid', problems.join('\n'));
  const { config, kubeconfig = null, context = null, namespaces = null, state } = parsed.data;
  return {
    config,
    kubeconfig,
    context,
    namespaces,
    state,
    sinkAuthorityFile: parsed.data['sink-ca-file'] ?? null,
    leaderElection: leaderElectionOf(parsed.data),
    listen: listenOf(parsed.data),
    logLevel: parsed.data['log-level'],
  };
}

/** Whoever takes over must find what the one before left. */
function stateProblems(flags: z.output<typeof FLAGS>): readonly string[] {
  if (flags.state.kind === 'configmaps' || !flags['leader-elect']) return [];
  return [
    `--state=file:${flags.state.path}: another replica does not see this file; say --leader-elect=false if there is none, or --state=configmaps`,
  ];
}

function problemText(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `--${key}: no such flag`).join('\n');
  const flag = String(issue.path[0]);
  return given[flag] === undefined
    ? `--${flag} ${issue.message}`
    : `--${flag}=${String(given[flag])}: ${issue.message}`;
}
