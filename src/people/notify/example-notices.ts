import type {
  Episode,
  MetricReading,
  Notice,
  NoticeDetails,
  NoticeSubject,
  NoticeType,
} from '../../core/episode/notice.ts';
import { noticeOf } from '../../core/episode/notice-draft.ts';

const SUBJECT: NoticeSubject = {
  namespace: 'default',
  hpaName: 'nginx-hpa',
  hpaUid: '00000000-0000-4000-8000-000000000000',
  hpaLabels: {},
  targetKind: 'Deployment',
  targetName: 'nginx',
  replicasMin: 1,
  replicasMax: 5,
};

const READINGS: readonly MetricReading[] = [
  { source: 'Resource', name: 'cpu', current: '132%', target: '80%', usageRatio: 1.65 },
];

const STEP_MS = 60_000;

/** An invented notice of any type, as an HPA of one Deployment between one and five pods would lead to it. */
export function exampleNotice(type: NoticeType, cluster: string, atMs: number): Notice {
  const isOfCluster = type.startsWith('watcher.') || type.startsWith('metrics.provider');
  const isScaling = type.startsWith('scale.') && type !== 'scale.manual';
  const draft = { type, id: `example/${type}`, atMs, details: exampleDetails(type, atMs) };
  const episode = isScaling ? { episode: exampleEpisode(type, atMs) } : {};
  return noticeOf({ ...draft, ...episode }, cluster, isOfCluster ? undefined : SUBJECT);
}

function exampleEpisode(type: NoticeType, atMs: number): Episode {
  const path = PATHS[type] ?? [1, 3, 5];
  const isBegun = type.endsWith('.started');
  const counts = isBegun ? path.slice(0, 2) : path;
  const openedAtMs = atMs - (counts.length - 2) * STEP_MS - (isBegun ? 0 : STEP_MS / 2);
  const steps = counts.slice(1).map((toReplicas, index) => {
    return { atMs: openedAtMs + index * STEP_MS, fromReplicas: counts[index] ?? 0, toReplicas };
  });
  return {
    id: 'a1b2c3d4e5f6',
    direction: (counts.at(-1) ?? 0) >= (counts[0] ?? 0) ? 'up' : 'down',
    baselineReplicas: counts[0] ?? 0,
    targetReplicas: counts.at(-1) ?? 0,
    openedAtMs,
    steps,
    readings: READINGS,
    limiter: isBegun ? 'ScaleUpLimit' : undefined,
  };
}

const PATHS: Readonly<Partial<Record<NoticeType, readonly number[]>>> = {
  'scale.down.started': [5, 3],
  'scale.down.completed': [5, 3],
  'scale.to_zero': [1, 0],
  'scale.from_zero': [0, 1],
};

function exampleDetails(type: NoticeType, atMs: number): NoticeDetails {
  switch (type) {
    case 'scale.up.completed':
      return { kind: 'pods', availableReplicas: 5, cause: undefined, message: '' };
    case 'scale.down.completed':
      return { kind: 'pods', availableReplicas: 3, cause: undefined, message: '' };
    case 'scale.stuck': {
      const message = 'nginx-7f9c-x2x4k: 0/3 nodes are available: 3 Insufficient cpu.';
      return { kind: 'pods', availableReplicas: 3, cause: 'Unschedulable', message };
    }
    case 'scale.manual':
      return { kind: 'manual', manager: 'kubectl', fromReplicas: 5, toReplicas: 1 };
    case 'limit.max.entered':
      return { kind: 'limit', wantedReplicas: 9 };
    case 'target.unreachable':
      return condition('FailedGetScale', 'deployments/scale.apps "nginx" not found');
    case 'metrics.lost':
      return condition('FailedGetResourceMetric', 'unable to get metrics for resource cpu');
    case 'metrics.partial':
      return condition('ValidMetricFound', '', ['requests']);
    case 'metrics.provider_down':
    case 'metrics.provider_recovered':
      return { kind: 'provider', hpaCount: 40, namespaces: ['default', 'pay'], reason: 'FailedGetResourceMetric' };
    case 'flapping.started':
    case 'flapping.digest':
    case 'flapping.ended':
      return {
        kind: 'flapping',
        reversalCount: 6,
        startCount: 7,
        lowestReplicas: 1,
        highestReplicas: 5,
        suggestedWindowSeconds: 300,
      };
    case 'watcher.gap':
    case 'watcher.sink_down':
    case 'watcher.sink_recovered':
    case 'watcher.heartbeat':
      return { kind: 'watcher', message: '', sinceMs: atMs - 10 * STEP_MS };
    default:
      return { kind: 'none' };
  }
}

function condition(reason: string, message: string, metricNames: readonly string[] = []): NoticeDetails {
  return { kind: 'condition', reason, message, metricNames };
}
