/** A character that looks like one of ASCII, or like nothing, and is another one. */
export interface LookAlike {
  readonly character: string;
  /** What people mean by it: one ASCII character, or nothing at all. */
  readonly meant: string;
  /** What it is called, for a message: `en dash`. */
  readonly name: string;
}

const NAMED: readonly (readonly [codePoint: number, meant: string, name: string])[] = [
  [0x2010, '-', 'hyphen'],
  [0x2011, '-', 'non-breaking hyphen'],
  [0x2012, '-', 'figure dash'],
  [0x2013, '-', 'en dash'],
  [0x2014, '-', 'em dash'],
  [0x2015, '-', 'horizontal bar'],
  [0x2043, '-', 'hyphen bullet'],
  [0x2212, '-', 'minus sign'],
  [0x2500, '-', 'box drawing line'],
  [0x2796, '-', 'heavy minus sign'],
  [0x30fc, '-', 'prolonged sound mark'],
  [0x4e00, '-', 'the character for one'],
  [0xfe58, '-', 'small em dash'],
  [0xfe63, '-', 'small hyphen'],
  [0xfe66, '=', 'small equals sign'],
  [0xfe50, ',', 'small comma'],
  [0x3001, ',', 'ideographic comma'],
  [0x3002, '.', 'ideographic full stop'],
  [0x2018, "'", 'left single quotation mark'],
  [0x2019, "'", 'right single quotation mark'],
  [0x201c, '"', 'left double quotation mark'],
  [0x201d, '"', 'right double quotation mark'],
  [0x00a0, ' ', 'no-break space'],
  [0x202f, ' ', 'narrow no-break space'],
  [0x3000, ' ', 'full-width space'],
  [0x00ad, '', 'soft hyphen, which is not seen'],
  [0x200b, '', 'zero width space, which is not seen'],
  [0x200c, '', 'zero width non-joiner, which is not seen'],
  [0x200d, '', 'zero width joiner, which is not seen'],
  [0x200e, '', 'left-to-right mark, which is not seen'],
  [0x200f, '', 'right-to-left mark, which is not seen'],
  [0x2060, '', 'word joiner, which is not seen'],
  [0xfeff, '', 'byte order mark, which is not seen'],
];

/** The forms that Chinese, Japanese and Korean keyboards give for ASCII from ! to ~ stand in the same order as ASCII. */
const FULL_WIDTH_FIRST = 0xff01;
const FULL_WIDTH_LAST = 0xff5e;
const FULL_WIDTH_OFFSET = FULL_WIDTH_FIRST - '!'.charCodeAt(0);

const BY_CODE_POINT: ReadonlyMap<number, LookAlike> = new Map(
  NAMED.map(([codePoint, meant, name]) => [codePoint, { character: String.fromCodePoint(codePoint), meant, name }]),
);

/** What the character is mistaken for; undefined when it is ASCII, or nothing that anybody mistakes for it. */
export function lookAlikeOf(character: string): LookAlike | undefined {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < FULL_WIDTH_FIRST || codePoint > FULL_WIDTH_LAST) return BY_CODE_POINT.get(codePoint);
  const meant = String.fromCodePoint(codePoint - FULL_WIDTH_OFFSET);
  return { character, meant, name: `full-width ${meant}` };
}

/** The text as it was meant: every look-alike replaced. */
export function plainTextOf(text: string): string {
  return [...text].map((character) => lookAlikeOf(character)?.meant ?? character).join('');
}

/** Each look-alike of the text once, as messages name it: `– (U+2013, en dash)`; one that is not seen by its number. */
export function lookAlikesNamed(text: string): readonly string[] {
  const found = [...new Set(text)].map(lookAlikeOf).filter((lookAlike) => lookAlike !== undefined);
  return found.map(({ character, meant, name }) => {
    const shown = meant === '' || meant === ' ' ? '' : `${character} `;
    return shown === '' ? `${codePointText(character)} (${name})` : `${shown}(${codePointText(character)}, ${name})`;
  });
}

/** A character by its number: `U+2013`. */
export function codePointText(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
