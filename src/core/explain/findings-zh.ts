import type { FindingCode } from './findings.ts';
import { term } from './glossary.ts';
import type { FindingSentence } from './sentences.ts';

const SELECTOR = term('selector', 'zh-CN');
const TOLERANCE = term('tolerance', 'zh-CN');
const WINDOW = term('stabilizationWindow', 'zh-CN');

/** Findings in Chinese: what is so, and what to do. */
export const FINDINGS_ZH: Readonly<Record<FindingCode, FindingSentence>> = {
  MorePodsThanReplicas: {
    text: ({ podCount, fromReplicas }) =>
      `${SELECTOR}匹配了 ${podCount} 个 Pod，而扩缩目标只有 ${fromReplicas} 个副本。`,
    action: () =>
      '滚动更新期间多出来的是 surge Pod；否则就是 Job 或其他工作负载用了相同的标签，请换用不同的标签，不然它们的用量也会计入。',
  },
  GrowsUnderTarget: {
    text: ({ label }) => `${label} 低于目标值，却提出了更多副本：比值要乘以所有匹配的就绪 Pod，surge Pod 也在内。`,
    action: () => `检查同一${SELECTOR}下是否有滚动更新、金丝雀或无关的 Pod。`,
  },
  NoCountedPods: {
    text: ({ label }) => `还没有任何 Pod 的 ${label} 样本可以计入。`,
    action: () =>
      'Pod 启动后一两分钟内属正常。若一直如此，请确认 Pod 能就绪，并用 kubectl top pod 确认 metrics-server 能采到数据。',
  },
  RoundingKeepsPods: {
    text: ({ label }) => `${label} 低于目标值，但向上取整后仍需要现有的全部副本。`,
    action: ({ label, threshold }) => `${label} 降到 ${threshold} 或更低时才会减少一个副本。`,
  },
  UnreadyShrinkBase: {
    text: ({ podCount, pods }) => `${podCount} 个未就绪的 Pod 不计入，因此缩容按更少的 Pod 计算：${pods}。`,
    action: () => `如果这些 Pod 即将就绪，可以加长缩容${WINDOW}，避免缩过头。`,
  },
  MissingPodsDampen: {
    text: ({ podCount, pods }) => `${podCount} 个 Pod 没有样本，按规则补值，扩容和缩容都会因此变慢：${pods}。`,
    action: () => '只要有一个容器没有指标，整个 Pod 就算缺失。请用 kubectl top pod --containers 检查。',
  },
  MissingRequest: {
    text: ({ label, message }) =>
      `只要有一个容器没有设置请求（request），整个扩缩目标的 ${label} 就无法计算：${message}。`,
    action: () => '给每个容器（包括 sidecar）设置请求，或改用指定单个容器的 ContainerResource 指标。',
  },
  CpuStartUpWindow: {
    text: ({ pods }) => `启动中的 Pod 的 CPU 样本暂不计入：${pods}。`,
    action: () => '无需处理：采样区间完全落在就绪之后，样本就会计入。',
  },
  SucceededPodsCounted: {
    text: ({ podCount, pods }) => `${podCount} 个已结束的 Pod 仍匹配${SELECTOR}，被当作缺失：${pods}。`,
    action: () => '给 Job 使用单独的标签，或清理已结束的 Pod（ttlSecondsAfterFinished）。',
  },
  SeveralAutoscalers: {
    text: ({ pods }) => `多个 HPA 选中了同一批 Pod，因此全部停止扩缩：${pods}。`,
    action: () => '每个工作负载只保留一个 HPA；多个指标写进同一个 HPA。',
  },
  NegativeMetric: {
    text: ({ label }) => `${label} 为负值。`,
    action: () => '外部指标之和小于零会被当作溢出，可能一直要到 maxReplicas。请让查询返回零或正数。',
  },
  ForcedIgnoresPolicies: {
    text: ({ fromReplicas, toReplicas }) =>
      `${fromReplicas} → ${toReplicas} 是由上下限强制的：指标、${WINDOW}、扩缩策略以及 selectPolicy: Disabled 都不起作用。`,
    action: () => '如果一步到位有风险，请分几次调整 minReplicas 和 maxReplicas。',
  },
  ZeroIsPaused: {
    text: () => '副本数为 0 时，除非是 HPA 自己缩到零，否则 HPA 处于暂停状态，指标无法唤醒它。',
    action: ({ hpa }) => `要恢复，请手动把 ${hpa} 的扩缩目标调到 1 或更多副本。`,
  },
  PercentCannotLeaveZero: {
    text: () => '扩容只有 Percent 策略：零的任何百分比都是零，工作负载无法离开零。',
    action: () => '在 behavior.scaleUp 中加一条 Pods 策略。',
  },
  HiddenMetricFailure: {
    text: () => '有一个指标失败，但其余指标正好要求当前副本数，所以 ScalingActive 仍显示 True。',
    action: () => '请在下一次缩容之前修好它，否则缩容会被拒绝。',
  },
  PartialFailureBlocksScaleDown: {
    text: () => '只要有一个指标失败，工作负载就只能扩容，不能缩容。',
    action: () => '修好失败的指标；推导过程里写明了是哪一个以及错误内容。',
  },
  OnToleranceEdge: {
    text: ({ label }) =>
      `${label} 正好落在${TOLERANCE}的边界上，边界属于${TOLERANCE}之内，因此不扩缩。在 Kubernetes 1.32 及更早版本中，上边界算作超出${TOLERANCE}，同样的值会触发扩缩。`,
    action: () => '无需处理，除非还有这样的旧版本集群。',
  },
  EventReasonEmpty: {
    text: () => '这次变化的事件原因（reason）为空：起作用的是之前的推荐副本数或限制，而不是本次推荐。',
    action: () => '无需处理：上面的句子说明了真正的原因。',
  },
  EventReasonContradicts: {
    text: () => `这次变化的事件原因（reason）与方向相反：它在${WINDOW}和限制生效之前就已确定。`,
    action: () => '无需处理：上面的句子说明了真正的原因。',
  },
  MaxReached: {
    text: ({ toReplicas }) => `需要的副本数超过了 maxReplicas（最大副本数）${toReplicas}。`,
    action: () => '如果节点和下游服务承受得住，请提高 maxReplicas；否则请提高单个副本的处理能力。',
  },
  MetricsUnavailable: {
    text: ({ label, message }) => `没有 ${label} 的数据：${message}。`,
    action: ({ namespace, apiService }) =>
      `请确认它的 API 可用（kubectl get apiservice ${apiService}），并且在命名空间 ${namespace} 中有这个指标。`,
  },
  QueryFailed: {
    text: ({ label, message }) => `${label} 没有得出数值：${message}。`,
    action: ({ hpa, namespace }) =>
      `请在 Prometheus 界面中试一试这个查询，并在每个选择器上加上命名空间 ${namespace} 的匹配条件；kubectl describe hpa ${hpa} 会在注解中列出查询。在它得出数值之前，这个指标不会引起缩容。`,
  },
  StaleSamples: {
    text: ({ label }) => `${label} 的样本超过了允许的时效，不计入。`,
    action: ({ apiService }) => `采集可能已停止或滞后：先检查 ${apiService} 背后的服务，再考虑放宽时效。`,
  },
  InvalidOption: {
    text: ({ podCount, pods }) => `这个 HPA 有 ${podCount} 个注解被忽略：${pods}。`,
    action: ({ hpa }) => `请改正或删除（kubectl annotate hpa ${hpa} NAME-）；推导过程里写明了正确的格式。`,
  },
  OwnershipUnknown: {
    text: ({ message }) => `不作决定：${message}。`,
    action: ({ hpa }) =>
      `请允许控制器读取属主（加一条 get 权限），或从 ${hpa} 上去掉 podtide.dev/selection。在此之前副本数保持不变。`,
  },
  Paused: {
    text: () => '已由注解暂停：照常计算，但不写入。',
    action: ({ hpa }) => `要提前恢复：kubectl annotate hpa ${hpa} podtide.dev/paused-until-。`,
  },
  CorrelatedScaleDown: {
    text: ({ message }) => `使用 ${message} 的许多 HPA 同时要缩容：指标可能已经失真。`,
    action: ({ message }) =>
      `请检查 ${message} 背后的服务。如果负载确实消失了，可以等到保持期结束，或以 --scale-down-breaker=off 启动控制器。`,
  },
};
