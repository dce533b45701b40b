import { describe, expect, test } from 'vitest';
import {
  PROMETHEUS_JOINT_OBJECTS_COUNT_MAX,
  PROMETHEUS_REMEMBERED_OBJECTS_COUNT_MAX,
  PROMQL_EXPRESSION_LENGTH_MAX,
} from '../../base/limits.ts';
import type { InstantQuery } from './api-calls.ts';
import { JointQueries } from './joint-queries.ts';

const SECOND_MS = 1_000;

function world(options: Partial<ConstructorParameters<typeof JointQueries>[0]> = {}) {
  const joint = new JointQueries({ freshnessMs: 2_000, lengthMax: PROMQL_EXPRESSION_LENGTH_MAX, ...options });
  /** Whom the query is about that is put when somebody asks for these at that second. */
  const ask = (names: string, atSeconds: number, metric = 'a'): string => {
    const text = joint.textFor(queryOf(names, atSeconds, metric));
    return /pod=~?"([^"]*)"/.exec(text)?.[1] ?? text;
  };
  return { joint, ask };
}

function queryOf(names: string, atSeconds: number, metric = 'a'): InstantQuery {
  const list = names.split('|');
  const query = `sum(${metric}{pod${list.length > 1 ? '=~' : '='}"${names}"}) by (pod)`;
  return { query, atMs: atSeconds * SECOND_MS, objects: { label: 'pod', names: list } };
}

describe('JointQueries', () => {
  test('who came soon after somebody the last time is asked for along with it, and finds the answer', () => {
    const { ask } = world();
    expect([ask('a1|a2', 0), ask('b', 0.5), ask('c', 1)]).toEqual(['a1|a2', 'b', 'c']);
    expect([ask('a1|a2', 15), ask('b', 15.5), ask('c', 16)]).toEqual(['a1|a2|b|c', 'a1|a2|b|c', 'a1|a2|b|c']);
    expect([ask('a1|a2', 30), ask('b', 30.5), ask('c', 31)]).toEqual(['a1|a2|b|c', 'a1|a2|b|c', 'a1|a2|b|c']);
  });

  test('nobody is asked for who is not expected while the answer is fresh', () => {
    const { ask } = world();
    for (const [index, names] of ['a', 'b', 'c', 'd'].entries()) ask(names, index * 3);
    expect([ask('a', 15), ask('b', 18), ask('c', 21), ask('d', 24)]).toEqual(['a', 'b', 'c', 'd']);
  });

  test('the order need not be the same, and an answer that is too old serves nobody', () => {
    const { ask } = world();
    for (const names of ['a', 'b', 'c']) ask(names, 0);
    expect([ask('c', 15), ask('a', 16.5), ask('b', 17.1)]).toEqual(['c|a|b', 'c|a|b', 'b']);
  });

  test('who has gone is asked for no more, and who is new is asked for by itself once', () => {
    const { ask } = world();
    for (const names of ['a', 'b']) ask(names, 0);
    expect([ask('a', 15), ask('c', 15)]).toEqual(['a|b', 'c']);
    expect([ask('a', 30), ask('c', 30)]).toEqual(['a|c', 'a|c']);
  });

  test('who is called like something else in the query is asked for by itself', () => {
    const joint = new JointQueries({ freshnessMs: 2_000, lengthMax: PROMQL_EXPRESSION_LENGTH_MAX });
    const ask = (name: string, atMs: number): boolean => {
      const query = `sum(a{namespace="${name}",pod="${name}"}) by (pod)`;
      return joint.textFor({ query, atMs, objects: { label: 'pod', names: [name] } }) === query;
    };
    expect(['a', 'b'].map((name) => ask(name, 0))).toEqual([true, true]);
    expect(['a', 'b'].map((name) => ask(name, 15_000))).toEqual([true, true]);
  });

  test('who asks for some of the same objects is served too, and one object is named once', () => {
    const { ask } = world();
    for (const names of ['a|b', 'b|c']) ask(names, 0);
    expect([ask('a|b', 15), ask('b|c', 15), ask('c', 15)]).toEqual(['a|b|c', 'a|b|c', 'a|b|c']);
  });

  test('another query is another matter', () => {
    const { ask } = world();
    ask('a', 0);
    ask('b', 0, 'other');
    expect([ask('a', 15), ask('b', 15, 'other')]).toEqual(['a', 'b']);
  });

  test('after a failure each asks for its own for a minute', () => {
    const { joint, ask } = world();
    for (const names of ['a', 'b']) ask(names, 0);
    expect(ask('a', 15)).toBe('a|b');
    joint.separate(queryOf('a', 15));
    expect([ask('b', 15.1), ask('a', 30), ask('b', 30)]).toEqual(['b', 'a', 'b']);
    expect([ask('a', 74.9), ask('b', 74.9)]).toEqual(['a', 'b']);
    expect([ask('a', 89.9), ask('b', 89.9)]).toEqual(['a|b', 'a|b']);
  });

  test('queries about no objects, and those that cannot be put for several, stay as they are', () => {
    const { joint } = world();
    for (const atMs of [0, 15_000]) {
      expect(joint.textFor({ query: 'up', atMs })).toBe('up');
      for (const name of ['a', 'b']) {
        const query = `up{pod="${name}"}`;
        expect(joint.textFor({ query, atMs, objects: { label: 'pod', names: [name] } })).toBe(query);
      }
    }
    joint.separate({ query: 'up', atMs: 0 });
  });

  test('a query is about a bounded number of objects, and who asks for more asks by itself', () => {
    const { ask } = world();
    const many = (letter: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${letter}${index}`).join('|');
    const half = PROMETHEUS_JOINT_OBJECTS_COUNT_MAX / 2;
    const all = [many('a', half), many('b', half), many('c', 1), many('d', PROMETHEUS_JOINT_OBJECTS_COUNT_MAX + 1)];
    for (const names of all) ask(names, 0);
    const put = all.map((names) => ask(names, 15));
    expect(put).toEqual([`${all[0]}|${all[1]}`, `${all[0]}|${all[1]}`, all[2], all[3]]);
  });

  test('a query is no longer than a URL where it must travel in one', () => {
    const { query } = queryOf('aaaa', 0);
    const lengthMax = encodeURIComponent(query).length + 2 * '%7Cbbbb'.length;
    const { ask } = world({ lengthMax });
    for (const names of ['aaaa', 'bbbb', 'cccc', 'dddd']) ask(names, 0);
    expect(ask('aaaa', 15)).toBe('aaaa|bbbb|cccc');
    const { joint } = world({ lengthMax });
    for (const atSeconds of [0, 15]) {
      for (const names of ['aaaa', 'bbbb', 'cccc', 'dddd']) {
        const text = joint.textFor(queryOf(names, atSeconds));
        expect(encodeURIComponent(text).length).toBeLessThanOrEqual(lengthMax + encodeURIComponent('~').length);
      }
    }
  });

  test('what is remembered is bounded in number, and in time', () => {
    const { ask } = world();
    for (const names of ['a', 'b']) ask(names, 0);
    for (let index = 0; index < PROMETHEUS_REMEMBERED_OBJECTS_COUNT_MAX / 250; index += 1) {
      ask(Array.from({ length: 250 }, (_, pod) => `p${index}-${pod}`).join('|'), 0, `m${index}`);
    }
    expect(ask('a', 15)).toBe('a');
    const other = world();
    for (const names of ['a', 'b']) other.ask(names, 0);
    other.ask('c', 200, 'other');
    expect(other.ask('a', 200)).toBe('a');
  });
});
