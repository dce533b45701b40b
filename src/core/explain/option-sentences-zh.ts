import { term } from './glossary.ts';
import type { HoldParams, OptionProblemParams, OptionSentences } from './option-sentences.ts';

const TARGET = term('scaleTarget', 'zh-CN');
const SELECTOR = term('selector', 'zh-CN');

/** Podtide's own options in Chinese. */
export const OPTION_SENTENCES_ZH: OptionSentences = {
  summary: ({ inForceCount, ignoredCount }) =>
    `${inForceCount} 个注解选项生效${ignoredCount === 0 ? '' : `，${ignoredCount} 个被忽略`}。`,
  inForce: {
    SyncPeriod: ({ duration }) => `sync-period：在控制器来得及的前提下，每 ${duration}同步一次。`,
    OwnerSelection: () => `selection：只计入${TARGET}自己拥有的 Pod。`,
    PausedUntil: ({ until, reason, isOver }) =>
      `paused-until：${isOver ? `暂停已于 ${until} 结束` : `${until} 之前不写入 Scale`}${because(reason)}。`,
    Warmup: ({ duration }) => `warmup：Pod 启动 ${duration}之后才计入它的 cpu。`,
    MaxSampleAge: ({ duration }) => `max-sample-age：超过 ${duration}的旧样本不计入。`,
    Query: ({ metric, promql, isDirect }) =>
      `query.${metric}：${isDirect ? '直接向 Prometheus 查询' : '由提供外部指标的服务查询'}：${promql}`,
  },
  foreignPods: ({ pods, count, owner }) =>
    `${count} 个 Pod 匹配${SELECTOR}，但${owner === null ? '没有属主' : `属于 ${owner}`}：${pods}。`,
  ignored: {
    Duration: (of) => `${ignored(of)}必须是 ${of.min}到 ${of.max}之间的时长。`,
    Instant: (of) => `${ignored(of)}必须是时刻，例如 2026-01-31T18:00:00Z。`,
    Selection: (of) => `${ignored(of)}只能是 owner。`,
    TooLong: (of) => `${ignored(of)}不能超过 ${of.lengthMax} 个字符。`,
    WithoutPause: (of) => `${ignored(of)}需要与 podtide.dev/paused-until 一起使用。`,
    NoQuery: (of) => `${ignored(of)}必须是 PromQL，例如 sum(rate(http_requests_total[2m]))。`,
    WithoutMetric: (of) => `${ignored(of)}需要与名为 ${of.metric} 的 External 类型指标一起使用。`,
    NamespaceNotListed: (of) =>
      `${ignored(of)}不能用在命名空间 ${of.namespace} 中：它不在 --query-annotation-namespaces 之列。`,
    Unknown: (of) => `${ignored(of)}本版本没有这个选项${of.nearest === '' ? '' : `，相近的是 ${of.nearest}`}。`,
  },
  holds: {
    Paused: (of) => `暂停至 ${of.until}${because(of.reason)}：${wanted(of)}。`,
    FleetNotSeen: (of) => `${of.wantedReplicas} 要等到 ${of.until}：缩容熔断在放行之前，要先看过所有 HPA。`,
    CorrelatedScaleDown: (of) =>
      `自 ${of.since} 起，${fleet(of)}：${wanted(of)}。到 ${of.until} 就相信负载确实下降了。`,
  },
  holdClauses: {
    Paused: (of) => `暂停至 ${of.until}${because(of.reason)}${wouldGo(of)}`,
    FleetNotSeen: (of) => `缩容熔断先看其他 HPA 的情况${wouldGo(of)}`,
    CorrelatedScaleDown: (of) => `缩容熔断保持到 ${of.until}，${fleet(of)}${wouldGo(of)}`,
  },
  warmingUp: ({ until }) => `预热中，最晚到 ${until}`,
  staleSamples: ({ maxAge, newestAge, pods, count }) =>
    `${count === 0 ? '取值' : `${count} 个 Pod 的样本`}已超过 ${maxAge}，不计入（${
      newestAge === '' ? '采样时间未知' : `${count > 1 ? '最新的' : ''}距今 ${newestAge}`
    }）${pods === '' ? '' : `：${pods}`}。`,
};

function because(reason: string): string {
  return reason === '' ? '' : `（原因：${reason}）`;
}

function wouldGo({ currentReplicas, wantedReplicas }: HoldParams): string {
  return wantedReplicas === null || wantedReplicas === currentReplicas ? '' : `；否则应为 ${wantedReplicas}`;
}

function wanted({ currentReplicas, wantedReplicas }: HoldParams): string {
  if (wantedReplicas === null) return '没有得出副本数';
  return wantedReplicas === currentReplicas
    ? `本来就应为 ${currentReplicas}`
    : `保持 ${currentReplicas}，否则应为 ${wantedReplicas}`;
}

function fleet({ wantDownCount, hpaCount, api, shareMax }: HoldParams): string {
  return `使用 ${api} 的 ${hpaCount} 个 HPA 中有 ${wantDownCount} 个在一分钟内同时要缩容（超过 ${shareMax}）`;
}

function ignored({ annotation, value }: OptionProblemParams): string {
  return `已忽略 ${annotation}：“${value}”，`;
}
