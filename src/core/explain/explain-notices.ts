import { InvariantError } from '../../base/failure.ts';
import type { Notice } from '../episode/notice.ts';
import { gravestOf } from '../episode/severity.ts';
import type { Language } from './language.ts';
import type { Message, MessageFact } from './message.ts';
import { foldNotices, wordDigest } from './notice-digest.ts';
import { isStart } from './notice-facts.ts';
import { type Wording, wordNotice } from './notice-wording.ts';
import type { NoticeWords } from './notice-words.ts';
import { NOTICE_WORDS_EN } from './notice-words-en.ts';
import { NOTICE_WORDS_ZH } from './notice-words-zh.ts';
import { wordAsSeed } from './seed-wording.ts';

/** For whom notices become a message. */
export interface NoticeReader {
  /** One, or both in this order. */
  readonly languages: readonly [Language, ...Language[]];
  /** Writes an instant (epoch ms) in the reader's zone, and names the zone: `2026-11-22 11:04:41 +08:00`. */
  readonly formatInstant: (atMs: number) => string;
  /** The address of the decision behind a notice; of several notices that of an overview. Undefined when nobody serves one. */
  readonly linkOf: (notice: Notice | undefined) => string | undefined;
  /**
   * `seed`: the fields and words that watchers of HPAs in Chinese have been sending to DingTalk, so that what people
   * match them by goes on working; in Chinese whatever the languages. Digests have the form `facts`.
   */
  readonly style: 'facts' | 'seed';
}

const WORDS: Readonly<Record<Language, NoticeWords>> = { en: NOTICE_WORDS_EN, 'zh-CN': NOTICE_WORDS_ZH };

/**
 * Notices as one message: one of them in full; those of one episode as the last of them, which says that it stands for
 * the others; anything else as a digest. There must be at least one.
 */
export function explainNotices(notices: readonly Notice[], reader: NoticeReader): Message {
  const folded = foldNotices(notices);
  const [notice] = folded;
  if (notice === undefined) throw new InvariantError('a message of no notices');
  const isSingle = folded.length === 1;
  const isMerged = isSingle && notices.some(isStart) && !isStart(notice);
  const isSeed = reader.style === 'seed' && isSingle;
  const languages: NoticeReader['languages'] = isSeed ? ['zh-CN'] : reader.languages;
  const { formatInstant } = reader;
  const words = languages.map((language) => WORDS[language]);
  const wordings = words.map((own): Wording => {
    if (!isSingle) return wordDigest(folded, own, formatInstant);
    return isSeed ? wordAsSeed(notice, own, formatInstant, isMerged) : wordNotice(notice, own, formatInstant, isMerged);
  });
  const url = reader.linkOf(isSingle ? notice : undefined);
  return {
    language: languages[0],
    severity: gravestOf(folded),
    title: isSeed ? seedTitle(wordings) : titleOf(wordings),
    facts: joinedFacts(wordings),
    paragraphs: wordings.flatMap(({ paragraphs }) => paragraphs),
    link: url === undefined ? undefined : { text: joined(words.map(({ linkText }) => linkText)), url },
    tag: isSingle ? tagOf(notice) : '',
    colon: isSeed ? ': ' : (words[0]?.colon ?? ': '),
  };
}

/** The same for all notices of an episode; none for what is of no episode. */
function tagOf({ episode }: Notice): string {
  return episode === undefined ? '' : `#${episode.id.slice(0, 6)}`;
}

function titleOf(wordings: readonly Wording[]): string {
  return `[${joined(wordings.map(({ name }) => name))}] ${joined(wordings.map(({ about }) => about))}`.trimEnd();
}

function seedTitle([wording]: readonly Wording[]): string {
  return `${wording?.name}:`;
}

/** Wordings of one notice have the same facts in the same order, whatever the language. */
function joinedFacts([first, ...others]: readonly Wording[]): readonly MessageFact[] {
  return (first?.facts ?? []).map(({ label, value }, index) => ({
    label: joined([label, ...others.map(({ facts }) => facts[index]?.label ?? '')]),
    value: joined([value, ...others.map(({ facts }) => facts[index]?.value ?? '')]),
  }));
}

/** What is the same in both languages stands once. */
function joined(texts: readonly string[]): string {
  return [...new Set(texts.filter((text) => text !== ''))].join(' / ');
}
