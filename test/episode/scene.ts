import { formatRfc3339 } from '../../src/base/rfc3339.ts';
import type { HpaCondition, MetricSpec, MetricStatus } from '../../src/core/autoscaling/types.ts';
import type { Observation, ObservedTarget, PodTrouble } from '../../src/core/episode/observation.ts';

/** Where the seconds of a story begin. */
export const STORY_START_MS = Date.UTC(2026, 0, 5, 9, 0, 0);

/** `True ValidMetricFound`, `False FailedGetScale`; a third word is the second at which it last changed. */
export type ConditionText = string;

/** All that can be seen of one HPA, flat, so that a story names only what changes. Instants in seconds of the story. */
export interface Scene {
  readonly hpaUid: string;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly min: number;
  readonly max: number;
  readonly targetName: string;
  readonly metrics: readonly MetricSpec[];
  /** The status: null until a controller has written it. */
  readonly current: number | null;
  readonly desired: number;
  readonly scaledAt: number | null;
  readonly values: readonly MetricStatus[] | null;
  readonly able: ConditionText;
  readonly active: ConditionText;
  readonly limited: ConditionText;
  /** The target. */
  readonly sight: 'seen' | 'denied' | 'missing' | 'notLooked';
  readonly targetUid: string;
  readonly spec: number;
  /** All pods of both templates; as many as are available unless said otherwise. */
  readonly pods: number | null;
  /** Undefined for a kind that reports no counts. */
  readonly available: number | undefined;
  readonly generation: number;
  readonly observed: number;
  readonly isOrdered: boolean;
  readonly replicaFailure: ObservedTarget['replicaFailure'];
  readonly writer: string | null;
  readonly writtenAt: number | null;
  /** The pods: looked at or not, as far as the machine wants it. */
  readonly podSight: 'denied' | 'notLooked' | 'seen';
  readonly readyPods: number;
  readonly trouble: PodTrouble | undefined;
  /** The HPA is deleted. */
  readonly isGone: boolean;
  /** Nobody had looked since this second. */
  readonly unwatchedSince: number | null;
}

/** CPU at 80 %, as in most stories. */
export const CPU: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};

/** Its value in a status. */
export function cpuAt(percent: number): MetricStatus {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '1', averageUtilization: percent } } };
}

/** An HPA of 1 to 10 at rest with one pod, an hour old. */
export const AT_REST: Scene = {
  hpaUid: 'hpa-1',
  createdAt: -3600,
  labels: {},
  min: 1,
  max: 10,
  targetName: 'web',
  metrics: [CPU],
  current: 1,
  desired: 1,
  scaledAt: null,
  values: [cpuAt(10)],
  able: 'True ReadyForNewScale',
  active: 'True ValidMetricFound',
  limited: 'False DesiredWithinRange',
  sight: 'seen',
  targetUid: 'web-1',
  spec: 1,
  pods: null,
  available: 1,
  generation: 1,
  observed: 1,
  isOrdered: false,
  replicaFailure: undefined,
  writer: 'kube-controller-manager',
  writtenAt: null,
  podSight: 'seen',
  readyPods: 0,
  trouble: undefined,
  isGone: false,
  unwatchedSince: null,
};

/** The scene as it is observed at an instant. */
export function observationOf(scene: Scene, atMs: number): Observation {
  const unwatchedSinceMs = scene.unwatchedSince === null ? undefined : instantOf(scene.unwatchedSince);
  if (scene.isGone) return { kind: 'gone', atMs, unwatchedSinceMs };
  const { labels, min, max, metrics, current, desired, scaledAt, values } = scene;
  return {
    kind: 'seen',
    atMs,
    unwatchedSinceMs,
    hpa: {
      namespace: 'shop',
      name: 'web',
      uid: scene.hpaUid,
      labels,
      createdAtMs: instantOf(scene.createdAt),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: scene.targetName },
        minReplicas: min,
        maxReplicas: max,
        metrics,
      },
      status:
        current === null
          ? { desiredReplicas: 0, currentMetrics: null }
          : {
              currentReplicas: current,
              desiredReplicas: desired,
              currentMetrics: values,
              ...(scaledAt === null ? {} : { lastScaleTime: formatRfc3339(instantOf(scaledAt)) }),
              conditions: [
                conditionOf('AbleToScale', scene.able),
                conditionOf('ScalingActive', scene.active),
                conditionOf('ScalingLimited', scene.limited),
              ],
            },
    },
    target: scene.sight === 'seen' ? { kind: 'seen', target: targetOf(scene) } : { kind: scene.sight },
    pods:
      scene.podSight === 'seen'
        ? { kind: 'seen', podCount: scene.spec, readyCount: scene.readyPods, worst: scene.trouble }
        : { kind: scene.podSight },
  };
}

/** Epoch ms of a second of the story. */
export function instantOf(second: number): number {
  return STORY_START_MS + second * 1000;
}

function targetOf(scene: Scene): ObservedTarget {
  const { available, writer, writtenAt } = scene;
  return {
    uid: scene.targetUid,
    createdAtMs: instantOf(scene.createdAt),
    specReplicas: scene.spec,
    statusReplicas: scene.pods ?? available ?? 0,
    readyReplicas: available,
    availableReplicas: available,
    generation: scene.generation,
    observedGeneration: scene.observed,
    isOrdered: scene.isOrdered,
    replicaFailure: scene.replicaFailure,
    replicasWriter:
      writer === null
        ? undefined
        : { manager: writer, atMs: writtenAt === null ? undefined : instantOf(Math.floor(writtenAt)) },
  };
}

function conditionOf(type: string, text: ConditionText): HpaCondition {
  const [status = '', reason = '', changedAt] = text.split(' ');
  const time = changedAt === undefined ? {} : { lastTransitionTime: formatRfc3339(instantOf(Number(changedAt))) };
  return { type, status, reason, message: `about ${reason}`, ...time };
}
