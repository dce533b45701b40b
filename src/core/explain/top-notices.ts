import type { Language } from './language.ts';
import { explainScrapeProblem, type ScrapeProblem } from './scrape-problem.ts';

/** What `podtide top` tells beside the numbers. */
export type TopNotice =
  /** No metrics API is there: kubelets are asked through the API server. */
  | { readonly code: 'NoApi'; readonly nodeCount: number }
  | { readonly code: 'ApiUnavailable'; readonly message: string; readonly nodeCount: number }
  | { readonly code: 'Waiting'; readonly nodeCount: number; readonly waitMsMax: number }
  | { readonly code: 'NodeFailed'; readonly node: string; readonly problem: ScrapeProblem }
  /** Pods that run and have no usage, and the first of them. */
  | { readonly code: 'PodsUnsampled'; readonly podCount: number; readonly first: string }
  | { readonly code: 'NoPods'; readonly namespace: string | null };

type Notices = {
  readonly [Code in TopNotice['code']]: (notice: Extract<TopNotice, { readonly code: Code }>) => string;
};

const EN: Notices = {
  NoApi: ({ nodeCount }) => `no metrics API in this cluster: asking ${kubelets(nodeCount)} through the API server`,
  ApiUnavailable: ({ message, nodeCount }) =>
    `the metrics API does not answer (${message}): asking ${kubelets(nodeCount)} through the API server`,
  Waiting: ({ nodeCount, waitMsMax }) =>
    `waiting for the second sample of ${kubelets(nodeCount)}, ${waitMsMax / 1000} s at most: a rate takes two, and kubelets measure every 10 s to 20 s`,
  NodeFailed: ({ node, problem }) => {
    const { text, remedy } = explainScrapeProblem(problem, 'en');
    return `node ${node}: ${text}\n  ${remedy}`;
  },
  PodsUnsampled: ({ podCount, first }) =>
    `${podCount === 1 ? '1 running pod has' : `${podCount} running pods have`} no usage, ${podCount === 1 ? '' : 'first '}${first}; podtide top pod NAME --trace says why`,
  NoPods: ({ namespace }) =>
    namespace === null ? 'no such pods in any namespace' : `no such pods in namespace ${namespace}`,
};

const ZH: Notices = {
  NoApi: ({ nodeCount }) => `集群中没有指标 API：改为通过 API server 询问 ${nodeCount} 个 kubelet`,
  ApiUnavailable: ({ message, nodeCount }) =>
    `指标 API 没有应答（${message}）：改为通过 API server 询问 ${nodeCount} 个 kubelet`,
  Waiting: ({ nodeCount, waitMsMax }) =>
    `正在等待 ${nodeCount} 个 kubelet 的第二个样本，最多 ${waitMsMax / 1000} 秒：计算速率需要两个样本，kubelet 每 10 到 20 秒采样一次`,
  NodeFailed: ({ node, problem }) => {
    const { text, remedy } = explainScrapeProblem(problem, 'zh-CN');
    return `节点 ${node}：${text}\n  ${remedy}`;
  },
  PodsUnsampled: ({ podCount, first }) =>
    `${podCount} 个运行中的 Pod 没有用量（例如 ${first}）；用 podtide top pod NAME --trace 查看原因`,
  NoPods: ({ namespace }) =>
    namespace === null ? '所有命名空间中都没有符合条件的 Pod' : `命名空间 ${namespace} 中没有符合条件的 Pod`,
};

/** A notice in words, for standard error. */
export function explainTopNotice(notice: TopNotice, language: Language): string {
  return ((language === 'zh-CN' ? ZH : EN)[notice.code] as (notice: TopNotice) => string)(notice);
}

function kubelets(count: number): string {
  return count === 1 ? '1 kubelet' : `${count} kubelets`;
}
