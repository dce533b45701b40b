import { Composer, type Document, LineCounter, type Node, Parser, visit } from 'yaml';
import { ADAPTER_CONFIG_LENGTH_MAX } from '../../../base/limits.ts';
import type { PlacedFinding } from '../placed-finding.ts';
import type { AdapterConfig } from './adapter-config.ts';
import { findChartValues } from './chart-values.ts';
import { ConfigPlaces, FILE_START } from './config-places.ts';
import { decodeDocument } from './document-decoding.ts';
import { findManifest } from './manifest.ts';
import { type AnchorLookup, StrictDecoder } from './strict-decoder.ts';

/** A configuration, or everything that keeps it from being one. */
export type ConfigResult =
  | { readonly kind: 'config'; readonly config: AdapterConfig }
  | { readonly kind: 'refused'; readonly problems: readonly PlacedFinding[] };

/**
 * Reads a configuration file as prometheus-adapter does: YAML 1.1, strict, the first document alone. An empty file is
 * one without rules. Instead of the first problem all of them are told.
 */
export function decodeAdapterConfig(text: string): ConfigResult {
  if (text.length > ADAPTER_CONFIG_LENGTH_MAX) {
    const finding = { code: 'FileTooLarge', what: 'characters', countMax: ADAPTER_CONFIG_LENGTH_MAX } as const;
    return { kind: 'refused', problems: [{ finding, path: '', place: FILE_START }] };
  }
  const lines = new LineCounter();
  const places = new ConfigPlaces(text, lines);
  const document = firstDocument(text, lines);
  const problems = syntaxProblems(document, places);
  if (problems.length > 0) return { kind: 'refused', problems };
  const mistaken = document === undefined ? undefined : (findChartValues(document) ?? findManifest(document));
  if (mistaken !== undefined) {
    const { finding, offset } = mistaken;
    return { kind: 'refused', problems: [{ finding, path: '', place: places.placeAt(offset) }] };
  }
  const decoder = new StrictDecoder(places, anchorsOf(document));
  const draft = decodeDocument(document?.contents, decoder);
  if (decoder.problems.length > 0) return { kind: 'refused', problems: decoder.problems };
  return { kind: 'config', config: { ...draft, places } };
}

function syntaxProblems(document: Document | undefined, places: ConfigPlaces): readonly PlacedFinding[] {
  const { explicit, version } = document?.directives?.yaml ?? {};
  const isForeign = explicit === true && version !== '1.1';
  const problems = (document?.errors ?? []).map(({ message, pos }) => ({ detail: message, offset: pos[0] }));
  if (isForeign) problems.push({ detail: `YAML ${version} is asked for, and only 1.1 is read`, offset: 0 });
  return problems.map(({ detail, offset }) => ({
    finding: { code: 'YamlSyntax', detail },
    path: '',
    place: places.placeAt(offset),
  }));
}

/** Every scalar stays a text: what it means is decided where it is used. */
const OPTIONS = { version: '1.1', schema: 'failsafe', merge: false, uniqueKeys: false, prettyErrors: false } as const;

/** What follows the first document is not looked at, however wrong it is. */
function firstDocument(text: string, lines: LineCounter): Document | undefined {
  const parser = new Parser(lines.addNewLine);
  const composer = new Composer({ ...OPTIONS, lineCounter: lines });
  for (const document of composer.compose(parser.parse(text))) return document as Document;
  return undefined;
}

/** Finds what stood last under an alias' name before it, as YAML has it; the document is walked once. */
function anchorsOf(document: Document | undefined): AnchorLookup {
  const anchored = new Map<string, Node[]>();
  if (document !== undefined) {
    visit(document, {
      Value: (_, node) => {
        if (node.anchor === undefined) return;
        const same = anchored.get(node.anchor);
        if (same === undefined) anchored.set(node.anchor, [node]);
        else same.push(node);
      },
    });
  }
  return (alias) => anchored.get(alias.source)?.findLast((node) => offsetOf(node) < offsetOf(alias));
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
