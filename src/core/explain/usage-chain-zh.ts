import type { ChainWriters, UsageChainSentences } from './explain-usage-chain.ts';
import { metricLabel } from './metric-label.ts';
import { metricParams } from './parameters.ts';
import type { LinkOf, SamplePair } from './usage-chain.ts';
import { coresText, cpuSecondsText, requestAction, shareText, stopText } from './usage-chain-parameters.ts';

/** Chains in Chinese. */
export const USAGE_CHAIN_ZH: UsageChainSentences = {
  topics: {
    pod: 'Pod',
    node: '节点',
    cgroup: 'cgroup',
    samples: 'kubelet 采样',
    rate: '速率',
    api: 'metrics.k8s.io',
    hpa: 'HPA',
  },
  standings: { holds: '正常', broken: '中断', unseen: '无权查看' },
  verdicts: {
    whole: (pod) => `Pod ${pod} 的用量从 cgroup 到 HPA 全程正常`,
    unused: (pod) => `Pod ${pod} 的用量已由 API 提供，但有 HPA 用不上：`,
    lost: (pod) => `没有 Pod ${pod} 的用量：`,
    unseen: (pod) => `没有 Pod ${pod} 的用量，而且当前权限看不到原因：`,
  },
  links: {
    PodRunning: ({ node, containers }) => `运行在节点 ${node} 上，容器：${containers.join('、')}`,
    PodMissing: () => '该 Pod 不存在',
    PodUnscheduled: ({ reason, message }) => `Pod 尚未分配到节点${because(reason, message)}`,
    PodNotRunning: ({ phase, reason }) => `Pod 处于 ${phase}${reason === '' ? '' : `（${reason}）`}`,
    NodeReady: ({ node }) => `节点 ${node} 就绪`,
    NodeMissing: ({ node }) => `节点 ${node} 不存在`,
    NodeNotReady: ({ node, reason, message }) => `节点 ${node} 未就绪${because(reason, message)}`,
    NodeUnseen: ({ node, message }) => `无法读取节点 ${node}：${message}`,
    CgroupCounters: cgroupText,
    KubeletFailed: ({ node, problem }, write) => `节点 ${node} 的 kubelet 没有给出样本：${write.scrape(problem).text}`,
    KubeletUnseen: ({ node, problem }, write) => `没有询问节点 ${node} 的 kubelet：${write.scrape(problem).text}`,
    PodNotReported: ({ node }) => `节点 ${node} 的 kubelet 没有上报该 Pod 的任何容器`,
    ZeroSample: ({ container, lacks }) =>
      `容器 ${container} 没有上报${lacks === 'CPU' ? ' CPU ' : '内存'}用量，整个 Pod 因此没有数据`,
    OneSample: ({ container, sampleAtMs }, write) =>
      `容器 ${container} 只有 ${write.time(sampleAtMs)} 的一个样本，计算速率需要两个`,
    CounterWentBack: ({ container }) => `容器 ${container} 的 CPU 计数器变小了：容器重启过`,
    TwoSamples: (pair, write) =>
      `${pair.container}：${write.time(pair.earlierAtMs)} 累计 CPU ${cpuSecondsText(pair.earlierCpuNanoseconds)} 秒，${laterText(pair, write)}`,
    SampleSinceStart: (pair, write) =>
      `${pair.container}：${write.time(pair.earlierAtMs)} 启动，从零计起，${laterText(pair, write)}`,
    Rate: ({ container, cpuNanoseconds, windowMs, cpu, memory }, write) =>
      `${container}：CPU ${cpuSecondsText(cpuNanoseconds)} 秒 / ${write.seconds(windowMs)} = ${coresText(cpuNanoseconds, windowMs)} 核，接口上写作 ${cpu}；内存取后一个样本：${memory}`,
    ApiServed: ({ version, sampleAtMs, windowMs, ageMs, containers }, write) => {
      const numbers = containers.map(({ name, cpu, memory }) => `${name} ${cpu} ${memory}`).join('，');
      return `${version} 给出 ${numbers || '零个容器'}；timestamp ${write.time(sampleAtMs)}，window ${write.seconds(windowMs)}，距今 ${write.seconds(ageMs)}`;
    },
    ApiServedEmpty: ({ version }) => `${version} 给出的该 Pod 不含任何容器：各容器的 CPU 计数器都变小了，多半是重启过`,
    ApiMissing: () => '集群中没有任何组件提供 metrics.k8s.io',
    ApiUnavailable: ({ version, reason, message }) =>
      `APIService ${version}.metrics.k8s.io 不可用${because(reason, message)}`,
    ApiUnseen: ({ message }) => `没有访问该 API 的权限：${message}`,
    PodNotServed: ({ version, causes }) =>
      `${version} 没有该 Pod 的用量${causes.length === 0 ? '' : `：${causes.join('；')}`}`,
    NoHpa: () => '没有 HPA 以该 Pod 为目标',
    HpasUnseen: ({ message }) => `无法确定哪些 HPA 以该 Pod 为目标：${message}`,
    HpaLooksElsewhere: ({ hpa }) => `${hpa} 不看 CPU 和内存`,
    HpaReckons: (link, write) => {
      const { usage, request, percent } = shareText(link, write);
      const label = metricLabel(link.metric);
      const own = request === null ? `${label} 用量 ${usage}` : `${label} 用量 ${usage}、请求 ${request}（${percent}）`;
      return `${link.hpa}：该 Pod 计入 ${own}。全部 Pod：${write.sentences.rules[link.metric.rule](metricParams(link.metric, write.sentences))}`;
    },
    HpaLeavesOut: ({ hpa, metric, reason }, write) =>
      `${hpa} 的 ${metricLabel(metric)} 没有计入该 Pod：${reason === null ? '没有样本' : write.sentences.podReasons[reason]}`,
    HpaFails: ({ hpa, metric }) => `${hpa} 无法计算 ${metricLabel(metric)}（${metric.reason}）：${metric.message}`,
    HpaStops: (link, write) => `${link.hpa} 现在不看任何指标：${stopText(link, write)}`,
  },
  remedies: {
    PodMissing: () => '检查名称和命名空间：kubectl get pods -A',
    PodUnscheduled: () => '用 kubectl describe pod 查看调度器为何找不到节点',
    PodNotRunning: () => '只有运行中的容器才有用量；用 kubectl describe pod 查看未运行的原因',
    NodeMissing: () => '垃圾回收之后该 Pod 也会被删除；用 kubectl get nodes 核对',
    NodeNotReady: () => '先看 kubectl describe node，再看该节点 kubelet 的日志',
    NodeUnseen: () => '申请 nodes 的 get 权限',
    KubeletFailed: ({ problem }, write) => write.scrape(problem).remedy,
    KubeletUnseen: ({ problem }, write) => write.scrape(problem).remedy,
    PodNotReported: () => '新 Pod 启动约 15 秒后才会上报；若一直没有，请查看 kubelet 和容器运行时的日志',
    ZeroSample: ({ container }) =>
      `确认容器 ${container} 是否在运行：已退出或暂停的容器不会上报用量（kubectl get pod -o yaml 中的 containerStatuses）`,
    OneSample: () => '稍后再试：kubelet 每 10 到 30 秒对容器采样一次',
    CounterWentBack: () => '稍后再试：新容器的下一个样本到来后就有速率',
    ApiServedEmpty: () => '稍后再试：下一个样本到来后就有速率；用 kubectl get pod 查看重启次数',
    ApiMissing: () => '安装 metrics server：kubectl apply -f deploy/metrics-server.yaml',
    ApiUnavailable: ({ version }) =>
      `先看 kubectl get apiservice ${version}.metrics.k8s.io -o yaml，再看其后 metrics server 的 Pod 和日志`,
    ApiUnseen: () => '申请 ClusterRole system:aggregated-metrics-reader 或 view',
    PodNotServed: () => 'metrics server 的日志会写明哪些节点采集失败',
    HpasUnseen: () => '申请 horizontalpodautoscalers 的 list 权限，以及其目标的 scale 的 get 权限',
    HpaLeavesOut: () => '如果 Pod 刚刚启动则无需处理；否则用 kubectl describe pod 查看',
    HpaFails: ({ metric }, write) => requestAction(metric, write) ?? '用 kubectl describe hpa 查看从何时开始',
    HpaStops: () => '用 kubectl describe hpa 查看从何时开始',
  },
};

function because(reason: string, message: string): string {
  const parts = [reason, message].filter((part) => part !== '');
  return parts.length === 0 ? '' : `（${parts.join('：')}）`;
}

function laterText(pair: SamplePair, write: ChainWriters): string {
  return `${write.time(pair.laterAtMs)} 为 ${cpuSecondsText(pair.laterCpuNanoseconds)} 秒（${write.seconds(pair.ageMs)}前）`;
}

function cgroupText({ container, id, version }: LinkOf<'CgroupCounters'>): string {
  const files = {
    1: 'cpuacct.usage（纳秒）；memory.usage_in_bytes 减去 memory.stat 的 total_inactive_file',
    2: 'cpu.stat 的 usage_usec；memory.current 减去 memory.stat 的 inactive_file',
  };
  const of = `${container}${id === '' ? '' : `（${id}）`}`;
  return version === null
    ? `${of}：节点没有说明 cgroup 版本：v2 为 ${files[2]}；v1 为 ${files[1]}`
    : `${of}：cgroup v${version}：${files[version]}`;
}
