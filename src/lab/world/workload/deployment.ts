import { matchesSelector, selectorOfObject } from '../../../base/label-selector.ts';
import { parseRfc3339 } from '../../../base/rfc3339.ts';
import {
  controllerOf,
  controllerReference,
  DEPLOYMENTS,
  type Deployment,
  namespaceOf,
  REPLICA_SETS,
  type ReplicaSet,
} from '../objects.ts';
import { deletionOf, patchOf, type Reconciliation, statusPatchOf, type Write } from '../write.ts';
import { deploymentStatus } from './deployment-status.ts';
import { proportionalStep, type ReplicaTarget, rollingStep, rolloutBounds, specReplicasOf, total } from './rollout.ts';
import { canonicalJson, isSameTemplate, templateHash } from './template-hash.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
const NOT_INHERITED = new Set([
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
]);
const ABOUT = { apiVersion: 'apps/v1', kind: 'Deployment' };

export interface DeploymentInput {
  readonly deployment: Deployment;
  /** ReplicaSets of its namespace that it controls, and those that nobody controls. */
  readonly replicaSets: readonly ReplicaSet[];
  readonly nowMs: number;
}

/**
 * One step of a Deployment: a ReplicaSet for each template by the template's hash, revisions, the sizes of a rollout's
 * next step (or of a new number wanted), the clean-up of history, and the status. A rollback is nothing special: the
 * template is an old one, whose ReplicaSet becomes the current one with a new revision.
 */
export function reconcileDeployment(input: DeploymentInput): Reconciliation {
  const { deployment, nowMs } = input;
  if (deployment.metadata.deletionTimestamp !== undefined) return { writes: [] };
  const sets = ownSets(input);
  const current = oldestFirst(sets).find(
    (set) => set.spec.template && isSameTemplate(set.spec.template, deployment.spec.template),
  );
  const old = oldestFirst(sets.filter((set) => set !== current));
  const revision = nextRevision(current, old);
  const writes: Write[] = [];

  const isPaused = deployment.spec.paused === true;
  const isBirth = current === undefined && !isPaused;
  if (isBirth) writes.push(...birth(deployment, old, revision));
  if (current !== undefined) writes.push(...annotationWrites(deployment, current, revision));
  const targets = nextTargets(deployment, current, old, isPaused);
  for (const target of targets) writes.push(...resizing(deployment, target));
  if (!isPaused && targets.length === 0) writes.push(...cleanUp(deployment, current, old));
  writes.push(...revisionWrite(deployment, current === undefined && isPaused ? undefined : revision));

  const result = deploymentStatus({
    deployment,
    current,
    old,
    bornName: isBirth ? replicaSetName(deployment) : undefined,
    nowMs,
  });
  if (isStatusNew(deployment, result.status)) writes.push(statusPatchOf(DEPLOYMENTS, deployment, result.status));
  const { deadlineAtMs } = result;
  return deadlineAtMs === undefined || deadlineAtMs <= nowMs ? { writes } : { writes, wakeAtMs: deadlineAtMs };
}

function ownSets({ deployment, replicaSets }: DeploymentInput): readonly ReplicaSet[] {
  const selector = selectorOfObject(deployment.spec.selector);
  if (selector.kind === 'invalid') return [];
  return replicaSets.filter(
    (set) =>
      controllerOf(set)?.uid === deployment.metadata.uid &&
      matchesSelector(selector.selector, set.metadata.labels ?? {}),
  );
}

function oldestFirst(sets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const bornAtMs = (set: ReplicaSet): number => parseRfc3339(set.metadata.creationTimestamp ?? '') ?? 0;
  return sets.toSorted((a, b) => bornAtMs(a) - bornAtMs(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** One more than any other ReplicaSet has; the current one keeps its own when that is the highest already. */
function nextRevision(current: ReplicaSet | undefined, old: readonly ReplicaSet[]): number {
  const highestOld = old.reduce((highest, set) => Math.max(highest, revisionOf(set)), 0);
  return current !== undefined && revisionOf(current) > highestOld ? revisionOf(current) : highestOld + 1;
}

/** The ReplicaSet of a new template, with as many pods as the surge has room for. */
function birth(deployment: Deployment, old: readonly ReplicaSet[], revision: number): readonly Write[] {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template);
  const name = replicaSetName(deployment);
  const labels = { ...template.metadata?.labels, 'pod-template-hash': hash };
  const specReplicas = firstSize(deployment, old);
  const set: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: namespaceOf(deployment),
      labels,
      annotations: {
        ...inheritedAnnotations(deployment),
        ...sizeAnnotations(deployment),
        [REVISION]: String(revision),
      },
      ownerReferences: [controllerReference(deployment, ABOUT.apiVersion, ABOUT.kind)],
    },
    spec: {
      replicas: specReplicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, 'pod-template-hash': hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  const create: Write = { kind: 'create', type: REPLICA_SETS, object: set };
  return specReplicas === 0 ? [create] : [create, scalingNote(deployment, name, 0, specReplicas)];
}

function replicaSetName(deployment: Deployment): string {
  return `${deployment.metadata.name}-${templateHash(deployment.spec.template)}`;
}

function firstSize(deployment: Deployment, old: readonly ReplicaSet[]): number {
  const replicas = deployment.spec.replicas ?? 1;
  const oldSpec = total(old, specReplicasOf);
  if (deployment.spec.strategy?.type === 'Recreate') return hasPods(old) || oldSpec > 0 ? 0 : replicas;
  const room = replicas + rolloutBounds(deployment).surgeCountMax - oldSpec;
  return Math.max(0, Math.min(room, replicas));
}

/** While it is paused only the number wanted counts; a new number during a rollout is shared before the rollout goes on. */
function nextTargets(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  isPaused: boolean,
): readonly ReplicaTarget[] {
  const replicas = deployment.spec.replicas ?? 1;
  const all = current === undefined ? old : [current, ...old];
  const active = all.filter((set) => specReplicasOf(set) > 0);
  const isScaling = active.some((set) => set.metadata.annotations?.[DESIRED_REPLICAS] !== String(replicas));
  if (active.length > 1 && (isScaling || isPaused)) return isScaling ? proportionalStep(deployment, all) : [];
  if (isPaused) {
    const only = active[0] ?? current ?? old.at(-1);
    return only === undefined || specReplicasOf(only) === replicas ? [] : [{ set: only, specReplicas: replicas }];
  }
  if (current === undefined) return [];
  if (deployment.spec.strategy?.type === 'Recreate') return recreateStep(replicas, current, old);
  return rollingStep(deployment, current, old);
}

/** First all old pods go, then the new ones come. */
function recreateStep(replicas: number, current: ReplicaSet, old: readonly ReplicaSet[]): readonly ReplicaTarget[] {
  const shrinking = old.filter((set) => specReplicasOf(set) > 0).map((set) => ({ set, specReplicas: 0 }));
  if (shrinking.length > 0) return shrinking;
  if (hasPods(old) || specReplicasOf(current) === replicas) return [];
  return [{ set: current, specReplicas: replicas }];
}

function hasPods(sets: readonly ReplicaSet[]): boolean {
  return total(sets, (set) => (set.status?.replicas ?? 0) + (set.status?.terminatingReplicas ?? 0)) > 0;
}

function resizing(deployment: Deployment, { set, specReplicas }: ReplicaTarget): readonly Write[] {
  const patch = patchOf(REPLICA_SETS, set, {
    metadata: { annotations: sizeAnnotations(deployment) },
    spec: { replicas: specReplicas },
  });
  return [patch, scalingNote(deployment, set.metadata.name, specReplicasOf(set), specReplicas)];
}

function scalingNote(deployment: Deployment, name: string, from: number, to: number): Write {
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
  const source = 'deployment-controller';
  const event = {
    about: deployment,
    aboutKind: ABOUT,
    type: 'Normal' as const,
    reason: 'ScalingReplicaSet',
    message,
    source,
  };
  return { kind: 'event', event };
}

/** Keeps the current ReplicaSet's annotations: revision (with its history), inherited ones, the wanted size. */
function annotationWrites(deployment: Deployment, current: ReplicaSet, revision: number): readonly Write[] {
  const before = current.metadata.annotations ?? {};
  const wanted: Record<string, string> = { ...inheritedAnnotations(deployment), [REVISION]: String(revision) };
  if (before[REVISION] !== undefined && before[REVISION] !== String(revision)) {
    const history = before[REVISION_HISTORY];
    wanted[REVISION_HISTORY] = history === undefined ? before[REVISION] : `${history},${before[REVISION]}`;
  }
  if (specReplicasOf(current) === (deployment.spec.replicas ?? 1)) Object.assign(wanted, sizeAnnotations(deployment));
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const isSame =
    Object.entries(wanted).every(([key, value]) => before[key] === value) &&
    (current.spec.minReadySeconds ?? 0) === minReadySeconds;
  return isSame
    ? []
    : [patchOf(REPLICA_SETS, current, { metadata: { annotations: wanted }, spec: { minReadySeconds } })];
}

function inheritedAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_INHERITED.has(key)),
  );
}

function sizeAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const replicas = deployment.spec.replicas ?? 1;
  return {
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + rolloutBounds(deployment).surgeCountMax),
  };
}

function revisionWrite(deployment: Deployment, revision: number | undefined): readonly Write[] {
  if (revision === undefined || deployment.metadata.annotations?.[REVISION] === String(revision)) return [];
  return [patchOf(DEPLOYMENTS, deployment, { metadata: { annotations: { [REVISION]: String(revision) } } })];
}

/** Old ReplicaSets without pods beyond the history limit go, the lowest revisions first. */
function cleanUp(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): readonly Write[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  if (current === undefined) return [];
  const empty = old.filter(
    (set) => specReplicasOf(set) === 0 && !hasPods([set]) && set.metadata.deletionTimestamp === undefined,
  );
  return empty
    .toSorted((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, empty.length - limit))
    .map((set) => deletionOf(REPLICA_SETS, set));
}

function isStatusNew(deployment: Deployment, status: Readonly<Record<string, unknown>>): boolean {
  const before = (deployment.status ?? {}) as Readonly<Record<string, unknown>>;
  const isEqual = (field: string): boolean =>
    canonicalJson(before[field] ?? (field === 'conditions' ? [] : 0)) === canonicalJson(status[field] ?? 0);
  return !Object.keys(status).every(isEqual);
}
