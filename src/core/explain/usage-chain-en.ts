import type { ChainWriters, UsageChainSentences } from './explain-usage-chain.ts';
import { metricLabel } from './metric-label.ts';
import { metricParams } from './parameters.ts';
import type { LinkOf, SamplePair } from './usage-chain.ts';
import { coresText, cpuSecondsText, requestAction, shareText, stopText } from './usage-chain-parameters.ts';

/** Chains in English. */
export const USAGE_CHAIN_EN: UsageChainSentences = {
  topics: {
    pod: 'Pod',
    node: 'Node',
    cgroup: 'cgroup',
    samples: 'Kubelet samples',
    rate: 'Rate',
    api: 'metrics.k8s.io',
    hpa: 'HPA',
  },
  standings: { holds: 'ok', broken: 'broken', unseen: 'not seen' },
  verdicts: {
    whole: (pod) => `the usage of pod ${pod} is measured and served, from its cgroups to its HPAs`,
    unused: (pod) => `the usage of pod ${pod} is served, and an HPA cannot use it: `,
    lost: (pod) => `the usage of pod ${pod} is missing: `,
    unseen: (pod) => `the usage of pod ${pod} is missing, and you may not see why: `,
  },
  links: {
    PodRunning: ({ node, containers }) => `it runs on node ${node}, containers: ${containers.join(', ')}`,
    PodMissing: () => 'there is no such pod',
    PodUnscheduled: ({ reason, message }) => `the pod has no node yet${because(reason, message)}`,
    PodNotRunning: ({ phase, reason }) => `the pod is ${phase}${reason === '' ? '' : `, ${reason}`}`,
    NodeReady: ({ node }) => `node ${node} is ready`,
    NodeMissing: ({ node }) => `node ${node} does not exist`,
    NodeNotReady: ({ node, reason, message }) => `node ${node} is not ready${because(reason, message)}`,
    NodeUnseen: ({ node, message }) => `node ${node} could not be read: ${message}`,
    CgroupCounters: cgroupText,
    KubeletFailed: ({ node, problem }, write) =>
      `the kubelet of ${node} gave no samples: ${write.scrape(problem).text}`,
    KubeletUnseen: ({ node, problem }, write) => `the kubelet of ${node} was not asked: ${write.scrape(problem).text}`,
    PodNotReported: ({ node }) => `the kubelet of ${node} reports no container of the pod`,
    ZeroSample: ({ container, lacks }) =>
      `container ${container} reports no ${lacks}, which makes the whole pod unknown`,
    OneSample: ({ container, sampleAtMs }, write) =>
      `container ${container} has one sample only, of ${write.time(sampleAtMs)}; a rate takes two`,
    CounterWentBack: ({ container }) => `the CPU counter of container ${container} went back: it has restarted`,
    TwoSamples: (pair, write) =>
      `${pair.container}: ${cpuSecondsText(pair.earlierCpuNanoseconds)} s of CPU at ${write.time(pair.earlierAtMs)}, ${laterText(pair, write)}`,
    SampleSinceStart: (pair, write) =>
      `${pair.container}: started at ${write.time(pair.earlierAtMs)} with nothing used, ${laterText(pair, write)}`,
    Rate: ({ container, cpuNanoseconds, windowMs, cpu, memory }, write) =>
      `${container}: ${cpuSecondsText(cpuNanoseconds)} s of CPU / ${write.seconds(windowMs)} = ${coresText(cpuNanoseconds, windowMs)} cores, ${cpu} on the wire; memory as of the later sample: ${memory}`,
    ApiServed: ({ version, sampleAtMs, windowMs, ageMs, containers }, write) => {
      const numbers = containers.map(({ name, cpu, memory }) => `${name} ${cpu} ${memory}`).join(', ');
      return `${version} serves ${numbers || 'no container'}; timestamp ${write.time(sampleAtMs)}, window ${write.seconds(windowMs)}, ${write.seconds(ageMs)} old`;
    },
    ApiServedEmpty: ({ version }) =>
      `${version} serves the pod without any container: the CPU counter of each went back, as after a restart`,
    ApiMissing: () => 'nobody serves metrics.k8s.io in this cluster',
    ApiUnavailable: ({ version, reason, message }) =>
      `APIService ${version}.metrics.k8s.io is not available${because(reason, message)}`,
    ApiUnseen: ({ message }) => `the API may not be asked: ${message}`,
    PodNotServed: ({ version, causes }) =>
      `${version} has no usage of the pod${causes.length === 0 ? '' : `: ${causes.join('; ')}`}`,
    NoHpa: () => 'no HPA targets the pod',
    HpasUnseen: ({ message }) => `which HPAs target the pod could not be found out: ${message}`,
    HpaLooksElsewhere: ({ hpa }) => `${hpa} does not look at CPU or memory`,
    HpaReckons: (link, write) => {
      const { usage, request, percent } = shareText(link, write);
      const label = metricLabel(link.metric);
      const own = request === null ? `${usage} ${label}` : `${usage} of its ${label} request ${request}, ${percent}`;
      return `${link.hpa}: the pod counts with ${own}. All pods: ${write.sentences.rules[link.metric.rule](metricParams(link.metric, write.sentences))}`;
    },
    HpaLeavesOut: ({ hpa, metric, reason }, write) =>
      `${hpa} does not count the pod for ${metricLabel(metric)}: ${reason === null ? 'it found no sample' : write.sentences.podReasons[reason]}`,
    HpaFails: ({ hpa, metric }) =>
      `${hpa} could not evaluate ${metricLabel(metric)} (${metric.reason}): ${metric.message}`,
    HpaStops: (link, write) => `${link.hpa} looks at no metric: ${stopText(link, write)}`,
  },
  remedies: {
    PodMissing: () => 'check the name and the namespace: kubectl get pods -A',
    PodUnscheduled: () => 'kubectl describe pod says why the scheduler found no node',
    PodNotRunning: () => 'only what runs is measured; kubectl describe pod says why it does not',
    NodeMissing: () => 'the pod goes too once the garbage collector has seen it; kubectl get nodes',
    NodeNotReady: () => 'kubectl describe node, then the log of its kubelet',
    NodeUnseen: () => 'have the right get on nodes granted',
    KubeletFailed: ({ problem }, write) => write.scrape(problem).remedy,
    KubeletUnseen: ({ problem }, write) => write.scrape(problem).remedy,
    PodNotReported: () =>
      'a new pod is reported some 15 s after its start; if it stays away, read the logs of the kubelet and of the container runtime',
    ZeroSample: ({ container }) =>
      `see whether ${container} runs at all: a container that has exited or is paused reports nothing (kubectl get pod -o yaml, containerStatuses)`,
    OneSample: () => 'ask again: kubelets measure a container every 10 s to 30 s',
    CounterWentBack: () => 'ask again: the next sample of the new container gives a rate',
    ApiServedEmpty: () => 'ask again: the next sample gives a rate; kubectl get pod shows how often it restarts',
    ApiMissing: () => 'install a metrics server: kubectl apply -f deploy/metrics-server.yaml',
    ApiUnavailable: ({ version }) =>
      `kubectl get apiservice ${version}.metrics.k8s.io -o yaml, then the pods and the log of the metrics server behind it`,
    ApiUnseen: () => 'have the ClusterRole system:aggregated-metrics-reader or view granted',
    PodNotServed: () => 'the log of the metrics server names the nodes that it cannot scrape',
    HpasUnseen: () => 'have the rights list on horizontalpodautoscalers and get on the scale of their targets granted',
    HpaLeavesOut: () => 'nothing needs doing where the pod has just started; kubectl describe pod otherwise',
    HpaFails: ({ metric }, write) => requestAction(metric, write) ?? 'kubectl describe hpa shows since when',
    HpaStops: () => 'kubectl describe hpa shows since when',
  },
};

function because(reason: string, message: string): string {
  const parts = [reason, message].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(': ')})`;
}

function laterText(pair: SamplePair, write: ChainWriters): string {
  return `${cpuSecondsText(pair.laterCpuNanoseconds)} s at ${write.time(pair.laterAtMs)} (${write.seconds(pair.ageMs)} ago)`;
}

function cgroupText({ container, id, version }: LinkOf<'CgroupCounters'>): string {
  const files = {
    1: 'cpuacct.usage (ns); memory.usage_in_bytes less total_inactive_file of memory.stat',
    2: 'usage_usec of cpu.stat; memory.current less inactive_file of memory.stat',
  };
  const of = `${container}${id === '' ? '' : ` (${id})`}`;
  return version === null
    ? `${of}: the node does not say which cgroups it has: v2 ${files[2]}; or v1 ${files[1]}`
    : `${of}: cgroup v${version}: ${files[version]}`;
}
