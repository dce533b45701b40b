import { z } from 'zod';
import type { PrometheusBackend } from '../../metrics/prometheus/backend.ts';
import type { Environment } from './environment.ts';
import { durationMs, lastValue, textValue } from './flag-values.ts';
import type { FlagSyntax } from './flag-words.ts';
import {
  backendOfFlags,
  type ParsedPrometheusFlags,
  PROMETHEUS_FLAGS,
  PROMETHEUS_SYNTAX,
  type PrometheusFlag,
} from './prometheus-flags.ts';

/** Which Prometheus is asked: that of flags, or the one of a backends file, which can say more. */
export type PrometheusChoice =
  | { readonly kind: 'flags'; readonly backend: PrometheusBackend }
  | { readonly kind: 'file'; readonly path: string };

/** A choice, and what of the flags has no effect. */
export interface ChosenPrometheus {
  readonly choice: PrometheusChoice;
  /** For whoever gave the flags, once. */
  readonly warnings: readonly string[];
}

type ChoiceFlags = ParsedPrometheusFlags & { readonly 'prometheus-backends': string | null };

/** What the flags choose. Throws Failure('invalid') with all that is wrong with them. */
export function choosePrometheus(
  flags: ChoiceFlags,
  environment: Pick<Environment, 'inClusterHost'>,
): ChosenPrometheus {
  const path = flags['prometheus-backends'];
  if (path !== null) return { choice: { kind: 'file', path }, warnings: [] };
  const { backend, warnings } = backendOfFlags(flags, environment);
  return { choice: { kind: 'flags', backend }, warnings };
}

/** What is wrong with saying it twice: a backends file says all that flags could. */
export function backendsFileProblems(
  { 'prometheus-backends': path }: Pick<ChoiceFlags, 'prometheus-backends'>,
  given: ReadonlyMap<string, unknown>,
): readonly string[] {
  if (path === null) return [];
  return Object.keys(PROMETHEUS_FLAGS)
    .filter((name) => given.has(name))
    .map((name) => `--${name}: cannot be used together with --prometheus-backends, which says it`);
}

/** The flags by which commands for people are told of a Prometheus: those of the adapter, and a short one. */
export const ASKED_PROMETHEUS_FLAGS = {
  prometheus: lastValue(z.string()).optional(),
  ...PROMETHEUS_FLAGS,
  'prometheus-backends': textValue.default(null),
  'metrics-max-age': lastValue(durationMs('positive')).default(600_000),
} as const;

/** The name of one of these flags. */
export type AskedPrometheusFlag = PrometheusFlag | 'prometheus' | 'prometheus-backends' | 'metrics-max-age';

/** How each of them is written. */
export const ASKED_PROMETHEUS_SYNTAX: ReadonlyMap<AskedPrometheusFlag, FlagSyntax> = new Map<
  AskedPrometheusFlag,
  FlagSyntax
>([
  ['prometheus', { isFreeText: true }],
  ...PROMETHEUS_SYNTAX,
  ['prometheus-backends', { isFreeText: true }],
  ['metrics-max-age', {}],
]);

type AskedFlags = z.output<z.ZodObject<typeof ASKED_PROMETHEUS_FLAGS>>;

/** The Prometheus that a command asks. */
export interface AskedPrometheus extends ChosenPrometheus {
  /** How old the last sample of a series may be for its metric to be there. */
  readonly maxAgeMs: number;
}

/** What is wrong with the flags as a whole; `isNeeded`: the command asks Prometheus in any case. */
export function askedPrometheusProblems(
  flags: AskedFlags,
  given: ReadonlyMap<string, unknown>,
  isNeeded: boolean,
): readonly string[] {
  const addresses = ['prometheus', 'prometheus-url', 'prometheus-backends'].filter((name) => given.has(name));
  const problems = [...backendsFileProblems(flags, given)];
  if (given.has('prometheus') && addresses.length > 1)
    problems.push(`--prometheus: says the same as --${addresses[1]}; give one of them`);
  if (addresses.length > 0) return problems;
  if (isNeeded) return [...problems, '--prometheus: must be the URL of Prometheus, such as http://localhost:9090'];
  const others = [...ASKED_PROMETHEUS_SYNTAX.keys()].filter((name) => given.has(name));
  return [...problems, ...others.map((name) => `--${name}: goes together with --prometheus, the URL of Prometheus`)];
}

/** The Prometheus that the flags mean; null when they name none. Throws as `choosePrometheus`. */
export function askedPrometheus(
  flags: AskedFlags,
  given: ReadonlyMap<string, unknown>,
  environment: Environment,
): AskedPrometheus | null {
  const isNamed = ['prometheus', 'prometheus-url', 'prometheus-backends'].some((name) => given.has(name));
  if (!isNamed) return null;
  const named = { ...flags, 'prometheus-url': flags.prometheus ?? flags['prometheus-url'] };
  return { ...choosePrometheus(named, environment), maxAgeMs: flags['metrics-max-age'] };
}
