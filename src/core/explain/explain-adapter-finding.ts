import type { AdapterFinding, AdapterSeverity } from './adapter-finding.ts';
import { ADAPTER_FINDINGS_EN } from './adapter-findings-en.ts';
import { ADAPTER_FINDINGS_ZH } from './adapter-findings-zh.ts';
import type { Language } from './language.ts';

/** What is so, and what to do. */
export interface AdapterFindingSentence<Finding> {
  readonly text: (finding: Finding) => string;
  readonly action: (finding: Finding) => string;
}

/** The sentences of one language; keyed by codes, so that none can be forgotten. */
export type AdapterFindingSentences = {
  readonly [Code in AdapterFinding['code']]: AdapterFindingSentence<Extract<AdapterFinding, { readonly code: Code }>>;
};

const SENTENCES: Readonly<Record<Language, AdapterFindingSentences>> = {
  en: ADAPTER_FINDINGS_EN,
  'zh-CN': ADAPTER_FINDINGS_ZH,
};

/** A finding about a rule file in words: what is so, and what to do. */
export function explainAdapterFinding(
  finding: AdapterFinding,
  language: Language,
): { readonly text: string; readonly action: string } {
  const { text, action } = SENTENCES[language][finding.code] as AdapterFindingSentence<AdapterFinding>;
  return { text: text(finding), action: action(finding) };
}

const REFUSALS: ReadonlySet<AdapterFinding['code']> = new Set<AdapterFinding['code']>([
  'YamlSyntax',
  'ChartValues',
  'UnknownKey',
  'DuplicateKey',
  'WrongType',
  'BadDuration',
  'FilterChoice',
  'BadRegexp',
  'AsMissing',
  'TemplateSyntax',
  'LabelTemplateFails',
  'LabelTemplateEmpty',
  'LabelTemplateNoResource',
  'OverrideEmpty',
  'BackendUnknown',
  'FileTooLarge',
]);

const NOTES: ReadonlySet<AdapterFinding['code']> = new Set<AdapterFinding['code']>([
  'NamespacedIgnored',
  'BackendNamed',
  'GroupUnused',
  'LabelNotRequired',
  'AverageOfSeries',
  'WindowDiffers',
]);

/** How much a finding matters. */
export function severityOfAdapterFinding({ code }: AdapterFinding): AdapterSeverity {
  if (REFUSALS.has(code)) return 'refusal';
  return NOTES.has(code) ? 'note' : 'warning';
}
