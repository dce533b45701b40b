import { type ExpectedBytes, hashOf } from './container-layout.ts';
import { readDouble } from './double-text.ts';

/** What a text breaks of the format, and where; lines count from 1. */
export class TextProblem extends Error {
  override readonly name = 'TextProblem';
  readonly line: number;

  constructor(line: number, rule: string) {
    super(rule);
    this.line = line;
  }
}

/** The latest instant that a 64-bit count of nanoseconds can say, in ms: a day of the year 2262. */
const AT_MS_MAX = 9_223_372_036_854;

/**
 * Walks over the samples of Prometheus' text format 0.0.4, one at a time, over the raw bytes: where the parts of a sample
 * stand, and its numbers. Nothing is allocated for a sample. Comments are skipped unread; a line may end with CRLF, and the
 * last one without either. Everything else that Prometheus' own parser refuses is refused.
 */
export class TextScanner {
  readonly bytes: Uint8Array;
  nameStart = 0;
  nameEnd = 0;
  /** Between the braces; empty without any. */
  labelsStart = 0;
  labelsEnd = 0;
  /** A label set that was read before and may come next; nothing to begin with. */
  readonly expected: ExpectedBytes = { bytes: NOTHING, start: 0, end: 0, spelling: -1 };
  /** Whether the labels are those that were expected. */
  isExpected = false;
  value = 0;
  /** NaN when the sample has none. */
  atMs = Number.NaN;
  line = 0;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Moves to the next sample; false at the end. Throws TextProblem. */
  next(): boolean {
    while (this.#at < this.bytes.length) {
      this.line += 1;
      this.#skipBlanks();
      const byte = this.bytes[this.#at];
      if (byte === HASH) this.#skipLine();
      else if (this.#isLineEnd()) this.#endLine();
      else {
        this.#readSample();
        return true;
      }
    }
    return false;
  }

  /** The hash of what is between the braces. */
  labelsHash(): number {
    return hashOf(this.bytes, this.labelsStart, this.labelsEnd);
  }

  problem(rule: string): TextProblem {
    return new TextProblem(this.line, rule);
  }

  #readSample(): void {
    this.nameStart = this.#at;
    while (isNameByte(this.bytes[this.#at] ?? 0, this.#at > this.nameStart)) this.#at += 1;
    this.nameEnd = this.#at;
    if (this.nameEnd === this.nameStart) throw this.problem('a line begins with the name of a metric');
    this.#skipBlanks();
    this.#readBraces();
    this.#skipBlanks();
    const start = this.#at;
    this.#skipToken();
    const value = readDouble(this.bytes, start, this.#at);
    if (value === undefined) throw this.problem('a sample has a number that a double can hold');
    this.value = value;
    this.#skipBlanks();
    this.atMs = this.#isLineEnd() ? Number.NaN : this.#readInstant();
    this.#skipBlanks();
    if (!this.#isLineEnd()) throw this.problem('nothing follows the timestamp');
    this.#endLine();
  }

  /** Finds the closing brace, which may not be inside quotes. */
  #readBraces(): void {
    this.labelsStart = this.#at;
    this.labelsEnd = this.#at;
    this.isExpected = false;
    if (this.bytes[this.#at] !== OPEN_BRACE) return;
    this.labelsStart = this.#at + 1;
    if (this.#readExpected()) return;
    let isQuoted = false;
    for (let at = this.labelsStart; at < this.bytes.length; at += 1) {
      const byte = this.bytes[at] ?? 0;
      if (byte === NEWLINE) break;
      if (byte === CLOSE_BRACE && !isQuoted) {
        this.labelsEnd = at;
        this.#at = at + 1;
        return;
      }
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === BACKSLASH && isQuoted && this.bytes[at + 1] !== NEWLINE) at += 1;
    }
    throw this.problem('labels end with a brace on the same line');
  }

  /** Moves behind the labels when they are those that are expected: the same bytes end at the same brace. */
  #readExpected(): boolean {
    const { bytes, expected } = this;
    const { bytes: known, start, end } = expected;
    const from = this.labelsStart - start;
    if (end === start || bytes[from + end] !== CLOSE_BRACE) return false;
    // From the end, where the label sets of one answer differ most.
    for (let at = end - 1; at >= start; at -= 1) if (bytes[from + at] !== known[at]) return false;
    this.labelsEnd = from + end;
    this.#at = this.labelsEnd + 1;
    this.isExpected = true;
    return true;
  }

  #readInstant(): number {
    const start = this.#at;
    let atMs = 0;
    for (; ; this.#at += 1) {
      const digit = (this.bytes[this.#at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      atMs = atMs * 10 + digit;
    }
    if (this.#at === start) throw this.problem('a timestamp is a whole number of milliseconds, not negative');
    if (atMs > AT_MS_MAX) throw this.problem('a timestamp is before the year 2262');
    return atMs;
  }

  #skipBlanks(): void {
    for (; ; this.#at += 1) {
      const byte = this.bytes[this.#at];
      if (byte !== SPACE && byte !== TAB) return;
    }
  }

  #skipToken(): void {
    for (; this.#at < this.bytes.length; this.#at += 1) {
      const byte = this.bytes[this.#at];
      if (byte === SPACE || byte === TAB || byte === NEWLINE || byte === RETURN) return;
    }
  }

  #skipLine(): void {
    const end = this.bytes.indexOf(NEWLINE, this.#at);
    this.#at = end < 0 ? this.bytes.length : end + 1;
  }

  #isLineEnd(): boolean {
    const byte = this.bytes[this.#at];
    if (byte === undefined || byte === NEWLINE) return true;
    const after = this.bytes[this.#at + 1];
    return byte === RETURN && (after === undefined || after === NEWLINE);
  }

  #endLine(): void {
    if (this.bytes[this.#at] === RETURN) this.#at += 1;
    this.#at += 1;
  }
}

/** Walks over the labels of the sample that a scanner stands at. */
export class LabelScanner {
  readonly #scanner: TextScanner;
  #at = 0;
  nameStart = 0;
  nameEnd = 0;
  /** Between the quotes. */
  valueStart = 0;
  valueEnd = 0;
  isEscaped = false;

  constructor(scanner: TextScanner) {
    this.#scanner = scanner;
  }

  /** Goes before the first label of the sample. */
  restart(): void {
    this.#at = this.#scanner.labelsStart;
  }

  /** Moves to the next label; false at the end. Throws TextProblem. */
  next(): boolean {
    const { bytes, labelsEnd: end } = this.#scanner;
    this.#skipBlanks();
    if (this.#at >= end) return false;
    this.nameStart = this.#at;
    while (this.#at < end && isLabelNameByte(bytes[this.#at] ?? 0, this.#at > this.nameStart)) this.#at += 1;
    this.nameEnd = this.#at;
    if (this.nameEnd === this.nameStart) throw this.#scanner.problem('a label has a name of letters, digits and _');
    this.#expect(EQUALS, 'a label is written name="value"');
    this.#expect(QUOTE, 'a label is written name="value"');
    this.#readValue();
    this.#skipBlanks();
    if (this.#at < end) this.#expect(COMMA, 'labels are separated by commas');
    return true;
  }

  /** The value as text, its escapes resolved. */
  value(): string {
    const { bytes } = this.#scanner;
    const text = this.#decode(bytes.subarray(this.valueStart, this.valueEnd));
    if (!this.isEscaped) return text;
    return text.replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }

  /** Whether the label is called this. */
  isNamed(name: Uint8Array): boolean {
    return isText(this.#scanner.bytes, this.nameStart, this.nameEnd, name);
  }

  #readValue(): void {
    const { bytes, labelsEnd: end } = this.#scanner;
    this.valueStart = this.#at;
    this.isEscaped = false;
    for (; this.#at < end; this.#at += 1) {
      const byte = bytes[this.#at];
      if (byte === QUOTE) {
        this.valueEnd = this.#at;
        this.#at += 1;
        return;
      }
      if (byte === BACKSLASH) {
        this.isEscaped = true;
        this.#at += 1;
      }
    }
    throw this.#scanner.problem('the value of a label ends with a quote');
  }

  #expect(byte: number, rule: string): void {
    this.#skipBlanks();
    if (this.#at >= this.#scanner.labelsEnd || this.#scanner.bytes[this.#at] !== byte) {
      throw this.#scanner.problem(rule);
    }
    this.#at += 1;
  }

  #skipBlanks(): void {
    for (; this.#at < this.#scanner.labelsEnd; this.#at += 1) {
      const byte = this.#scanner.bytes[this.#at];
      if (byte !== SPACE && byte !== TAB) return;
    }
  }

  #decode(bytes: Uint8Array): string {
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.#scanner.problem('the value of a label is UTF-8');
    }
  }
}

/** Whether these bytes are that text. */
export function isText(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let at = 0; at < text.length; at += 1) if (bytes[start + at] !== text[at]) return false;
  return true;
}

const NOTHING = new Uint8Array();
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const COMMA = 0x2c;
const ZERO = 0x30;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COLON = 0x3a;

function isNameByte(byte: number, isInside: boolean): boolean {
  return byte === COLON || isLabelNameByte(byte, isInside);
}

function isLabelNameByte(byte: number, isInside: boolean): boolean {
  const letter = byte | 0x20;
  if ((letter >= 0x61 && letter <= 0x7a) || byte === 0x5f) return true;
  return isInside && byte >= ZERO && byte <= 0x39;
}
