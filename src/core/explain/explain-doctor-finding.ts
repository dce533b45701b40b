import type { ApiState } from './doctor-apis.ts';
import { DOCTOR_EN } from './doctor-en.ts';
import type { DoctorFinding, DoctorFindingOf } from './doctor-finding.ts';
import { DOCTOR_ZH } from './doctor-zh.ts';
import type { Language } from './language.ts';
import type { RecognisedServer } from './metrics-server-signs.ts';

/** What is so, and what to do. */
export interface DoctorSentence<Finding> {
  readonly text: (finding: Finding) => string;
  readonly action: (finding: Finding) => string;
}

/** The sentences of one language; keyed by codes, so that none can be forgotten. */
export interface DoctorSentences {
  readonly findings: { readonly [Code in DoctorFinding['code']]: DoctorSentence<DoctorFindingOf<Code>> };
  readonly report: DoctorReportSentences;
}

/** What a report says beside its findings. */
export interface DoctorReportSentences {
  readonly severities: Readonly<Record<'problem' | 'note' | 'unseen', string>>;
  readonly states: Readonly<Record<ApiState, string>>;
  readonly itself: string;
  readonly unknown: string;
  /** How a server was recognised; empty for one that was not. */
  readonly recognised: (server: RecognisedServer) => string;
  readonly deployment: (names: readonly string[]) => string;
  readonly pods: (readyPodCount: number, podCount: number) => string;
  /** The last line; `unseenCount`: things that were not looked at. */
  readonly sum: (problemCount: number, unseenCount: number) => string;
}

const SENTENCES: Readonly<Record<Language, DoctorSentences>> = { en: DOCTOR_EN, 'zh-CN': DOCTOR_ZH };

/** A finding in words: what is so, and what to do. */
export function explainDoctorFinding(
  finding: DoctorFinding,
  language: Language,
): { readonly text: string; readonly action: string } {
  const { text, action } = SENTENCES[language].findings[finding.code] as DoctorSentence<DoctorFinding>;
  return { text: text(finding), action: action(finding) };
}

/** What a report says beside its findings. */
export function doctorReportIn(language: Language): DoctorReportSentences {
  return SENTENCES[language].report;
}
