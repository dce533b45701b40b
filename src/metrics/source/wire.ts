import { parseDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import { parseRfc3339 } from '../../base/rfc3339.ts';

/** Go's zero time, what a client reads from an absent timestamp. */
export const ZERO_TIME_MS = -62_135_596_800_000;

/** The items of a list answer; an answer that is no list at all is refused. */
export function readItems<T>(answer: unknown, kind: string): readonly T[] {
  if (typeof answer !== 'object' || answer === null) throw unreadable(`the answer is no ${kind}`);
  const items = (answer as { readonly items?: unknown }).items ?? [];
  if (!Array.isArray(items)) throw unreadable(`items of the ${kind} is no list`);
  return items as readonly T[];
}

/** Epoch ms of an RFC 3339 timestamp. */
export function readTime(text: unknown): number {
  if (text === undefined || text === null) return ZERO_TIME_MS;
  const atMs = typeof text === 'string' ? parseRfc3339(text) : undefined;
  if (atMs === undefined) throw unreadable(`timestamp ${JSON.stringify(text)} is not of the form 2006-01-02T15:04:05Z`);
  return atMs;
}

/** Milliseconds of a Go duration such as `30s`; 0 when there is none. */
export function readWindow(text: unknown): number {
  if (text === undefined || text === null) return 0;
  const windowMs = typeof text === 'string' ? parseDuration(text) : undefined;
  if (windowMs === undefined) throw unreadable(`window ${JSON.stringify(text)} is no duration such as 30s`);
  return windowMs;
}

/** Milliseconds of a window in whole seconds; null when there is none. */
export function readWindowSeconds(seconds: unknown): number | null {
  return typeof seconds === 'number' ? seconds * 1000 : null;
}

/** A quantity, which may stand on the wire as a number. */
export function readQuantity(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value === undefined || value === null) return '0';
  throw unreadable(`value ${JSON.stringify(value)} is no quantity`);
}

/** Quantities by resource name. */
export function readQuantities(usage: unknown): Readonly<Record<string, string>> {
  if (typeof usage !== 'object' || usage === null) return {};
  return Object.fromEntries(Object.entries(usage).map(([name, value]) => [name, readQuantity(value)]));
}

export function readLabels(
  labels: Readonly<Record<string, string>> | null | undefined,
): Readonly<Record<string, string>> {
  return labels ?? {};
}

function unreadable(message: string): Failure {
  return new Failure('unavailable', `unable to decode the answer: ${message}`);
}
