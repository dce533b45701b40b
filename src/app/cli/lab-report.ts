import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { DecisionRecord } from '../../control/history/feed.ts';
import { explainBriefly } from '../../core/explain/explain-decision.ts';
import type { Language } from '../../core/explain/language.ts';
import type { HpaLoad } from '../../people/dashboard/wire.ts';
import type { PostedNotice } from '../../people/notify/notice-board.ts';
import { createRenderer } from '../../people/notify/notice-rendering.ts';
import type { LabConfig } from '../config/lab-config.ts';
import type { LabPrometheusProgram } from '../processes/lab-prometheus-choice.ts';

/** The first line of `-o json`. Fields are added, never changed, within the version. */
export interface LabHeader {
  readonly apiVersion: 'podtide.dev/v1';
  readonly kind: 'LabRun';
  readonly stories: readonly string[];
  readonly speed: string;
  /** Whose API the server shows; decisions follow 1.36 in any case. */
  readonly kubernetesVersion: string;
  readonly kubeconfig: string;
  readonly server: string;
}

/** Every other line of `-o json`: a count that changed. */
export interface LabChange {
  /** RFC 3339, whole seconds of domain time. */
  readonly at: string;
  readonly hpa: string;
  readonly from: number;
  readonly to: number;
  /** The reason in the language of the run. */
  readonly why: string;
}

/** The header of a run. */
export function labHeader(config: LabConfig, server: string): LabHeader {
  return {
    apiVersion: 'podtide.dev/v1',
    kind: 'LabRun',
    stories: config.stories,
    speed: config.speed.kind === 'max' ? 'max' : String(config.speed.factor),
    kubernetesVersion: config.kubernetesVersion,
    kubeconfig: config.kubeconfigPath,
    server,
  };
}

/** The change that a decision made; undefined when it wrote no scale. */
export function labChange({ decision }: DecisionRecord, language: Language): LabChange | undefined {
  const { scaledTo, currentReplicas, hpa, atMs } = decision;
  if (scaledTo === null || currentReplicas === null) return undefined;
  return {
    at: formatRfc3339(atMs),
    hpa: `${hpa.namespace}/${hpa.name}`,
    from: currentReplicas,
    to: scaledTo,
    why: explainBriefly(decision, language, { formatTime: formatRfc3339 }).reason,
  };
}

/** Requests and response times behind an HPA, as the head of its block has room for them. */
export function loadText(load: Omit<HpaLoad, 'namespace' | 'name'> | null): string | null {
  if (load === null || load.requestsPerSecond === 0) return null;
  const { requestsPerSecond, failedPerSecond, latencyP95Ms } = load;
  const rate = requestsPerSecond < 10 ? requestsPerSecond.toFixed(1) : String(Math.round(requestsPerSecond));
  const latency = latencyP95Ms === null ? '' : `  p95 ${Math.round(latencyP95Ms)} ms`;
  const failed = (failedPerSecond ?? 0) > 0 ? `  err ${failedPerSecond?.toFixed(1)}/s` : '';
  return `${rate} req/s${latency}${failed}`;
}

/** A message that would have gone out, as a line: `2026-01-01T00:01:00Z would tell team: [Scaling up] default/web 1→4`. */
export function messageLine(
  { notice, route, sink }: PostedNotice,
  { language, formatTime }: { readonly language: Language; readonly formatTime: (atMs: number) => string },
): string {
  const render = createRenderer(() => ({ clusterName: notice.cluster, isSeedForm: () => false }));
  const asked = { notices: [notice], sink, form: 'brief', isDigest: false, isPossibleDuplicate: false } as const;
  const { title } = render({ ...asked, route: { name: route.name, language, timeZone: 'UTC' } });
  return `${formatTime(notice.atMs)} ${WOULD_TELL[language](sink)}${title}`;
}

const WOULD_TELL: Readonly<Record<Language, (sink: string) => string>> = {
  en: (sink) => `would tell ${sink}: `,
  'zh-CN': (sink) => `将通知 ${sink}：`,
};

/** Which Prometheus a story has; null where none of them has one, or the lab's own was asked for. */
export function prometheusText(
  program: LabPrometheusProgram,
  { stories, language }: Pick<LabConfig, 'stories' | 'language'>,
): string | null {
  if (!stories.includes('prometheus')) return null;
  const words = PROMETHEUS[language];
  if (program.kind === 'installed') return words.installed(program.path);
  switch (program.why.code) {
    case 'asked':
      return null;
    case 'absent':
      return words.absent;
    case 'accelerated':
      return words.accelerated(program.why.path);
  }
}

const PROMETHEUS = {
  en: {
    installed: (path: string) => `Prometheus is the one of this machine: ${path}.`,
    accelerated: (path: string) =>
      `Prometheus is the lab’s own: ${path} keeps the time of this machine and cannot follow the lab’s; --speed 1 takes it.`,
    absent: 'Prometheus is the lab’s own: there is none on PATH.',
  },
  'zh-CN': {
    installed: (path: string) => `Prometheus 使用本机安装的程序：${path}。`,
    accelerated: (path: string) =>
      `Prometheus 使用实验环境自带的实现：${path} 按本机时间运行，跟不上加速的时钟；加上 --speed 1 才会使用它。`,
    absent: 'Prometheus 使用实验环境自带的实现：PATH 中没有 prometheus。',
  },
} as const;
