import { ADAPTER_LABELS_REMEMBERED_COUNT_MAX } from '../../base/limits.ts';
import type { GoRegexp } from './go-regexp.ts';
import { type GroupResource, groupResourceText, type KindMapper } from './kinds.ts';
import { byCodePoint, type GoStruct, goBool, goString } from './template/go-value.ts';
import type { Template } from './template/template.ts';
import { TemplateError } from './template/template-error.ts';

/** Namespaces, as canonical as a mapper gives them. */
export const NAMESPACES: GroupResource = { group: '', resource: 'namespaces' };

/** How the labels of a rule's series and the cluster's resources belong together, compiled. */
export interface AssociationRules {
  /** Null when the rule has no template. */
  readonly template: LabelTemplate | null;
  /** In the order of the file. */
  readonly overrides: readonly { readonly label: string; readonly target: GroupResource }[];
}

/** A template that makes a label of a resource, and the expression that reads one. */
export interface LabelTemplate {
  readonly template: Template;
  readonly regexp: GoRegexp;
  readonly resourceGroup: number;
  /** Null when labels of this template do not tell the group. */
  readonly groupGroup: number | null;
}

/** What the labels of a series say. */
export interface AssociatedResources {
  /** Canonical, each once, in the order of their labels' names. */
  readonly resources: readonly GroupResource[];
  /** Upstream's flag for metrics of resources that are neither namespaces nor nodes nor persistent volumes. */
  readonly isNamespaced: boolean;
}

/** The label of a resource, or why there is none, in upstream's words. */
export type LabelResult =
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'none'; readonly reason: string };

/**
 * Tells which resources a series is about, and by which label a resource is asked for. Labels that a template made are
 * not learnt, as upstream learns them, so that the answer does not depend on what was asked before. Of two labels for
 * one resource the first in the file is asked with; upstream throws dice. An override whose kind the cluster does not
 * have counts as a label that leads nowhere; upstream does not even start.
 */
export class Association {
  readonly #rules: AssociationRules;
  readonly #kinds: KindMapper;
  readonly #resourceByLabel = new Map<string, GroupResource | null>();
  /** What the template made of labels: series have few and the same ones again and again. */
  readonly #readLabels = new Map<string, GroupResource | null | undefined>();
  readonly #labelByResource = new Map<string, string>();
  /** Overrides whose kind the cluster does not have. */
  readonly inactive: readonly { readonly label: string; readonly target: GroupResource }[];

  constructor(rules: AssociationRules, kinds: KindMapper) {
    this.#rules = rules;
    this.#kinds = kinds;
    for (const { label, target } of rules.overrides) {
      const kind = kinds.normalize(target);
      this.#resourceByLabel.set(label, kind ?? null);
      const key = kind && groupResourceText(kind);
      if (key !== undefined && !this.#labelByResource.has(key)) this.#labelByResource.set(key, label);
    }
    this.inactive = rules.overrides.filter(({ label }) => this.#resourceByLabel.get(label) === null);
  }

  /** The resources that a series with these labels is about. */
  resourcesOf(labelNames: readonly string[]): AssociatedResources {
    const found = new Map<string, GroupResource>();
    let isNamespaced = false;
    for (const label of [...labelNames].sort(byCodePoint)) {
      const resource = this.#resourceOf(label);
      // A label that nothing maps counts as one of a namespaced resource: upstream's accident, which is visible.
      if (resource === undefined || (resource !== null && !isRootScoped(resource))) isNamespaced = true;
      if (resource) found.set(groupResourceText(resource), resource);
    }
    return { resources: [...found.values()], isNamespaced };
  }

  /** The label by which a canonical resource is asked for. */
  labelOf(resource: GroupResource): LabelResult {
    const name = groupResourceText(resource);
    const known = this.#labelByResource.get(name);
    if (known !== undefined) return { kind: 'label', label: known };
    const made = this.#makeLabel(resource);
    return made.kind === 'label'
      ? made
      : { kind: 'none', reason: `unable to convert resource ${name} into label: ${made.reason}` };
  }

  /** Null for a label that means a resource which the cluster does not have, undefined for one that means none. */
  #resourceOf(label: string): GroupResource | null | undefined {
    const override = this.#resourceByLabel.get(label);
    if (override !== undefined) return override;
    if (this.#readLabels.has(label)) return this.#readLabels.get(label);
    const resource = this.#readLabel(label);
    if (this.#readLabels.size < ADAPTER_LABELS_REMEMBERED_COUNT_MAX) this.#readLabels.set(label, resource);
    return resource;
  }

  #readLabel(label: string): GroupResource | null | undefined {
    const { template } = this.#rules;
    const groups = template?.regexp.find(label);
    if (template === null || groups === undefined) return undefined;
    const group = template.groupGroup === null ? '' : (groups[template.groupGroup] ?? '');
    const kind = this.#kinds.normalize({ group, resource: groups[template.resourceGroup] ?? '' });
    return kind === undefined ? null : { group: kind.group, resource: kind.resource };
  }

  #makeLabel({ group, resource }: GroupResource): LabelResult {
    const { template } = this.#rules;
    if (template === null) {
      return { kind: 'none', reason: 'no generic resource label form specified for this metric' };
    }
    const singular = this.#kinds.singularOf(resource);
    if (singular === undefined) {
      const reason = `no matches for /, Resource=${resource}`;
      return {
        kind: 'none',
        reason: `unable to singularize resource ${groupResourceText({ group, resource })}: ${reason}`,
      };
    }
    try {
      const label = template.template.render(labelTemplateData(group.replace(/[.-]/g, '_'), singular));
      return label === ''
        ? { kind: 'none', reason: 'empty label produced by label template' }
        : { kind: 'label', label };
    } catch (thrown) {
      if (thrown instanceof TemplateError) return { kind: 'none', reason: thrown.message };
      throw thrown;
    }
  }
}

/** The resources whose metrics upstream never calls namespaced. */
const ROOT_SCOPED: ReadonlySet<string> = new Set(['namespaces', 'nodes', 'persistentvolumes']);

/** Whether metrics of the resource are asked for outside every namespace, whatever the series' labels say. */
export function isRootScoped(resource: GroupResource): boolean {
  return ROOT_SCOPED.has(groupResourceText(resource));
}

/** What the template of a label is rendered with: `.Group` and `.Resource`. */
export function labelTemplateData(group: string, resource: string): GoStruct {
  return {
    kind: 'struct',
    typeName: 'schema.GroupResource',
    fields: new Map([
      ['Group', goString(group)],
      ['Resource', goString(resource)],
    ]),
    methods: new Map([
      ['String', () => goString(groupResourceText({ group, resource }))],
      ['Empty', () => goBool(group === '' && resource === '')],
    ]),
  };
}
