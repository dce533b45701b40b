import { FINDINGS_ZH } from './findings-zh.ts';
import { term } from './glossary.ts';
import { OPTION_SENTENCES_ZH } from './option-sentences-zh.ts';
import type {
  ClauseSentences,
  LimitParams,
  MetricParams,
  MetricSentences,
  Sentences,
  StabilizationParams,
} from './sentences.ts';

const WINDOW = term('stabilizationWindow', 'zh-CN');
const TOLERANCE = term('tolerance', 'zh-CN');
const SELECTOR = term('selector', 'zh-CN');
const TARGET = term('scaleTarget', 'zh-CN');
const METRIC = term('metric', 'zh-CN');
const POLICY = term('policy', 'zh-CN');

const metric: MetricSentences = {
  title: ({ place, label, sourceType }) => `${METRIC} ${place}：${label}（${sourceType}）`,
  at: atTarget,
  failed: ({ label, reason, message }) => `${label} 无法计算（${reason}）：${message}。`,
  raw: (average) => `每个 Pod 的平均${term('usage', 'zh-CN')}：${average}。`,
  readyPods: (count) => `${count} 个 Pod 按实际用量计入。`,
  unreadyPods: ({ pods, why, count, isCountedAsIdle }) =>
    `${count} 个 Pod ${isCountedAsIdle ? '按空闲计入' : '不计入'}（${why}）：${pods}。`,
  ignoredPods: ({ pods, why, count }) => `忽略 ${count} 个 Pod（${why}）：${pods}。`,
  missingPods: ({ pods, count, filledWith }) =>
    `${count} 个 Pod 没有样本，${filledWith === null ? '不计入' : `按${filledWith}计入`}：${pods}。`,
};

const clauses: ClauseSentences = {
  rules: {
    RatioApplied: (of) => `${atTarget(of)}；推荐 ${of.proposedReplicas}`,
    WithinTolerance: (of) => `${atTarget(of)}，在${TOLERANCE}之内（${of.low} 到 ${of.high}）`,
    WithinToleranceAfterFill: (of) =>
      `${atTarget(of)}；计入没有可用样本的 Pod 后在${TOLERANCE}之内（比值 ${of.filledRatio}）`,
    DirectionReversedByFill: (of) =>
      `${atTarget(of)}；计入没有可用样本的 Pod 后比值由 ${of.ratio} 变为 ${of.filledRatio}，暂定 ${of.proposedReplicas}`,
    DirectionGuard: (of) => `${atTarget(of)}；取整后会与用量方向相反`,
    FromZero: (of) => `${atTarget(of)}；从零开始推荐 ${of.proposedReplicas}`,
    TotalDivided: (of) => `${atTarget(of)}；推荐 ${of.proposedReplicas}`,
  },
  path: {
    HpaMissing: () => '对象已被删除',
    HpaUnreadable: ({ error }) => `无法读取 HPA：${error}`,
    ScaleFailed: ({ error }) => `无法读取${TARGET}：${error}`,
    Disabled: () => `${TARGET}为 0 个副本，扩缩容处于暂停状态`,
    ForcedToMax: ({ maxReplicas }) => `超过 maxReplicas（最大副本数）${maxReplicas}；${WINDOW}和策略不适用`,
    ForcedToMin: ({ minReplicas }) => `低于 minReplicas（最小副本数）${minReplicas}；${WINDOW}和策略不适用`,
  },
  selector: {
    SelectorRequired: () => `${TARGET}没有${SELECTOR}`,
    SelectorInvalid: ({ selector }) => `${SELECTOR}“${selector}”无效`,
    Unregistered: () => `${SELECTOR}尚未登记`,
    Ambiguous: ({ rivals }) => `其他 HPA 选中了同一批 Pod：${rivals}`,
    PodListFailed: () => '无法列出 Pod',
    OwnershipUnknown: () => '无法确定哪些 Pod 属于扩缩目标',
  },
  combination: {
    AllFailed: ({ metricCount, failure }) =>
      metricCount === 1 ? failure : `${metricCount} 个${METRIC}全部失败，第一个：${failure}`,
    PartlyFailedNoScaleDown: ({ failedCount, metricCount, failure, recommendedReplicas }) =>
      `${metricCount} 个${METRIC}中有 ${failedCount} 个失败，数据不全时不缩容（其余推荐 ${recommendedReplicas}）：${failure}`,
  },
  stabilization: {
    Unchanged: ({ downWindow }) => `最近 ${downWindow}内没有更高的推荐`,
    ScaleDownStabilized: (of) => remembered(of, of.downWindow),
    ScaleUpStabilized: (of) => remembered(of, of.upWindow),
  },
  limit: {
    TooFewReplicas: ({ minReplicas }) => `minReplicas（最小副本数）为 ${minReplicas}`,
    TooManyReplicas: ({ maxReplicas }) => `maxReplicas（最大副本数）为 ${maxReplicas}`,
    ScaleUpLimit: (of) => rateClause(of, 'up'),
    ScaleDownLimit: (of) => rateClause(of, 'down'),
  },
  wakeFloor: ({ minReplicas }) => `从零唤醒到 minReplicas（最小副本数）${minReplicas}`,
  writeFailed: (error) => `无法写入 Scale 子资源：${error}`,
};

/** Simplified Chinese. */
export const SENTENCES_ZH: Sentences = {
  language: 'zh-CN',
  verdictSeparator: '：',
  clauseSeparator: '；',
  listSeparator: '、',
  percent: (digits) => `${digits}%`,
  duration: durationText,
  andMore: (count) => `等另外 ${count} 个`,
  topics: {
    options: '选项',
    hold: '暂不执行',
    path: '起点',
    selector: SELECTOR,
    metric: METRIC,
    combination: '取最大者',
    stabilization: WINDOW,
    limit: '上下限与策略',
    wakeFloor: term('activation', 'zh-CN'),
    write: '写入',
  },
  verdicts: {
    Scaled: ({ fromReplicas, toReplicas }) => `${fromReplicas} → ${toReplicas}`,
    ScaleFailed: ({ fromReplicas, toReplicas }) => `仍为 ${fromReplicas}，应为 ${toReplicas}`,
    Proposed: ({ fromReplicas, toReplicas }) => `应为 ${fromReplicas} → ${toReplicas}`,
    Stayed: ({ fromReplicas }) => `保持 ${fromReplicas}`,
    Unknown: () => '未作决定',
    Gone: () => 'HPA 已不存在',
  },
  clauses,
  path: {
    HpaMissing: () => 'HPA 已不存在，相关记忆已清除。',
    HpaUnreadable: ({ error }) => `无法读取 HPA：${error}。`,
    ScaleFailed: ({ error }) => `无法读取${TARGET}的 Scale 子资源，因此不作决定：${error}。`,
    Disabled: () => `${TARGET}为 0 个副本，且不是由 HPA 缩到零的：扩缩容暂停。`,
    ForcedToMax: ({ currentReplicas, maxReplicas }) =>
      `${currentReplicas} 个副本超过 maxReplicas（最大副本数）${maxReplicas}：立即强制减少，不看${METRIC}、${WINDOW}和策略。`,
    ForcedToMin: ({ currentReplicas, minReplicas }) =>
      `${currentReplicas} 个副本低于 minReplicas（最小副本数）${minReplicas}：立即强制增加，不看${METRIC}、${WINDOW}和策略。`,
    SelectorFailed: () => `无法确定${TARGET}的 Pod，因此不查询任何${METRIC}。`,
    MetricDriven: ({ currentReplicas, minReplicas, maxReplicas }) =>
      `当前 ${currentReplicas} 个副本，上下限为 ${minReplicas} 到 ${maxReplicas}：由${METRIC}决定。`,
  },
  selector: {
    Unambiguous: ({ selector, podCount }) => `${selector} 匹配 ${podCount} 个 Pod，没有其他 HPA 选中它们。`,
    SelectorRequired: () => `Scale 子资源没有${SELECTOR}。`,
    SelectorInvalid: ({ selector }) => `${SELECTOR}“${selector}”无法解析。`,
    Unregistered: ({ selector }) => `${SELECTOR} ${selector} 尚未登记，无法排除歧义。`,
    Ambiguous: ({ selector, podCount, rivals }) =>
      `${selector} 匹配的 ${podCount} 个 Pod 也被其他 HPA 选中：${rivals}。`,
    PodListFailed: ({ selector }) => `无法列出 ${selector} 选中的 Pod。`,
    OwnershipUnknown: ({ selector }) => `无法确定 ${selector} 匹配的 Pod 属于谁，因此不作决定。`,
  },
  rules: {
    RatioApplied: (of) =>
      `${atTarget(of)}。比值 ${of.filledRatio}：ceil(${of.filledRatio} × ${of.multiplier}) = ${of.proposedReplicas}。`,
    WithinTolerance: (of) =>
      `${atTarget(of)}。比值 ${of.ratio} 在${TOLERANCE}之内：${of.low} 到 ${of.high} 之间不动作。`,
    WithinToleranceAfterFill: (of) =>
      `${atTarget(of)}。补上没有可用样本的 Pod 后，比值由 ${of.ratio} 变为 ${of.filledRatio}：在${TOLERANCE}之内，保持不变。`,
    DirectionReversedByFill: (of) =>
      `${atTarget(of)}。补上没有可用样本的 Pod 后，比值由 ${of.ratio} 变为 ${of.filledRatio}：方向反转，保持不变。`,
    DirectionGuard: (of) => `${atTarget(of)}。ceil(${of.filledRatio} × ${of.multiplier}) 会与用量方向相反：保持不变。`,
    FromZero: (of) => `${atTarget(of)}。没有可乘的副本数：ceil(${of.ratio}) = ${of.proposedReplicas}。`,
    TotalDivided: (of) => `${atTarget(of)}。总量 ÷ 目标值，向上取整：${of.proposedReplicas}。`,
  },
  metric,
  podReasons: {
    Deleted: '正在删除',
    Failed: '已失败',
    Pending: '等待中',
    NotStarted: '尚未启动',
    NotReadyWhileInitializing: '启动中，未就绪',
    SampleBeforeReady: '采样早于就绪',
    NeverReady: '从未就绪',
    WarmingUp: '预热中',
  },
  missingFilledWith: { zero: '零用量', target: '目标值', requestTimesTarget: '请求值（目标值更高时按目标值）' },
  combination: {
    Combined: ({ failedCount, metricCount, winner, recommendedReplicas }) =>
      `${metricCount === 1 ? `由 ${winner} 决定` : `${winner} 要求最多`}：${recommendedReplicas}。${
        failedCount === 0 ? '' : `${metricCount} 个${METRIC}中有 ${failedCount} 个失败，未计入。`
      }`,
    AllFailed: ({ metricCount }) =>
      metricCount === 1 ? `唯一的${METRIC}失败：保持不变。` : `${metricCount} 个${METRIC}全部失败：保持不变。`,
    PartlyFailedNoScaleDown: ({ failedCount, metricCount, recommendedReplicas }) =>
      `${metricCount} 个${METRIC}中有 ${failedCount} 个失败；其余推荐 ${recommendedReplicas}，但数据不全时不缩容。`,
  },
  stabilization: {
    Unchanged: ({ recommendedReplicas, hasDownWindow, downWindow, hasUpWindow, upWindow }) =>
      `${recommendedReplicas} 不变：没有与之相左的历史推荐（${WINDOW}：缩容${hasDownWindow ? ` ${downWindow}` : '无'}，扩容${hasUpWindow ? ` ${upWindow}` : '无'}）。`,
    ScaleDownStabilized: (of) =>
      `${of.recommendedReplicas} 变为 ${of.stabilizedReplicas}：${remembered(of, of.downWindow)}。`,
    ScaleUpStabilized: (of) =>
      `${of.recommendedReplicas} 变为 ${of.stabilizedReplicas}：${remembered(of, of.upWindow)}。`,
  },
  limit: {
    DesiredWithinRange: ({ limitedReplicas }) => `${limitedReplicas} 在所有限制之内。`,
    TooFewReplicas: (of) =>
      `${of.stabilizedReplicas} 变为 ${of.limitedReplicas}：minReplicas（最小副本数）为 ${of.minReplicas}。`,
    TooManyReplicas: (of) =>
      `${of.stabilizedReplicas} 变为 ${of.limitedReplicas}：maxReplicas（最大副本数）为 ${of.maxReplicas}。`,
    ScaleUpLimit: (of) => `${of.stabilizedReplicas} 变为 ${of.limitedReplicas}：${rateClause(of, 'up')}。`,
    ScaleDownLimit: (of) => `${of.stabilizedReplicas} 变为 ${of.limitedReplicas}：${rateClause(of, 'down')}。`,
  },
  wakeFloor: ({ minReplicas }) => `由 HPA 自己缩到零；离开零时从 minReplicas（最小副本数）${minReplicas} 开始。`,
  write: {
    Written: ({ toReplicas, attemptCount }) =>
      `已把 ${toReplicas} 写入 Scale 子资源${attemptCount > 1 ? `（冲突后第 ${attemptCount} 次成功）` : ''}。`,
    WriteFailed: ({ toReplicas, attemptCount, error }) => `${toReplicas} 写入失败（共 ${attemptCount} 次）：${error}。`,
    NotNeeded: ({ fromReplicas }) => `Scale 子资源已是 ${fromReplicas}：无需写入。`,
    NotTried: ({ toReplicas }) => `${toReplicas} 未写入：这里不负责执行。`,
  },
  findings: FINDINGS_ZH,
  options: OPTION_SENTENCES_ZH,
};

function atTarget(of: MetricParams): string {
  const value =
    of.targetKind === 'utilization'
      ? `为${term('request', 'zh-CN')}的 ${of.current}`
      : of.targetKind === 'averageValue'
        ? `平均每个 Pod ${of.current}`
        : `为 ${of.current}`;
  return `${of.label} ${value}，${term('targetValue', 'zh-CN')} ${of.target}`;
}

function remembered({ decidedBy, stabilizedReplicas }: StabilizationParams, window: string): string {
  if (decidedBy === null) return `保持 ${stabilizedReplicas}（${WINDOW} ${window}）`;
  return `${decidedBy.at} 曾推荐 ${decidedBy.replicaCount}，到 ${decidedBy.until} 之前有效（${WINDOW} ${window}）`;
}

function rateClause(
  { currentReplicas, rateLimit, rate, limitedReplicas }: LimitParams,
  direction: 'up' | 'down',
): string {
  const bound = rateLimit ?? limitedReplicas;
  const word = term(direction === 'up' ? 'scaleUp' : 'scaleDown', 'zh-CN');
  if (rate.kind === 'legacy') return `一步最多到 max(2 × ${currentReplicas}, 4) = ${bound}`;
  if (rate.kind === 'disabled') return `selectPolicy 为 Disabled（禁用），不允许${word}`;
  if (rate.kind === 'unknown') return `目前${direction === 'up' ? '最多' : '最少'} ${bound}`;
  const amount = rate.type === 'Percent' ? `${rate.value}%` : `${rate.value} 个 Pod`;
  const allowed = `${POLICY}（每 ${durationText(rate.periodSeconds * 1000)} ${amount}）允许${word}到 ${bound}`;
  return rate.periodStartReplicas === currentReplicas
    ? allowed
    : `${allowed}（周期开始时为 ${rate.periodStartReplicas}）`;
}

function durationText(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds >= 7200 && seconds % 3600 === 0) return `${seconds / 3600} 小时`;
  return seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60} 分钟` : `${seconds} 秒`;
}
