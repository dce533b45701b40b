import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap } from 'yaml';
import {
  ADAPTER_CONFIG_DEPTH_MAX,
  ADAPTER_CONFIG_VALUES_COUNT_MAX,
  ADAPTER_FINDINGS_COUNT_MAX,
} from '../../../base/limits.ts';
import type { AdapterFinding, YamlType } from '../../../core/explain/adapter-finding.ts';
import type { PlacedFinding } from '../placed-finding.ts';
import type { ConfigPlaces } from './config-places.ts';

/** A value of a YAML document, not yet looked into; what an empty value has is null. */
export type YamlValue = Node | null | undefined;

/** What to do with the value of each key that a mapping may have. */
export type Fields = Readonly<Record<string, (value: YamlValue, path: string) => void>>;

/** Finds what an alias stands for. */
export type AnchorLookup = (alias: Alias) => Node | undefined;

/**
 * Reads YAML 1.1 the strict way of Go's yaml.v2: keys that are not known or stand twice are refused, texts take numbers
 * and booleans as they are written, booleans take YAML 1.1's words without quotes only. A merge (`<<: *anchor`) is done
 * where it stands, so that keys before it lose, and mappings within are merged as well. Every problem is kept, with its
 * place.
 */
export class StrictDecoder {
  readonly problems: PlacedFinding[] = [];
  readonly #places: ConfigPlaces;
  readonly #resolve: AnchorLookup;
  readonly #unknownAliases = new Set<Node>();
  #valueCount = 0;
  #depth = 0;
  /** A bound was met: what is left is not looked at. */
  #isExhausted = false;

  constructor(places: ConfigPlaces, resolve: AnchorLookup) {
    this.#places = places;
    this.#resolve = resolve;
  }

  /** Hands each value of a mapping to its field. Nothing at all counts as an empty mapping. */
  struct(value: YamlValue, path: string, fields: Fields): void {
    this.#within(value, path, (node) => {
      if (!isMap(node)) {
        this.#refuse(node, path, 'mapping');
        return;
      }
      const firstOffsets = new Map<string, number>();
      for (const pair of node.items) this.#field(pair, path, fields, firstOffsets);
    });
  }

  /** The keys and values of a mapping whose keys are anybody's. `isTaken` says which keys are there already. */
  map(
    value: YamlValue,
    path: string,
    isTaken: (key: string) => boolean,
    take: (key: string, value: YamlValue) => void,
  ): void {
    this.#within(value, path, (node) => {
      if (!isMap(node)) {
        this.#refuse(node, path, 'mapping');
        return;
      }
      for (const pair of node.items) {
        if (this.#isMerge(pair)) this.#merge(pair, path, (merged) => this.map(merged, path, isTaken, take));
        else this.#entry(pair, path, isTaken, take);
      }
    });
  }

  /** Hands over each item of a list; undefined when there is no list. */
  list(value: YamlValue, path: string, take: (item: YamlValue, path: string) => void): void {
    this.#within(value, path, (node) => {
      if (!isSeq(node)) {
        this.#refuse(node, path, 'list');
        return;
      }
      for (const [index, item] of node.items.entries()) {
        const itemPath = `${path}[${index}]`;
        this.#places.note(itemPath, offsetOf(item as YamlValue));
        take(item as YamlValue, itemPath);
      }
    });
  }

  /** A text as it is written; empty for nothing, undefined when it is no scalar. */
  text(value: YamlValue, path: string): string | undefined {
    let text: string | undefined = '';
    this.#within(value, path, (node) => {
      text = isScalar(node) ? scalarText(node) : undefined;
      if (text === undefined) this.#refuse(node, path, 'text');
      else if (isScalar(node) && this.#places.isCutOff(node)) text = text.replace(/\n$/, '');
      if (isScalar(node) && isBinary(node) && !isBase64(String(node.value))) {
        const detail = '!!binary value contains invalid base64 data';
        this.problem({ code: 'YamlSyntax', detail }, path, offsetOf(node));
      }
    });
    return text;
  }

  /** Null for nothing, undefined when it is no boolean. */
  boolean(value: YamlValue, path: string): boolean | null | undefined {
    let truth: boolean | null | undefined = null;
    this.#within(value, path, (node) => {
      truth = isScalar(node) ? truthOf(node) : undefined;
      if (truth === undefined) this.#refuse(node, path, 'boolean');
    });
    return truth;
  }

  /** Whether there is no value: nothing at all, or YAML's null. */
  isNothing(value: YamlValue): boolean {
    const node = this.#resolved(value);
    return node === null || node === undefined || isNothing(node);
  }

  /** Keeps a problem with a value. */
  problem(finding: AdapterFinding, path: string, offset?: number): void {
    if (this.problems.length >= ADAPTER_FINDINGS_COUNT_MAX) return;
    const place = offset === undefined ? this.#places.placeOf(path) : this.#places.placeAt(offset);
    this.problems.push({ finding, path, place });
  }

  #field(pair: Pair, path: string, fields: Fields, firstOffsets: Map<string, number>): void {
    if (this.#isMerge(pair)) {
      this.#merge(pair, path, (merged) => this.struct(merged, path, fields));
      return;
    }
    const key = this.#keyText(pair, path);
    if (key === undefined) return;
    const offset = offsetOf(pair.key as YamlValue);
    const keyPath = path === '' ? key : `${path}.${key}`;
    const take = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (take === undefined) {
      const known = Object.keys(fields);
      this.problem({ code: 'UnknownKey', key, known, meant: nearest(key, known) }, keyPath, offset);
      return;
    }
    const first = firstOffsets.get(key);
    if (first !== undefined) {
      this.problem({ code: 'DuplicateKey', key, firstLine: this.#places.placeAt(first).line }, keyPath, offset);
      return;
    }
    firstOffsets.set(key, offset);
    this.#note(keyPath, pair.value as YamlValue, offset);
    take(pair.value as YamlValue, keyPath);
  }

  #entry(
    pair: Pair,
    path: string,
    isTaken: (key: string) => boolean,
    take: (key: string, value: YamlValue) => void,
  ): void {
    const key = this.#keyText(pair, path);
    if (key === undefined) return;
    const offset = offsetOf(pair.key as YamlValue);
    const keyPath = `${path}.${key}`;
    if (isTaken(key)) {
      const firstLine = this.#places.placeOf(keyPath).line;
      this.problem({ code: 'DuplicateKey', key, firstLine }, keyPath, offset);
      return;
    }
    this.#note(keyPath, pair.value as YamlValue, offset);
    take(key, pair.value as YamlValue);
  }

  #keyText(pair: Pair, path: string): string | undefined {
    const key = this.#resolved(pair.key as YamlValue);
    if (isScalar(key)) return scalarText(key);
    this.#refuse(key as Node, path, 'text');
    return undefined;
  }

  #isMerge({ key }: Pair): boolean {
    return isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<';
  }

  /** Of several mappings the earlier ones win, so that they are done last. */
  #merge({ key, value }: Pair, path: string, take: (merged: YamlValue) => void): void {
    const node = this.#resolved(value as YamlValue);
    const sources = isSeq(node) ? node.items.map((item) => this.#resolved(item as YamlValue)) : [node];
    if (!sources.every(isMap)) {
      const detail = 'map merge requires map or sequence of maps as the value';
      this.problem({ code: 'YamlSyntax', detail }, path, offsetOf(key as YamlValue));
      return;
    }
    for (const source of sources.toReversed() as YAMLMap[]) take(source);
  }

  /** Does the work on a value that is not nothing, alias followed, as long as the bounds allow. */
  #within(value: YamlValue, path: string, work: (node: Node) => void): void {
    if (this.#isExhausted) return;
    this.#valueCount += 1;
    const node = this.#resolved(value);
    if (this.#valueCount > ADAPTER_CONFIG_VALUES_COUNT_MAX) {
      this.#exhaust('values', ADAPTER_CONFIG_VALUES_COUNT_MAX, path);
    } else if (this.#depth >= ADAPTER_CONFIG_DEPTH_MAX) {
      this.#exhaust('depth', ADAPTER_CONFIG_DEPTH_MAX, path);
    } else if (node !== null && node !== undefined && !isNothing(node)) {
      this.#depth += 1;
      work(node);
      this.#depth -= 1;
    }
  }

  #exhaust(what: 'values' | 'depth', countMax: number, path: string): void {
    this.problem({ code: 'FileTooLarge', what, countMax }, path);
    this.#isExhausted = true;
  }

  #resolved(value: YamlValue): YamlValue {
    if (!isAlias(value)) return value;
    const node = this.#resolve(value);
    if (node === undefined && !this.#unknownAliases.has(value)) {
      this.#unknownAliases.add(value);
      const detail = `unknown anchor '${value.source}' referenced`;
      this.problem({ code: 'YamlSyntax', detail }, '', offsetOf(value));
    }
    return node;
  }

  #note(path: string, value: YamlValue, keyOffset: number): void {
    const node = this.#resolved(value);
    const isEmpty = node === null || node === undefined || isNothing(node);
    if (isEmpty) this.#places.note(path, keyOffset);
    else
      this.#places.note(
        path,
        isMap(node) && !node.flow ? keyOffset : offsetOf(node),
        isScalar(node) ? node : undefined,
      );
  }

  #refuse(node: Node, path: string, expected: YamlType): void {
    const value = isScalar(node) ? String(node.value) : '';
    this.problem({ code: 'WrongType', expected, found: typeOf(node), value }, path, offsetOf(node));
  }
}

const NOTHING = /^(|~|null|Null|NULL)$/;
const TRUE = /^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NUMBER = /^[-+]?(0x[\da-fA-F_]+|0b[01_]+|0o?[0-7_]+|[\d_]+(\.[\d_]*)?([eE][-+]?\d+)?|\.[\d_]+|\.(inf|Inf|INF))$/;

function isNothing(node: Node): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && node.tag === undefined && NOTHING.test(String(node.value));
}

function scalarText(scalar: Scalar): string {
  const text = String(scalar.value);
  if (isNothing(scalar)) return '';
  return isBinary(scalar) ? decodedBase64(text) : text;
}

function isBinary({ tag }: Scalar): boolean {
  return tag === 'tag:yaml.org,2002:binary';
}

/** What is no base 64 stays as it is: the decoder has told of it. */
function decodedBase64(text: string): string {
  if (!isBase64(text)) return text;
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/[\r\n]/g, ''));
}

function truthOf(scalar: Scalar): boolean | undefined {
  const isTagged = scalar.tag === 'tag:yaml.org,2002:bool';
  if (!isTagged && (scalar.type !== Scalar.PLAIN || scalar.tag !== undefined)) return undefined;
  const text = String(scalar.value);
  return TRUE.test(text) ? true : FALSE.test(text) ? false : undefined;
}

function typeOf(node: Node): YamlType {
  if (isMap(node)) return 'mapping';
  if (isSeq(node)) return 'list';
  if (!isScalar(node) || node.type !== Scalar.PLAIN) return 'text';
  const text = String(node.value);
  if (TRUE.test(text) || FALSE.test(text)) return 'boolean';
  return NUMBER.test(text) ? 'number' : 'text';
}

function offsetOf(value: YamlValue): number {
  return value?.range?.[0] ?? 0;
}

/** The known key that differs in letter case, a letter or two, or an ending; null when none is near. */
function nearest(key: string, known: readonly string[]): string | null {
  const lower = key.toLowerCase();
  return (
    known.find((each) => each.toLowerCase() === lower) ??
    known.find((each) => lower.length > 2 && isNear(lower, each.toLowerCase())) ??
    null
  );
}

function isNear(a: string, b: string): boolean {
  if (a.startsWith(b) || b.startsWith(a)) return true;
  const sameStart = [...a].findIndex((letter, at) => letter !== b[at]);
  const start = sameStart < 0 ? a.length : sameStart;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 2;
}
