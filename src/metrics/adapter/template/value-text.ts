import { quoteText } from '../../../base/go-text.ts';
import { ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX } from '../../../base/limits.ts';
import { CallProblem } from './call-problem.ts';
import { type GoValue, sortedKeys, typeNameOf } from './go-value.ts';
import { TextField, type VerbFlags } from './text-field.ts';

/** Values as Go's `fmt` writes them. */

/** `fmt.Sprint`: a blank between two values of which neither is a string. Throws CallProblem when it gets too long. */
export function printed(values: readonly GoValue[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const previous = values[index - 1];
    const isSpaced = previous !== undefined && previous.kind !== 'string' && value.kind !== 'string';
    text = bounded(text + (isSpaced ? ' ' : '') + verbText('v', value));
  }
  return text;
}

/** `fmt.Sprintln`: a blank between any two, and a line's end. Throws CallProblem when it gets too long. */
export function printedLine(values: readonly GoValue[]): string {
  let text = '';
  for (const [index, value] of values.entries()) text = bounded(text + (index === 0 ? '' : ' ') + verbText('v', value));
  return `${text}\n`;
}

/** The text, unless it is longer than a template may make one. A loop could double a variable until memory ends. */
export function bounded(text: string): string {
  if (text.length <= ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX) return text;
  throw new CallProblem(`a text longer than ${ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX} characters`, 'limit');
}

/** One value by one verb (`s`, `q`, `v`, …) with its flags; what a verb cannot write reads `%!d(string=web)`. */
export function verbText(verb: string, value: GoValue, flags: VerbFlags = {}): string {
  // Of `v`, plus and sharp ask for names of fields and for Go's syntax, not for signs and prefixes.
  const { isPlus = false, isSharp = false, ...others } = flags;
  const isGeneral = verb === 'v';
  const style = { hasFieldNames: isGeneral && isPlus, isGoSyntax: isGeneral && isSharp };
  return new ValueWriter(verb, isGeneral ? others : flags, style).text(value, true);
}

interface GeneralStyle {
  readonly hasFieldNames: boolean;
  readonly isGoSyntax: boolean;
}

class ValueWriter {
  readonly #verb: string;
  readonly #flags: VerbFlags;
  readonly #style: GeneralStyle;

  constructor(verb: string, flags: VerbFlags, style: GeneralStyle) {
    this.#verb = verb;
    this.#flags = flags;
    this.#style = style;
  }

  text(value: GoValue, isOutermost: boolean): string {
    if (this.#verb === 'T') return this.#field().string(typeNameOf(value));
    if (value.kind === 'none') return this.#noneText();
    if (this.#verb === 'p') return this.#badVerb(value);
    switch (value.kind) {
      case 'string':
        return this.#stringText(value.value);
      case 'bool':
        return 'tv'.includes(this.#verb) ? this.#field().padded(String(value.value)) : this.#badVerb(value);
      case 'int':
      case 'uint8':
        return this.#integerText(value);
      case 'float64':
        return this.#floatText(value.value);
      case 'list':
        return this.#listText(value.items);
      case 'map':
        return this.#mapText(value.entries);
      case 'struct':
        return this.#structText(value, isOutermost);
    }
  }

  /** The value is shown all the same, by the flags of the verb that does not suit it. */
  #badVerb(value: GoValue): string {
    const shown = new ValueWriter('v', this.#flags, { hasFieldNames: false, isGoSyntax: false }).text(value, true);
    return `%!${this.#verb}(${typeNameOf(value)}=${shown})`;
  }

  #field(): TextField {
    return new TextField(this.#flags);
  }

  #noneText(): string {
    return this.#verb === 'v' ? this.#field().padded('<nil>') : `%!${this.#verb}(<nil>)`;
  }

  #stringText(value: string): string {
    if (this.#style.isGoSyntax) return this.#field().quoted(value, {});
    switch (this.#verb) {
      case 'v':
      case 's':
        return this.#field().string(value);
      case 'q':
        return this.#field().quoted(value, this.#flags);
      case 'x':
      case 'X':
        return this.#field().hexadecimal(value, this.#verb === 'X');
      default:
        return this.#badVerb({ kind: 'string', value });
    }
  }

  #integerText(value: Extract<GoValue, { kind: 'int' | 'uint8' }>): string {
    const field = this.#field();
    const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
    const base = bases[this.#verb];
    if (base !== undefined) {
      const isGoByte = this.#style.isGoSyntax && value.kind === 'uint8';
      return isGoByte ? `0x${value.value.toString(16)}` : field.integer(value.value, base, this.#verb);
    }
    const code = Number(BigInt.asUintN(32, value.value));
    const isCharacter = value.value >= 0n && value.value <= 0x10ffffn && (code < 0xd800 || code > 0xdfff);
    const character = isCharacter ? String.fromCodePoint(code) : '\ufffd';
    if (this.#verb === 'c') return field.padded(character);
    if (this.#verb === 'q') return field.padded(quotedCharacter(character));
    if (this.#verb === 'U')
      return field.padded(`U+${BigInt.asUintN(64, value.value).toString(16).toUpperCase().padStart(4, '0')}`);
    return this.#badVerb(value);
  }

  #floatText(value: number): string {
    return 'vgGeEfF'.includes(this.#verb)
      ? this.#field().float(value, this.#verb)
      : this.#badVerb({ kind: 'float64', value });
  }

  #listText(items: readonly string[]): string {
    const texts = items.map((item) => this.#stringText(item));
    return this.#style.isGoSyntax ? `[]string{${texts.join(', ')}}` : `[${texts.join(' ')}]`;
  }

  #mapText(entries: ReadonlyMap<string, string>): string {
    const texts = sortedKeys(entries).map(
      (key) => `${this.#stringText(key)}:${this.#stringText(entries.get(key) ?? '')}`,
    );
    return this.#style.isGoSyntax ? `map[string]string{${texts.join(', ')}}` : `map[${texts.join(' ')}]`;
  }

  /** A struct that has a method String is written by it, where a string can be. */
  #structText(value: Extract<GoValue, { kind: 'struct' }>, isOutermost: boolean): string {
    const asString = value.methods.get('String')?.();
    if (isOutermost && !this.#style.isGoSyntax && asString?.kind === 'string' && 'vsxXq'.includes(this.#verb)) {
      return this.#stringText(asString.value);
    }
    const isNamed = this.#style.isGoSyntax || this.#style.hasFieldNames;
    const texts = [...value.fields].map(([name, field]) => (isNamed ? `${name}:` : '') + this.text(field, false));
    return this.#style.isGoSyntax ? `${value.typeName}{${texts.join(', ')}}` : `{${texts.join(' ')}}`;
  }
}

function quotedCharacter(character: string): string {
  if (character === "'") return "'\\''";
  const inner = quoteText(character).slice(1, -1);
  return `'${inner === '\\"' ? '"' : inner}'`;
}
