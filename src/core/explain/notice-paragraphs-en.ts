import type { ParagraphParams, ParagraphWords } from './notice-words.ts';

const NOTHING = (): readonly string[] => [];

/** What is said below the facts, in English. */
export const NOTICE_PARAGRAPHS_EN: ParagraphWords = {
  types: {
    'scale.up.started': NOTHING,
    'scale.up.completed': NOTHING,
    'scale.down.started': NOTHING,
    'scale.down.completed': NOTHING,
    'scale.superseded': ({ direction, endReplicas }) => [
      `The target was ${direction === 'up' ? 'lowered' : 'raised'} to ${endReplicas} before the scaling had come to its end.`,
    ],
    'scale.reverted': ({ endReplicas }) => [
      `The count went back to ${endReplicas} before all pods were ready. If that happens often, make the stabilization window longer.`,
    ],
    'scale.stuck': ({ targetReplicas, availableReplicas, isUnverified }) =>
      isUnverified
        ? []
        : [
            `The count was set to ${targetReplicas}, and ${availableReplicas} of them ${availableReplicas === 1 ? 'is' : 'are'} available.`,
          ],
    'scale.aborted': () => [
      'The HPA or its target was deleted or made anew; this scaling is not followed any further.',
    ],
    'scale.to_zero': () => [
      'At 0 replicas an HPA is paused unless it went there itself; KEDA or a person has to wake the workload.',
    ],
    'scale.from_zero': NOTHING,
    'scale.manual': () => ['This was no autoscaler; the HPA goes on to set the count by its metrics.'],
    'limit.max.entered': ({ replicasMax }) => [
      `The HPA wants more than maxReplicas ${replicasMax}: it will not scale up any further, whatever the load.`,
      'Raise maxReplicas if the nodes and the services behind can bear it; otherwise let a replica do more.',
    ],
    'limit.max.cleared': () => ['maxReplicas holds it back no longer; it can scale up again.'],
    'target.unreachable': () => [
      'The HPA cannot read what it scales, and does nothing. See that the object in scaleTargetRef exists and that the HPA controller may read it.',
    ],
    'target.reachable': () => ['The HPA can read what it scales again.'],
    'metrics.lost': () => ['No metric is available: the count stays as it is, neither up nor down.'],
    'metrics.partial': () => [
      'The other metrics may still scale up; nothing is scaled down until the lost ones are back.',
    ],
    'metrics.recovered': () => ['The HPA follows its metrics again.'],
    'metrics.provider_down': () => [
      'Many HPAs lost their metrics almost at once, so what provides them has most likely failed; they are not told one by one until it is back.',
      'kubectl get apiservice shows which API is not available; podtide doctor says why.',
    ],
    'metrics.provider_recovered': () => ['Most HPAs have their metrics again; they are told one by one from now on.'],
    'flapping.started': (params) => [
      'The count goes up and down again and again. Until that ends its scalings are told in digests, not one by one.',
      ...longerWindow(params),
    ],
    'flapping.digest': longerWindow,
    'flapping.ended': () => ['The count is calm; its scalings are told one by one again.'],
    'watcher.gap': ({ isOfAMoment }) => [
      isOfAMoment
        ? 'Some of what was stored cannot be read, so that notices may be missing; what comes from now on is not affected.'
        : 'Nobody watched the cluster in that time. What can still be seen of it is told as found afterwards; the rest is not known.',
    ],
    'watcher.sink_down': () => [
      'Check the configuration of the channel. What was not delivered is kept for a time and sent once the channel is back; where a fallback is configured, that takes over.',
    ],
    'watcher.sink_recovered': () => ['What was kept back will be sent.'],
    'watcher.heartbeat': () => ['The notifier is watching; silence means that there is nothing to tell.'],
  },
  metricAdvice: {
    FailedGetResourceMetric: resourceAdvice,
    FailedGetContainerResourceMetric: resourceAdvice,
    FailedGetPodsMetric: customAdvice,
    FailedGetObjectMetric: customAdvice,
    FailedGetExternalMetric: () =>
      'See that the API for external metrics is available (kubectl get apiservice) and that its provider (KEDA or an adapter) has the metric.',
    AmbiguousSelector: () =>
      'Several HPAs select the same pods: keep one HPA for a workload, and put all metrics into it.',
    InvalidSelector: () => 'The target has no label selector, or one that cannot be parsed.',
    InvalidMetricSourceType: () => 'The HPA has a metric of a type that the controller does not know.',
    other: ({ namespace, hpaName }) => `See kubectl describe hpa ${hpaName} -n ${namespace}.`,
  },
  unverified:
    'Workload and pods may not be looked at: the count was written, but whether the pods really serve is not verified.',
  late: 'Nobody watched when it happened; this was inferred afterwards from the cluster, and the time may be off.',
  merged: 'Its start was not told on its own; this message is for both.',
};

function longerWindow({ suggestedWindowSeconds }: ParagraphParams): readonly string[] {
  if (suggestedWindowSeconds <= 0) return [];
  return [`Set stabilizationWindowSeconds of scaleDown in behavior to ${suggestedWindowSeconds} or more.`];
}

function resourceAdvice(): string {
  return 'See that metrics-server is available (kubectl get apiservice) and that every container has a request.';
}

function customAdvice(): string {
  return 'See that the API for custom metrics is available (kubectl get apiservice) and that the adapter has the metric.';
}
