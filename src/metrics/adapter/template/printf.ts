import { ADAPTER_TEMPLATE_WIDTH_MAX } from '../../../base/limits.ts';
import { type GoValue, typeNameOf } from './go-value.ts';
import type { VerbFlags } from './text-field.ts';
import { bounded, verbText } from './value-text.ts';

/** Go's `fmt.Sprintf`, with its answers to what does not fit: `%!d(string=web)`, `%!s(MISSING)`, `%!(EXTRA int=1)`. Throws CallProblem when it gets too long. */
export function formatted(format: string, values: readonly GoValue[]): string {
  return new FormatReader(format, values).text();
}

type MutableFlags = { -readonly [Key in keyof VerbFlags]: VerbFlags[Key] };

const FLAG_NAMES: Readonly<Record<string, 'isSharp' | 'isZero' | 'isPlus' | 'isMinus' | 'isSpace'>> = {
  '#': 'isSharp',
  '0': 'isZero',
  '+': 'isPlus',
  '-': 'isMinus',
  ' ': 'isSpace',
};

class FormatReader {
  readonly #format: string;
  readonly #values: readonly GoValue[];
  #at = 0;
  #valueAt = 0;
  /** A verb has said which value it writes: then nothing is known of values that none has written. */
  #isReordered = false;
  #isIndexGood = true;
  #isAfterIndex = false;
  #text = '';

  constructor(format: string, values: readonly GoValue[]) {
    this.#format = format;
    this.#values = values;
  }

  text(): string {
    while (this.#at < this.#format.length) {
      const percentAt = this.#format.indexOf('%', this.#at);
      const end = percentAt < 0 ? this.#format.length : percentAt;
      this.#text += this.#format.slice(this.#at, end);
      this.#at = end + 1;
      if (percentAt < 0) break;
      this.#takeVerb();
      bounded(this.#text);
    }
    return bounded(this.#text + this.#extraText());
  }

  #takeVerb(): void {
    this.#isIndexGood = true;
    this.#isAfterIndex = false;
    const flags = this.#takeFlags();
    this.#takeIndex();
    this.#takeWidth(flags);
    this.#takePrecision(flags);
    if (!this.#isAfterIndex) this.#takeIndex();
    const codePoint = this.#format.codePointAt(this.#at);
    if (codePoint === undefined) {
      this.#text += '%!(NOVERB)';
      return;
    }
    const verb = String.fromCodePoint(codePoint);
    this.#at += verb.length;
    const value = this.#values[this.#valueAt];
    if (verb === '%') this.#text += '%';
    else if (!this.#isIndexGood) this.#text += `%!${verb}(BADINDEX)`;
    else if (value === undefined) this.#text += `%!${verb}(MISSING)`;
    else {
      this.#text += verbText(verb, value, flags);
      this.#valueAt += 1;
    }
  }

  #takeFlags(): MutableFlags {
    const flags: MutableFlags = {};
    for (;;) {
      const name = FLAG_NAMES[this.#format[this.#at] ?? ''];
      if (name === undefined) return flags;
      flags[name] = true;
      this.#at += 1;
    }
  }

  /** `[2]`: the next value is the second. */
  #takeIndex(): void {
    if (this.#format[this.#at] !== '[') return;
    this.#isReordered = true;
    const closeAt = this.#format.indexOf(']', this.#at);
    const digits = closeAt < 0 ? '' : this.#format.slice(this.#at + 1, closeAt);
    const index = /^\d{1,6}$/.test(digits) ? Number(digits) - 1 : -1;
    this.#at = closeAt < 0 ? this.#at + 1 : closeAt + 1;
    if (index >= 0 && index < this.#values.length) {
      this.#valueAt = index;
      this.#isAfterIndex = true;
    } else {
      this.#isIndexGood = false;
      this.#isAfterIndex = closeAt >= 0;
    }
  }

  #takeWidth(flags: MutableFlags): void {
    if (this.#format[this.#at] === '*') {
      const width = this.#takeStar();
      if (width === undefined) this.#text += '%!(BADWIDTH)';
      else {
        flags.width = Math.abs(width);
        if (width < 0) {
          flags.isMinus = true;
          flags.isZero = false;
        }
      }
      return;
    }
    const width = this.#takeNumber();
    if (width === undefined) return;
    flags.width = width;
    if (this.#isAfterIndex) this.#isIndexGood = false;
  }

  #takePrecision(flags: MutableFlags): void {
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return;
    this.#at += 1;
    if (this.#isAfterIndex) this.#isIndexGood = false;
    this.#takeIndex();
    if (this.#format[this.#at] === '*') {
      const precision = this.#takeStar();
      if (precision === undefined || precision < 0) this.#text += '%!(BADPREC)';
      else flags.precision = precision;
      return;
    }
    flags.precision = this.#takeNumber() ?? 0;
  }

  /** The next value as a width or a precision; undefined when it is none. */
  #takeStar(): number | undefined {
    this.#at += 1;
    this.#isAfterIndex = false;
    const value = this.#values[this.#valueAt];
    if (value === undefined) return undefined;
    this.#valueAt += 1;
    const isNumber = value.kind === 'int' || value.kind === 'uint8';
    const number = isNumber ? Number(value.value) : Number.NaN;
    return Math.abs(number) <= ADAPTER_TEMPLATE_WIDTH_MAX ? number : undefined;
  }

  #takeNumber(): number | undefined {
    const digits = /^\d*/.exec(this.#format.slice(this.#at, this.#at + 8))?.[0] ?? '';
    if (digits === '') return undefined;
    const isTooLarge = Number(digits) > ADAPTER_TEMPLATE_WIDTH_MAX;
    // Go gives up the rest of the format too.
    this.#at = isTooLarge ? this.#format.length : this.#at + digits.length;
    return isTooLarge ? undefined : Number(digits);
  }

  #extraText(): string {
    const extra = this.#values.slice(this.#valueAt);
    if (this.#isReordered || extra.length === 0) return '';
    const texts = extra.map((value) =>
      value.kind === 'none' ? '<nil>' : `${typeNameOf(value)}=${verbText('v', value)}`,
    );
    return `%!(EXTRA ${texts.join(', ')})`;
  }
}
