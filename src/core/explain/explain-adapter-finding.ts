import type { AdapterFinding, AdapterSeriesWarning, AdapterSeverity } from './adapter-finding.ts';
import { ADAPTER_FINDINGS_EN } from './adapter-findings-en.ts';
import { ADAPTER_FINDINGS_ZH } from './adapter-findings-zh.ts';
import { ADAPTER_SERIES_FINDINGS_EN } from './adapter-series-findings-en.ts';
import { ADAPTER_SERIES_FINDINGS_ZH } from './adapter-series-findings-zh.ts';
import type { Language } from './language.ts';

/** What is so, and what to do. */
export interface AdapterFindingSentence<Finding> {
  readonly text: (finding: Finding) => string;
  readonly action: (finding: Finding) => string;
}

/** Sentences of one language; keyed by codes, so that none can be forgotten. */
type SentencesOf<Codes extends AdapterFinding['code']> = {
  readonly [Code in Codes]: AdapterFindingSentence<Extract<AdapterFinding, { readonly code: Code }>>;
};

/** What series alone can show. */
type SeriesCode = AdapterSeriesWarning['code'] | 'TypesUnknown';

/** What is said of a file without its series. */
export type AdapterFindingSentences = SentencesOf<Exclude<AdapterFinding['code'], SeriesCode>>;

/** What is said of a file over the series that there are. */
export type AdapterSeriesFindingSentences = SentencesOf<SeriesCode>;

const SENTENCES: Readonly<Record<Language, SentencesOf<AdapterFinding['code']>>> = {
  en: { ...ADAPTER_FINDINGS_EN, ...ADAPTER_SERIES_FINDINGS_EN },
  'zh-CN': { ...ADAPTER_FINDINGS_ZH, ...ADAPTER_SERIES_FINDINGS_ZH },
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
  'Manifest',
  'UnknownKey',
  'DuplicateKey',
  'WrongType',
  'BadDuration',
  'UnknownWord',
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
  'OwnKey',
  'GroupUnused',
  'LabelNotRequired',
  'AverageOfSeries',
  'WindowDiffers',
  'TypesUnknown',
]);

/** How much a finding matters. */
export function severityOfAdapterFinding({ code }: AdapterFinding): AdapterSeverity {
  if (REFUSALS.has(code)) return 'refusal';
  return NOTES.has(code) ? 'note' : 'warning';
}
