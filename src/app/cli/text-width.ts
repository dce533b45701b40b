const ZERO_WIDTH = /^[\p{Mn}\p{Me}\u200b-\u200f\u2060\ufeff]$/u;
const DOUBLE_WIDTH =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** Cells that a text takes in a terminal: Han, kana, Hangul, full-width forms and pictographs take two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text in exactly `width` cells: padded with spaces, or cut with an ellipsis. */
export function fitText(text: string, width: number): string {
  const taken = textWidth(text);
  if (taken <= width) return text + ' '.repeat(width - taken);
  if (width <= 0) return '';
  const { head } = splitAt(text, width - 1);
  return `${head}…${' '.repeat(Math.max(0, width - 1 - textWidth(head)))}`;
}

/**
 * The text in lines of at most `width` cells, at most `lineCountMax` of them, the last one ending with an ellipsis when
 * more would follow. Lines break at spaces and after Han, where a reader expects it.
 */
export function wrapText(text: string, width: number, lineCountMax: number): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== '' && lines.length < lineCountMax) {
    if (textWidth(rest) <= width) {
      lines.push(rest);
      return lines;
    }
    if (lines.length === lineCountMax - 1) {
      lines.push(fitText(rest, width).trimEnd());
      return lines;
    }
    const { head, tail } = breakLine(rest, Math.max(2, width));
    lines.push(head.trimEnd());
    rest = tail.trimStart();
  }
  return lines;
}

function breakLine(text: string, width: number): { head: string; tail: string } {
  const { head, tail } = splitAt(text, width);
  if (tail.startsWith(' ')) return { head, tail };
  const place = lastBreak(head);
  return place <= 0 ? { head, tail } : { head: head.slice(0, place), tail: head.slice(place) + tail };
}

/** The last index at which a line may end: after a space, or after a double-width character. */
function lastBreak(head: string): number {
  for (let place = head.length; place > head.length / 2; place--) {
    const before = head[place - 1] ?? '';
    if (before === ' ' || characterWidth(before) === 2) return place;
  }
  return -1;
}

function splitAt(text: string, width: number): { head: string; tail: string } {
  let taken = 0;
  let index = 0;
  for (const character of text) {
    taken += characterWidth(character);
    if (taken > width) break;
    index += character.length;
  }
  return { head: text.slice(0, index), tail: text.slice(index) };
}

function characterWidth(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return DOUBLE_WIDTH.test(character) ? 2 : 1;
}
