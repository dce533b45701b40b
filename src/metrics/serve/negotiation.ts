/** What these APIs can be spoken in, in the order in which refusals name them. */
export type MediaType = 'application/json' | 'application/yaml' | 'application/vnd.kubernetes.protobuf';

/** The objects as something else: as the rows that `kubectl get` prints, or as their metadata alone. */
export interface Transform {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Of `meta.k8s.io`. */
  readonly version: 'v1' | 'v1beta1';
}

/** How a client wants its answer. */
export interface Representation {
  readonly mediaType: MediaType;
  /** Null for the objects themselves. */
  readonly transform: Transform | null;
  /** Asked for by the media type; a query or a user agent may ask too. */
  readonly isPretty: boolean;
}

/** What an endpoint has on offer. */
export interface Offer {
  readonly mediaTypes: readonly MediaType[];
  readonly canTransform: boolean;
  /** What upstream's router names beside the media types when it refuses. */
  readonly alsoNamed?: readonly string[];
}

/** JSON, for whom nothing else is known. */
export const PLAIN_JSON: Representation = { mediaType: 'application/json', transform: null, isPretty: false };

/** One media range of an Accept header. */
export interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The best form that is on offer and that an Accept header takes; undefined when there is none (406). Clauses, their
 * order and their parameters are read as upstream reads them (k8s.io/apiserver, endpoints/handlers/negotiation).
 */
export function negotiate(accept: string | null, offer: Offer): Representation | undefined {
  const [first] = offer.mediaTypes;
  if (accept === null || accept === '') {
    return first === undefined ? undefined : { ...PLAIN_JSON, mediaType: first };
  }
  for (const clause of acceptClauses(accept)) {
    for (const mediaType of offer.mediaTypes) {
      const chosen = matchesRange(clause, mediaType) ? represent(clause, mediaType, offer.canTransform) : undefined;
      if (chosen !== undefined) return chosen;
    }
  }
  return undefined;
}

/** The clauses, the wanted ones first: by quality, wildcards behind names, otherwise in the order they are written in. */
export function acceptClauses(accept: string): readonly AcceptClause[] {
  const clauses = accept.split(',').flatMap((part) => readClause(part) ?? []);
  return clauses.toSorted(
    (a, b) => b.quality - a.quality || compareWild(a.type, b.type) || compareWild(a.subtype, b.subtype),
  );
}

/** Whether a media type falls into a clause's range. */
export function matchesRange(clause: Pick<AcceptClause, 'type' | 'subtype'>, mediaType: string): boolean {
  const slash = mediaType.indexOf('/');
  if (clause.type === '*') return clause.subtype === '*';
  if (clause.type !== mediaType.slice(0, slash)) return false;
  return clause.subtype === '*' || clause.subtype === mediaType.slice(slash + 1);
}

function compareWild(a: string, b: string): number {
  return Number(a === '*') - Number(b === '*');
}

function readClause(part: string): AcceptClause | undefined {
  const [range = '', ...rest] = part.trim().split(';');
  const [type = '', subtype = type.trim() === '*' ? '*' : '', ...more] = range.split('/').map((text) => text.trim());
  if (subtype === '' || more.length > 0) return undefined;
  const parameters = new Map<string, string>();
  let quality = 1;
  for (const text of rest) {
    const [name = '', value = '', ...others] = text.split('=').map((each) => each.trim());
    if (value === '' || others.length > 0) continue;
    if (name === 'q') quality = Number.isFinite(Number(value)) ? Number(value) : 0;
    else parameters.set(name, value);
  }
  return { type, subtype, quality, parameters };
}

function represent(clause: AcceptClause, mediaType: MediaType, canTransform: boolean): Representation | undefined {
  const { parameters } = clause;
  // Upstream takes both and they change nothing here: nothing is watched, and the metadata have one version.
  if ((parameters.get('stream') ?? 'watch') !== 'watch' || (parameters.get('sv') ?? 'v1') !== 'v1') return undefined;
  const isPretty = parameters.get('pretty') === '1';
  const isPlain = !['as', 'g', 'v'].some((name) => parameters.has(name));
  if (isPlain) return { mediaType, transform: null, isPretty };
  const kind = parameters.get('as');
  const version = parameters.get('v');
  if (!canTransform || parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) {
    return undefined;
  }
  if (kind !== 'Table' && kind !== 'PartialObjectMetadata' && kind !== 'PartialObjectMetadataList') return undefined;
  // Nobody has rows in protobuf.
  if (kind === 'Table' && mediaType === 'application/vnd.kubernetes.protobuf') return undefined;
  return { mediaType, transform: { kind, version }, isPretty };
}
