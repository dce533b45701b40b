import type { Selector } from '../../base/label-selector.ts';
import { Association, NAMESPACES } from './association.ts';
import type { ResourceRule, ResourceRules } from './config/adapter-config.ts';
import type { GroupResource, KindMapper } from './kinds.ts';
import { objectsQuery, type QueryResult } from './metrics-query.ts';
import { heldQuantity, type ResultRow } from './result-rows.ts';
import { backendOf, compileMapping, compileTemplate, type RuleProblem } from './rule.ts';
import type { Template } from './template/template.ts';

const EVERYTHING: Selector = { kind: 'all', requirements: [] };
const PODS: GroupResource = { group: '', resource: 'pods' };
const NODES: GroupResource = { group: '', resource: 'nodes' };

/** The queries for one resource, CPU or memory. */
export interface ResourceQueries {
  /** The Prometheus that is asked; null for the one that is meant where none is named. */
  readonly backend: string | null;
  readonly containerLabel: string;
  /** Of pods of one namespace, grouped by pod and container. */
  pods(namespace: string, names: readonly string[]): QueryResult;
  nodes(names: readonly string[]): QueryResult;
  /** Rows by the name of their pod or node; rows without such a label are under the empty name. */
  rowsByPod(rows: readonly ResultRow[]): ReadonlyMap<string, readonly ResultRow[]>;
  rowsByNode(rows: readonly ResultRow[]): ReadonlyMap<string, readonly ResultRow[]>;
}

/** `resourceRules` ready for use, or all that is wrong with them. */
export type ResourceRulesResult =
  | {
      readonly kind: 'rules';
      readonly cpu: ResourceQueries;
      readonly memory: ResourceQueries;
      /** Told with each answer; what the queries look back over is theirs to say. */
      readonly windowMs: number;
    }
  | { readonly kind: 'refused'; readonly problems: readonly RuleProblem[] };

/** Compiles the rules of metrics.k8s.io. */
export function compileResourceRules(rules: ResourceRules, kinds: KindMapper): ResourceRulesResult {
  const problems: RuleProblem[] = [];
  const cpu = compileResourceRule(rules.cpu, kinds, problems);
  const memory = compileResourceRule(rules.memory, kinds, problems);
  if (cpu === undefined || memory === undefined || problems.length > 0) return { kind: 'refused', problems };
  return { kind: 'rules', cpu, memory, windowMs: rules.windowMs };
}

function compileResourceRule(
  rule: ResourceRule,
  kinds: KindMapper,
  problems: RuleProblem[],
): ResourceQueries | undefined {
  const association = new Association(compileMapping(rule.resources, `${rule.path}.resources`, problems), kinds);
  const containers = compileTemplate(rule.containerQuery, `${rule.path}.containerQuery`, problems);
  const nodes = compileTemplate(rule.nodeQuery, `${rule.path}.nodeQuery`, problems);
  if (containers === undefined || nodes === undefined) return undefined;
  const ask = (template: Template, resource: GroupResource, namespace: string | null, names: readonly string[]) =>
    objectsQuery(template, association, {
      series: '',
      resource,
      namespace,
      names,
      metricSelector: EVERYTHING,
      extraGroupBy: resource === PODS ? [rule.containerLabel] : [],
    });
  return {
    backend: backendOf(rule),
    containerLabel: rule.containerLabel,
    pods: (namespace, names) => ask(containers, PODS, namespace, names),
    nodes: (names) => ask(nodes, NODES, null, names),
    rowsByPod: (rows) => rowsBy(rows, association, PODS),
    rowsByNode: (rows) => rowsBy(rows, association, NODES),
  };
}

function rowsBy(
  rows: readonly ResultRow[],
  association: Association,
  resource: GroupResource,
): ReadonlyMap<string, readonly ResultRow[]> {
  const label = association.labelOf(resource);
  if (label.kind === 'none') return new Map();
  return Map.groupBy(rows, ({ labels }) => (Object.hasOwn(labels, label.label) ? (labels[label.label] ?? '') : ''));
}

/**
 * A usage as a quantity; undefined for what is no number, infinite, or more than a quantity holds, which upstream shows as none
 * or as a quantity below all others. What is negative is none, as upstream; memory is spelt in binary units.
 */
export function usageQuantity(value: number, resource: 'cpu' | 'memory'): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  return heldQuantity(Math.max(0, value), resource === 'cpu' ? 'DecimalSI' : 'BinarySI');
}

/** The resources without whose labels nothing can be asked or told apart. */
export const RESOURCES_OF_RESOURCE_RULES: readonly GroupResource[] = [NAMESPACES, PODS, NODES];
