import { stringify as stringifyYaml } from 'yaml';
import { assert } from '../../base/failure.ts';
import { jsonText } from '../../base/go-text.ts';
import type { MediaType } from './negotiation.ts';

/** What an answer is made of: an object, or a list whose items are made one after the other as they are written. */
export type Document = ObjectDocument | ListDocument;

/** The whole document in protobuf, which begins with its length; absent where it is not spoken. */
export type ProtobufBody = () => Uint8Array | Promise<Uint8Array>;

export interface ObjectDocument {
  readonly kind: 'object';
  readonly object: object;
  readonly protobuf?: ProtobufBody;
}

/** A list: its own fields, and the field that holds the items and comes last. */
export interface ListDocument {
  readonly kind: 'list';
  readonly head: { readonly kind: string; readonly apiVersion: string; readonly [field: string]: unknown };
  readonly itemsField: 'items' | 'rows';
  readonly items: Iterable<object>;
  /** The same items as `jsonText` writes them, where that can be had in less time than by way of the objects. */
  readonly itemTexts?: () => Iterable<string>;
  readonly protobuf?: ProtobufBody;
}

/** How a document is written. */
export interface DocumentForm {
  readonly mediaType: MediaType;
  readonly isPretty: boolean;
}

const INDENT = '  ';

/**
 * A document in pieces, none of them larger than one item but that of protobuf. JSON as Go writes it: HTML's characters escaped, a line end
 * behind it unless it is indented. YAML with sorted keys.
 */
export function documentPieces(
  document: Document,
  form: DocumentForm,
): Iterable<string | Uint8Array> | AsyncIterable<Uint8Array> {
  if (form.mediaType === 'application/yaml') return yamlPieces(document);
  if (form.mediaType === 'application/json') return form.isPretty ? prettyPieces(document) : jsonPieces(document);
  const { protobuf } = document;
  assert(protobuf !== undefined, 'a form was agreed on that is not on offer');
  return wholeBody(protobuf);
}

async function* wholeBody(protobuf: ProtobufBody): AsyncGenerator<Uint8Array> {
  yield await protobuf();
}

function* jsonPieces(document: Document): Generator<string> {
  if (document.kind === 'object') {
    yield `${jsonText(document.object)}\n`;
    return;
  }
  yield `${jsonText(document.head).slice(0, -1)},"${document.itemsField}":[`;
  let separator = '';
  for (const text of document.itemTexts?.() ?? jsonTexts(document.items)) {
    yield separator + text;
    separator = ',';
  }
  yield ']}\n';
}

function* jsonTexts(items: Iterable<object>): Generator<string> {
  for (const item of items) yield jsonText(item);
}

function* prettyPieces(document: Document): Generator<string> {
  if (document.kind === 'object') {
    yield pretty(document.object);
    return;
  }
  yield `${pretty(document.head).slice(0, -'\n}'.length)},\n${INDENT}"${document.itemsField}": [`;
  let separator = '\n';
  for (const item of document.items) {
    yield `${separator}${INDENT.repeat(2)}${pretty(item).replaceAll('\n', `\n${INDENT.repeat(2)}`)}`;
    separator = ',\n';
  }
  yield separator === '\n' ? ']\n}' : `\n${INDENT}]\n}`;
}

function pretty(value: object): string {
  return jsonText(value, INDENT.length);
}

function* yamlPieces(document: Document): Generator<string> {
  if (document.kind === 'object') {
    yield yaml(document.object);
    return;
  }
  const { head, itemsField } = document;
  const isBefore = ([field]: readonly [string, unknown]): boolean => field < itemsField;
  const fields = Object.entries(head);
  yield yaml(Object.fromEntries(fields.filter(isBefore)));
  let isEmpty = true;
  for (const item of document.items) {
    yield `${isEmpty ? `${itemsField}:\n` : ''}${yaml([item])}`;
    isEmpty = false;
  }
  if (isEmpty) yield `${itemsField}: []\n`;
  const after = fields.filter((field) => !isBefore(field));
  if (after.length > 0) yield yaml(Object.fromEntries(after));
}

/** Lists stand as far left as Go puts them. Version 1.1 quotes what old readers take for times, numbers in other bases, or truth values. */
function yaml(value: object): string {
  return stringifyYaml(value, {
    ...{ sortMapEntries: true, indentSeq: false, version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 },
  });
}
