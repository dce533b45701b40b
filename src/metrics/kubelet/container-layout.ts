/** A container of a pod, as the labels of its series name it. */
export interface ContainerName {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** One way in which the label set of a row is written. */
export interface Spelling {
  /** What stands between the braces. */
  readonly bytes: Uint8Array;
  readonly hash: number;
  readonly row: number;
}

/** The spelling that a label set is likely to have; changed in place, because there is one for each sample of an answer. */
export interface ExpectedBytes {
  bytes: Uint8Array;
  start: number;
  end: number;
  spelling: number;
}

/**
 * Which containers a node's table has, one a row: sorted by namespace, pod and container, so that the rows of a pod stand
 * together. A row is found by the very bytes of a series' label set, so that no text is made for a container that was
 * there at the last scrape; one label set may be spelt in several ways. Never changed once made. Names are strings that
 * layouts share; all the rest is a few typed arrays, because a large cluster has some hundred thousand rows.
 */
export class ContainerLayout {
  readonly #namespaces: readonly string[];
  readonly #pods: readonly string[];
  readonly #containers: readonly string[];
  /** The bytes of all spellings, one behind the other. */
  readonly #bytes: Uint8Array;
  /** Where each spelling ends in `bytes`, its hash, and its row. */
  readonly #ends: Uint32Array;
  readonly #hashes: Int32Array;
  readonly #rows: Uint32Array;
  /** Open addressing: one more than the index of a spelling, 0 for none. */
  readonly #slots: Uint32Array;

  /** The layout of these containers, all different; a spelling's row is its container's place in `names`. */
  constructor(names: readonly ContainerName[], spellings: readonly Spelling[]) {
    const order = names.toSorted(compareNames);
    const rows = new Map(order.map((name, row) => [name, row]));
    this.#namespaces = order.map(({ namespace }) => namespace);
    this.#pods = order.map(({ pod }) => pod);
    this.#containers = order.map(({ container }) => container);
    this.#bytes = new Uint8Array(spellings.reduce((length, { bytes }) => length + bytes.length, 0));
    this.#ends = new Uint32Array(spellings.length);
    this.#hashes = new Int32Array(spellings.length);
    this.#rows = new Uint32Array(spellings.length);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(spellings.length * 2 + 2)));
    let end = 0;
    for (const [index, { bytes, hash, row }] of spellings.entries()) {
      this.#bytes.set(bytes, end);
      end += bytes.length;
      this.#ends[index] = end;
      this.#hashes[index] = hash;
      this.#rows[index] = rows.get(names[row] as ContainerName) ?? 0;
      this.#slots[this.#freeSlot(hash)] = index + 1;
    }
  }

  get rowCount(): number {
    return this.#pods.length;
  }

  name(row: number): ContainerName {
    return {
      namespace: this.#namespaces[row] ?? '',
      pod: this.#pods[row] ?? '',
      container: this.#containers[row] ?? '',
    };
  }

  /** All spellings, to make another layout of. */
  *spellings(): IterableIterator<Spelling> {
    let start = 0;
    for (const [index, end] of this.#ends.entries()) {
      yield { bytes: this.#bytes.subarray(start, end), hash: this.#hashes[index] ?? 0, row: this.#rows[index] ?? 0 };
      start = end;
    }
  }

  /** The spelling that is these bytes, `hash` being theirs; -1 when none is. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = (this.#slots[slot] ?? 0) - 1;
      if (index < 0) return -1;
      if (this.#hashes[index] === hash && this.#isSpelt(index, bytes, start, end)) return index;
    }
  }

  /** The row of a spelling that was found. */
  rowOfSpelling(spelling: number): number {
    return this.#rows[spelling] ?? -1;
  }

  /**
   * Sets what to expect to the spelling behind this one, or the first behind the last: a kubelet writes the containers of
   * every series in the same order, scrape after scrape, and so do spellings stand here.
   */
  expectAfter(spelling: number, expected: ExpectedBytes): void {
    const next = spelling + 1 < this.#ends.length ? spelling + 1 : 0;
    expected.bytes = this.#bytes;
    expected.start = next === 0 ? 0 : (this.#ends[next - 1] ?? 0);
    expected.end = this.#ends[next] ?? 0;
    expected.spelling = next;
  }

  /** The first row of a pod; -1 when it has none. Its other rows follow. */
  firstRow(namespace: string, pod: string): number {
    let low = 0;
    let high = this.#pods.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order =
        compareText(this.#namespaces[middle] ?? '', namespace) || compareText(this.#pods[middle] ?? '', pod);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return this.#pods[low] === pod && this.#namespaces[low] === namespace ? low : -1;
  }

  /** One more than the last row of the pod that `row` belongs to. */
  endRow(row: number): number {
    let end = row + 1;
    while (this.#pods[end] === this.#pods[row] && this.#namespaces[end] === this.#namespaces[row]) end += 1;
    return end;
  }

  /** The row of a container; -1 when there is none. */
  rowOf({ namespace, pod, container }: ContainerName): number {
    const first = this.firstRow(namespace, pod);
    if (first < 0) return -1;
    const end = this.endRow(first);
    for (let row = first; row < end; row += 1) if (this.#containers[row] === container) return row;
    return -1;
  }

  container(row: number): string {
    return this.#containers[row] ?? '';
  }

  #freeSlot(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  #isSpelt(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
    const length = end - start;
    if ((this.#ends[index] ?? 0) - from !== length) return false;
    for (let at = 0; at < length; at += 1) if (this.#bytes[from + at] !== bytes[start + at]) return false;
    return true;
  }
}

/** The layout of a node that was never scraped. */
export const EMPTY_LAYOUT = new ContainerLayout([], []);

/** The hash of a byte sequence (FNV-1a). */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash;
}

function compareNames(a: ContainerName, b: ContainerName): number {
  return compareText(a.namespace, b.namespace) || compareText(a.pod, b.pod) || compareText(a.container, b.container);
}

/** Byte order, as Go sorts; equal to the order of UTF-16 units for every legal name. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
