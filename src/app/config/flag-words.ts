import { codePointText, lookAlikeOf, lookAlikesNamed, plainTextOf } from './look-alikes.ts';

/** How a flag is written. */
export interface FlagSyntax {
  /** Stands alone: `--flag` means `--flag=true`, and the next word is another one. */
  readonly isSwitch?: boolean;
  /** One letter behind a single dash: `-l` for `--node-selector`. */
  readonly shorthand?: string;
  /** The value is a file's name or the like, in which any character may be meant. */
  readonly isFreeText?: boolean;
}

/** A command line, taken apart. */
export interface FlagWords {
  /** What each flag was given, by its long name, in the order of the words. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Words that are neither flags nor their values. */
  readonly operands: readonly string[];
  /** What is wrong with words themselves, each with the word, the rule, and what to write. */
  readonly problems: readonly string[];
}

/**
 * Reads words as Go's programs do (pflag): `--flag=value`, `--flag value`, `-f value`, `-fvalue`, `-f=value`, `-abc` of
 * switches, a switch alone, `--` before words that are no flags, and every flag as often as one likes. What pflag would
 * silently misunderstand is a problem here: a long name behind one dash (`-logtostderr` would be `-l ogtostderr`), the
 * value of a switch in a word of its own, a flag as the value of another, quotation marks within a value, and characters
 * that only look like dashes and equals signs.
 */
export function readFlagWords(words: readonly string[], syntaxes: ReadonlyMap<string, FlagSyntax>): FlagWords {
  const reader = new WordReader(words, syntaxes);
  return reader.read();
}

/** A name as flags have them; what else stands before the equals sign is a misprint. */
const NAME = /^[A-Za-z0-9][\w.-]*$/;
const TRUTH_WORD = /^(true|false)$/i;
/** How many letters may differ from the flag that was meant. */
const MISPRINTS_COUNT_MAX = 3;

class WordReader {
  readonly #words: readonly string[];
  readonly #syntaxes: ReadonlyMap<string, FlagSyntax>;
  readonly #longNames: ReadonlyMap<string, string>;
  readonly #values = new Map<string, string[]>();
  readonly #operands: string[] = [];
  readonly #problems: string[] = [];
  #at = 0;
  /** The switch that the word before was, alone. */
  #switchBefore: string | undefined;

  constructor(words: readonly string[], syntaxes: ReadonlyMap<string, FlagSyntax>) {
    this.#words = words;
    this.#syntaxes = syntaxes;
    this.#longNames = new Map(
      [...syntaxes].flatMap(([name, { shorthand }]) => (shorthand === undefined ? [] : [[shorthand, name] as const])),
    );
  }

  read(): FlagWords {
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at] ?? '';
      this.#at += 1;
      if (word === '--') {
        this.#operands.push(...this.#words.slice(this.#at));
        break;
      }
      const switchBefore = this.#switchBefore;
      this.#switchBefore = undefined;
      this.#takeWord(word, switchBefore);
    }
    return { values: this.#values, operands: this.#operands, problems: this.#problems };
  }

  #takeWord(word: string, switchBefore: string | undefined): void {
    if (this.#isMisspelt(word)) this.#refuseMisspelt(word);
    else if (word.startsWith('--')) this.#takeLong(word);
    else if (word.length > 1 && word.startsWith('-')) this.#takeShort(word);
    else if (switchBefore !== undefined && TRUTH_WORD.test(word)) {
      this.#problems.push(`${word}: the value of a switch stands in the same word; write --${switchBefore}=${word}`);
    } else this.#operands.push(word);
  }

  /** A flag, by the look of it, whose dashes, name or equals sign are not what they look like. */
  #isMisspelt(word: string): boolean {
    return plainTextOf(word).trimStart().startsWith('-') && lookAlikesNamed(headOf(word)).length > 0;
  }

  #refuseMisspelt(word: string): void {
    const head = headOf(word);
    const name = plainTextOf(head)
      .trim()
      .replace(/^-+|=$/g, '');
    const value = word.slice(head.length);
    const longName = this.#syntaxes.has(name) ? name : this.#longNames.get(name);
    if (longName === undefined) {
      this.#problems.push(`${word}: has ${named(head)}, and there is no flag --${name}${this.#suggestion(name)}`);
      return;
    }
    const { isSwitch, isFreeText } = this.#syntaxes.get(longName) ?? {};
    const hasValue = plainTextOf(head).endsWith('=');
    const meant = `${longName === name ? '--' : '-'}${name}${hasValue ? `=${isFreeText ? value : plainTextOf(value)}` : ''}`;
    this.#problems.push(`${word}: has ${named(isFreeText ? head : word)}; write ${meant}`);
    // Its value would otherwise be complained of as a word of its own.
    if (!hasValue && !isSwitch && !(this.#words[this.#at] ?? '-').startsWith('-')) this.#at += 1;
  }

  #takeLong(word: string): void {
    const equalsAt = word.indexOf('=');
    const name = word.slice(2, equalsAt < 0 ? undefined : equalsAt);
    const syntax = this.#syntaxes.get(name);
    if (syntax === undefined) this.#refuseUnknown(word, name);
    else if (equalsAt >= 0) this.#give(name, word.slice(equalsAt + 1), syntax);
    else if (syntax.isSwitch) this.#turnOn(name);
    else this.#giveNext(name, `--${name}`, syntax);
  }

  #takeShort(word: string): void {
    const body = word.slice(1);
    const longName = body.split('=', 1)[0] ?? '';
    if (longName.length > 1 && this.#syntaxes.has(longName)) {
      this.#problems.push(`${word}: a long name stands behind two dashes; write -${word}`);
      return;
    }
    for (let at = 0; at < body.length; at += 1) {
      const letter = body[at] ?? '';
      const name = this.#longNames.get(letter);
      const syntax = name === undefined ? undefined : this.#syntaxes.get(name);
      const rest = body.slice(at + 1);
      if (name === undefined || syntax === undefined) {
        const where = body.length === 1 ? '' : ` (${letter} in it)`;
        this.#problems.push(`${word}: no such flag${where}${this.#suggestion(longName)}`);
        return;
      }
      if (syntax.isSwitch && !rest.startsWith('=')) {
        this.#turnOn(name);
        continue;
      }
      if (rest === '') this.#giveNext(name, `-${letter}`, syntax);
      else this.#give(name, rest.startsWith('=') ? rest.slice(1) : rest, syntax);
      return;
    }
  }

  #turnOn(name: string): void {
    this.#add(name, 'true');
    this.#switchBefore = name;
  }

  /** The value is the next word. */
  #giveNext(name: string, spelling: string, syntax: FlagSyntax): void {
    const next = this.#words[this.#at];
    if (next === undefined || (next.startsWith('--') && this.#syntaxes.has(headOf(next).replace(/^--|=$/g, '')))) {
      const why = next === undefined ? '' : `, and ${next} is another flag`;
      this.#problems.push(`${spelling}: needs a value${why}; write --${name}=VALUE`);
      return;
    }
    this.#at += 1;
    this.#give(name, next, syntax);
  }

  #give(name: string, value: string, { isFreeText }: FlagSyntax): void {
    const spelling = `--${name}=${value}`;
    const isQuoted = value.length > 1 && /^["'“‘].*["'”’]$/.test(value);
    if (isQuoted) {
      const bare = value.slice(1, -1);
      this.#problems.push(
        `${spelling}: the quotation marks would be part of the value; write --${name}=${isFreeText ? bare : plainTextOf(bare)}`,
      );
    } else if (!isFreeText && lookAlikesNamed(value).length > 0) {
      this.#problems.push(`${spelling}: has ${named(value)}; write --${name}=${plainTextOf(value)}`);
    } else this.#add(name, value);
  }

  #add(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
  }

  #refuseUnknown(word: string, name: string): void {
    const [first = '', ...rest] = name.trim().split(/\s+/);
    if (!NAME.test(name) && this.#syntaxes.has(first)) {
      const value = word.slice(2 + name.length).replace(/^=\s*/, '') || rest.join(' ');
      this.#problems.push(`${word}: there is a space in this one word; write --${first}${value && `=${value}`}`);
      return;
    }
    this.#problems.push(`--${name}: no such flag${foreignLetters(name)}${this.#suggestion(name)}`);
  }

  #suggestion(name: string): string {
    const meant = nearestOf(name, this.#syntaxes.keys());
    return meant === undefined ? '' : `; did you mean --${meant}?`;
  }
}

/** What is wrong with words that are neither flags nor values; `commands` are those that could have stood there. */
export function strayWordProblems(operands: readonly string[], commands: readonly string[] = []): readonly string[] {
  return operands.map((word) => {
    const meant = nearestOf(word, commands);
    const rest = meant === undefined ? ', and there is nothing else to say here' : `; did you mean ${meant}?`;
    return `${word}: is no flag${rest}`;
  });
}

/** Which of the known words is so near that the other may be a misprint of it. */
function nearestOf(word: string, known: Iterable<string>): string | undefined {
  const near = [...known]
    .map((each) => ({ each, distance: editDistance(word.toLowerCase().replaceAll('_', '-'), each) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const isNear = near !== undefined && near.distance <= Math.min(MISPRINTS_COUNT_MAX, word.length / 3);
  return isNear ? near.each : undefined;
}

/** What stands before the value of a word: everything up to the first equals sign of any shape, with it. */
function headOf(word: string): string {
  const at = [...word].findIndex((character) => character === '=' || lookAlikeOf(character)?.meant === '=');
  return at < 0 ? word : [...word].slice(0, at + 1).join('');
}

function named(text: string): string {
  return lookAlikesNamed(text).join(' and ');
}

/** Names letters that look like others in most fonts, of another alphabet for example: nobody would find them. */
function foreignLetters(name: string): string {
  const letters = [...new Set(name)].filter((letter) => letter > '~');
  if (letters.length === 0) return '';
  return `, with ${letters.map((letter) => `${letter} (${codePointText(letter)})`).join(' and ')} in it`;
}

/** How many letters must be added, taken away or changed to make one text of the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [fromAt, letter] of [...from].entries()) {
    const next = [fromAt + 1];
    for (const [toAt, other] of [...to].entries()) {
      const changed = (row[toAt] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[toAt + 1] ?? 0) + 1, (next[toAt] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
