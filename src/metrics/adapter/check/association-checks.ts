import { NAMESPACES } from '../association.ts';
import type { ResourceMapping } from '../config/adapter-config.ts';
import { groupResourceText, type KindMapper } from '../kinds.ts';
import type { RuleProblem } from '../rule.ts';
import type { CheckedRule } from './check-config.ts';

/** What is wrong with how a rule's labels and resources belong together. */
export function associationFindings(checked: CheckedRule, kinds: KindMapper): readonly RuleProblem[] {
  const { rule, isExternal } = checked;
  const { resources } = rule;
  const found = [...mappingFindings(resources, `${rule.path}.resources`, kinds)];
  const isEmpty = resources.template === '' && resources.overrides.length === 0;
  if (!isExternal && isEmpty) return [...found, { finding: { code: 'NoAssociation' }, path: `${rule.path}.resources` }];
  if (isNamespaceMissing(checked)) {
    found.push({ finding: { code: 'NoNamespaceLabel', isExternal }, path: `${rule.path}.resources` });
  }
  if (!isExternal && resources.isNamespaced !== null) {
    found.push({ finding: { code: 'NamespacedIgnored' }, path: `${rule.path}.resources.namespaced` });
  }
  return [...found, ...exportedFindings(checked, kinds)];
}

/** Kinds that are unknown, and labels that mean the same resource. */
export function mappingFindings(mapping: ResourceMapping, path: string, kinds: KindMapper): readonly RuleProblem[] {
  const labels = new Map<string, string>();
  return mapping.overrides.flatMap(({ label, group, resource }): readonly RuleProblem[] => {
    const overridePath = `${path}.overrides.${label}`;
    const kind = kinds.normalize({ group, resource });
    if (kind === undefined) {
      const name = groupResourceText({ group, resource });
      return [{ finding: { code: 'KindUnknown', label, resource: name }, path: overridePath }];
    }
    const name = groupResourceText(kind);
    const used = labels.get(name);
    if (used !== undefined) {
      return [{ finding: { code: 'TwoLabelsForResource', resource: name, used, other: label }, path: overridePath }];
    }
    labels.set(name, label);
    return [];
  });
}

/** External queries are bound to the request's namespace, custom ones to that of the objects. */
function isNamespaceMissing({ compiled, isExternal }: CheckedRule): boolean {
  const isNeeded = isExternal ? compiled.isNamespaced : true;
  return isNeeded && compiled.association.labelOf(NAMESPACES).kind === 'none';
}

/**
 * The selector asks for `exported_pod`, and the rule goes by `pod`: then `pod` is whom Prometheus scraped, an exporter,
 * and not whom the series is about.
 */
function exportedFindings({ rule, compiled, samples }: CheckedRule, kinds: KindMapper): readonly RuleProblem[] {
  const exported = new Set(samples.matchers.map(({ label }) => label).filter((label) => label.startsWith('exported_')));
  return [...exported].flatMap((label): readonly RuleProblem[] => {
    const plain = label.slice('exported_'.length);
    if (rule.resources.overrides.some((override) => override.label === label)) return [];
    const resource = kinds.normalize({ group: '', resource: plain });
    const goesBy = resource && compiled.association.labelOf({ group: resource.group, resource: resource.resource });
    if (resource === undefined || goesBy?.kind !== 'label' || goesBy.label !== plain) return [];
    const finding = { code: 'ExportedLabel', label, plain, resource: groupResourceText(resource) } as const;
    return [{ finding, path: `${rule.path}.resources` }];
  });
}
