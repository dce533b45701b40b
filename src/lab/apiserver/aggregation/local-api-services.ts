import { Failure } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import type { ApiGroup } from '../../../metrics/serve/discovery.ts';
import type { ApiState } from '../api-state.ts';
import { discoverGroups } from '../discovery.ts';
import { createIdentitySource } from '../identity.ts';
import type { ApiObject } from '../object.ts';
import { createObject } from '../object-writer.ts';
import { API_SERVICES, readRemote } from './remote-api-service.ts';

const GROUP = 'apiregistration.k8s.io';
const MANAGED_LABEL = 'kube-aggregator.kubernetes.io/automanaged';

/** Upstream's order of its own groups: what `groupPriorityMinimum` of their APIServices says. */
const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'apiextensions.k8s.io': 16_700,
  'coordination.k8s.io': 16_500,
  'discovery.k8s.io': 16_200,
};
const CUSTOM_GROUP_PRIORITY = 1_000;
const METRICS_GROUP_PRIORITY = 100;
const VERSION_PRIORITY = 15;
const VERSION_PRIORITIES: Readonly<Record<string, number>> = {
  'v1.': 1,
  'v2.autoscaling': 30,
  'v2beta2.autoscaling': 1,
};
const CUSTOM_VERSION_PRIORITY = 100;

/** The priority of a group that the server itself serves. */
export function ownGroupPriority(group: string): number {
  if (group === GROUP) return Number.POSITIVE_INFINITY;
  return GROUP_PRIORITIES[group] ?? CUSTOM_GROUP_PRIORITY;
}

interface Wanted {
  readonly group: string;
  readonly version: string;
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** `onstart` for what the server always has, `true` for what custom resources add. */
  readonly managed: 'onstart' | 'true';
  /** Whether it stands where users apply one of their own. */
  readonly isReplaced: boolean;
}

/** What kubectl applied last: without it, whoever applies over the object is warned. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Registers an APIService for each group version that this server serves itself, mounted metrics APIs included, and keeps
 * to it: those of custom resources come and go with them, and a local one that somebody deletes comes back. One that
 * names a Service is left alone: then its backend answers.
 */
export function registerLocalApiServices(state: ApiState, mounted: readonly ApiGroup[], log: Log): void {
  if (state.registry.get(GROUP, 'apiservices') === undefined) return;
  // Its own sequence of uids: what a story's objects are called does not depend on how many groups there are.
  const ownState = { ...state, identity: createIdentitySource(0) };
  const keep = (): void => {
    try {
      keepRegistered(ownState, mounted);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      log.warn('a local APIService is not registered', { error: thrown.message });
    }
  };
  keep();
  state.store.subscribe('apiextensions.k8s.io/customresourcedefinitions', keep);
  state.store.subscribe(API_SERVICES, ({ type }) => {
    if (type === 'DELETED') keep();
  });
}

function keepRegistered(state: ApiState, mounted: readonly ApiGroup[]): void {
  const wanted = new Map(wantedServices(state, mounted).map((each) => [`${each.version}.${each.group}`, each]));
  const stored = state.store.list(API_SERVICES, null);
  for (const object of stored) {
    const isManaged = object.metadata.labels?.[MANAGED_LABEL] === 'true' && readRemote(object) === undefined;
    if (isManaged && !wanted.has(object.metadata.name)) state.store.remove(API_SERVICES, '', object.metadata.name);
  }
  const names = new Set(stored.map(({ metadata }) => metadata.name));
  for (const [name, each] of wanted) if (!names.has(name)) create(state, name, each);
}

function wantedServices(state: ApiState, mounted: readonly ApiGroup[]): readonly Wanted[] {
  const own = discoverGroups(state.registry)
    .filter(({ name }) => name !== GROUP)
    .flatMap(({ name, versions }) => versions.map((version) => ownService(name, version.name)));
  const metrics = mounted.flatMap(({ name, versions }) =>
    versions.map((version, index) => ({
      group: name,
      version,
      groupPriority: METRICS_GROUP_PRIORITY,
      versionPriority: METRICS_GROUP_PRIORITY - index,
      managed: 'onstart' as const,
      isReplaced: true,
    })),
  );
  return [...own, ...metrics];
}

function ownService(group: string, version: string): Wanted {
  const isCustom = GROUP_PRIORITIES[group] === undefined;
  return {
    group,
    version,
    groupPriority: ownGroupPriority(group),
    versionPriority: isCustom
      ? CUSTOM_VERSION_PRIORITY
      : (VERSION_PRIORITIES[`${version}.${group}`] ?? VERSION_PRIORITY),
    managed: isCustom ? 'true' : 'onstart',
    isReplaced: false,
  };
}

function create(state: ApiState, name: string, wanted: Wanted): void {
  const kind = state.registry.get(GROUP, 'apiservices');
  if (kind === undefined) return;
  const object: ApiObject = {
    apiVersion: `${GROUP}/v1`,
    kind: 'APIService',
    metadata: { name, labels: { [MANAGED_LABEL]: wanted.managed } },
    spec: {
      ...(wanted.group === '' ? {} : { group: wanted.group }),
      version: wanted.version,
      groupPriorityMinimum: wanted.groupPriority,
      versionPriority: wanted.versionPriority,
    },
  };
  const created = wanted.isReplaced ? asApplied(object) : object;
  createObject(state, { kind, version: kind.versions[0] }, null, created, {
    userName: 'system:apiserver',
    isDryRun: false,
  });
}

/**
 * As if an administrator had applied it with kubectl. On other clusters no such APIService is there before metrics-server's
 * is applied; here it must go the same way, without a warning, and leave nothing of this one.
 */
function asApplied(object: ApiObject): ApiObject {
  const annotations = { [LAST_APPLIED]: `${JSON.stringify(object)}\n` };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
