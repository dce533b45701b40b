import {
  METRIC_READER_EXPECTED_MS,
  PROMETHEUS_JOINT_OBJECTS_COUNT_MAX,
  PROMETHEUS_REMEMBERED_OBJECTS_COUNT_MAX,
} from '../../base/limits.ts';
import type { InstantQuery } from './api-calls.ts';
import { type JointQuery, jointQueryOf, outlineOf, type QueriedObjects, type QueryOutline } from './joint-query.ts';

/** For whom queries are put together. */
export interface JointQueriesOptions {
  /** How much older than asked for an answer may be: who is expected within this time is asked for along. */
  readonly freshnessMs: number;
  /** Longest query for several, as a URL has it. */
  readonly lengthMax: number;
}

/** Somebody who asks again and again for the same objects. */
interface Asker {
  readonly names: readonly string[];
  readonly askedAtMs: number;
}

/** Queries that differ in nothing but the objects. */
interface Shape {
  /** By their objects, who has asked longest ago first. */
  readonly askers: Map<string, Asker>;
  /** How one of them was read, which stands for all; null when none may be put for several, undefined before it is needed. */
  reading: JointQuery | null | undefined;
  /** What was put last for several. */
  joint: { readonly text: string; readonly names: ReadonlySet<string>; readonly atMs: number } | undefined;
  separateUntilMs: number;
}

/**
 * Puts queries of the same shape together, each about objects of its own, so that a hundred HPAs of which each follows its own
 * pods cost the backend one query. Nobody waits for it: HPAs ask in about the same order again and again, so that whoever came
 * soon before or after an asker the last time is asked for along with it, and finds the answer there. Others are not: for HPAs
 * that ask far apart the backend must not do the work of all each time.
 */
export class JointQueries {
  readonly #options: JointQueriesOptions;
  /** Who was asked for longest ago first. */
  readonly #shapes = new Map<string, Shape>();
  #objectsCount = 0;

  constructor(options: JointQueriesOptions) {
    this.#options = options;
  }

  /** What is to be put in the place of a query, whose answer has the same rows for its objects; the query itself for most. */
  textFor({ query, atMs, objects }: InstantQuery): string {
    if (objects === undefined || objects.names.length > PROMETHEUS_JOINT_OBJECTS_COUNT_MAX) return query;
    const outline = outlineOf(query, objects);
    if (outline === undefined) return query;
    const shape = this.#shapeOf(outline.key);
    const before = this.#note(shape, { names: objects.names, askedAtMs: atMs });
    this.#forget(atMs);
    if (shape.reading === null || atMs < shape.separateUntilMs) return query;
    const { freshnessMs } = this.#options;
    const { joint: last } = shape;
    const isFresh = last !== undefined && last.atMs <= atMs && atMs - last.atMs <= freshnessMs;
    if (isFresh && objects.names.every((name) => last.names.has(name))) return last.text;
    if (before === undefined) return query;
    const names = this.#withExpected(shape, query, outline, objects.names, before.askedAtMs);
    if (names.size === objects.names.length) return query;
    shape.reading ??= readingOf(query, objects, outline);
    if (shape.reading === null) return query;
    shape.joint = { text: shape.reading.textFor([...names]), names, atMs };
    return shape.joint.text;
  }

  /** Puts queries of this one's shape separately for a while: one for several has failed. */
  separate({ query, atMs, objects }: InstantQuery): void {
    const outline = objects && outlineOf(query, objects);
    if (outline === undefined) return;
    const shape = this.#shapeOf(outline.key);
    shape.joint = undefined;
    shape.separateUntilMs = atMs + SEPARATE_MS;
  }

  #shapeOf(key: string): Shape {
    const shape = this.#shapes.get(key) ?? {
      askers: new Map(),
      reading: undefined,
      joint: undefined,
      separateUntilMs: 0,
    };
    this.#shapes.delete(key);
    this.#shapes.set(key, shape);
    return shape;
  }

  /** The asker as it was before, if it has asked. */
  #note({ askers }: Shape, asker: Asker): Asker | undefined {
    const key = asker.names.join('|');
    const before = askers.get(key);
    askers.delete(key);
    askers.set(key, asker);
    if (before === undefined) this.#objectsCount += asker.names.length;
    return before;
  }

  /** The names, and those of whoever asked at about the time at which they were asked for before, and not since. */
  #withExpected(
    { askers }: Shape,
    query: string,
    { placesCount }: QueryOutline,
    own: readonly string[],
    beforeMs: number,
  ): ReadonlySet<string> {
    const { freshnessMs, lengthMax } = this.#options;
    const names = new Set(own);
    let length = encodeURIComponent(query).length;
    for (const asker of askers.values()) {
      if (asker.askedAtMs < beforeMs - freshnessMs) continue;
      if (asker.askedAtMs > beforeMs + freshnessMs) break;
      const more = asker.names.filter((name) => !names.has(name));
      length += more.reduce((sum, name) => sum + SEPARATOR_LENGTH + name.length, 0) * placesCount;
      if (names.size + more.length > PROMETHEUS_JOINT_OBJECTS_COUNT_MAX || length > lengthMax) break;
      for (const name of more) names.add(name);
    }
    return names;
  }

  /** Who has not asked for long does not any more; who is too many has asked longest ago. */
  #forget(nowMs: number): void {
    for (const [key, { askers }] of this.#shapes) {
      for (const [objects, { names, askedAtMs }] of askers) {
        const isTooMany = this.#objectsCount > PROMETHEUS_REMEMBERED_OBJECTS_COUNT_MAX;
        if (!isTooMany && nowMs - askedAtMs <= METRIC_READER_EXPECTED_MS) break;
        askers.delete(objects);
        this.#objectsCount -= names.length;
      }
      if (askers.size > 0) return;
      this.#shapes.delete(key);
    }
  }
}

/** Null unless the names stand nowhere but where the objects are taken: whatever else is in the query is then the same in all. */
function readingOf(query: string, objects: QueriedObjects, { placesCount }: QueryOutline): JointQuery | null {
  const joint = jointQueryOf(query, objects);
  return joint?.placesCount === placesCount ? joint : null;
}

/** `%7C`. */
const SEPARATOR_LENGTH = 3;

/** What has failed for several may go well when the data has changed. */
const SEPARATE_MS = 60_000;
