import { formatRfc3339 } from '../../base/rfc3339.ts';
import { explainDecision } from '../../core/explain/explain-decision.ts';
import type { Explanation } from '../../core/explain/explanation.ts';
import type { Language } from '../../core/explain/language.ts';
import type { Difference } from '../../core/simulator/comparison.ts';
import type { LineHead, LineItem } from '../../core/simulator/scenario-line.ts';

/** Where an item of a scenario file stands. */
export interface ItemPlace {
  readonly lineNumber: number;
  readonly head: LineHead;
  /** Of a story's step, from 0; null for what has no steps. */
  readonly step: number | null;
}

/** An item that was played. */
export type PlayedItem = Exclude<LineItem, { kind: 'bad' }>;

/** What came out of one item, for a person. */
export function itemText(item: PlayedItem, language: Language): string {
  if (item.kind === 'value') return `  ${JSON.stringify(item.value)}\n`;
  const { decision, facts } = item.outcome;
  const explanation = explainDecision(decision, language, { formatTime: formatRfc3339, facts });
  const head = `  ${item.index + 1}. ${formatRfc3339(decision.atMs)}  ${explanation.headline}`;
  const proof = proofLines(explanation, language).map((line) => `     ${line}`);
  return `${[head, ...proof].join('\n')}\n`;
}

/** The proof of a decision for a person: its steps, indented once, and what to know or do about it. */
export function proofLines({ steps, findings }: Explanation, language: Language): readonly string[] {
  const { colon, gap, severities } = PUNCTUATION[language];
  return [
    ...steps.flatMap(({ title, text, details }) => [
      `  ${title}${colon}${text}`,
      ...details.map((detail) => `    ${detail}`),
    ]),
    ...findings.map(({ severity, text, action }) => `${severities[severity]}${colon}${text}${gap}${action}`),
  ];
}

/** What stands between texts in a language, and what it calls severities. */
const PUNCTUATION = {
  en: { colon: ': ', gap: ' ', severities: { note: 'note', warning: 'warning', problem: 'problem' } },
  'zh-CN': { colon: '：', gap: '', severities: { note: '说明', warning: '留意', problem: '问题' } },
} as const satisfies Record<Language, object>;

/** What came out of one item, as one line of JSON. */
export function itemJson(item: PlayedItem, { head, lineNumber, step }: ItemPlace): string {
  const scenario = { name: head.name, lineNumber, step };
  const record =
    item.kind === 'step'
      ? { ...item.outcome.decision, scenario }
      : { apiVersion: 'podtide.dev/v1', kind: 'StepResult', scenario, value: item.value };
  return `${JSON.stringify(record)}\n`;
}

/** A difference for a person: scenario, step, what the scenario pins, the engine's rule, the place and both values. */
export function differenceText({ rule, path, expected, actual }: Difference, place: ItemPlace): string {
  return `${placeText(place)}: ${rule}: ${path}: expected ${shown(expected)}, got ${shown(actual)}\n`;
}

/** A difference as one line of JSON. */
export function differenceJson(difference: Difference, { head, lineNumber, step }: ItemPlace): string {
  const { name, rule } = head;
  return `${JSON.stringify({ apiVersion: 'podtide.dev/v1', kind: 'Difference', scenario: { name, rule, lineNumber, step }, ...difference })}\n`;
}

function placeText({ head, lineNumber, step }: ItemPlace): string {
  const rule = head.rule === '' ? '' : ` (${head.rule})`;
  return `line ${lineNumber} ${head.name}${step === null ? '' : `, step ${step + 1}`}${rule}`;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
