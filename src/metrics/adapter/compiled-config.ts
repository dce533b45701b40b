import type { AdapterConfig } from './config/adapter-config.ts';
import type { KindMapper } from './kinds.ts';
import type { PlacedFinding } from './placed-finding.ts';
import { compileResourceRules, type ResourceRulesResult } from './resource-queries.ts';
import { type CompiledRule, compileRule, type RuleProblem } from './rule.ts';

/** A configuration under the name that messages give it. */
export interface ConfigFile {
  readonly name: string;
  readonly config: AdapterConfig;
}

/** The rules of one or several files, ready for use. */
export interface CompiledConfig {
  /** For custom.metrics.k8s.io, in the order of the files. */
  readonly custom: readonly CompiledRule[];
  /** For external.metrics.k8s.io. */
  readonly external: readonly CompiledRule[];
  /** For metrics.k8s.io, of the first file that has them. */
  readonly resource: Extract<ResourceRulesResult, { readonly kind: 'rules' }> | null;
}

/** A finding, and the file that it is about. */
export interface FileFinding extends PlacedFinding {
  readonly file: string;
}

/** Rules, or all that is wrong with them. */
export type CompiledConfigResult =
  | { readonly kind: 'compiled'; readonly compiled: CompiledConfig }
  | { readonly kind: 'refused'; readonly problems: readonly FileFinding[] };

/** Compiles the rules of files for the kinds of a cluster; what is wrong does not depend on those. */
export function compileConfig(files: readonly ConfigFile[], kinds: KindMapper): CompiledConfigResult {
  const problems: FileFinding[] = [];
  const compiled = files.map((file) => {
    const refuse = (found: readonly RuleProblem[]): void => {
      problems.push(...found.map((problem) => ({ file: file.name, ...placeProblem(problem, file.config) })));
    };
    return compileFile(file.config, kinds, refuse);
  });
  if (problems.length > 0) return { kind: 'refused', problems };
  return {
    kind: 'compiled',
    compiled: {
      custom: compiled.flatMap(({ custom }) => custom),
      external: compiled.flatMap(({ external }) => external),
      resource: compiled.find(({ resource }) => resource !== null)?.resource ?? null,
    },
  };
}

/** The problem of a rule with its place in the file. */
export function placeProblem({ finding, path, index }: RuleProblem, { places }: AdapterConfig): PlacedFinding {
  return { finding, path, place: index === undefined ? places.placeOf(path) : places.placeWithin(path, index) };
}

function compileFile(
  { rules, externalRules, resourceRules }: AdapterConfig,
  kinds: KindMapper,
  refuse: (problems: readonly RuleProblem[]) => void,
): CompiledConfig {
  const compileAll = (all: AdapterConfig['rules']): readonly CompiledRule[] =>
    all.flatMap((rule) => {
      const result = compileRule(rule, kinds);
      if (result.kind === 'rule') return [result.rule];
      refuse(result.problems);
      return [];
    });
  const resource = resourceRules === null ? null : compileResourceRules(resourceRules, kinds);
  if (resource?.kind === 'refused') refuse(resource.problems);
  return {
    custom: compileAll(rules),
    external: compileAll(externalRules),
    resource: resource?.kind === 'rules' ? resource : null,
  };
}
