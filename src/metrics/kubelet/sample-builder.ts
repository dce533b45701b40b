import type { Interner } from '../../base/interner.ts';
import { ContainerLayout, type ContainerName, type Spelling } from './container-layout.ts';
import type { TextScanner } from './text-scanner.ts';

/** Columns of a sample's rows. NaN: the answer did not say. */
export const SAMPLE = { AT_MS: 0, CPU_NS: 1, MEMORY_BYTES: 2, START_NS: 3, WIDTH: 4 } as const;

/**
 * What one scrape of a node says. Counters and sizes are the whole numbers that upstream's conversions leave, as doubles:
 * the seconds times 10^9 are rounded to a double before they are cut, so that a double holds them exactly.
 */
export interface NodeSample {
  readonly layout: ContainerLayout;
  /** `SAMPLE.WIDTH` numbers for each row of the layout. */
  readonly points: Float64Array;
  /** The same for the node itself; NaN throughout when the answer does not mention it. */
  readonly node: Float64Array;
}

/** Collects the samples of one answer, starting from the layout of the node's last one. */
export class SampleBuilder {
  readonly node = new Float64Array(SAMPLE.WIDTH).fill(Number.NaN);
  readonly #layout: ContainerLayout;
  readonly #names: Interner<string>;
  readonly #addedNames: ContainerName[] = [];
  readonly #addedSpellings: Spelling[] = [];
  readonly #rowsBySpelling = new Map<string, number>();
  readonly #rowsByName = new Map<string, number>();
  #points: Float64Array;

  constructor(layout: ContainerLayout, names: Interner<string>) {
    this.#layout = layout;
    this.#names = names;
    this.#points = new Float64Array((layout.rowCount + SPARE_ROWS) * SAMPLE.WIDTH).fill(Number.NaN);
  }

  /** The row for the label set of the sample that the scanner stands at; -1 when it is new. */
  find(scanner: TextScanner): number {
    const { bytes, labelsStart: start, labelsEnd: end, expected } = scanner;
    const spelling = scanner.isExpected
      ? expected.spelling
      : this.#layout.find(bytes, start, end, scanner.labelsHash());
    if (spelling >= 0) {
      this.#layout.expectAfter(spelling, expected);
      return this.#layout.rowOfSpelling(spelling);
    }
    if (this.#addedSpellings.length === 0) return -1;
    return this.#rowsBySpelling.get(spellingKey(bytes, start, end)) ?? -1;
  }

  /** Takes in a new spelling of a container, which itself may be known. */
  add(scanner: TextScanner, name: ContainerName): number {
    const { bytes, labelsStart: start, labelsEnd: end } = scanner;
    const row = this.#rowOf(name);
    this.#addedSpellings.push({ bytes: bytes.slice(start, end), hash: scanner.labelsHash(), row });
    this.#rowsBySpelling.set(spellingKey(bytes, start, end), row);
    return row;
  }

  set(row: number, column: number, value: number): void {
    this.#points[row * SAMPLE.WIDTH + column] = value;
  }

  /** The sample: the layout as it was if the containers are the same, else a new one without those that are gone. */
  build(): NodeSample {
    const rowCount = this.#layout.rowCount + this.#addedNames.length;
    const present = Array.from({ length: rowCount }, (_, row) => row).filter((row) => this.#isPresent(row));
    if (present.length === rowCount && this.#addedSpellings.length === 0) {
      return { layout: this.#layout, points: this.#points.slice(0, rowCount * SAMPLE.WIDTH), node: this.node };
    }
    const place = new Map(present.map((row, index) => [row, index]));
    const spellings = [...this.#layout.spellings(), ...this.#addedSpellings].flatMap((spelling) => {
      const row = place.get(spelling.row);
      return row === undefined ? [] : [{ ...spelling, row }];
    });
    const names = present.map((row) => this.#name(row));
    const layout = new ContainerLayout(names, spellings);
    const points = new Float64Array(present.length * SAMPLE.WIDTH);
    for (const [index, row] of present.entries()) {
      const from = this.#points.subarray(row * SAMPLE.WIDTH, (row + 1) * SAMPLE.WIDTH);
      points.set(from, layout.rowOf(names[index] as ContainerName) * SAMPLE.WIDTH);
    }
    return { layout, points, node: this.node };
  }

  #rowOf(name: ContainerName): number {
    const known = this.#layout.rowOf(name);
    if (known >= 0) return known;
    const key = `${name.namespace}/${name.pod}/${name.container}`;
    const added = this.#rowsByName.get(key);
    if (added !== undefined) return added;
    const row = this.#layout.rowCount + this.#addedNames.length;
    const shared = (text: string): string => this.#names.intern(text, () => text);
    this.#addedNames.push({
      namespace: shared(name.namespace),
      pod: name.pod,
      container: shared(name.container),
    });
    this.#rowsByName.set(key, row);
    this.#reserve(row + 1);
    return row;
  }

  #name(row: number): ContainerName {
    const added = this.#addedNames[row - this.#layout.rowCount];
    return added ?? this.#layout.name(row);
  }

  #isPresent(row: number): boolean {
    const at = row * SAMPLE.WIDTH;
    for (let column = 0; column < SAMPLE.WIDTH; column += 1) {
      if (!Number.isNaN(this.#points[at + column])) return true;
    }
    return false;
  }

  #reserve(rowCount: number): void {
    if (rowCount * SAMPLE.WIDTH <= this.#points.length) return;
    const grown = new Float64Array(rowCount * 2 * SAMPLE.WIDTH).fill(Number.NaN);
    grown.set(this.#points);
    this.#points = grown;
  }
}

/** Rows for containers that are new, before the table has to grow. */
const SPARE_ROWS = 8;

/** Every byte as the character of its number. */
function spellingKey(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
