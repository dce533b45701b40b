import { formatRfc3339, parseRfc3339 } from '../../../base/rfc3339.ts';
import type { Condition, Deployment, ReplicaSet } from '../objects.ts';
import { rolloutBounds, specReplicasOf, total } from './rollout.ts';

export interface DeploymentStatusInput {
  readonly deployment: Deployment;
  /** Undefined until it exists. */
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  /** Name of the ReplicaSet that this look creates. */
  readonly bornName?: string | undefined;
  readonly nowMs: number;
}

/** The status to write, and when a rollout that makes no progress is to be looked at again. */
export interface DeploymentStatusResult {
  readonly status: Readonly<Record<string, unknown>> & { readonly conditions: readonly Condition[] };
  readonly deadlineAtMs?: number;
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
  readonly terminatingReplicas: number;
}

/** Counts and conditions as `kubectl rollout status` and `describe` read them. */
export function deploymentStatus(input: DeploymentStatusInput): DeploymentStatusResult {
  const { deployment, current, old, nowMs } = input;
  const all = current === undefined ? old : [current, ...old];
  const availableReplicas = total(all, (set) => set.status?.availableReplicas ?? 0);
  const counts: Counts = {
    replicas: total(all, (set) => set.status?.replicas ?? 0),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: total(all, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas,
    unavailableReplicas: Math.max(0, total(all, specReplicasOf) - availableReplicas),
    terminatingReplicas: total(all, (set) => set.status?.terminatingReplicas ?? 0),
  };
  const before = deployment.status?.conditions ?? [];
  const progressing = progressingCondition(input, counts);
  const conditions = [availableCondition(deployment, counts), ...(progressing ? [progressing] : [])].map((condition) =>
    stamped(condition, before, nowMs),
  );
  // Absent counts mean 0; a merge patch removes a field by null.
  const status = {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...Object.fromEntries(Object.entries(counts).map(([field, count]) => [field, count])),
    unavailableReplicas: counts.unavailableReplicas === 0 ? null : counts.unavailableReplicas,
    conditions,
  };
  const since = conditions.find((condition) => condition.type === 'Progressing');
  const isWaiting = since?.reason !== undefined && PROGRESS_REASONS.has(since.reason);
  if (!isWaiting) return { status };
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
  return { status, deadlineAtMs: (parseRfc3339(since?.lastUpdateTime ?? '') ?? nowMs) + deadlineMs };
}

const PROGRESS_REASONS: ReadonlySet<string> = new Set([
  'NewReplicaSetCreated',
  'FoundNewReplicaSet',
  'ReplicaSetUpdated',
]);

function availableCondition(deployment: Deployment, counts: Counts): Condition {
  const needed = (deployment.spec.replicas ?? 1) - rolloutBounds(deployment).unavailableCountMax;
  return counts.availableReplicas >= needed
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function progressingCondition(input: DeploymentStatusInput, counts: Counts): Condition | undefined {
  const { deployment, current, bornName, nowMs } = input;
  const before = deployment.status?.conditions?.find((condition) => condition.type === 'Progressing');
  const condition = (status: string, reason: string, message: string): Condition => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (deployment.spec.paused === true) return condition('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (bornName !== undefined) {
    return condition('True', 'NewReplicaSetCreated', `Created new replica set "${bornName}"`);
  }
  if (current === undefined) return before;
  const named = `ReplicaSet "${current.metadata.name}"`;
  if (isComplete(deployment, counts)) {
    return condition('True', 'NewReplicaSetAvailable', `${named} has successfully progressed.`);
  }
  // A finished rollout whose pods come and go later is not a new rollout.
  const wasComplete = before?.reason === 'NewReplicaSetAvailable';
  if (wasComplete && before?.message?.includes(`"${current.metadata.name}"`)) return before;
  if (hasProgressed(deployment, counts)) return condition('True', 'ReplicaSetUpdated', `${named} is progressing.`);
  const updatedAtMs = parseRfc3339(before?.lastUpdateTime ?? '');
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
  const isLate = updatedAtMs !== undefined && nowMs >= updatedAtMs + deadlineMs;
  if (isLate) return condition('False', 'ProgressDeadlineExceeded', `${named} has timed out progressing.`);
  return before ?? condition('True', 'ReplicaSetUpdated', `${named} is progressing.`);
}

function isComplete({ spec }: Deployment, counts: Counts): boolean {
  const replicas = spec.replicas ?? 1;
  return counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas;
}

function hasProgressed({ status }: Deployment, counts: Counts): boolean {
  const oldReplicas = (of: { replicas?: number; updatedReplicas?: number }): number =>
    (of.replicas ?? 0) - (of.updatedReplicas ?? 0);
  const before = status ?? {};
  return (
    counts.updatedReplicas > (before.updatedReplicas ?? 0) ||
    oldReplicas(counts) < oldReplicas(before) ||
    counts.readyReplicas > (before.readyReplicas ?? 0) ||
    counts.availableReplicas > (before.availableReplicas ?? 0)
  );
}

/** Keeps the times of what did not change; the transition time follows the status alone. */
function stamped(condition: Condition, before: readonly Condition[], nowMs: number): Condition {
  const previous = before.find((candidate) => candidate.type === condition.type);
  const nowText = formatRfc3339(nowMs);
  const isSame = previous?.status === condition.status && previous.reason === condition.reason;
  // Progress is a heartbeat: its deadline counts from the last step.
  const isHeartbeat = condition.reason === 'ReplicaSetUpdated' && previous !== condition;
  const lastTransitionTime = previous?.status === condition.status ? previous.lastTransitionTime : nowText;
  const lastUpdateTime = isSame && !isHeartbeat ? previous?.lastUpdateTime : nowText;
  return { ...condition, lastTransitionTime: lastTransitionTime ?? nowText, lastUpdateTime: lastUpdateTime ?? nowText };
}
