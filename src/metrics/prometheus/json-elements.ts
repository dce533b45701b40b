/** What is read of a JSON document, and how much of it may be held at once. */
export interface JsonElementsOptions {
  /** Names of members that lead from the document to the array, such as `data`, `result`. */
  readonly path: readonly string[];
  /** Takes elements in their order, some at a time; what it throws ends the reading. */
  readonly onElements: (elements: readonly unknown[]) => void;
  readonly elementBytesMax: number;
  /** Of all that is not in the array. */
  readonly restBytesMax: number;
}

/** The document is no JSON, or an element or the rest of it is larger than allowed. */
export class JsonElementsError extends Error {
  override readonly name = 'JsonElementsError';
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Reads a JSON document that comes in pieces and hands on the elements of one array in it as soon as they are whole, so that
 * a list of a hundred thousand is never held. Only ends of elements are looked for here; what they are, and whether they
 * are JSON at all, `JSON.parse` says. A document without the array is read too: all of it is rest.
 */
export class JsonElements {
  readonly #options: JsonElementsOptions;
  readonly #rest = new ByteStore();
  /** The beginning of an element whose end has not come. */
  readonly #begun = new ByteStore();
  #depth = 0;
  /** How many names of the path the containers that are open lead along. */
  #matchedCount = 0;
  /** In an object on the path: the name read last, and whether the next text is one. */
  #name = '';
  #isNameNext = false;
  #isReadingName = false;
  #isInText = false;
  #isEscaped = false;
  #isInArray = false;
  #wasInArray = false;
  /** Whether an element must follow, because a comma came. */
  #isElementDue = false;

  constructor(options: JsonElementsOptions) {
    this.#options = options;
  }

  /** Takes the next bytes. Throws JsonElementsError. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at = this.#isInArray ? this.#readElements(chunk, at) : this.#readRest(chunk, at);
  }

  /** The document with the array empty, once all of it has come. Throws JsonElementsError. */
  end(): unknown {
    if (this.#isInArray) throw new JsonElementsError('it ends within its list');
    return parse(this.#rest.take());
  }

  /** Reads up to the array's first element, or to the end of the chunk; answers with where it stopped. */
  #readRest(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#isInText) {
        this.#readText(byte ?? 0);
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#isInText = true;
          this.#isReadingName = this.#isNameNext && this.#isOnPath;
          if (this.#isReadingName) this.#name = '';
          break;
        case COLON:
          this.#isNameNext = false;
          break;
        case COMMA:
          this.#isNameNext = true;
          break;
        case OPEN_OBJECT:
        case OPEN_ARRAY:
          if (this.#open(byte)) {
            this.#keepRest(chunk.subarray(from, at + 1));
            return at + 1;
          }
          break;
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          this.#depth -= 1;
          if (this.#matchedCount >= this.#depth) this.#matchedCount = Math.max(0, this.#depth - 1);
          break;
      }
    }
    this.#keepRest(chunk.subarray(from));
    return chunk.length;
  }

  /** Whether the innermost container is one that the path leads through. */
  get #isOnPath(): boolean {
    return this.#depth === this.#matchedCount + 1;
  }

  #readText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#isInText = false;
      this.#isReadingName = false;
      return;
    }
    // Names on the path are short and plain; longer ones need not be told apart.
    if (this.#isReadingName && this.#name.length < NAME_LENGTH_MAX) this.#name += String.fromCharCode(byte);
  }

  /** Enters a container; true when it is the array. */
  #open(byte: number): boolean {
    const { path } = this.#options;
    const isNamed = this.#depth > 0 && this.#isOnPath && !this.#isNameNext && path[this.#matchedCount] === this.#name;
    this.#depth += 1;
    this.#isNameNext = byte === OPEN_OBJECT;
    if (!isNamed) return false;
    const isLast = this.#matchedCount + 1 === path.length;
    if (isLast && byte === OPEN_ARRAY) {
      if (this.#wasInArray) throw new JsonElementsError('it has two lists of the same name');
      this.#isInArray = true;
      this.#wasInArray = true;
      return true;
    }
    if (!isLast && byte === OPEN_OBJECT) this.#matchedCount += 1;
    return false;
  }

  /** Reads up to the array's end, or to the end of the chunk; answers with where it stopped. */
  #readElements(chunk: Uint8Array, from: number): number {
    const arrayDepth = this.#options.path.length + 1;
    let depth = this.#depth;
    let lastCommaAt = -1;
    for (let at = this.#isInText ? this.#skipText(chunk, from) : from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === QUOTE) at = this.#skipText(chunk, at + 1) - 1;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
      else if (byte === COMMA && depth === arrayDepth) lastCommaAt = at;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (depth === arrayDepth) {
          this.#hand(chunk.subarray(from, at), false);
          this.#isInArray = false;
          this.#depth = depth;
          return at;
        }
        depth -= 1;
      }
    }
    this.#depth = depth;
    if (lastCommaAt >= 0) this.#hand(chunk.subarray(from, lastCommaAt), true);
    this.#keepBegun(chunk.subarray(lastCommaAt < 0 ? from : lastCommaAt + 1));
    return chunk.length;
  }

  /** Where the text that has begun is over; behind the chunk when it is not. */
  #skipText(chunk: Uint8Array, from: number): number {
    let at = this.#isEscaped ? from + 1 : from;
    this.#isEscaped = false;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) {
        this.#isInText = false;
        return at + 1;
      }
    }
    this.#isInText = true;
    // A backslash that is the chunk's last byte has taken the next chunk's first with it.
    this.#isEscaped = at > chunk.length;
    return at;
  }

  /** Hands on whole elements: what was begun, and these bytes up to a comma or the array's end. */
  #hand(bytes: Uint8Array, isCommaNext: boolean): void {
    this.#keepBegun(bytes, Number.POSITIVE_INFINITY);
    const elements = parse(`[${this.#begun.take()}]`) as readonly unknown[];
    if (elements.length === 0 && (isCommaNext || this.#isElementDue)) {
      throw new JsonElementsError('an element is missing in its list');
    }
    this.#isElementDue = isCommaNext;
    if (elements.length > 0) this.#options.onElements(elements);
  }

  #keepBegun(bytes: Uint8Array, bytesMax = this.#options.elementBytesMax): void {
    this.#begun.add(bytes);
    if (this.#begun.lengthBytes > bytesMax)
      throw new JsonElementsError(`one element of its list is larger than ${bytesMax} bytes`);
  }

  #keepRest(bytes: Uint8Array): void {
    const { restBytesMax } = this.#options;
    this.#rest.add(bytes);
    if (this.#rest.lengthBytes > restBytesMax)
      throw new JsonElementsError(`it has more than ${restBytesMax} bytes beside its list`);
  }
}

/** Longer than any name of a path. */
const NAME_LENGTH_MAX = 64;

/** Bytes that are held until they are a text. */
class ByteStore {
  #chunks: Uint8Array[] = [];
  lengthBytes = 0;

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.lengthBytes += bytes.length;
  }

  take(): string {
    const [first] = this.#chunks;
    const isOne = this.#chunks.length === 1 && first !== undefined;
    const bytes = isOne ? first : Buffer.concat(this.#chunks, this.lengthBytes);
    this.#chunks = [];
    this.lengthBytes = 0;
    return UTF8.decode(bytes);
  }
}

/** Holds nothing between two texts. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new JsonElementsError(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}
