import { formatDuration } from '../../../base/duration.ts';
import { Association, NAMESPACES } from '../association.ts';
import type { ResourceRule, ResourceRules } from '../config/adapter-config.ts';
import { parsePrometheusDuration } from '../config/prometheus-duration.ts';
import { groupResourceText, type KindMapper } from '../kinds.ts';
import { RESOURCES_OF_RESOURCE_RULES } from '../resource-queries.ts';
import { compileMapping, compileTemplate, type RuleProblem } from '../rule.ts';
import { mappingFindings } from './association-checks.ts';
import { templateFindings } from './query-checks.ts';

/** What is wrong with the rules of metrics.k8s.io, which compile. */
export function resourceRuleFindings(rules: ResourceRules, kinds: KindMapper): readonly RuleProblem[] {
  const found = [rules.cpu, rules.memory].flatMap((rule) => ruleFindings(rule, kinds));
  const path = 'resourceRules';
  if (rules.windowMs === 0) return [...found, { finding: { code: 'WindowMissing' }, path }];
  const range = rangesOf(rules).find((each) => parsePrometheusDuration(each) !== rules.windowMs);
  if (range === undefined) return found;
  const finding = { code: 'WindowDiffers', window: formatDuration(rules.windowMs), range } as const;
  return [...found, { finding, path: `${path}.window` }];
}

function ruleFindings(rule: ResourceRule, kinds: KindMapper): readonly RuleProblem[] {
  const mappingPath = `${rule.path}.resources`;
  const association = new Association(compileMapping(rule.resources, mappingPath, []), kinds);
  const found = [...mappingFindings(rule.resources, mappingPath, kinds)];
  for (const resource of RESOURCES_OF_RESOURCE_RULES) {
    if (association.labelOf(resource).kind === 'none') {
      const finding = { code: 'ResourceLabelMissing', resource: groupResourceText(resource) } as const;
      found.push({ finding, path: mappingPath });
    }
  }
  if (rule.containerLabel === '') found.push({ finding: { code: 'ContainerLabelMissing' }, path: rule.path });
  return [...found, ...queryFindings(rule, association)];
}

function queryFindings(rule: ResourceRule, association: Association): readonly RuleProblem[] {
  const queries = [
    { text: rule.containerQuery, path: `${rule.path}.containerQuery`, resource: 'pods', extra: [rule.containerLabel] },
    { text: rule.nodeQuery, path: `${rule.path}.nodeQuery`, resource: 'nodes', extra: [] },
  ];
  return queries.flatMap(({ text, path, resource, extra }) => {
    const template = compileTemplate(text, path, []);
    const label = association.labelOf({ group: '', resource });
    if (template === undefined || label.kind === 'none') return [];
    const shared = { series: '', resourceLabel: label.label, groupBy: [label.label, ...extra] };
    const namespace = association.labelOf(NAMESPACES);
    const namespaceLabel = resource === 'pods' && namespace.kind === 'label' ? namespace.label : null;
    const trials = [1, 2].map((nameCount) => ({ ...shared, nameCount, namespaceLabel }));
    return templateFindings(text, path, template, trials);
  });
}

/** The ranges that the queries look back over. */
function rangesOf({ cpu, memory }: ResourceRules): readonly string[] {
  const queries = [cpu, memory].flatMap(({ containerQuery, nodeQuery }) => [containerQuery, nodeQuery]);
  return queries.flatMap((query) => [...query.matchAll(/\[\s*(\w+)\s*\]/g)].map(([, range = '']) => range));
}
