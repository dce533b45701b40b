import { describe, expect, it } from 'vitest';
import { decodeAdapterConfig } from '../../src/metrics/adapter/config/config-decoding.ts';
import { parsePrometheusDuration } from '../../src/metrics/adapter/config/prometheus-duration.ts';
import { adapterFacts, type GoMapping, type GoRule, mappingOf, randomFacts, ruleOf } from './adapter-facts.ts';

interface ConfigFact {
  readonly why: string;
  readonly yaml: string;
  readonly answer: {
    readonly error?: string;
    readonly config?: {
      readonly rules: readonly GoRule[] | null;
      readonly externalRules?: readonly GoRule[];
      readonly resourceRules?: Readonly<Record<'cpu' | 'memory', GoResourceRule>> & { readonly window: string };
    };
  };
}

interface GoResourceRule {
  readonly containerQuery: string;
  readonly nodeQuery: string;
  readonly resources: GoMapping;
  readonly containerLabel: string;
}

describe('configuration files', () => {
  it.each(adapterFacts<ConfigFact>('config'))('$why: $yaml', expectConfig);

  it('made up at random', () => {
    for (const fact of randomFacts<ConfigFact>('config')) expectConfig(fact);
  });
});

function expectConfig({ yaml, answer }: ConfigFact): void {
  const own = decodeAdapterConfig(yaml);
  if (answer.config === undefined) {
    expect({ yaml, kind: own.kind }).toEqual({ yaml, kind: 'refused' });
    // Upstream tells the line of what it could read and does not take.
    const lines = [...(answer.error ?? '').matchAll(/^ {2}line (\d+): /gm)].map(([, line]) => Number(line));
    if (own.kind === 'refused' && lines.length > 0) {
      const told = own.problems.map(({ place }) => place.line).toSorted((a, b) => a - b);
      expect({ yaml, lines: told }).toEqual({ yaml, lines: lines.toSorted((a, b) => a - b) });
    }
    return;
  }
  expect({ yaml, problems: own.kind === 'refused' ? own.problems : [] }).toEqual({ yaml, problems: [] });
  if (own.kind !== 'config') return;
  const { rules, externalRules, resourceRules } = own.config;
  const sorted = (list: typeof rules) => list.map((rule) => ({ ...rule, resources: sortedMapping(rule.resources) }));
  const recorded = answer.config;
  expect(sorted(rules)).toEqual((recorded.rules ?? []).map((rule, at) => ruleOf(rule, `rules[${at}]`)));
  expect(sorted(externalRules)).toEqual(
    (recorded.externalRules ?? []).map((rule, at) => ruleOf(rule, `externalRules[${at}]`)),
  );
  expect(resourceRules?.windowMs).toBe(
    recorded.resourceRules && parsePrometheusDuration(recorded.resourceRules.window),
  );
  for (const part of ['cpu', 'memory'] as const) {
    const rule = recorded.resourceRules?.[part];
    if (rule === undefined) continue;
    const { resources, ...others } = resourceRules?.[part] ?? {};
    expect({ ...others, resources: resources && sortedMapping(resources) }).toEqual({
      ...rule,
      prometheus: '',
      path: `resourceRules.${part}`,
      resources: mappingOf(rule.resources),
    });
  }
}

function sortedMapping<T extends { readonly overrides: readonly { readonly label: string }[] }>(mapping: T): T {
  return { ...mapping, overrides: mapping.overrides.toSorted((a, b) => (a.label < b.label ? -1 : 1)) };
}
