import type { ConfigFile } from '../../metrics/adapter/compiled-config.ts';
import { CUSTOM_METRICS_GROUP } from '../../metrics/serve/custom-metrics.ts';
import type { ApiGroup } from '../../metrics/serve/discovery.ts';
import { EXTERNAL_METRICS_GROUP } from '../../metrics/serve/external-metrics.ts';
import { RESOURCE_METRICS_GROUP } from '../../metrics/serve/resource-metrics.ts';
import type { AccountRight } from './account-rights.ts';

/** The groups of the metrics APIs, by name. */
export type ApiNames = ReadonlySet<string>;

/** The API of usage, which takes more than the others: pods and nodes are followed for it. */
export const USAGE_API = RESOURCE_METRICS_GROUP.name;

const GROUPS: readonly ApiGroup[] = [CUSTOM_METRICS_GROUP, EXTERNAL_METRICS_GROUP, RESOURCE_METRICS_GROUP];

/** The APIs that the files have rules for: upstream has none of the others. */
export function ruledApis(files: readonly ConfigFile[]): ApiNames {
  const hasRules: Readonly<Record<string, (file: ConfigFile) => boolean>> = {
    [CUSTOM_METRICS_GROUP.name]: ({ config }) => config.rules.length > 0,
    [EXTERNAL_METRICS_GROUP.name]: ({ config }) => config.externalRules.length > 0,
    [USAGE_API]: ({ config }) => config.resourceRules !== null,
  };
  return new Set(Object.keys(hasRules).filter((name) => files.some((file) => hasRules[name]?.(file))));
}

/** Whether custom metrics are among them, at which upstream looks where ages are compared. */
export function hasCustomMetrics(apis: ApiNames): boolean {
  return apis.has(CUSTOM_METRICS_GROUP.name);
}

/** What the account must, or should, be granted for these APIs to be answered. */
export function rightsOfApis(apis: ApiNames): readonly AccountRight[] {
  const right = (verb: string, resource: string, need: string, isNeeded: boolean): AccountRight => {
    return { group: '', resource, verb, need, isNeeded };
  };
  if (apis.has(USAGE_API)) {
    return ['pods', 'nodes'].flatMap((resource) =>
      ['list', 'watch'].map((verb) => right(verb, resource, `${resource} are not known`, true)),
    );
  }
  return hasCustomMetrics(apis) ? [right('list', 'pods', 'HPAs get no metrics of their pods', false)] : [];
}

/** What following HPAs takes, for `--discovery=minimal`. */
export const DEMAND_RIGHTS = hpaRights('--discovery=minimal does not know what HPAs ask for');

/** The same for queries that HPAs bring along. */
export const QUERY_RIGHTS = hpaRights('queries of HPAs are not known');

function hpaRights(need: string): readonly AccountRight[] {
  const hpas = { group: 'autoscaling', resource: 'horizontalpodautoscalers' };
  return ['list', 'watch'].map((verb) => ({ ...hpas, verb, need, isNeeded: true }));
}

/** The names of their APIServices: `v1beta1.custom.metrics.k8s.io`. */
export function apiServicesOfApis(apis: ApiNames): readonly string[] {
  return GROUPS.filter(({ name }) => apis.has(name)).flatMap(({ name, versions }) =>
    versions.map((version) => `${version}.${name}`),
  );
}
