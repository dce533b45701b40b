import { formatRfc3339 } from '../../base/rfc3339.ts';
import { adapterPreviewSentences } from '../../core/explain/adapter-preview.ts';
import { explainAdapterFinding } from '../../core/explain/explain-adapter-finding.ts';
import { explainDecision } from '../../core/explain/explain-decision.ts';
import type { Language } from '../../core/explain/language.ts';
import type { AdapterPreview } from '../processes/adapter-preview.ts';
import { proofLines } from './decide-report.ts';

/** A preview for a person: the decision with its proof, and what Prometheus was asked for. */
export function previewText({ decision, facts, queries }: AdapterPreview, rules: string, language: Language): string {
  const { head, asked, nothingAsked } = adapterPreviewSentences(language);
  const explanation = explainDecision(decision, language, { formatTime: formatRfc3339, facts });
  const { namespace, name } = decision.hpa;
  const lines = [
    head(`${namespace}/${name}`, rules),
    '',
    explanation.headline,
    ...proofLines(explanation, language),
    '',
    ...(queries.length === 0 ? [nothingAsked] : [asked, ...queries.map(queryLine)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A query may have several lines, as its template has. */
function queryLine(query: string): string {
  return `  ${query.trimEnd().replaceAll('\n', '\n    ')}`;
}

/** The same as one document: the whole decision, what it says, and the queries. */
export function previewJson({ decision, facts, queries }: AdapterPreview, rules: string, language: Language): string {
  const { headline, steps, findings } = explainDecision(decision, language, { formatTime: formatRfc3339, facts });
  const document = {
    apiVersion: 'podtide.dev/v1',
    kind: 'AdapterPreview',
    rules,
    queries,
    headline,
    steps,
    findings,
    decision,
  };
  return `${JSON.stringify(document)}\n`;
}

/** What is to be told of selectors that Prometheus does not take. */
export function refusalTexts({ refused }: AdapterPreview, language: Language): readonly string[] {
  return [...refused].map(([selector, problem]) => {
    const { text, action } = explainAdapterFinding({ code: 'SeriesQueryRefused', problem }, language);
    return `${selector}: ${text}; ${action}`;
  });
}
