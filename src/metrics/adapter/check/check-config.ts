import { ADAPTER_FINDINGS_COUNT_MAX } from '../../../base/limits.ts';
import { severityOfAdapterFinding } from '../../../core/explain/explain-adapter-finding.ts';
import { placeProblem } from '../compiled-config.ts';
import type { AdapterConfig, DiscoveryRule } from '../config/adapter-config.ts';
import { decodeAdapterConfig } from '../config/config-decoding.ts';
import type { KindMapper } from '../kinds.ts';
import type { PlacedFinding } from '../placed-finding.ts';
import { compileResourceRules } from '../resource-queries.ts';
import { type CompiledRule, compileRule, type RuleProblem } from '../rule.ts';
import { backendFindings } from '../rule-backends.ts';
import { associationFindings } from './association-checks.ts';
import { collisionFindings } from './collision-checks.ts';
import { nameFindings } from './name-checks.ts';
import { queryFindings } from './query-checks.ts';
import { resourceRuleFindings } from './resource-rule-checks.ts';
import { type RuleSamples, samplesOf } from './rule-samples.ts';
import { seriesQueryFindings } from './series-query-checks.ts';

/** A rule that compiles, with what is known of it. */
export interface CheckedRule {
  readonly rule: DiscoveryRule;
  readonly compiled: CompiledRule;
  readonly samples: RuleSamples;
  /** A rule for external metrics, which need no objects. */
  readonly isExternal: boolean;
}

/** What a check has found. */
export interface ConfigReport {
  /** Whether the file can be loaded. */
  readonly isLoadable: boolean;
  /** In the order of the file. */
  readonly findings: readonly PlacedFinding[];
}

/**
 * Everything that is wrong, or looks wrong, with a configuration file, found without Prometheus and without a cluster
 * but for its kinds. A file that cannot be read as a configuration has only that to tell.
 *
 * @param backends the names of the Prometheus backends that there are; null where nobody knows them
 */
export function checkAdapterConfig(
  text: string,
  kinds: KindMapper,
  backends: readonly string[] | null = null,
): ConfigReport {
  const decoded = decodeAdapterConfig(text);
  if (decoded.kind === 'refused') return unreadReport(decoded.problems);
  return reportOf(lintConfig(decoded.config, kinds, backends).problems, decoded.config);
}

/** A report of the problems of a configuration that could be read. */
export function reportOf(problems: readonly RuleProblem[], config: AdapterConfig): ConfigReport {
  const findings = problems.slice(0, ADAPTER_FINDINGS_COUNT_MAX).map((problem) => placeProblem(problem, config));
  return { isLoadable: !findings.some(isRefusal), findings: inOrder(findings) };
}

/** A report of what keeps a text from being read as a configuration. */
export function unreadReport(problems: readonly PlacedFinding[]): ConfigReport {
  return { isLoadable: false, findings: inOrder(problems) };
}

/** What is known of a configuration without asking anybody: its problems, and the rules that compile. */
export interface ConfigLint {
  readonly problems: readonly RuleProblem[];
  /** Custom rules, then external ones, each in the order of the file. */
  readonly checked: readonly CheckedRule[];
}

/**
 * Looks at every rule of a configuration.
 *
 * @param backends as of checkAdapterConfig
 */
export function lintConfig(config: AdapterConfig, kinds: KindMapper, backends: readonly string[] | null): ConfigLint {
  const problems: RuleProblem[] = [];
  const all: CheckedRule[] = [];
  for (const isExternal of [false, true]) {
    const checked: CheckedRule[] = [];
    for (const rule of isExternal ? config.externalRules : config.rules) {
      const result = compileRule(rule, kinds);
      if (result.kind === 'refused') problems.push(...result.problems);
      else checked.push({ rule, compiled: result.rule, samples: samplesOf(rule, result.rule), isExternal });
    }
    for (const each of checked) problems.push(...ruleFindings(each, kinds));
    problems.push(...collisionFindings(checked, config.places));
    all.push(...checked);
  }
  problems.push(...resourceProblems(config, kinds), ...backendFindings(config, backends));
  return { problems, checked: all };
}

function ruleFindings(checked: CheckedRule, kinds: KindMapper): readonly RuleProblem[] {
  return [
    ...seriesQueryFindings(checked),
    ...nameFindings(checked),
    ...associationFindings(checked, kinds),
    ...queryFindings(checked),
    ...ownKeyFindings(checked),
  ];
}

/** What a rule says in words that upstream does not know. */
function ownKeyFindings({ rule }: CheckedRule): readonly RuleProblem[] {
  return (['nan', 'absent'] as const)
    .filter((key) => rule[key] !== 'missing')
    .map((key) => ({ finding: { code: 'OwnKey', key }, path: `${rule.path}.${key}` }));
}

function resourceProblems({ resourceRules }: AdapterConfig, kinds: KindMapper): readonly RuleProblem[] {
  if (resourceRules === null) return [];
  const result = compileResourceRules(resourceRules, kinds);
  return result.kind === 'refused' ? result.problems : resourceRuleFindings(resourceRules, kinds);
}

function isRefusal({ finding }: PlacedFinding): boolean {
  return severityOfAdapterFinding(finding) === 'refusal';
}

function inOrder(findings: readonly PlacedFinding[]): readonly PlacedFinding[] {
  return findings.toSorted(({ place: a }, { place: b }) => a.line - b.line || a.column - b.column);
}
