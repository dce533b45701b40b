import type { AdapterSeriesFindingSentences } from './explain-adapter-finding.ts';
import { explainPrometheusProblem } from './prometheus-problem.ts';

/** Findings about rule files over the series of a Prometheus, in Chinese. */
export const ADAPTER_SERIES_FINDINGS_ZH: AdapterSeriesFindingSentences = {
  SeriesQueryRefused: {
    text: ({ problem }) =>
      `Prometheus 不接受该 seriesQuery，使用它的规则发现不了任何指标：${explainPrometheusProblem(problem, 'zh-CN').text}`,
    action: ({ problem }) => explainPrometheusProblem(problem, 'zh-CN').remedy,
  },
  NoSeries: {
    text: ({ series, window }) =>
      series === null
        ? `最近 ${window} 内没有序列匹配该 seriesQuery`
        : `最近 ${window} 内没有名为 ${series} 的序列，与标签无关`,
    action: ({ series }) =>
      series === null
        ? '请在 Prometheus 界面中试运行该选择器，并逐个去掉匹配条件'
        : '请核对名称，并在 Status > Targets 中确认暴露它的目标已被抓取；上报间隔较长的序列需要调大 --metrics-max-age',
  },
  MatchersUnmet: {
    text: ({ series, seriesCount, missing, labels }) =>
      missing.length === 0
        ? `${series} 的 ${seriesCount} 条序列都不满足 seriesQuery 的匹配条件；现有标签：${labels.join('、')}`
        : `${series} 的 ${seriesCount} 条序列都没有标签 ${missing.join('、')}；现有标签：${labels.join('、')}`,
    action: ({ missing }) =>
      missing.length === 0
        ? '请对照序列实际的标签值检查匹配条件'
        : '请改用序列已有的标签，或通过 relabeling 补上缺少的标签：pod 和 namespace 来自 ServiceMonitor、PodMonitor，或基于 __meta_kubernetes_* 的 relabel_configs',
  },
  AllLeftOut: {
    text: ({ by, names, nameCount }) =>
      `选择器找到的序列（共 ${nameCount} 个名称）全部被 ${by} 排除：${listed(names, nameCount)}`,
    action: () => '请修正该表达式：它在序列名称的任意位置查找，名称中必须能找到匹配',
  },
  NoMappedLabel: {
    text: ({ labels }) => `序列的标签都不对应任何资源，因此不会列出指标：${labels.join('、')}`,
    action: () =>
      '请在 overrides 中写明命名空间和 Pod 对应的标签，例如 overrides: {kubernetes_pod_name: {resource: pod}}',
  },
  LabelAbsent: {
    text: ({ label, resource, metric, metricCount, series, labels }) =>
      `${metric}${metricCount > 1 ? `（等 ${metricCount} 个指标）` : ' '}按 ${resource} 的标签 ${label} 查询，而 ${series} 没有这个标签，永远查不到数据；现有标签：${labels.join('、')}`,
    action: ({ resource }) =>
      `请在 overrides 中写明序列里对应 ${resource} 的标签；若外部指标的序列不属于任何命名空间，则设置 namespaced: false`,
  },
  CounterByType: {
    text: ({ series, seriesCount, query }) =>
      `${series}${seriesCount > 1 ? `（等 ${seriesCount} 条序列）` : ' '}的类型是计数器（来自抓取目标的元数据），却被直接使用：${query}`,
    action: ({ series }) =>
      `请改为查询增长速率，例如 sum(rate(${series}{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)；直接用计数器伸缩会一路涨到 maxReplicas 且不再缩回`,
  },
  ExportedSeries: {
    text: ({ series, label, plain, resource }) =>
      `${series} 同时有 ${label} 和 ${plain}，而规则使用 ${plain}：后者是 Prometheus 抓取的目标（exporter），并不是序列所描述的 ${resource}`,
    action: ({ label, resource }) =>
      `请添加 override ${label}: {resource: ${resource}}，或在抓取时设置 honorLabels: true`,
  },
  MetricLost: {
    text: ({ metrics, metricCount, winnerLine }) =>
      `第 ${winnerLine} 行的规则在后，以它为准：${listed(metrics, metricCount)}（共 ${metricCount} 个指标）不会再使用本规则`,
    action: () => '请给其中一个改名，或让两者的选择器和过滤器互斥',
  },
  SeriesLost: {
    text: ({ metric, used, lost, lostCount }) =>
      `有多个序列都叫 ${metric}：只查询最后的 ${used}，不会查询 ${listed(lost, lostCount)}（共 ${lostCount} 个）`,
    action: () => '请在 seriesQuery 中写明唯一的序列（不要用 .*），或在 name.as 中引用分组',
  },
  NoQuery: {
    text: ({ metric, detail }) => `${metric} 会出现在列表中，但无法生成查询：${detail}`,
    action: () => '请检查模板，以及填入模板的标签',
  },
  TypesUnknown: {
    text: ({ problem }) => `无法得知指标类型，只能按名称判断计数器：${explainPrometheusProblem(problem, 'zh-CN').text}`,
    action: ({ problem }) => explainPrometheusProblem(problem, 'zh-CN').remedy,
  },
};

function listed(names: readonly string[], count: number): string {
  return `${names.join('、')}${count > names.length ? ' 等' : ''}`;
}
