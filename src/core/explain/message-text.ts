import type { Language } from './language.ts';
import type { Message } from './message.ts';

/**
 * A message as lines of plain text: title, facts, a gap, paragraphs, link and tag. `write` escapes each part for whom it
 * is shown to; line ends, colons and the link's address are ours.
 */
export function messageText(message: Message, write: (text: string) => string = (text) => text): string {
  const { title, facts, paragraphs, link, tag, colon } = message;
  const head = [write(title), ...facts.map(({ label, value }) => `${write(label)}${colon}${write(value)}`)];
  const foot = [
    ...(link === undefined ? [] : [`${write(link.text)}${colon}${link.url}`]),
    ...(tag === '' ? [] : [write(tag)]),
  ];
  return [head, paragraphs.map(write), foot]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

const CUT_MARKS: Readonly<Record<Language, (characterCount: number) => string>> = {
  en: (characterCount) => `… (${characterCount} characters cut)`,
  'zh-CN': (characterCount) => `…（已截断 ${characterCount} 字）`,
};

/** What stands where a message was cut, with how much is missing. */
export function cutMark(characterCount: number, language: Language): string {
  return CUT_MARKS[language](characterCount);
}

const DUPLICATE_MARKS: Readonly<Record<Language, string>> = { en: '[possible duplicate]', 'zh-CN': '[可能重复]' };

/** The message of a delivery that may have arrived before: its title says so, once however often it is asked. */
export function asPossibleDuplicate(message: Message): Message {
  const mark = `${DUPLICATE_MARKS[message.language]} `;
  return message.title.startsWith(mark) ? message : { ...message, title: `${mark}${message.title}` };
}
