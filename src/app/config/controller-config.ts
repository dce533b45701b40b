import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { StatusWrites } from '../../control/controller/status-thinning.ts';
import type { SampleValues } from '../../control/facts/samples.ts';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../../core/engine/options.ts';
import { listedNamespaces } from '../../metrics/query/query-access.ts';
import {
  DIRECT_QUERY_FLAGS,
  type DirectQueryConfig,
  type DirectQueryFlag,
  parseDirectQueries,
} from './direct-query-config.ts';
import type { Environment } from './environment.ts';
import { featureGates } from './feature-gates.ts';
import { attempt, durationMs, type LogLevel, logLevel, namespaceList, truth, wholeNumber } from './flag-values.ts';
import {
  type LeaderElectionConfig,
  leaderElectionFlags,
  leaderElectionOf,
  leaderElectionProblems,
} from './leader-election-flags.ts';
import { isLoopback, type ListenConfig, listenFlags, listenOf, listenProblems } from './listen-flags.ts';

/**
 * Everything that `podtide controller` can be told, by flag name without its dashes. All values are as typed, those of a flag
 * that was given several times in a list.
 */
export type ControllerFlags = Readonly<Partial<Record<ControllerFlag, string | boolean | readonly string[]>>>;

/** Everything that the process knows of itself. */
export interface ControllerConfig {
  readonly mode: 'observe' | 'control';
  readonly engine: EngineOptions;
  readonly syncPeriodMs: number;
  readonly concurrencyCount: number;
  readonly statusWrites: StatusWrites;
  readonly sampleValues: SampleValues;
  /** `configmaps`: what is remembered of HPAs survives the process, in Podtide's own namespace. */
  readonly memory: 'configmaps' | 'process';
  /** Null: every External metric comes from the metrics API. */
  readonly queries: DirectQueryConfig | null;
  /** Null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
  readonly isSoleControllerAssumed: boolean;
  readonly clusterName: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly leaderElection: LeaderElectionConfig | null;
  readonly listen: DecisionListenConfig;
  readonly logLevel: LogLevel;
}

/** Where decisions are shown. */
export interface DecisionListenConfig extends ListenConfig {
  /** Loopback only: decisions are shown without a token. */
  readonly isDecisionTokenWaived: boolean;
}

const fraction = z
  .string()
  .regex(/^\d*\.?\d+([eE][+-]?\d+)?$/, 'must be a fraction such as 0.1 (which means 10 %)')
  .transform(Number)
  .refine((value) => Number.isFinite(value), 'must be a fraction such as 0.1 (which means 10 %)');

/** A share such as `30%`, as a ratio; null when it is off. */
const breakerShare = z.string().transform((text, context): number | null => {
  if (text === 'off') return null;
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1];
  const ratio = Number(percent) / 100;
  if (percent !== undefined && ratio > 0 && ratio < 1) return ratio;
  context.addIssue({ code: 'custom', message: 'must be off, or a percentage above 0% and below 100% such as 30%' });
  return z.NEVER;
});

/** The Lease of a controller, unless told otherwise; what else it keeps in its namespace is called after it. */
export const DEFAULT_LEASE_NAME = 'podtide-controller';

/** One entry a flag. Where kube-controller-manager has the flag, it is called and defaulted as there. */
const FLAGS = z.strictObject({
  mode: z.enum(['observe', 'control'], 'must be observe or control').default('observe'),
  namespaces: namespaceList.optional(),
  'assume-sole-controller': truth.default(false),
  'cluster-name': z
    .string()
    .min(1, 'must not be empty')
    .max(253, 'must not exceed 253 characters')
    .default('kubernetes'),
  kubeconfig: z.string().min(1, 'must name a file').optional(),
  context: z.string().min(1, 'must name a context').optional(),
  'horizontal-pod-autoscaler-sync-period': durationMs('positive').default(15_000),
  'horizontal-pod-autoscaler-downscale-stabilization': durationMs('notNegative').default(300_000),
  'horizontal-pod-autoscaler-tolerance': fraction.default(0.1),
  'horizontal-pod-autoscaler-cpu-initialization-period': durationMs('notNegative').default(300_000),
  'horizontal-pod-autoscaler-initial-readiness-delay': durationMs('notNegative').default(30_000),
  'concurrent-horizontal-pod-autoscaler-syncs': wholeNumber(1, 10_000).default(50),
  'feature-gates': featureGates.default(DEFAULT_ENGINE_OPTIONS.features),
  'max-sample-age': durationMs('notNegative').default(0),
  'scale-down-breaker': breakerShare.default(null),
  'scale-down-breaker-hold': durationMs('positive').default(900_000),
  'status-writes': z.enum(['on-change', 'every-change'], 'must be on-change or every-change').default('on-change'),
  'sample-values': z.enum(['any', 'plausible'], 'must be any or plausible').default('any'),
  memory: z.enum(['configmaps', 'process'], 'must be configmaps or process').default('configmaps'),
  ...leaderElectionFlags(DEFAULT_LEASE_NAME),
  ...listenFlags(9091),
  'decisions-without-token': truth.default(false),
  'log-level': logLevel.default('info'),
});

/** The name of a flag. */
export type ControllerFlag = keyof typeof FLAGS.shape | DirectQueryFlag;

/** Every flag, for the command line's own table. */
export const CONTROLLER_FLAGS: readonly ControllerFlag[] = [
  ...(Object.keys(FLAGS.shape) as readonly (keyof typeof FLAGS.shape)[]),
  ...DIRECT_QUERY_FLAGS,
];

/** Flags that may stand without a value, and then are on. */
export const CONTROLLER_SWITCHES: ReadonlySet<ControllerFlag> = new Set([
  'assume-sole-controller',
  'leader-elect',
  'decisions-without-token',
  'prometheus-auth-incluster',
]);

/** Flags that count as often as they are given. */
export const CONTROLLER_LISTS: ReadonlySet<ControllerFlag> = new Set(['prometheus-header']);

const DIRECT: ReadonlySet<string> = new Set(DIRECT_QUERY_FLAGS);

/** Where it matters, whoever parses says whether the process runs in a pod. */
const NO_POD: Pick<Environment, 'inClusterHost'> = { inClusterHost: undefined };

/**
 * Reads the flags. Throws Failure `invalid` that lists every problem at once, each with its flag, the value and the
 * rule.
 */
export function parseControllerConfig(flags: ControllerFlags, environment = NO_POD): ControllerConfig {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const own = Object.fromEntries(given.filter(([flag]) => !DIRECT.has(flag)));
  const direct = new Map(given.filter(([flag]) => DIRECT.has(flag)).map(([flag, value]) => [flag, textsOf(value)]));
  const parsed = FLAGS.safeParse(own);
  const problems = parsed.success
    ? [...conflictsOf(parsed.data)]
    : parsed.error.issues.map((issue) => problemText(issue, own));
  const queries = attempt(problems, () => parseDirectQueries(direct, environment));
  if (!parsed.success || queries === undefined || problems.length > 0)
    throw new Failure('invalid', problems.join('\n'));
  return configOf(parsed.data, queries);
}

function textsOf(value: string | boolean | readonly string[]): readonly string[] {
  return typeof value === 'object' ? value : [String(value)];
}

type ParsedFlags = z.output<typeof FLAGS>;

function problemText(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `--${key}: no such flag`).join('\n');
  const flag = String(issue.path[0]);
  return `--${flag}=${String(given[flag])}: ${issue.message}`;
}

/** Rules that span flags. */
function conflictsOf(flags: ParsedFlags): readonly string[] {
  const problems = [...leaderElectionProblems(flags), ...listenProblems(flags)];
  const periodMs = flags['horizontal-pod-autoscaler-sync-period'];
  if (flags['scale-down-breaker'] !== null && flags['scale-down-breaker-hold'] <= periodMs) {
    problems.push('--scale-down-breaker-hold: must be longer than --horizontal-pod-autoscaler-sync-period');
  }
  if (flags.mode === 'control' && flags.namespaces !== undefined && !flags['assume-sole-controller']) {
    problems.push(
      '--namespaces: without rights on the whole cluster nobody can prove that no other controller acts; say --assume-sole-controller if you know it',
    );
  }
  if (flags['decisions-without-token'] && !isLoopback(flags.listen.host)) {
    problems.push(`--decisions-without-token: only where --listen is a loopback address, not ${flags.listen.host}`);
  }
  return problems;
}

function breakerOf(flags: ParsedFlags): EngineOptions['scaleDownBreaker'] {
  const shareRatioMax = flags['scale-down-breaker'];
  if (shareRatioMax === null) return null;
  const lookMs = flags['horizontal-pod-autoscaler-sync-period'];
  return { shareRatioMax, holdMs: flags['scale-down-breaker-hold'], lookMs };
}

function configOf(flags: ParsedFlags, queries: DirectQueryConfig | null): ControllerConfig {
  return {
    mode: flags.mode,
    engine: {
      tolerance: flags['horizontal-pod-autoscaler-tolerance'],
      downscaleStabilizationMs: flags['horizontal-pod-autoscaler-downscale-stabilization'],
      cpuInitializationPeriodMs: flags['horizontal-pod-autoscaler-cpu-initialization-period'],
      initialReadinessDelayMs: flags['horizontal-pod-autoscaler-initial-readiness-delay'],
      features: flags['feature-gates'],
      maxSampleAgeMs: flags['max-sample-age'],
      scaleDownBreaker: breakerOf(flags),
      queryNamespaces: queries === null ? null : listedNamespaces(queries.access),
    },
    syncPeriodMs: flags['horizontal-pod-autoscaler-sync-period'],
    concurrencyCount: flags['concurrent-horizontal-pod-autoscaler-syncs'],
    statusWrites: flags['status-writes'],
    sampleValues: flags['sample-values'],
    memory: flags.memory,
    queries,
    namespaces: flags.namespaces ?? null,
    isSoleControllerAssumed: flags['assume-sole-controller'],
    clusterName: flags['cluster-name'],
    kubeconfig: flags.kubeconfig ?? null,
    context: flags.context ?? null,
    leaderElection: leaderElectionOf(flags),
    listen: { ...listenOf(flags), isDecisionTokenWaived: flags['decisions-without-token'] },
    logLevel: flags['log-level'],
  };
}
