import type { Language } from './language.ts';

/** What a rule of a metrics adapter comes to over the series that there are. */
export interface RuleYieldSummary {
  /** What the rule's selector has found. */
  readonly seriesCount: number;
  readonly nameCount: number;
  /** What the rule's own expressions leave out of that, by the path of the expression. */
  readonly leftOut: readonly { readonly by: string; readonly seriesCount: number; readonly nameCount: number }[];
  /** Labels of what is kept that mean no kind, sorted; none for external metrics, which are of no objects. */
  readonly unmappedLabels: readonly string[];
  /** Metrics that the rule is asked for; those that it lost to others do not count. */
  readonly metricCount: number;
}

/** How much of a rule's yield is shown to a person. */
export interface RuleYieldSentences {
  readonly summary: (summary: RuleYieldSummary) => string;
  readonly more: (hiddenCount: number) => string;
}

/** A rule's yield in one sentence, and how a list of its metrics is cut. */
export function ruleYieldSentences(language: Language): RuleYieldSentences {
  return SENTENCES[language];
}

const SENTENCES: Readonly<Record<Language, RuleYieldSentences>> = {
  en: {
    summary: ({ seriesCount, nameCount, leftOut, unmappedLabels, metricCount }) =>
      [
        `${counted(seriesCount, 'series', 'series')}${seriesCount === 0 ? '' : ` of ${counted(nameCount, 'name', 'names')}`}`,
        ...leftOut.map(
          (each) =>
            `${each.by} leaves out ${counted(each.seriesCount, 'series', 'series')} of ${counted(each.nameCount, 'name', 'names')}`,
        ),
        ...(unmappedLabels.length === 0 ? [] : [`labels that mean no kind: ${unmappedLabels.join(', ')}`]),
        counted(metricCount, 'metric', 'metrics'),
      ].join('; '),
    more: (hiddenCount) => `and ${hiddenCount} more, all of them with -o json`,
  },
  'zh-CN': {
    summary: ({ seriesCount, nameCount, leftOut, unmappedLabels, metricCount }) =>
      [
        `${seriesCount} 条序列${seriesCount === 0 ? '' : `（${nameCount} 个名称）`}`,
        ...leftOut.map((each) => `${each.by} 排除了 ${each.seriesCount} 条序列（${each.nameCount} 个名称）`),
        ...(unmappedLabels.length === 0 ? [] : [`不对应任何资源的标签：${unmappedLabels.join('、')}`]),
        `${metricCount} 个指标`,
      ].join('；'),
    more: (hiddenCount) => `另有 ${hiddenCount} 个，用 -o json 查看全部`,
  },
};

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
