import { parseDuration } from '../../base/duration.ts';
import { quoteText } from '../../base/go-text.ts';
import { parseSelector, type Selector } from '../../base/label-selector.ts';
import { RefusedRequest } from './answer.ts';
import { type FieldTerm, parseFieldSelector } from './field-selector.ts';

/** What the query of a list asks for, as far as these APIs act upon it. */
export interface ListOptions {
  readonly labelSelector: string;
  readonly fields: readonly FieldTerm[];
  readonly isWatch: boolean;
}

/**
 * Reads the query as upstream reads `meta/v1 ListOptions`: the first of repeated parameters counts, and what is taken and
 * not acted upon must be well-formed all the same. Throws RefusedRequest (400) with upstream's texts.
 */
export function readListOptions(query: URLSearchParams, knownFields: readonly string[]): ListOptions {
  const labelSelector = query.get('labelSelector') ?? '';
  readSelector(labelSelector);
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', knownFields);
  if (fields.kind === 'invalid') throw badRequest(fields.message);
  for (const name of ['limit', 'timeoutSeconds']) requireInteger(query.get(name));
  return { labelSelector, fields: fields.terms, isWatch: isTrue(query.get('watch')) };
}

/** Throws RefusedRequest (400) with the parser's text. */
export function readSelector(text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'invalid') throw badRequest(parsed.message);
  return parsed.selector;
}

/** The 400 of a query that cannot be understood. */
export function badRequest(message: string): RefusedRequest {
  return new RefusedRequest(400, 'BadRequest', message);
}

/** The 405 of a watch, which metrics do not have. */
export function noWatch(group: string, kind: string): RefusedRequest {
  const message = `watch is not supported on resources of kind "${kind}.${group}"`;
  return new RefusedRequest(405, 'MethodNotAllowed', message, { group, kind });
}

/** Upstream takes every value for yes but `0` and `false`, an empty one too. */
function isTrue(text: string | null): boolean {
  return text !== null && !['0', 'false'].includes(text.toLowerCase());
}

/** Of numbers that are taken and not acted upon; upstream's words. */
function requireInteger(text: string | null): void {
  if (text === null) return;
  const problem = !/^[+-]?\d+$/.test(text) ? 'invalid syntax' : isInt64(text) ? undefined : 'value out of range';
  if (problem !== undefined) throw badRequest(`strconv.ParseInt: parsing ${quoteText(text)}: ${problem}`);
}

/** Digits beyond a few dozen are not turned into a number to find out. */
function isInt64(text: string): boolean {
  const digits = text.replace(/^[+-]?0*/, '');
  if (digits.length > INT64_DIGITS_COUNT_MAX) return false;
  const value = BigInt(`${text.startsWith('-') ? '-' : ''}${digits === '' ? '0' : digits}`);
  return BigInt.asIntN(64, value) === value;
}

const INT64_DIGITS_COUNT_MAX = 19;

/** How long the client waits must be a duration, in Go's words; whoever is in front of the handler ends requests. */
export function requireTimeout(query: URLSearchParams): void {
  const text = query.get('timeout') ?? '';
  if (text === '' || parseDuration(text) !== undefined) return;
  throw badRequest(`invalid timeout specified in the request URL - time: ${durationProblem(text)}`);
}

function durationProblem(text: string): string {
  const quoted = quoteText(text);
  const [, rest = '', unit] = /^[+-]?(?:\d+\.?\d*|\.\d+)(([^\d.]*).*)$/s.exec(text) ?? [undefined, '-', undefined];
  if (rest === '') return `missing unit in duration ${quoted}`;
  return unit === undefined ? `invalid duration ${quoted}` : `unknown unit ${quoteText(unit)} in duration ${quoted}`;
}
