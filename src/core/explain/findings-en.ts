import type { FindingCode } from './findings.ts';
import type { FindingSentence } from './sentences.ts';

/** Findings in English: what is so, and what to do. */
export const FINDINGS_EN: Readonly<Record<FindingCode, FindingSentence>> = {
  MorePodsThanReplicas: {
    text: ({ podCount, fromReplicas }) =>
      `The selector matches ${count(podCount, 'pod')}, but the target has ${count(fromReplicas, 'replica')}.`,
    action: () =>
      'During a rollout these are surge pods. Otherwise Jobs or other workloads share the labels: give them different ones, or their usage counts here.',
  },
  GrowsUnderTarget: {
    text: ({ label }) =>
      `${label} is under its target, yet more replicas are proposed: the ratio is multiplied with all matching ready pods, surge pods included.`,
    action: () => 'Look for a rollout, a canary or foreign pods under the same selector.',
  },
  NoCountedPods: {
    text: ({ label }) => `No pod has a ${label} sample that counts yet.`,
    action: () =>
      'Normal for a minute or two after pods start. If it stays, check that pods become ready and that metrics-server sees them: kubectl top pod.',
  },
  RoundingKeepsPods: {
    text: ({ label }) => `${label} is under its target, but rounding up still needs every replica.`,
    action: ({ label, threshold }) => `One replica goes when ${label} is at ${threshold} or less.`,
  },
  UnreadyShrinkBase: {
    text: ({ podCount, pods }) =>
      `${count(podCount, 'unready pod')} left out, so the scale down is computed from fewer pods: ${pods}.`,
    action: () =>
      'If these pods are about to become ready, a longer scale-down stabilization window keeps the move from overshooting.',
  },
  MissingPodsDampen: {
    text: ({ podCount, pods }) =>
      `${count(podCount, 'pod')} without a sample, filled in, which slows scaling in both directions: ${pods}.`,
    action: () =>
      'A pod counts as missing when one of its containers has no metrics. Check kubectl top pod --containers.',
  },
  MissingRequest: {
    text: ({ label, message }) => `One container without a request stops ${label} for the whole target: ${message}.`,
    action: () =>
      'Set the request on every container, sidecars included, or use a ContainerResource metric that names one container.',
  },
  CpuStartUpWindow: {
    text: ({ pods }) => `CPU samples of starting pods do not count yet: ${pods}.`,
    action: () => 'Nothing to do: samples count once they lie after the moment the pod became ready.',
  },
  SucceededPodsCounted: {
    text: ({ podCount, pods }) => `${count(podCount, 'finished pod')} under the selector, counted as missing: ${pods}.`,
    action: () => 'Give Jobs labels of their own, or remove finished pods (ttlSecondsAfterFinished).',
  },
  SeveralAutoscalers: {
    text: ({ pods }) => `Several HPAs select the same pods, so each of them stops: ${pods}.`,
    action: () => 'Keep one HPA per workload; put several metrics into one HPA.',
  },
  NegativeMetric: {
    text: ({ label }) => `${label} is negative.`,
    action: () =>
      'Summed external values below zero can read as an overflow and ask for maxReplicas. Make the query return zero or more.',
  },
  ForcedIgnoresPolicies: {
    text: ({ fromReplicas, toReplicas }) =>
      `${fromReplicas} → ${toReplicas} is forced by a bound: metrics, windows, policies and selectPolicy: Disabled are all ignored.`,
    action: () => 'Move minReplicas and maxReplicas in steps when a jump would hurt.',
  },
  ZeroIsPaused: {
    text: () => 'At 0 replicas the HPA is paused unless it went to zero itself; metrics cannot wake it.',
    action: ({ hpa }) => `To resume, scale the target of ${hpa} to 1 or more by hand.`,
  },
  PercentCannotLeaveZero: {
    text: () => 'Only Percent policies for scale up: a percentage of zero is zero, so the workload cannot leave it.',
    action: () => 'Add a Pods policy to behavior.scaleUp.',
  },
  HiddenMetricFailure: {
    text: () => 'A metric fails, while ScalingActive says True because the others ask for the present size.',
    action: () => 'Repair the failing metric before the next scale down: it would be refused.',
  },
  PartialFailureBlocksScaleDown: {
    text: () => 'While one metric fails the workload can grow, but never shrink.',
    action: () => 'Repair the failing metric; the derivation names it and its error.',
  },
  OnToleranceEdge: {
    text: ({ label }) =>
      `${label} lies exactly on the edge of the tolerance, which belongs to it: nothing happens. Up to Kubernetes 1.32 the upper edge was outside, and this value scaled.`,
    action: () => 'Nothing to do, unless some of your clusters are that old.',
  },
  EventReasonEmpty: {
    text: () =>
      'The event of this move carries an empty reason: what moved the count is an earlier recommendation or a limit, not the present one.',
    action: () => 'Nothing to do: the sentence above says what decided.',
  },
  EventReasonContradicts: {
    text: () =>
      'The event of this move names a reason that contradicts its direction: it is fixed before windows and limits apply.',
    action: () => 'Nothing to do: the sentence above says what decided.',
  },
  MaxReached: {
    text: ({ toReplicas }) => `More replicas are wanted than maxReplicas ${toReplicas} allows.`,
    action: () => 'Raise maxReplicas if nodes and downstream services can take it, or make each replica do more.',
  },
  MetricsUnavailable: {
    text: ({ label, message }) => `No data for ${label}: ${message}.`,
    action: ({ namespace, apiService }) =>
      `Check that its API is available (kubectl get apiservice ${apiService}) and that it has this metric in the namespace ${namespace}.`,
  },
  QueryFailed: {
    text: ({ label, message }) => `No number for ${label}: ${message}.`,
    action: ({ hpa, namespace }) =>
      `Try the query in the Prometheus UI, with a matcher for the namespace ${namespace} on every selector; kubectl describe hpa ${hpa} shows it among the annotations. Until it comes to a number, this metric shrinks nothing.`,
  },
  StaleSamples: {
    text: ({ label }) => `Samples of ${label} are older than allowed and do not count.`,
    action: ({ apiService }) =>
      `Whoever measures has stopped or lags behind: look at the server behind ${apiService} before you allow older samples.`,
  },
  InvalidOption: {
    text: ({ podCount, pods }) =>
      `${count(podCount, 'annotation')} of this HPA ${podCount === 1 ? 'is' : 'are'} ignored: ${pods}.`,
    action: ({ hpa }) =>
      `Correct or remove what is wrong (kubectl annotate hpa ${hpa} NAME-); the derivation says what it must be.`,
  },
  OwnershipUnknown: {
    text: ({ message }) => `Nothing is decided: ${message}.`,
    action: ({ hpa }) =>
      `Let the controller read the owners (a rule with the verb get), or remove podtide.dev/selection from ${hpa}. Until then nothing moves.`,
  },
  Paused: {
    text: () => 'Paused by annotation: everything is computed, nothing is written.',
    action: ({ hpa }) => `To resume before its time: kubectl annotate hpa ${hpa} podtide.dev/paused-until-.`,
  },
  CorrelatedScaleDown: {
    text: ({ message }) => `Many HPAs on ${message} want down at once: the metrics may have gone blind.`,
    action: ({ message }) =>
      `Look at the server behind ${message}. If the load is really gone, wait for the end of the hold, or start the controller with --scale-down-breaker=off.`,
  },
};

function count(howMany: number, what: string): string {
  return `${howMany} ${what}${howMany === 1 ? '' : 's'}`;
}
