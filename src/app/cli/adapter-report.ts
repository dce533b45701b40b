import { explainAdapterFinding, severityOfAdapterFinding } from '../../core/explain/explain-adapter-finding.ts';
import type { Language } from '../../core/explain/language.ts';
import { ruleYieldSentences } from '../../core/explain/rule-yield.ts';
import type { ConfigReport } from '../../metrics/adapter/check/check-config.ts';
import type { LiveReport, PlacedYield } from '../../metrics/adapter/check/live-check.ts';
import type { YieldedMetric } from '../../metrics/adapter/check/rule-yield.ts';
import type { PlacedFinding } from '../../metrics/adapter/placed-finding.ts';

/** A report, with or without what each rule comes to over the series that there are. */
type Report = ConfigReport & Partial<Pick<LiveReport, 'rules'>>;

/** Metrics of one rule that a person is shown. */
const SHOWN_METRICS_COUNT_MAX = 10;

/**
 * A check for a person: what each rule comes to, where that is known; each finding with its place, what is so, and what to
 * do.
 */
export function adapterReportText(report: Report, file: string, language: Language): string {
  const { severities, colon, sums } = WORDS[language];
  const lines = report.findings.flatMap(({ finding, place, path }) => {
    const { text, action } = explainAdapterFinding(finding, language);
    const where = `${file}:${place.line}:${place.column}`;
    const head = `${severities[severityOfAdapterFinding(finding)]}${colon}${path === '' ? '' : `${path}${colon}`}`;
    return [`${where}  ${head}${text}`, `    ${action}`];
  });
  const sum = report.isLoadable ? (report.findings.length === 0 ? sums.clean : sums.loadable) : sums.refused;
  const yields = (report.rules ?? []).flatMap((each) => yieldLines(each, file, language));
  return [...yields, ...lines, sum(file, report.findings.length), ''].join('\n');
}

function yieldLines({ checked, place, summary, metrics }: PlacedYield, file: string, language: Language): string[] {
  const sentences = ruleYieldSentences(language);
  const { colon } = WORDS[language];
  const shown = metrics.slice(0, SHOWN_METRICS_COUNT_MAX).map((metric) => `${metric.name}${colon}${queryText(metric)}`);
  const hiddenCount = metrics.length - shown.length;
  const lines = hiddenCount > 0 ? [...shown, sentences.more(hiddenCount)] : shown;
  const head = `${file}:${place.line}:${place.column}  ${checked.rule.path}${colon}${sentences.summary(summary)}`;
  return [head, ...lines.map((line) => `    ${line.trimEnd().replaceAll('\n', '\n      ')}`)];
}

function queryText({ query }: YieldedMetric): string {
  return query.kind === 'query' ? query.query : '–';
}

/** The same as one line of JSON. `version` changes when a member changes its meaning or goes. */
export function adapterReportJson(report: Report, file: string, language: Language): string {
  const document = {
    version: 1,
    file,
    isLoadable: report.isLoadable,
    ...(report.rules === undefined ? {} : { rules: report.rules.map(yieldJson) }),
    findings: report.findings.map((finding) => findingJson(finding, language)),
  };
  return `${JSON.stringify(document)}\n`;
}

function yieldJson({ checked, place, summary, metrics }: PlacedYield): object {
  const { path, seriesQuery } = checked.rule;
  return {
    path,
    ...place,
    seriesQuery,
    ...summary,
    metrics: metrics.map(({ name, series, query }) => ({
      name,
      series,
      ...(query.kind === 'query' ? { query: query.query } : { query: null, problem: query.reason }),
    })),
  };
}

function findingJson({ finding, path, place }: PlacedFinding, language: Language): object {
  const { code, ...params } = finding;
  const { line, column } = place;
  const severity = severityOfAdapterFinding(finding);
  return { code, severity, path, line, column, params, ...explainAdapterFinding(finding, language) };
}

const WORDS = {
  en: {
    severities: { refusal: 'error', warning: 'warning', note: 'note' },
    colon: ': ',
    sums: {
      clean: (file: string) => `${file}: nothing to say`,
      loadable: (file: string, count: number) =>
        `${file}: can be loaded; ${count === 1 ? '1 finding' : `${count} findings`}`,
      refused: (file: string, count: number) =>
        `${file}: cannot be loaded; ${count === 1 ? '1 finding' : `${count} findings`}`,
    },
  },
  'zh-CN': {
    severities: { refusal: '错误', warning: '警告', note: '提示' },
    colon: '：',
    sums: {
      clean: (file: string) => `${file}：没有发现问题`,
      loadable: (file: string, count: number) => `${file}：可以加载；共 ${count} 条结果`,
      refused: (file: string, count: number) => `${file}：无法加载；共 ${count} 条结果`,
    },
  },
} as const satisfies Record<Language, object>;
