import type { MetricReading } from '../episode/notice.ts';
import { term } from './glossary.ts';
import { NOTICE_PARAGRAPHS_EN } from './notice-paragraphs-en.ts';
import type { NoticeWords, ValueWords } from './notice-words.ts';
import { roughDuration } from './rough-duration.ts';

const SOURCES: Readonly<Record<MetricReading['source'], string>> = {
  Resource: term('resourceMetric', 'en'),
  ContainerResource: term('containerResourceMetric', 'en'),
  Pods: term('podsMetric', 'en'),
  Object: term('objectMetric', 'en'),
  External: term('externalMetric', 'en'),
};

const values: ValueWords = {
  hpa: (name, replicasMin, replicasMax) => `${name} (${replicasMin}–${replicasMax})`,
  path: (path, stepCount) => (stepCount > 1 ? `${path} (${stepCount} steps)` : path),
  metric: ({ source, name, current, target, ratio }) =>
    `${name} ${current ?? 'no data'}, target ${target} (${ratio === '' ? '' : `${ratio} times the target; `}${SOURCES[source]})`,
  limiter: (reason, replicasMin, replicasMax) => {
    switch (reason) {
      case 'TooManyReplicas':
        return `maxReplicas ${replicasMax}; more are wanted`;
      case 'TooFewReplicas':
        return `minReplicas ${replicasMin}; fewer are wanted`;
      case 'ScaleUpLimit':
        return 'the policy for scaling up; further steps may follow';
      case 'ScaleDownLimit':
        return 'the policy for scaling down; further steps may follow';
      default:
        return reason;
    }
  },
  unverifiedReady: 'not verified',
  wanted: (replicaCount) => `about ${replicaCount}`,
  hpas: (hpaCount) => (hpaCount === 1 ? '1 HPA' : `${hpaCount} HPAs`),
  times: (count) => String(count),
  seconds: (seconds) => `${seconds} s`,
  duration: (durationMs) =>
    roughDuration(durationMs, { day: 'd', hour: 'h', minute: 'min', second: 's', none: 'under 1 s' }),
  list: (items, moreCount) => `${items.join(', ')}${moreCount > 0 ? ` and ${moreCount} more` : ''}`,
};

/** Notices in English. */
export const NOTICE_WORDS_EN: NoticeWords = {
  colon: ': ',
  names: {
    'scale.up.started': 'Scaling up',
    'scale.up.completed': 'Scaled up',
    'scale.down.started': 'Scaling down',
    'scale.down.completed': 'Scaled down',
    'scale.superseded': { up: 'Scale-up cut short', down: 'Scale-down cut short' },
    'scale.reverted': { up: 'Scale-up reverted', down: 'Scale-down reverted' },
    'scale.stuck': { up: 'Scale-up blocked', down: 'Scale-down blocked' },
    'scale.aborted': { up: 'Scale-up aborted', down: 'Scale-down aborted' },
    'scale.to_zero': 'Scaled to zero',
    'scale.from_zero': 'Activated from zero',
    'scale.manual': 'Changed by hand',
    'limit.max.entered': 'Maximum reached',
    'limit.max.cleared': 'Headroom again',
    'target.unreachable': 'Target unreachable',
    'target.reachable': 'Target reachable again',
    'metrics.lost': 'Metrics lost',
    'metrics.partial': 'Some metrics lost',
    'metrics.recovered': 'Metrics recovered',
    'metrics.provider_down': 'Metrics provider down',
    'metrics.provider_recovered': 'Metrics provider recovered',
    'flapping.started': 'Flapping',
    'flapping.digest': 'Flapping digest',
    'flapping.ended': 'Flapping ended',
    'watcher.gap': 'Gap in watching',
    'watcher.sink_down': 'Notification channel down',
    'watcher.sink_recovered': 'Notification channel recovered',
    'watcher.heartbeat': 'Notifier alive',
  },
  nameMarks: { unverified: (name) => `${name}, unverified`, late: (name) => `${name}, found afterwards` },
  labels: {
    cluster: 'Cluster',
    severity: 'Severity',
    namespace: 'Namespace',
    workload: 'Workload',
    hpa: 'HPA',
    direction: 'Direction',
    replicas: 'Replicas',
    targetReplicas: 'Target',
    readyReplicas: 'Ready',
    wantedReplicas: 'Wanted',
    reason: 'Reason',
    blocked: 'Was blocked',
    trigger: 'Trigger',
    metric: 'Metric',
    lostMetrics: 'Without data',
    limiter: 'Limited by',
    manager: 'Changed by',
    affected: 'Affected',
    stillAffected: 'Still without metrics',
    namespaces: 'Namespaces',
    reversals: 'Reversals',
    starts: 'Scalings',
    replicaRange: 'Range',
    window: 'Suggested window',
    duration: 'Took',
    lasted: 'Lasted',
    since: 'Since',
    time: 'Time',
    span: 'Between',
    message: 'Message',
  },
  severities: { info: 'info', warning: 'warning', critical: 'critical' },
  directions: { up: 'up', down: 'down' },
  linkText: 'Decision',
  values,
  causes: {
    FailedUpdateScale: {
      text: 'the Scale subresource could not be written',
      advice:
        'See whether the controller may update the Scale subresource of the workload, and whether an admission webhook refuses.',
    },
    ReplicaFailure: {
      text: 'pods cannot be created',
      advice: 'Most likely a ResourceQuota, a LimitRange or an admission webhook refuses new pods.',
    },
    Unschedulable: {
      text: 'pods cannot be scheduled',
      advice:
        'Look at the room on the nodes, at affinity and taints; where nodes are added automatically, whether that is under way or at its limit.',
    },
    ImagePull: {
      text: 'images cannot be pulled',
      advice: 'Check name and tag of the image, whether its registry can be reached, and the pull secret.',
    },
    CrashLoop: {
      text: 'containers do not start or keep crashing',
      advice: 'kubectl logs --previous shows what a container said before it ended.',
    },
    NotReady: {
      text: 'pods run but are not ready',
      advice:
        'Look at the readiness probe and at how long a start takes; where starts are slow by nature, raise stuckAfter.',
    },
    VolumePending: {
      text: 'volumes are not there',
      advice: 'See whether the PVC is bound, and whether the zone of the volume has a node for the pod.',
    },
    Unknown: { text: 'unknown', advice: 'kubectl describe the workload and its pods.' },
  },
  paragraphs: NOTICE_PARAGRAPHS_EN,
  digest: {
    name: 'Scaling digest',
    about: (cluster, noticeCount) =>
      `${cluster === '' ? '' : `${cluster} `}${noticeCount === 1 ? '1 notice' : `${noticeCount} notices`}`,
    noNamespace: 'Cluster and notifier',
    otherNamespaces: (namespaceCount) =>
      namespaceCount === 1 ? '1 other namespace' : `${namespaceCount} other namespaces`,
    counts: (noticeCount, parts) => `${noticeCount} (${parts.join(', ')})`,
    part: (name, count) => `${name} ${count}`,
    line: (name, about, time) => `[${name}] ${about} (${time})`,
    more: (noticeCount) => `${noticeCount} more, counted above.`,
  },
};
