import type { ParagraphParams, ParagraphWords } from './notice-words.ts';

const NOTHING = (): readonly string[] => [];

/** What is said below the facts, in Chinese. */
export const NOTICE_PARAGRAPHS_ZH: ParagraphWords = {
  types: {
    'scale.up.started': NOTHING,
    'scale.up.completed': NOTHING,
    'scale.down.started': NOTHING,
    'scale.down.completed': NOTHING,
    'scale.superseded': ({ direction, endReplicas }) => [
      direction === 'up'
        ? `扩容还没完成，目标就被调低到 ${endReplicas}。`
        : `缩容还没完成，目标就被调高到 ${endReplicas}。`,
    ],
    'scale.reverted': ({ endReplicas }) => [
      `Pod 还没全部就绪，副本数就回到了 ${endReplicas}。如果反复出现，请加长稳定窗口。`,
    ],
    'scale.stuck': ({ targetReplicas, availableReplicas, isUnverified }) =>
      isUnverified ? [] : [`副本数已设为 ${targetReplicas}，可用的有 ${availableReplicas} 个。`],
    'scale.aborted': () => ['HPA 或它的扩缩目标已被删除或重建，不再跟踪这次扩缩。'],
    'scale.to_zero': () => [
      '副本数为 0 时，除非是 HPA 自己缩到零，否则 HPA 处于暂停状态，要由 KEDA 等组件或手动唤醒。',
    ],
    'scale.from_zero': NOTHING,
    'scale.manual': () => ['这次调整不是自动扩缩做的；HPA 之后仍会按指标调整。'],
    'limit.max.entered': ({ replicasMax }) => [
      `HPA 需要的副本数超过了 maxReplicas（最大副本数）${replicasMax}，负载再上升也不会继续扩容。`,
      '如果节点和下游服务承受得住，请提高 maxReplicas；否则请提高单个副本的处理能力。',
    ],
    'limit.max.cleared': () => ['不再受 maxReplicas（最大副本数）限制，可以继续扩容。'],
    'target.unreachable': () => [
      'HPA 读不到扩缩目标，无法扩缩。请确认 scaleTargetRef 所指的对象存在，并且 HPA 控制器有权读取它。',
    ],
    'target.reachable': () => ['HPA 又能读到扩缩目标，扩缩恢复。'],
    'metrics.lost': () => ['没有可用的指标，副本数保持不变，既不扩容也不缩容。'],
    'metrics.partial': () => ['其余指标仍可触发扩容；缺失的指标恢复之前不会缩容。'],
    'metrics.recovered': () => ['HPA 重新按指标扩缩。'],
    'metrics.provider_down': () => [
      '许多 HPA 几乎同时失去指标，多半是提供指标的服务出了问题；恢复之前不再逐个通知。',
      '请查看 kubectl get apiservice 中哪个 API 不可用；podtide doctor 会说明原因。',
    ],
    'metrics.provider_recovered': () => ['大部分 HPA 又有了指标，重新逐个通知。'],
    'flapping.started': (params) => [
      '副本数在反复增减。平息之前不再逐条通知它的扩缩，改为定期发送摘要。',
      ...longerWindow(params),
    ],
    'flapping.digest': longerWindow,
    'flapping.ended': () => ['副本数已经平稳，重新逐条通知。'],
    'watcher.gap': ({ isOfAMoment }) => [
      isOfAMoment
        ? '之前存下的一部分记录读不出来，与之有关的通知可能缺失；此后的通知不受影响。'
        : '这段时间没有观察集群。能从集群状态看出的变化会标为“事后发现”补发，其余的不得而知。',
    ],
    'watcher.sink_down': () => [
      '请检查该渠道的配置。未送达的通知会保留一段时间，恢复后补发；有备用渠道的改由备用渠道发送。',
    ],
    'watcher.sink_recovered': () => ['积压的通知会补发。'],
    'watcher.heartbeat': () => ['通知器在正常观察；没有收到其他消息，就是没有需要通知的事情。'],
  },
  metricAdvice: {
    FailedGetResourceMetric: resourceAdvice,
    FailedGetContainerResourceMetric: resourceAdvice,
    FailedGetPodsMetric: customAdvice,
    FailedGetObjectMetric: customAdvice,
    FailedGetExternalMetric: () =>
      '请确认外部指标的 API 可用（kubectl get apiservice），并且其提供者（KEDA 或适配器）有这个指标。',
    AmbiguousSelector: () => '多个 HPA 选中了同一批 Pod：每个工作负载只保留一个 HPA，多个指标写进同一个 HPA。',
    InvalidSelector: () => '扩缩目标没有标签选择算符，或者它无法解析。',
    InvalidMetricSourceType: () => 'HPA 的 metrics 中有控制器不认识的类型，请改正。',
    other: ({ namespace, hpaName }) => `请查看 kubectl describe hpa ${hpaName} -n ${namespace}。`,
  },
  unverified: '没有权限查看工作负载或 Pod：只知道副本数已写入，Pod 是否真正可用未经核实。',
  late: '事情发生时通知器没有在观察，以上是事后从集群状态推断的，时间可能不准。',
  merged: '开始通知没有单独发送，与本条合并。',
};

function longerWindow({ suggestedWindowSeconds }: ParagraphParams): readonly string[] {
  if (suggestedWindowSeconds <= 0) return [];
  return [
    `建议把 behavior 中 scaleDown 的 stabilizationWindowSeconds（稳定窗口）设为 ${suggestedWindowSeconds} 或更长。`,
  ];
}

function resourceAdvice(): string {
  return '请确认 metrics-server 可用（kubectl get apiservice），并且每个容器都设置了请求（request）。';
}

function customAdvice(): string {
  return '请确认自定义指标的 API 可用（kubectl get apiservice），并且适配器有这个指标。';
}
