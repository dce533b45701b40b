import type { ForeignRegexpConstruct, YamlType } from './adapter-finding.ts';
import type { AdapterFindingSentences } from './explain-adapter-finding.ts';

/** Findings about rule files in Chinese. */
export const ADAPTER_FINDINGS_ZH: AdapterFindingSentences = {
  YamlSyntax: {
    text: ({ detail }) => `不是合法的 YAML：${detail}`,
    action: () => '含有花括号、冒号或美元符号的文本请用单引号括起来',
  },
  ChartValues: {
    text: () => '这是 Helm chart 的 values，不是配置文件',
    action: ({ converted, hasDefaultRules, prometheusUrl }) =>
      `${prometheusUrl === null ? '' : `其中的 Prometheus 地址要写成参数 --prometheus-url=${prometheusUrl}；`}${hasDefaultRules ? 'chart 还会加上它的默认规则（rules.default），下面不包含；' : ''}${
        converted === ''
          ? '其中没有任何规则'
          : `请把 chart 由此生成的内容另存为文件，再检查该文件：\n${indented(converted)}`
      }`,
  },
  Manifest: {
    text: ({ objectKind }) => `这是 ${objectKind} 的清单，不是配置文件`,
    action: ({ files }) =>
      files.length === 0
        ? '请指定规则文件本身；在集群中，规则通常是 ConfigMap 里 config.yaml 键下的文本'
        : files
            .map(([name, text]) => `请把 ${name} 键下的文本另存为文件，再检查该文件：\n${indented(text)}`)
            .join('\n'),
  },
  UnknownKey: {
    text: ({ key }) => `此处没有名为 ${JSON.stringify(key)} 的键`,
    action: ({ meant, known }) => (meant === null ? `可用的键：${known.join('、')}` : `应写作 ${meant}（区分大小写）`),
  },
  DuplicateKey: {
    text: ({ key, firstLine }) => `键 ${JSON.stringify(key)} 重复，第一次出现在第 ${firstLine} 行`,
    action: () => '只保留其中一个',
  },
  WrongType: {
    text: ({ expected, found, value }) =>
      `此处应为${TYPES[expected]}，实际是${TYPES[found]}${value === '' ? '' : `：${value}`}`,
    action: ({ expected, found }) => typeAdvice(expected, found),
  },
  BadDuration: {
    text: ({ value }) => `${JSON.stringify(value)} 不是合法的时长`,
    action: () => '单位从大到小书写，例如 5m 或 1h30m',
  },
  UnknownWord: {
    text: ({ word, known }) => `这里不能写 ${JSON.stringify(word)}，可用的值：${known.join('、')}`,
    action: ({ known }) => `请改为其中之一；不写这个键时为 ${known[0]}`,
  },
  FilterChoice: {
    text: ({ isBoth }) => (isBoth ? '同一个过滤器同时有 is 和 isNot' : '过滤器既没有 is 也没有 isNot'),
    action: ({ isBoth }) => (isBoth ? '拆成两个过滤器（所有过滤器须同时满足）' : '补上其中一个，或删除该过滤器'),
  },
  BadRegexp: {
    text: ({ expression, detail }) => `${expression} 不是合法的 RE2 正则表达式：${detail}`,
    action: ({ construct }) => (construct === null ? '请参考 RE2 语法' : CONSTRUCTS[construct]),
  },
  AsMissing: {
    text: ({ expression, groupCount }) => `${expression} 有 ${groupCount} 个分组，但没有说明用哪个作为指标名`,
    action: () => `请设置 name.as，例如 \${1}；仅用于组合选项的分组可以写成 (?:…)`,
  },
  TemplateSyntax: {
    text: ({ detail }) => `模板无法解析：${detail}`,
    action: () => '<< 和 >> 之间是 Go 的 text/template 语法，字段以点开头，例如 <<.Series>>',
  },
  LabelTemplateFails: {
    text: ({ detail }) => `模板无法生成标签名：${detail}`,
    action: () => '可用字段是 .Group 和 .Resource，例如 kube_<<.Resource>>',
  },
  LabelTemplateEmpty: {
    text: () => '模板生成的标签名为空',
    action: () => '请写出包含资源名的标签，例如 kube_<<.Resource>>，或删除该模板',
  },
  LabelTemplateNoResource: {
    text: () => '模板中没有 <<.Resource>>，所有资源都会得到同一个标签名',
    action: () => '请把 <<.Resource>> 放到标签名中资源所在的位置，或改用 overrides',
  },
  OverrideEmpty: {
    text: ({ label }) => `标签 ${label} 的 override 没有指定资源`,
    action: ({ label }) => `例如写成 ${label}: {resource: pod}`,
  },
  BackendUnknown: {
    text: ({ name }) => `没有名为 ${JSON.stringify(name)} 的 Prometheus 后端`,
    action: ({ name, known }) =>
      known.length === 0
        ? `请用 --prometheus-backends 指定含有 ${name} 的后端配置文件，或删除该键`
        : `可用的后端：${known.join('、')}；也可以把 ${name} 加入后端配置文件`,
  },
  FileTooLarge: {
    text: ({ what, countMax }) =>
      what === 'depth' ? `嵌套超过 ${countMax} 层` : `文件超过 ${countMax} 个${what === 'values' ? '值' : '字符'}`,
    action: ({ what }) => (what === 'depth' ? '检查是否有锚点引用了自身' : '请拆分成多个文件'),
  },
  KindUnknown: {
    text: ({ label, resource }) => `标签 ${label} 对应 ${resource}，但集群中没有这种资源`,
    action: () =>
      '请检查 group 和名称（单复数均可，不支持缩写）；如果是自定义资源，须先安装其 CRD：否则 prometheus-adapter 无法启动，Podtide 则在 CRD 出现之前忽略这一部分',
  },
  NoAssociation: {
    text: () => '规则既没有 template 也没有 overrides：序列无法关联到任何对象，不会列出任何指标',
    action: () =>
      '请按序列实际的标签编写 resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}',
  },
  NoNamespaceLabel: {
    text: ({ isExternal }) =>
      isExternal
        ? '没有标签对应命名空间，所有请求都会返回 500'
        : '没有标签对应命名空间，Pod 指标会出现在列表中，但查询返回 404',
    action: ({ isExternal }) =>
      `请为命名空间标签添加 override，例如 overrides: {namespace: {resource: namespace}}${
        isExternal ? '；若序列不属于任何命名空间，则设置 namespaced: false' : ''
      }`,
  },
  TwoLabelsForResource: {
    text: ({ resource, used, other }) => `${used} 和 ${other} 都对应 ${resource}；查询使用 ${used}`,
    action: ({ used, other }) =>
      `只保留序列实际具有的标签：prometheus-adapter 每次启动都会在 ${used} 和 ${other} 之间随机选择`,
  },
  SeriesQueryEmpty: {
    text: () => '规则没有 seriesQuery，Prometheus 会拒绝请求，导致所有规则都发现不了指标',
    action: () => '请写明要匹配的序列，例如 http_requests_total{namespace!="",pod!=""}',
  },
  SeriesQuerySyntax: {
    text: ({ detail }) => `Prometheus 会拒绝该 seriesQuery：${detail}`,
    action: () => '请写成不带函数和时间范围的选择器，例如 http_requests_total{namespace!="",pod!=""}',
  },
  SeriesQueryMatchesAll: {
    text: () => '该 seriesQuery 会匹配没有任何标签的序列，Prometheus 会拒绝',
    action: () => '请增加一个不匹配空值的条件，例如 namespace!=""',
  },
  NameNeverMatches: {
    text: ({ series, expression }) => `序列 ${series} 永远不满足 ${expression}，规则发现不了任何指标`,
    action: () => '请修正该表达式或 seriesQuery',
  },
  EmptyName: {
    text: ({ series }) => `序列 ${series} 得到的指标名为空，无法查询`,
    action: ({ reference }) =>
      reference === null
        ? '请设置 name.as，或让分组能匹配到内容'
        : `${reference} 会被整个当作分组名；请用花括号括住分组，例如 ${braced(reference)}`,
  },
  UnknownGroup: {
    text: ({ reference, expression }) => `${expression === '' ? '.*' : expression} 中没有分组 ${reference}，结果为空`,
    action: ({ reference }) => `请用花括号括住分组，例如 ${braced(reference)}；要写美元符号本身请用 $$`,
  },
  TemplateInName: {
    text: ({ value }) => `name.as 不是模板：${value} 会原样使用`,
    action: () => `请引用 name.matches 的分组，例如 \${1}_per_second`,
  },
  SlashInExternalName: {
    text: ({ name }) => `外部指标 ${name} 含有斜杠，无法查询`,
    action: () => '请通过 name.as 改成不含斜杠的名称',
  },
  SeveralSeriesOneName: {
    text: ({ name, expression }) => `凡是匹配 ${expression} 的序列都叫 ${name}；有多个序列时只查询最后一个`,
    action: () => '请在 seriesQuery 中写明唯一的序列（不要用 .*），或在 name.as 中引用分组',
  },
  MetricTwice: {
    text: ({ metric, resources, firstLine }) =>
      `第 ${firstLine} 行的规则也会生成 ${metric}${resources.length === 0 ? '' : `（${resources.join('、')}）`}；以本规则为准`,
    action: () => '请给其中一个改名，或让两者的选择器和过滤器互斥',
  },
  CurlyDelimiters: {
    text: ({ found }) => `${found} 不会被替换：这里的模板写在 << 和 >> 之间`,
    action: ({ found }) => `应写作 <<${found.slice(2, -2)}>>`,
  },
  QueryMissing: {
    text: () => '没有查询语句',
    action: () => '例如写成 sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)',
  },
  TemplateFails: {
    text: ({ detail }) => `模板填充时出错：${detail}`,
    action: () => '可用字段是 .Series、.LabelMatchers、.LabelValuesByName、.GroupBy 和 .GroupBySlice',
  },
  QueryEmpty: {
    text: () => '模板生成的查询为空',
    action: () => '请检查模板中的条件：示例数据一个都不满足',
  },
  QuerySyntax: {
    text: ({ detail, query }) => `Prometheus 会拒绝该查询：${detail}：${query}`,
    action: () => '请在 Prometheus 界面中试运行；<< 和 >> 之外的内容是 PromQL',
  },
  CounterWithoutRate: {
    text: ({ series, query }) => `${series} 看起来是只增不减的计数器，却被直接使用：${query}`,
    action: ({ series }) =>
      `请改为查询增长速率，例如 sum(rate(${series}{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)；直接用计数器伸缩会一路涨到 maxReplicas 且不再缩回`,
  },
  LeadingComma: {
    text: ({ query }) => `没有匹配条件时花括号以逗号开头，Prometheus 会拒绝：${query}`,
    action: () => '请把自己的条件写在前面，例如 {queue="mail",<<.LabelMatchers>>}：末尾的逗号是允许的',
  },
  NotGrouped: {
    text: ({ query }) => `查询结果中看不出属于哪个对象，所有请求都会返回 404：${query}`,
    action: () => '请按对象分组，例如 sum(…) by (<<.GroupBy>>)',
  },
  MatchersUnused: {
    text: ({ query }) => `查询没有限定到所请求的对象：${query}`,
    action: () => '请在每个序列的花括号中加入 <<.LabelMatchers>>',
  },
  ExportedLabel: {
    text: ({ label, plain, resource }) =>
      `选择器要求 ${label}，而规则使用 ${plain}：后者是 Prometheus 抓取的目标（exporter），并不是序列所描述的 ${resource}`,
    action: ({ label, resource }) =>
      `请添加 override ${label}: {resource: ${resource}}，或在抓取时设置 honorLabels: true`,
  },
  ResourceLabelMissing: {
    text: ({ resource }) => `没有标签对应 ${resource}，metrics.k8s.io 将没有用量数据`,
    action: ({ resource }) => `请为 ${resource} 添加 override；namespaces、pods、nodes 三者缺一不可`,
  },
  ContainerLabelMissing: {
    text: () => '没有 containerLabel：无法区分 Pod 中各容器的用量',
    action: () => '请写 containerLabel: container',
  },
  WindowMissing: {
    text: () => '没有 window：应答会声称测量时长为零',
    action: () => '请写明查询所回溯的时间范围，例如 window: 5m',
  },
  NamespacedIgnored: {
    text: () => 'namespaced 对自定义指标不起作用',
    action: () => '请删除；它只用于外部指标规则',
  },
  BackendNamed: {
    text: ({ name }) => `规则指定了 Prometheus 后端 ${JSON.stringify(name)}，只有 Podtide 认识这个键`,
    action: () => '请用 --prometheus-backends FILE 检查是否有该后端；prometheus-adapter 遇到这个键无法启动',
  },
  OwnKey: {
    text: ({ key }) => `只有 Podtide 认识 ${key} 这个键`,
    action: () => '如果由 Podtide 加载这些规则，可以保留；prometheus-adapter 遇到这个键无法启动',
  },
  GroupUnused: {
    text: ({ expression, name }) => `${expression} 的分组没有用到：无论匹配什么，名称都是 ${name}`,
    action: () => '请去掉括号，或在 name.as 中引用分组',
  },
  LabelNotRequired: {
    text: ({ labels }) => `选择器也会匹配没有 ${labels.join('、')} 标签的序列，它们不属于任何对象`,
    action: ({ labels }) => `请在选择器中加上 ${labels.map((label) => `${label}!=""`).join(',')}，以减少列出的序列`,
  },
  AverageOfSeries: {
    text: () => 'avg 会掩盖一个对象有多条序列的事实：有十条序列的 Pod 只算作一条',
    action: () => '除非确实需要对象各序列的平均值，否则请用 sum',
  },
  WindowDiffers: {
    text: ({ window, range }) => `window 是 ${window}，而查询回溯的范围是 ${range}`,
    action: () => '请保持一致：使用方会把 window 当作测量时长',
  },
};

const TYPES: Readonly<Record<YamlType, string>> = {
  mapping: '映射（key: value）',
  list: '列表（- item）',
  text: '文本',
  number: '数字',
  boolean: '布尔值 true 或 false',
  nothing: '空值',
  duration: '时长',
};

function typeAdvice(expected: YamlType, found: YamlType): string {
  if (expected === 'boolean') return '请写 true 或 false，不要加引号';
  if (expected === 'text' && found === 'mapping') return '请用单引号括起来：YAML 会把花括号开头的内容当作映射';
  if (expected === 'text') return '请写成文本，含特殊字符时用单引号括起来';
  return expected === 'list' ? '每一项以短横线开头' : '请在下一级缩进中写键和值';
}

const CONSTRUCTS: Readonly<Record<ForeignRegexpConstruct, string>> = {
  lookAhead: 'RE2 不支持前瞻 (?=…)、(?!…)：请另加过滤器排除名称，seriesFilters: [{isNot: …}]',
  lookBehind: 'RE2 不支持后顾 (?<=…)、(?<!…)：请把前面的内容写进表达式，或用 isNot 过滤器',
  backReference: 'RE2 不支持 \\1 这样的反向引用',
  atomicGroup: 'RE2 没有原子分组 (?>…)，也不需要：其匹配为线性时间；请写 (?:…)',
  possessiveQuantifier: 'RE2 不支持 ++ 这样的占有量词；请只写一个加号',
};

/** `$1_per_second` was most likely meant as `${1}_per_second`. */
function braced(reference: string): string {
  const [, digits = '', rest = ''] = /^\$\{?(\d*)(.*?)\}?$/.exec(reference) ?? [];
  return digits === '' ? `\${1}` : `\${${digits}}${rest}`;
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
