import { parseSelector, type SelectorOperator } from '../../base/label-selector.ts';

/** What a request wants to do, as authorization asks about it. */
export type RequestAttributes = ResourceRequest | PathRequest;

/** Something with an object of the API, or with a list of them. Texts that do not apply are empty. */
export interface ResourceRequest {
  readonly kind: 'resource';
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly fieldRequirements: readonly SelectorRequirementAttributes[];
  readonly labelRequirements: readonly SelectorRequirementAttributes[];
}

/** Anything else, for example `/metrics` or discovery: the verb is the method in lower case. */
export interface PathRequest {
  readonly kind: 'path';
  readonly verb: string;
  /** Percent-decoded. */
  readonly path: string;
}

/** A requirement of a selector in the form of `authorization.k8s.io/v1`. */
export interface SelectorRequirementAttributes {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** A request target in the only reading that it has, or why it may have several. */
export type TargetReading =
  | { readonly kind: 'read'; readonly attributes: RequestAttributes }
  | { readonly kind: 'ambiguous'; readonly why: string };

/**
 * Reads a request target (`/apis/metrics.k8s.io/v1/pods?watch=1`) by upstream's request-info rules. A target that routers,
 * proxies and this function could read differently is none: dot segments, empty segments, encoded slashes, control
 * characters, absolute form. No client of these APIs sends one.
 */
export function readRequestTarget(method: string, target: string): TargetReading {
  const queryAt = target.indexOf('?');
  const rawPath = queryAt === -1 ? target : target.slice(0, queryAt);
  const segments = readSegments(rawPath);
  if (typeof segments === 'string') return { kind: 'ambiguous', why: segments };
  const query = new URLSearchParams(queryAt === -1 ? '' : target.slice(queryAt + 1));
  const attributes = attributesOf(method, segments, query);
  if (attributes === undefined) return { kind: 'ambiguous', why: 'unable to determine kind and namespace from url' };
  return { kind: 'read', attributes };
}

const SEGMENT = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*$/;

/** The decoded segments, the last one empty after a trailing slash; or why there is no one reading of the path. */
function readSegments(rawPath: string): readonly string[] | string {
  if (!rawPath.startsWith('/')) return 'the request target must be a path that begins with a slash';
  const segments: string[] = [];
  const rawSegments = rawPath.slice(1).split('/');
  for (const [index, raw] of rawSegments.entries()) {
    if (raw === '' && index < rawSegments.length - 1) return 'the path must not hold empty segments';
    if (!SEGMENT.test(raw)) return 'the path must hold no characters that need to be percent-encoded';
    const segment = decodeSegment(raw);
    if (segment === undefined) return 'percent-encoded characters of the path must be UTF-8';
    if (segment === '.' || segment === '..') return 'the path must not hold dot segments';
    if (HIDDEN.test(segment)) return 'the path must not hold encoded slashes, backslashes or control characters';
    segments.push(segment);
  }
  return segments;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is its purpose.
const HIDDEN = /[/\\\u0000-\u001f\u007f]/;

function decodeSegment(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

const METHOD_VERBS: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);
const VERBS_IN_PATH: ReadonlySet<string> = new Set(['proxy', 'watch']);
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

function attributesOf(
  method: string,
  segments: readonly string[],
  query: URLSearchParams,
): RequestAttributes | undefined {
  const parts = segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  const [prefix] = parts;
  const isResource = (prefix === 'api' && parts.length >= 3) || (prefix === 'apis' && parts.length >= 4);
  if (!isResource) return { kind: 'path', verb: method.toLowerCase(), path: `/${segments.join('/')}` };
  const [group = '', version = '', ...rest] = prefix === 'api' ? ['', ...parts.slice(1)] : parts.slice(1);
  return readResourcePath(method, { group, version, parts: rest }, query);
}

/**
 * What a path below a group version means, its parts decoded and without slashes at the ends; undefined for a verb that
 * nothing follows. Handlers that go by the same reading answer what was authorized and nothing else.
 */
export function readResourcePath(
  method: string,
  path: { readonly group: string; readonly version: string; readonly parts: readonly string[] },
  query: URLSearchParams,
): ResourceRequest | undefined {
  const { group, version, parts } = path;
  const isVerbInPath = VERBS_IN_PATH.has(parts[0] ?? '');
  if (isVerbInPath && parts.length < 2) return undefined;
  const verb = isVerbInPath ? (parts[0] ?? '') : (METHOD_VERBS.get(method) ?? '');
  const object = objectOf(isVerbInPath ? parts.slice(1) : parts, verb);
  return { kind: 'resource', group, version, ...object, ...selectedBy(verb, object.name, isVerbInPath, query) };
}

/** `namespaces/NS/RESOURCE/NAME/SUBRESOURCE`, the first two where there is a namespace. */
function objectOf(parts: readonly string[], verb: string) {
  const isNamespaced = parts[0] === 'namespaces' && parts.length > 1;
  const namespace = isNamespaced ? (parts[1] ?? '') : '';
  const own = isNamespaced && parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '') ? parts.slice(2) : parts;
  const [resource = '', name = '', subresource = ''] = own;
  return { namespace, resource, name, subresource: verb === 'proxy' ? '' : subresource };
}

/** A get without a name is a list or a watch, and selectors of those narrow what is asked for. */
function selectedBy(verb: string, name: string, isVerbInPath: boolean, query: URLSearchParams) {
  const fields = readFieldSelector(query.get('fieldSelector') ?? '');
  let [asked, askedName] = [verb, name];
  if (name === '' && verb === 'get') {
    asked = isTrue(query.get('watch')) ? 'watch' : 'list';
    askedName = exactName(fields) ?? '';
  } else if (name === '' && verb === 'delete') asked = 'deletecollection';
  const isNarrowed = !isVerbInPath && (asked === 'list' || asked === 'watch' || asked === 'deletecollection');
  return {
    verb: asked,
    name: askedName,
    fieldRequirements: isNarrowed ? fields : [],
    labelRequirements: isNarrowed ? readLabelSelector(query.get('labelSelector') ?? '') : [],
  };
}

/** Any value but these two turns a boolean parameter on, an empty one too. */
function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0';
}

/** `metadata.name=x,status.phase!=Running`; nothing of one that breaks the grammar, which the handler will refuse. */
function readFieldSelector(text: string): readonly SelectorRequirementAttributes[] {
  const requirements: SelectorRequirementAttributes[] = [];
  for (const term of splitTerms(text)) {
    const match = /^((?:[^\\=!]|\\.)*)(!=|==|=)(.*)$/s.exec(term);
    if (match === null) return [];
    const [, key = '', operator, value = ''] = match;
    requirements.push({ key, operator: operator === '!=' ? 'NotIn' : 'In', values: [unescapeValue(value)] });
  }
  return requirements;
}

function splitTerms(text: string): readonly string[] {
  return (text.match(/(?:[^\\,]|\\.)+/gs) ?? []).filter((term) => term !== '');
}

function unescapeValue(text: string): string {
  return text.replaceAll(/\\([\\,=])/g, '$1');
}

function exactName(fields: readonly SelectorRequirementAttributes[]): string | undefined {
  const name = fields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values?.[0];
  return name === undefined || /[/%]/.test(name) || name === '.' || name === '..' ? undefined : name;
}

const LABEL_OPERATORS: ReadonlyMap<SelectorOperator, string> = new Map([
  ['=', 'In'],
  ['==', 'In'],
  ['in', 'In'],
  ['!=', 'NotIn'],
  ['notin', 'NotIn'],
  ['exists', 'Exists'],
  ['!', 'DoesNotExist'],
]);

function readLabelSelector(text: string): readonly SelectorRequirementAttributes[] {
  const parsed = text === '' ? undefined : parseSelector(text);
  if (parsed?.kind !== 'selector' || parsed.selector.kind !== 'all') return [];
  return parsed.selector.requirements.flatMap(({ key, operator, values }) => {
    const known = LABEL_OPERATORS.get(operator);
    // Requirements are joined by and: leaving one out asks for more than is wanted, never for less.
    if (known === undefined) return [];
    return [{ key, operator: known, ...(values.length === 0 ? {} : { values }) }];
  });
}
