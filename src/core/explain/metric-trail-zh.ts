import { decimalText } from './amount.ts';
import type { MetricTrailSentences } from './explain-metric-trail.ts';
import type { RulePlace } from './metric-trail.ts';
import { explainPrometheusProblem } from './prometheus-problem.ts';

/** Trails in Chinese. */
export const METRIC_TRAIL_ZH: MetricTrailSentences = {
  topics: { rule: '规则', objects: '对象', query: '查询', rows: '结果', values: '指标值' },
  verdicts: {
    whole: (metric) => `${metric} 可以正常提供`,
    doubtful: (metric) => `${metric} 有值，但结果不可靠：`,
    lost: (metric) => `${metric} 没有值：`,
  },
  within: (metric, namespace) => `命名空间 ${namespace} 中的 ${metric}`,
  age: (ageMs) => `样本距今 ${seconds(ageMs)}`,
  more: (hiddenCount) => `另有 ${hiddenCount} 条，用 -o json 查看全部`,
  links: {
    RuleFound: (link) =>
      `由 ${placed(link)}从序列 ${link.series} 生成，共 ${link.seriesCount} 条，标签：${link.labels.join('、')}`,
    NoRule: ({ near }) => `没有规则生成该指标${near.length === 0 ? '' : `；名称相近的有 ${near.join('、')}`}`,
    KindUnknown: ({ resource }) => `${resource} 不是集群自带的资源类型`,
    OtherApi: ({ isExternal }) => (isExternal ? '它是外部指标' : '它是对象指标，不是外部指标'),
    Renamed: (link) => `${placed(link)}找到了序列 ${link.series}，但给它的指标名是 ${link.calledAs}`,
    LabelUnmapped: (link) =>
      `${placed(link)}从序列 ${link.series} 生成该指标，但没有标签对应 ${link.resource}：${link.labels.join('、')}${
        link.made.length === 0 ? '' : `；现有标签对应的资源是 ${link.made.join('、')}`
      }`,
    LeftOut: (link) => `${placed(link)}找到了序列 ${link.series}，但被 ${link.by} 排除`,
    SelectorRefused: (link) =>
      `Prometheus 不接受 ${placed(link)}的选择器 ${link.selector}：${explainPrometheusProblem(link.problem, 'zh-CN').text}`,
    NoSuchSeries: (link) => `${placed(link)}本应生成该指标，但最近 ${link.window} 内没有序列匹配 ${link.selector}`,
    NameGiven: ({ name, label }) => `${name}，按标签 ${label} 查询；没有向集群确认该对象是否存在`,
    NamesOfSeries: ({ label, nameCount, askedCount, selector }) =>
      `从序列的标签 ${label} 得到 ${nameCount} 个名称${askedCount < nameCount ? `，只查询前 ${askedCount} 个` : ''}；没有访问集群，实际对象由集群${
        selector === '' ? '列出' : `按 ${selector} 选出`
      }`,
    NoObjects: ({ label }) => `这里没有序列带有标签 ${label}，得不到对象名称`,
    NoObjectsNeeded: ({ label }) =>
      label === null
        ? '外部指标不属于任何对象，该规则也不限定命名空间'
        : `外部指标不属于任何对象；命名空间由标签 ${label} 限定`,
    Asked: ({ query }) => query,
    NoQuery: ({ reason }) => `无法生成查询：${reason}`,
    QueryRefused: ({ query, problem }) =>
      `Prometheus 没有回答 ${query}：${explainPrometheusProblem(problem, 'zh-CN').text}`,
    NotRows: ({ kind }) => `查询结果的类型是 ${kind}，而不是每行一个数值`,
    Rows: ({ rowCount, newestAgeMs }) =>
      `${rowCount} 行${newestAgeMs === null ? '' : `，最新的样本距今 ${seconds(newestAgeMs)}`}`,
    NoRows: () => '查询没有返回任何行',
    RowsWithoutLabel: ({ label, labels }) =>
      `返回的行都没有标签 ${label}，无法判断属于哪个对象；现有标签：${labels.length === 0 ? '无' : labels.join('、')}`,
    NoRowOfObject: ({ label, name, others }) => `没有标签 ${label} 为 ${name} 的行；返回的行属于 ${others.join('、')}`,
    Values: ({ valueCount }) => `${valueCount} 个值`,
    RowsShadowed: ({ name, rowCount, objectCount }) =>
      `${name} 有 ${rowCount} 行，只有最后一行有效${objectCount > 1 ? `（另有 ${objectCount - 1} 个对象也是如此）` : ''}`,
    ObjectsWithoutRow: ({ names, nameCount }) =>
      `${nameCount} 个对象没有对应的行，不会出现在结果中：${names.join('、')}${nameCount > names.length ? ' 等' : ''}`,
    AbsentAsZero: ({ names, nameCount }) =>
      nameCount === 0
        ? '没有返回任何行，按规则记为 0'
        : `${nameCount} 个对象没有对应的行，按规则记为 0：${names.join('、')}${nameCount > names.length ? ' 等' : ''}`,
    NotANumber: ({ of, count }) =>
      `${of} 的值是 NaN，不会出现在结果中${count > 1 ? `（另有 ${count - 1} 个也是如此）` : ''}`,
    NanAsZero: ({ of, count }) =>
      `${of} 的值是 NaN，按规则记为 0${count > 1 ? `（另有 ${count - 1} 个也是如此）` : ''}`,
    Unbounded: ({ of, count }) =>
      `${of} 的值为无穷大或超出 quantity 的范围，不会出现在结果中${count > 1 ? `（另有 ${count - 1} 个也是如此）` : ''}`,
    NoNumbers: ({ of, value }) => `返回的行都不是可用的数值：${of} 的值是 ${value}`,
  },
  remedies: {
    NoRule: () => '请为它编写规则，或使用规则给出的名称：podtide adapter check --prometheus 会列出全部指标',
    KindUnknown: () =>
      '请写复数或单数形式，非核心组要带上组名，例如 ingresses.networking.k8s.io；自定义资源只有访问集群才能识别',
    OtherApi: ({ isExternal }) => (isExternal ? '请加上 --external' : '请去掉 --external'),
    Renamed: ({ calledAs }) => `请查询 ${calledAs}，HPA 中也应使用该名称`,
    LabelUnmapped: ({ resource }) => `请在规则的 overrides 中写明 ${resource} 对应的标签，或换一个 --resource`,
    LeftOut: ({ by }) => `如果需要这条序列，请修正 ${by}`,
    SelectorRefused: ({ problem }) => explainPrometheusProblem(problem, 'zh-CN').remedy,
    NoSuchSeries: () =>
      '请在 Prometheus 界面中试运行该选择器；podtide adapter check --prometheus 会指出是哪个条件不匹配',
    NoObjects: () => '请检查命名空间和指标选择器，并确认该命名空间的序列带有此标签',
    NoQuery: () => '请检查规则的模板和标签，以及指标选择器使用的运算符',
    QueryRefused: ({ problem }) => explainPrometheusProblem(problem, 'zh-CN').remedy,
    NotRows: () => '请让 metricsQuery 返回瞬时向量：末尾不带时间范围，并按 <<.GroupBy>> 分组',
    NoRows: () => '请在 Prometheus 界面中试运行该查询：可能是标签值不存在、时间范围短于两次抓取，或运算符两侧没有匹配',
    RowsWithoutLabel: ({ label }) => `请按对象分组，例如 sum(…) by (<<.GroupBy>>)，这里是 ${label}`,
    NoRowOfObject: ({ label }) => `请对照标签 ${label} 的实际取值；relabeling 可能修改或截断了名称`,
    RowsShadowed: () => '请对同一对象的多行做聚合，例如 sum(…) by (<<.GroupBy>>)',
    ObjectsWithoutRow: () => 'HPA 会把没有值的 Pod 当作缺失；请检查哪些序列已经中断',
    NotANumber: () => '请避免除以零，例如 … / (… > 0)；如果除数为零就表示没有负载，可在规则中写 nan: zero',
    Unbounded: () => '请避免除以零，例如 … / (… > 0)：HPA 会把没有值的对象当作缺失',
    NoNumbers: () => '请避免除以零，例如 … / (… > 0)；如果除数为零就表示没有负载，可在规则中写 nan: zero',
  },
};

function placed({ file, line, rule }: RulePlace): string {
  return `${rule}（${file}:${line}）`;
}

function seconds(durationMs: number): string {
  return `${decimalText(durationMs / 1000, 1)} 秒`;
}
