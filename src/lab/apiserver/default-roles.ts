import { matchesSelector, selectorOfObject } from '../../base/label-selector.ts';
import type { ApiState } from './api-state.ts';
import type { PolicyRule } from './authorization.ts';
import { listAt, valueAt } from './kinds/field-path.ts';
import type { ApiObject } from './object.ts';
import { createObject } from './object-writer.ts';

const RBAC = 'rbac.authorization.k8s.io';
const CLUSTER_ROLES = `${RBAC}/clusterroles`;
const AGGREGATED_TO_VIEW = { [`${RBAC}/aggregate-to-view`]: 'true' };
const BOOTSTRAPPED = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const READ = ['get', 'list', 'watch'];

/**
 * Makes the ClusterRoles that people bind without having made them: upstream's `cluster-admin` and `view`, and one by which
 * whoever may view may read metrics, as metrics-server's manifest brings one. A role with an `aggregationRule` has from then
 * on the rules of the roles that it selects.
 */
export function createDefaultRoles(state: ApiState): void {
  const kind = state.registry.get(RBAC, 'clusterroles');
  if (kind === undefined) return;
  state.store.subscribe(CLUSTER_ROLES, () => keepAggregated(state));
  for (const role of roles(state)) {
    const object: ApiObject = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', ...role };
    createObject(state, { kind, version: kind.versions[0] }, null, object, {
      userName: 'system:apiserver',
      isDryRun: false,
    });
  }
}

function roles({ registry }: ApiState): readonly (Pick<ApiObject, 'metadata'> & Record<string, unknown>)[] {
  return [
    {
      metadata: { name: 'cluster-admin', labels: BOOTSTRAPPED },
      rules: [
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
        { nonResourceURLs: ['*'], verbs: ['*'] },
      ],
    },
    {
      metadata: { name: 'view', labels: BOOTSTRAPPED },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: AGGREGATED_TO_VIEW }] },
      rules: [],
    },
    {
      metadata: { name: 'system:aggregate-to-view', labels: { ...BOOTSTRAPPED, ...AGGREGATED_TO_VIEW } },
      rules: viewedGroups(registry.all()).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: READ })),
    },
    {
      metadata: { name: 'podtide-lab:metrics-reader', labels: AGGREGATED_TO_VIEW },
      rules: [{ apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: READ }],
    },
  ];
}

/** Groups whose objects tell nothing secret and give nobody a right. */
const VIEWED_GROUPS = ['', 'apps', 'autoscaling', 'batch', 'discovery.k8s.io', 'networking.k8s.io', 'policy'];
const NOT_VIEWED = ['nodes', 'secrets'];

function viewedGroups(
  kinds: readonly { readonly group: string; readonly plural: string; readonly isNamespaced: boolean }[],
): readonly (readonly [group: string, resources: readonly string[]])[] {
  return VIEWED_GROUPS.map((group) => {
    const plurals = kinds
      .filter((kind) => kind.group === group && !NOT_VIEWED.includes(kind.plural))
      .filter(({ plural, isNamespaced }) => isNamespaced || plural === 'namespaces')
      .flatMap(({ plural }) => [plural, `${plural}/status`, `${plural}/scale`]);
    return [group, group === '' ? [...plurals, 'pods/log'] : plurals] as const;
  });
}

function keepAggregated({ store }: ApiState): void {
  const all = store.list(CLUSTER_ROLES, null);
  for (const role of all) {
    const selectors = listAt(role, 'aggregationRule', 'clusterRoleSelectors').flatMap((object) => {
      const read = selectorOfObject(object as Parameters<typeof selectorOfObject>[0]);
      return read.kind === 'invalid' ? [] : [read.selector];
    });
    if (valueAt(role, 'aggregationRule') === undefined) continue;
    const rules = all
      .filter((other) => other !== role && selectors.some((each) => matchesSelector(each, other.metadata.labels)))
      .flatMap((other) => (other['rules'] ?? []) as readonly PolicyRule[]);
    if (JSON.stringify(rules) !== JSON.stringify(role['rules'] ?? [])) store.put(CLUSTER_ROLES, { ...role, rules });
  }
}
