import { describe, expect, it } from 'vitest';
import { quoteText } from '../../src/base/go-text.ts';
import { Association } from '../../src/metrics/adapter/association.ts';
import { decodeAdapterConfig } from '../../src/metrics/adapter/config/config-decoding.ts';
import { ExternalRegistry } from '../../src/metrics/adapter/external-registry.ts';
import { type GroupResource, groupResourceText } from '../../src/metrics/adapter/kinds.ts';
import { matchersOf } from '../../src/metrics/adapter/label-matchers.ts';
import { metricNameOf } from '../../src/metrics/adapter/metric-name.ts';
import { objectsQuery, type QueryResult } from '../../src/metrics/adapter/metrics-query.ts';
import { queryTemplateData } from '../../src/metrics/adapter/query-data.ts';
import { quantityOf, rowsByObject } from '../../src/metrics/adapter/result-rows.ts';
import { type CompiledRule, compileMapping, compileRule, type RuleProblem } from '../../src/metrics/adapter/rule.ts';
import type { SeriesBySelector } from '../../src/metrics/adapter/series.ts';
import { SeriesRegistry } from '../../src/metrics/adapter/series-registry.ts';
import { parseTemplate } from '../../src/metrics/adapter/template/template.ts';
import { TemplateError } from '../../src/metrics/adapter/template/template-error.ts';
import {
  adapterFacts,
  CLUSTER,
  type GoMapping,
  type GoRule,
  mapperOf,
  mappingOf,
  type RecordedGroup,
  randomFacts,
  ruleOf,
  selectorOf,
} from './adapter-facts.ts';

/** What we do not do as Go does, and why. */
const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['<<printf "%x" 1.5>>', 'floats are not written in base 16: no query has a use for it'],
]);

interface TemplateFact {
  readonly why: string;
  readonly template: string;
  readonly series: string;
  readonly namespace: string;
  readonly groupBySlice: readonly string[];
  readonly selector: string;
  readonly answer: Readonly<Record<string, string>>;
}

describe('templates', () => {
  const all = adapterFacts<TemplateFact>('templates').filter(({ template }) => !KNOWN_DIFFERENCES.has(template));

  it.each([...Map.groupBy(all, ({ why }) => why)])('%s', (_, own) => {
    for (const fact of own) {
      const { template, answer } = fact;
      expect({ template, answer: rendered(fact) }).toEqual({ template, answer });
    }
  });

  it('made up at random', () => {
    const random = randomFacts<TemplateFact>('templates');
    expect(all.length + random.length).toBeGreaterThan(4_000);
    for (const fact of random) {
      const { template, answer } = fact;
      expect({ template, answer: rendered(fact) }).toEqual({ template, answer });
    }
  });
});

function rendered({ template, series, namespace, groupBySlice, selector }: TemplateFact): unknown {
  const found = matchersOf(selectorOf(selector), namespace === '' ? null : { label: 'namespace', value: namespace });
  if (found.kind === 'unsupported') return { execError: found.reason };
  const { texts, valuesByName } = found.matchers;
  const data = { series, labelMatchers: texts, labelValuesByName: valuesByName, groupBy: groupBySlice };
  let isRead = false;
  try {
    const parsed = parseTemplate('metrics-query', template);
    isRead = true;
    const text = parsed.render(queryTemplateData(data));
    return text === '' ? { execError: 'empty query produced by metrics query template' } : { text };
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    if (isRead) return { execError: thrown.message };
    return { parseError: `unable to parse metrics query template ${quoteText(template)}: ${thrown.message}` };
  }
}

interface KindFact {
  readonly why: string;
  readonly kinds?: readonly RecordedGroup[];
  readonly resources: readonly GroupResource[];
  readonly answer: { readonly kinds: readonly Readonly<Record<string, string>>[] };
}

describe('kinds', () => {
  it.each(adapterFacts<KindFact>('kinds'))('$why', ({ kinds, resources, answer }) => {
    const mapper = kinds === undefined ? CLUSTER : mapperOf(kinds);
    const found = resources.map((asked) => {
      const kind = asked.resource === '' ? undefined : mapper.normalize(asked);
      if (kind === undefined) return { asked, isKnown: false };
      const { kind: name, version, resource } = kind;
      return { asked, resource: groupResourceText(kind), singular: mapper.singularOf(resource), kind: name, version };
    });
    const recorded = answer.kinds.map((each, at) => {
      return { asked: resources[at], ...('error' in each ? { isKnown: false } : each) };
    });
    expect(found).toEqual(recorded);
  });
});

interface NamingFact {
  readonly why: string;
  readonly rule: GoRule;
  readonly series: readonly string[];
  readonly answer: { readonly error?: string; readonly names?: readonly { isKept: boolean; name?: string }[] };
}

describe('names', () => {
  it.each(adapterFacts<NamingFact>('naming'))('$why: $rule.name $rule.seriesFilters', expectNaming);

  it('made up at random', () => {
    for (const fact of randomFacts<NamingFact>('naming')) expectNaming(fact);
  });
});

function expectNaming({ rule, series, answer }: NamingFact): void {
  const result = compileRule(ruleOf(rule, 'rules[0]'), CLUSTER);
  if (result.kind === 'refused') {
    expect(`${JSON.stringify(rule)} ${answer.error}`).toContain(refusalText(result.problems[0]));
    return;
  }
  const names = series.map((name) => {
    const metric = metricNameOf(name, result.rule.naming);
    return { isKept: result.rule.isKept(name), ...(metric === undefined ? {} : { name: metric }) };
  });
  const recorded = answer.names?.map(({ isKept, name }) => ({ isKept, ...(name === undefined ? {} : { name }) }));
  expect({ rule, names }).toEqual({ rule, names: recorded });
}

/** Upstream's words for a refusal of ours. */
function refusalText(problem: RuleProblem | undefined): string {
  const finding = problem?.finding;
  switch (finding?.code) {
    case 'BadRegexp':
      return `error parsing regexp: ${finding.detail}`;
    case 'AsMissing':
      return "must specify an 'as' value";
    case 'FilterChoice':
      return finding.isBoth ? 'cannot have both' : 'must have either';
    case 'LabelTemplateNoResource':
      return 'must include at least `{{.Resource}}` in the label template';
    case 'LabelTemplateEmpty':
      return 'empty template';
    case 'TemplateSyntax':
    case 'LabelTemplateFails':
      return finding.detail;
    case 'OverrideEmpty':
      return 'a resource must be present';
    default:
      return `no words for ${finding?.code}`;
  }
}

interface AssociationFact {
  readonly why: string;
  readonly template: string;
  readonly overrides: GoMapping['overrides'];
  readonly series: readonly (readonly string[])[];
  readonly resources: readonly GroupResource[];
  readonly answer: {
    readonly error?: string;
    readonly found?: readonly { readonly resources: readonly string[]; readonly isNamespaced: boolean }[];
    readonly made?: readonly Readonly<Record<string, string>>[];
  };
}

describe('association of labels and resources', () => {
  it.each(adapterFacts<AssociationFact>('association'))(
    '$why',
    ({ template, overrides, series, resources, answer }) => {
      const problems: RuleProblem[] = [];
      const mapping = mappingOf({ template, overrides: overrides ?? null });
      const association = new Association(compileMapping(mapping, 'resources', problems), CLUSTER);
      if (problems.length > 0) return expect(answer.error).toContain(refusalText(problems[0]));
      // Upstream does not start; here the part that is unknown waits for its kind.
      if (association.inactive.length > 0) return expect(answer.error).toMatch(/^unable to normalize group-resource/);
      expect(answer.error).toBeUndefined();
      const found = series.map((labels) => {
        const { resources: of, isNamespaced } = association.resourcesOf(labels);
        return { labels, resources: of.map(groupResourceText).sort(), isNamespaced };
      });
      const recorded = answer.found?.map(({ resources: of, isNamespaced }, at) => {
        return { labels: series[at], resources: [...new Set(of)], isNamespaced };
      });
      expect(found).toEqual(recorded);
      const made = resources.map((resource) => {
        const label = association.labelOf(resource);
        return label.kind === 'label' ? { label: label.label } : { error: label.reason };
      });
      expect(made).toEqual(answer.made);
    },
  );
});

interface GoQuestion extends GroupResource {
  readonly namespaced: boolean;
  readonly metric: string;
  readonly namespace: string;
  readonly selector: string;
  readonly names: readonly string[];
  readonly extraGroupBy: readonly string[];
  readonly series: string;
}

interface QueryFact {
  readonly why: string;
  readonly rule: GoRule;
  readonly queries: readonly GoQuestion[];
  readonly answer: { readonly queries: readonly Readonly<Record<string, string>>[] };
}

describe('queries', () => {
  it.each(adapterFacts<QueryFact>('queries'))('$why', ({ rule, queries, answer }) => {
    const compiled = compiledRules([rule])[0] as CompiledRule;
    const answers = queries.map((question) => {
      const { group, resource, selector, namespace, names, series, extraGroupBy } = question;
      const result = objectsQuery(compiled.query, compiled.association, {
        series,
        resource: { group, resource },
        namespace: namespace === '' ? null : namespace,
        names,
        metricSelector: selectorOf(selector),
        extraGroupBy,
      });
      return { question, answer: shown(result) };
    });
    expect(answers).toEqual(queries.map((question, at) => ({ question, answer: answer.queries[at] })));
  });
});

function compiledRules(rules: readonly GoRule[]): readonly CompiledRule[] {
  return rules.map((rule, at) => {
    const result = compileRule(ruleOf(rule, `rules[${at}]`), CLUSTER);
    if (result.kind === 'refused') throw new Error(JSON.stringify(result.problems));
    return result.rule;
  });
}

function shown(result: QueryResult | undefined): unknown {
  if (result === undefined) return { isUnknown: true };
  return result.kind === 'query' ? { query: result.query } : { error: result.reason };
}

interface RegistryFact {
  readonly kind: 'registry' | 'external';
  readonly why: string;
  readonly yaml: string;
  readonly series: Readonly<Record<string, readonly { readonly name: string; readonly labels: readonly string[] }[]>>;
  readonly queries: readonly GoQuestion[];
  readonly answer: {
    readonly metrics: readonly string[];
    readonly queries: readonly Readonly<Record<string, unknown>>[];
  };
}

describe('registries', () => {
  const all = adapterFacts<RegistryFact>('registry');

  it.each(all.filter(({ kind }) => kind === 'registry'))('custom: $why', ({ yaml, series, queries, answer }) => {
    const registry = new SeriesRegistry(rulesOf(yaml, 'rules'), bySelector(series), CLUSTER);
    const metrics = registry.metrics.map(
      ({ resource, metric, isNamespaced }) => `${resource}/${metric} ${isNamespaced}`,
    );
    expect(metrics.toSorted()).toEqual(answer.metrics.toSorted());
    for (const [at, { group, resource, namespaced, metric, namespace, names, selector }] of queries.entries()) {
      const request = { resource: { group, resource }, isNamespaced: namespaced, metric };
      const asked = { namespace: namespace === '' ? null : namespace, names, metricSelector: selectorOf(selector) };
      const result = registry.query(request, asked);
      // Upstream's registry keeps why there is no query to its log.
      const own = result?.kind === 'none' ? { isUnknown: true } : shown(result);
      expect({ request, answer: own }).toEqual({ request, answer: answer.queries[at] });
    }
  });

  it.each(all.filter(({ kind }) => kind === 'external'))('$why', ({ yaml, series, queries, answer }) => {
    const registry = new ExternalRegistry(rulesOf(yaml, 'externalRules'), bySelector(series));
    expect(registry.metrics.toSorted()).toEqual(answer.metrics);
    for (const [at, { metric, namespace, selector }] of queries.entries()) {
      const own = shown(registry.query(metric, namespace, selectorOf(selector)));
      expect({ metric, namespace, selector, answer: own }).toEqual({
        metric,
        namespace,
        selector,
        answer: answer.queries[at],
      });
    }
  });
});

function rulesOf(yaml: string, list: 'rules' | 'externalRules'): readonly CompiledRule[] {
  const decoded = decodeAdapterConfig(yaml);
  if (decoded.kind === 'refused') throw new Error(JSON.stringify(decoded.problems));
  return decoded.config[list].map((rule) => {
    const result = compileRule(rule, CLUSTER);
    if (result.kind === 'refused') throw new Error(JSON.stringify(result.problems));
    return result.rule;
  });
}

function bySelector(series: RegistryFact['series']): SeriesBySelector {
  return new Map(
    Object.entries(series).map(([selector, found]) => [
      selector,
      found.map(({ name, labels }) => ({ name, labelNames: labels })),
    ]),
  );
}

interface ValuesFact {
  readonly values: readonly string[];
  readonly answer: { readonly values: readonly { readonly custom: string; readonly external: string }[] };
}

/** Where upstream shows 0 or the smallest quantity, there is no value. */
const UNHELD = { custom: undefined, external: undefined };

/** Whether a quantity holds it: thousandths in an int64. */
function isHeld(text: string): boolean {
  const value = Number(text.replace('Inf', 'Infinity'));
  return value * 1000 >= -(2 ** 63) && value * 1000 < 2 ** 63;
}

describe('values', () => {
  it.each(adapterFacts<ValuesFact>('values'))('come out as upstream writes them', ({ values, answer }) => {
    const own = values.map((text) => {
      const quantity = quantityOf(Number(text.replace('Inf', 'Infinity')), { nan: 'missing' });
      return { text, custom: quantity, external: quantity };
    });
    const recorded = answer.values.map((each, at) => ({ text: values[at] ?? '', ...each }));
    expect(own).toEqual(recorded.map((each) => (isHeld(each.text) ? each : { ...each, ...UNHELD })));
  });
});

interface RowsFact extends RegistryFact {
  readonly rows: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
  readonly answer: RegistryFact['answer'] & {
    readonly isFound: boolean;
    readonly values: Readonly<Record<string, string>>;
  };
}

describe('result rows', () => {
  it.each(adapterFacts<RowsFact>('rows'))('$why', ({ yaml, series, rows, queries, answer }) => {
    const registry = new SeriesRegistry(rulesOf(yaml, 'rules'), bySelector(series), CLUSTER);
    const { group, resource, namespaced, metric } = queries[0] as GoQuestion;
    const label = registry.resourceLabel({ resource: { group, resource }, isNamespaced: namespaced, metric });
    expect(label !== undefined).toBe(answer.isFound);
    if (label === undefined) return;
    const own = rowsByObject(
      rows.map(({ labels, value }) => ({ labels, value: Number(value.replace('Inf', 'Infinity')), atMs: 0 })),
      label,
    );
    const texts = Object.fromEntries(
      [...own].map(([name, { value }]) => [name, String(value).replace('Infinity', '+Inf')]),
    );
    expect(texts).toEqual(answer.values);
  });
});
