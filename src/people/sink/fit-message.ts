import type { Message, MessageFact } from '../../core/explain/message.ts';
import { cutMark } from '../../core/explain/message-text.ts';

/**
 * The message as it fits: facts go first, the last of them before the others, then paragraphs, then the end of the title;
 * the link and whatever `measure` adds of its own (keyword, mentions) stay. It is cut between characters as readers see
 * them, and says how many are missing.
 *
 * `measure` renders a message as it would be sent and counts in the receiver's unit, with all escapes. Undefined when not
 * even one character of the title has room.
 */
export function fitMessage(
  message: Message,
  measure: (message: Message) => number,
  unitsMax: number,
): Message | undefined {
  const fits = (candidate: Message): boolean => measure(candidate) <= unitsMax;
  if (fits(message)) return message;
  const body = bodyOf(message);
  const bodyCount = greatestCount(body.characterCount - 1, (count) => fits(withBody(message, body, count)));
  if (bodyCount !== undefined) return withBody(message, body, bodyCount);
  const title = charactersOf(message.title);
  const bare = (count: number): Message => ({
    ...message,
    title: `${title.slice(0, count).join('')}…`,
    facts: [],
    paragraphs: [],
  });
  const titleCount = greatestCount(title.length, (count) => fits(bare(count)), 1);
  return titleCount === undefined ? undefined : bare(titleCount);
}

/** What may be cut, as characters, what is kept longest first. */
interface Body {
  readonly paragraphs: readonly (readonly string[])[];
  readonly facts: readonly { readonly label: string; readonly characters: readonly string[] }[];
  readonly characterCount: number;
}

const SEGMENTER = new Intl.Segmenter('und', { granularity: 'grapheme' });

function charactersOf(text: string): readonly string[] {
  return Array.from(SEGMENTER.segment(text.toWellFormed()), ({ segment }) => segment);
}

function bodyOf({ paragraphs, facts }: Message): Body {
  const cutParagraphs = paragraphs.map(charactersOf);
  const cutFacts = facts.map(({ label, value }) => ({ label, characters: charactersOf(value) }));
  const characterCount = [...cutParagraphs, ...cutFacts.map(({ characters }) => characters)].reduce(
    (sum, { length }) => sum + length,
    0,
  );
  return { paragraphs: cutParagraphs, facts: cutFacts, characterCount };
}

/** The message with the first `characterCount` characters of its body, and the mark. */
function withBody(message: Message, body: Body, characterCount: number): Message {
  let left = characterCount;
  const take = (characters: readonly string[]): string => {
    const taken = characters.slice(0, left);
    left -= taken.length;
    return taken.length < characters.length && taken.length > 0 ? `${taken.join('')}…` : taken.join('');
  };
  const paragraphs = body.paragraphs.map(take).filter((text) => text !== '');
  const facts = body.facts.flatMap(({ label, characters }): MessageFact[] => {
    const value = take(characters);
    return value === '' ? [] : [{ label, value }];
  });
  const mark = cutMark(body.characterCount - characterCount, message.language);
  const last = paragraphs.at(-1);
  const isLastCut = last?.endsWith('…') === true && facts.length === 0;
  return {
    ...message,
    facts,
    paragraphs: isLastCut ? [...paragraphs.slice(0, -1), `${last.slice(0, -1)}${mark}`] : [...paragraphs, mark],
  };
}

/**
 * A count up to `countMax` of which `holds` is true, and but for what an ellipsis weighs the greatest: below one of which it
 * is true it is of all.
 */
function greatestCount(countMax: number, holds: (count: number) => boolean, countMin = 0): number | undefined {
  let known: number | undefined;
  let [low, high] = [countMin, countMax];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) {
      known = middle;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return known;
}
