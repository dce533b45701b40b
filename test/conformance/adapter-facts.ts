import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseSelector, type Selector } from '../../src/base/label-selector.ts';
import type { DiscoveryRule, ResourceMapping } from '../../src/metrics/adapter/config/adapter-config.ts';
import { createKindMapper, type KindMapper } from '../../src/metrics/adapter/kinds.ts';

/** The recorded answers of upstream's own code; see test/conformance/adapter/README.md. */
export function adapterFacts<T>(name: string): readonly T[] {
  return linesOf<T>(readFileSync(new URL(`./adapter/${name}.jsonl`, import.meta.url)));
}

/** The same of questions that were made up at random. */
export function randomFacts<T>(name: string): readonly T[] {
  return linesOf<T>(gunzipSync(readFileSync(new URL(`./adapter/random-${name}.jsonl.gz`, import.meta.url))));
}

function linesOf<T>(bytes: Buffer): readonly T[] {
  const lines = bytes.toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

/** A cluster's kinds as the facts write them; the preferred version is named. */
export interface RecordedGroup {
  readonly group: string;
  readonly preferred?: string;
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly { readonly name: string; readonly singular: string; readonly kind: string }[];
  }[];
}

/** A mapper over recorded kinds. */
export function mapperOf(groups: readonly RecordedGroup[]): KindMapper {
  return createKindMapper(
    groups.map(({ group, preferred, versions }) => ({
      name: group,
      versions: versions
        .toSorted((a, b) => Number(b.version === preferred) - Number(a.version === preferred))
        .map(({ version, resources }) => ({
          version,
          resources: resources.map(({ name, singular, kind }) => ({ type: { resource: name }, singular, kind })),
        })),
    })),
  );
}

/** The kinds that all facts were recorded with which name no others. */
export const CLUSTER: KindMapper = mapperOf(
  JSON.parse(readFileSync(new URL('./adapter/cluster.json', import.meta.url), 'utf8')),
);

/** The selector of a text that is one. */
export function selectorOf(text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.selector;
}

/** A rule as Go's encoder writes it, what is empty left out. */
export interface GoRule {
  readonly seriesQuery?: string;
  readonly seriesFilters?: readonly { readonly is?: string; readonly isNot?: string }[] | null;
  readonly resources?: GoMapping;
  readonly name?: { readonly matches?: string; readonly as?: string };
  readonly metricsQuery?: string;
}

/** A rule's `resources` as Go's encoder writes them. */
export interface GoMapping {
  readonly template?: string;
  readonly overrides?: Readonly<Record<string, { readonly group?: string; readonly resource: string }>> | null;
  readonly namespaced?: boolean;
}

/** The same as our rule. Go's maps have no order. */
export function ruleOf(rule: GoRule, path: string): DiscoveryRule {
  return {
    path,
    seriesQuery: rule.seriesQuery ?? '',
    seriesFilters: (rule.seriesFilters ?? []).map(({ is = '', isNot = '' }) => ({ is, isNot })),
    resources: mappingOf(rule.resources ?? {}),
    name: { matches: rule.name?.matches ?? '', as: rule.name?.as ?? '' },
    metricsQuery: rule.metricsQuery ?? '',
    prometheus: '',
    nan: 'missing',
    absent: 'missing',
  };
}

/** The same as ours. */
export function mappingOf({ template = '', overrides, namespaced }: GoMapping): ResourceMapping {
  return {
    template,
    overrides: Object.entries(overrides ?? {})
      .map(([label, { group = '', resource }]) => ({ label, group, resource }))
      .sort((a, b) => (a.label < b.label ? -1 : 1)),
    isNamespaced: namespaced ?? null,
  };
}
