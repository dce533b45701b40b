import type { Language } from './language.ts';

/**
 * The one place that terms come from: page, terminal, notifications and documentation take their words here. Field
 * names, reasons and flags stay English in both languages; in Chinese they carry the term as a gloss.
 */
export const GLOSSARY = {
  autoscaling: { en: 'autoscaling', 'zh-CN': '弹性伸缩' },
  scaling: { en: 'scaling', 'zh-CN': '扩缩容' },
  horizontalScaling: { en: 'horizontal scaling', 'zh-CN': '水平扩缩' },
  verticalScaling: { en: 'vertical scaling', 'zh-CN': '垂直扩缩' },
  scaleUp: { en: 'scale up', 'zh-CN': '扩容' },
  scaleDown: { en: 'scale down', 'zh-CN': '缩容' },
  scaleToZero: { en: 'scale to zero', 'zh-CN': '缩容到零' },
  activation: { en: 'activation', 'zh-CN': '从零唤醒' },
  replicas: { en: 'replicas', 'zh-CN': '副本数' },
  currentReplicas: { en: 'current replicas', 'zh-CN': '当前副本数' },
  desiredReplicas: { en: 'desired replicas', 'zh-CN': '期望副本数' },
  readyReplicas: { en: 'ready replicas', 'zh-CN': '就绪副本数' },
  minReplicas: { en: 'minReplicas', 'zh-CN': '最小副本数' },
  maxReplicas: { en: 'maxReplicas', 'zh-CN': '最大副本数' },
  stabilizationWindow: { en: 'stabilization window', 'zh-CN': '稳定窗口' },
  cooldownPeriod: { en: 'cooldown period', 'zh-CN': '冷却时间' },
  policy: { en: 'policy', 'zh-CN': '扩缩策略' },
  selectPolicy: { en: 'selectPolicy', 'zh-CN': '策略选择' },
  disabled: { en: 'Disabled', 'zh-CN': '禁用' },
  tolerance: { en: 'tolerance', 'zh-CN': '容差' },
  recommendation: { en: 'recommendation', 'zh-CN': '推荐副本数' },
  flapping: { en: 'flapping', 'zh-CN': '抖动' },
  utilization: { en: 'utilization', 'zh-CN': '利用率' },
  usage: { en: 'usage', 'zh-CN': '使用量' },
  request: { en: 'request', 'zh-CN': '请求' },
  limit: { en: 'limit', 'zh-CN': '限制' },
  metric: { en: 'metric', 'zh-CN': '指标' },
  currentValue: { en: 'current', 'zh-CN': '当前值' },
  targetValue: { en: 'target', 'zh-CN': '目标值' },
  resourceMetric: { en: 'Resource metric', 'zh-CN': '资源指标' },
  containerResourceMetric: { en: 'ContainerResource metric', 'zh-CN': '容器指标' },
  podsMetric: { en: 'Pods metric', 'zh-CN': 'Pod 指标' },
  objectMetric: { en: 'Object metric', 'zh-CN': '对象指标' },
  externalMetric: { en: 'External metric', 'zh-CN': '外部指标' },
  customMetric: { en: 'custom metric', 'zh-CN': '自定义指标' },
  condition: { en: 'condition', 'zh-CN': '状况' },
  reason: { en: 'reason', 'zh-CN': '原因' },
  event: { en: 'event', 'zh-CN': '事件' },
  namespace: { en: 'namespace', 'zh-CN': '命名空间' },
  selector: { en: 'selector', 'zh-CN': '标签选择算符' },
  manifest: { en: 'manifest', 'zh-CN': '清单' },
  scaleTarget: { en: 'scale target', 'zh-CN': '扩缩目标' },
  scaleSubresource: { en: 'scale subresource', 'zh-CN': 'Scale 子资源' },
  aggregationLayer: { en: 'aggregation layer', 'zh-CN': '聚合层' },
  adapter: { en: 'adapter', 'zh-CN': '适配器' },
  rule: { en: 'rule', 'zh-CN': '转换规则' },
  trigger: { en: 'trigger', 'zh-CN': '触发器' },
  pollingInterval: { en: 'polling interval', 'zh-CN': '轮询间隔' },
  syncPeriod: { en: 'sync period', 'zh-CN': '同步周期' },
  reconcile: { en: 'reconcile', 'zh-CN': '调谐' },
  warmReplicas: { en: 'warm replicas', 'zh-CN': '预热副本' },
  predictiveScaling: { en: 'predictive scaling', 'zh-CN': '预测性扩缩' },
  load: { en: 'load', 'zh-CN': '负载' },
  noData: { en: 'no data', 'zh-CN': '没有数据' },
  headroom: { en: 'headroom', 'zh-CN': '余量' },
  loadTest: { en: 'load test', 'zh-CN': '压测' },
  replay: { en: 'replay', 'zh-CN': '回放' },
  sizing: { en: 'sizing', 'zh-CN': '容量评估' },
  observeMode: { en: 'observe', 'zh-CN': '观察模式' },
  controlMode: { en: 'control', 'zh-CN': '接管模式' },
  feedMode: { en: 'feed', 'zh-CN': '供数模式' },
  scaleUpStarted: { en: 'Scale up started', 'zh-CN': '扩容开始' },
  scaleUpCompleted: { en: 'Scale up completed', 'zh-CN': '扩容完成' },
  scaleUpBlocked: { en: 'Scale up blocked', 'zh-CN': '扩容受阻' },
  maxReached: { en: 'Maximum reached', 'zh-CN': '已达上限' },
  metricLost: { en: 'Metric lost', 'zh-CN': '指标丢失' },
} as const satisfies Record<string, Record<Language, string>>;

/** The key of a term. */
export type Term = keyof typeof GLOSSARY;

/** The word for a term. */
export function term(key: Term, language: Language): string {
  return GLOSSARY[key][language];
}
