import { explainAdapterFinding, severityOfAdapterFinding } from '../../core/explain/explain-adapter-finding.ts';
import type { Language } from '../../core/explain/language.ts';
import type { ConfigReport } from '../../metrics/adapter/check/check-config.ts';
import type { PlacedFinding } from '../../metrics/adapter/placed-finding.ts';

/** A check for a person: each finding with its place, what is so, and what to do. */
export function adapterReportText(report: ConfigReport, file: string, language: Language): string {
  const { severities, colon, sums } = WORDS[language];
  const lines = report.findings.flatMap(({ finding, place, path }) => {
    const { text, action } = explainAdapterFinding(finding, language);
    const where = `${file}:${place.line}:${place.column}`;
    const head = `${severities[severityOfAdapterFinding(finding)]}${colon}${path === '' ? '' : `${path}${colon}`}`;
    return [`${where}  ${head}${text}`, `    ${action}`];
  });
  const sum = report.isLoadable ? (report.findings.length === 0 ? sums.clean : sums.loadable) : sums.refused;
  return [...lines, sum(file, report.findings.length), ''].join('\n');
}

/** The same as one line of JSON. `version` changes when a member changes its meaning or goes. */
export function adapterReportJson(report: ConfigReport, file: string, language: Language): string {
  const document = {
    version: 1,
    file,
    isLoadable: report.isLoadable,
    findings: report.findings.map((finding) => findingJson(finding, language)),
  };
  return `${JSON.stringify(document)}\n`;
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
