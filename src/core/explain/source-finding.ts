import type { Language } from './language.ts';

/** What is to be told of a list of sources of custom or external metrics. */
export type SourceFinding =
  /** Several sources have the metric: the first answers, and what the others would say is never seen. */
  | {
      readonly code: 'MetricOverlap';
      readonly metric: string;
      readonly answeredBy: string;
      readonly hidden: readonly string[];
    }
  /** Further overlaps that are not named. */
  | { readonly code: 'MoreOverlaps'; readonly count: number }
  /** Its metrics could not be listed: discovery shows the ones that it had before. */
  | { readonly code: 'SourceUnlisted'; readonly source: string; readonly detail: string };

type Sentences = {
  readonly [Code in SourceFinding['code']]: {
    readonly text: (finding: Extract<SourceFinding, { readonly code: Code }>) => string;
    readonly remedy: string;
  };
};

const EN: Sentences = {
  MetricOverlap: {
    text: ({ metric, answeredBy, hidden }) =>
      `${metric} is a metric of ${answeredBy} and of ${hidden.join(', ')}; ${answeredBy} answers, because it comes first`,
    remedy: 'give the metric another name in all of them but one, or change their order',
  },
  MoreOverlaps: {
    text: ({ count }) => `${count} further metrics are of several sources`,
    remedy: 'give each of them a name that one source alone has',
  },
  SourceUnlisted: {
    text: ({ source, detail }) => `the metrics of ${source} could not be listed: ${detail}`,
    remedy: 'look at its log; until it answers, discovery shows the metrics that it had before',
  },
};

const ZH: Sentences = {
  MetricOverlap: {
    text: ({ metric, answeredBy, hidden }) =>
      `指标 ${metric} 同时由 ${answeredBy} 和 ${hidden.join('、')} 提供；${answeredBy} 排在最前，因此由它应答`,
    remedy: '只在一个来源中保留该名称，在其余来源中改名，或调整来源的顺序',
  },
  MoreOverlaps: {
    text: ({ count }) => `另有 ${count} 个指标同时由多个来源提供`,
    remedy: '让每个名称只由一个来源提供',
  },
  SourceUnlisted: {
    text: ({ source, detail }) => `无法列出 ${source} 的指标：${detail}`,
    remedy: '查看它的日志；在它恢复应答之前，发现文档沿用它此前的指标',
  },
};

const SENTENCES: Readonly<Record<Language, Sentences>> = { en: EN, 'zh-CN': ZH };

/** What was found, and what to do about it. */
export function explainSourceFinding(
  finding: SourceFinding,
  language: Language,
): { readonly text: string; readonly remedy: string } {
  const { text, remedy } = SENTENCES[language][finding.code];
  return { text: (text as (finding: SourceFinding) => string)(finding), remedy };
}
