import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyJsonPatch, JsonPatchError } from './json-patch.ts';
import { findDuplicateFields, JsonSyntaxError } from './json-scan.ts';
import { applyMergePatch } from './merge-patch.ts';
import { SCHEMA_BOOK } from './schema-book.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

describe('JSON patch', () => {
  test.each([
    ['add a field', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['insert into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['append to a list', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    ['remove', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['replace in a list', { a: [1, 2] }, [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2] }],
    ['replace everything', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
    ['move', { a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, c: 1 }],
    ['copy', { a: [1] }, [{ op: 'copy', from: '/a', path: '/b' }], { a: [1], b: [1] }],
    [
      'escaped names',
      { 'a/b': { 'c~d': 1 } },
      [{ op: 'replace', path: '/a~1b/c~0d', value: 2 }],
      { 'a/b': { 'c~d': 2 } },
    ],
    ['a test that holds', { a: { b: 1 } }, [{ op: 'test', path: '/a', value: { b: 1 } }], { a: { b: 1 } }],
  ])('%s', (_why, document, patch, expected) => {
    const before = structuredClone(document);
    expect(applyJsonPatch(document, patch)).toEqual(expected);
    expect(document).toEqual(before);
  });

  test.each([
    ['no list', {}],
    ['a test that fails', [{ op: 'test', path: '/a', value: 2 }]],
    ['removal of nothing', [{ op: 'remove', path: '/b' }]],
    ['replacement of nothing', [{ op: 'replace', path: '/b', value: 1 }]],
    ['an index beyond the end', [{ op: 'add', path: '/list/3', value: 1 }]],
    ['an unknown operation', [{ op: 'increment', path: '/a' }]],
    ['no pointer', [{ op: 'remove', path: 'a' }]],
    ['a path through a scalar', [{ op: 'add', path: '/a/b', value: 1 }]],
  ])('refuses %s', (_why, patch) => {
    expect(() => applyJsonPatch({ a: 1, list: [0] }, patch)).toThrow(JsonPatchError);
  });

  test('cannot reach the prototype of anything', () => {
    const patched = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(Object.keys(patched as object)).toEqual(['__proto__']);
  });
});

describe('merge patch (examples of RFC 7386)', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j', (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });

  test('a second time changes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const once = applyMergePatch(target, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe('strategic merge patch', () => {
  const merge = (target: object, patch: object): unknown =>
    applyStrategicMerge(SCHEMA_BOOK, 'core.v1.PodSpec', target, patch);
  const named = (...names: readonly string[]) => names.map((name) => ({ name }));

  test.each([
    [
      'elements merge by their key, new ones come last',
      { containers: [{ name: 'a', image: '1' }] },
      { containers: [{ name: 'b' }, { name: 'a', tty: true }] },
      { containers: [{ name: 'a', image: '1', tty: true }, { name: 'b' }] },
    ],
    [
      'an order sorts',
      { containers: named('a', 'b') },
      { '$setElementOrder/containers': named('b', 'a') },
      { containers: named('b', 'a') },
    ],
    [
      'an order removes nothing: an element that it does not name stays before those that stood behind it',
      { containers: named('a', 'x', 'b') },
      { '$setElementOrder/containers': named('b', 'a'), containers: [{ name: 'b' }] },
      { containers: named('x', 'b', 'a') },
    ],
    [
      'delete an element',
      { containers: named('a', 'b') },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: named('b') },
    ],
    [
      'replace a list',
      { containers: named('a', 'b') },
      { containers: [{ $patch: 'replace' }, { name: 'c' }] },
      { containers: named('c') },
    ],
    [
      'replace an object',
      { securityContext: { runAsUser: 1 } },
      { securityContext: { $patch: 'replace', fsGroup: 2 } },
      { securityContext: { fsGroup: 2 } },
    ],
    ['delete an object', { securityContext: { runAsUser: 1 } }, { securityContext: { $patch: 'delete' } }, {}],
    [
      'a union keeps the members that are named',
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] },
      { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
    ],
    [
      'lists without a key are replaced',
      { tolerations: [{ key: 'a' }] },
      { tolerations: [{ key: 'b' }] },
      { tolerations: [{ key: 'b' }] },
    ],
    ['null removes', { nodeName: 'n', hostname: 'h' }, { nodeName: null }, { hostname: 'h' }],
    [
      'ports merge by their number',
      { containers: [{ name: 'a', ports: [{ containerPort: 80 }] }] },
      { containers: [{ name: 'a', ports: [{ containerPort: 81 }] }] },
      { containers: [{ name: 'a', ports: [{ containerPort: 80 }, { containerPort: 81 }] }] },
    ],
  ])('%s', (_why, target, patch, expected) => {
    expect(merge(target, patch)).toEqual(expected);
  });

  test('finalizers are a set', () => {
    const patched = applyStrategicMerge(
      SCHEMA_BOOK,
      'core.v1.Pod',
      { metadata: { finalizers: ['a', 'b'] } },
      {
        metadata: {
          finalizers: ['c'],
          '$deleteFromPrimitiveList/finalizers': ['a'],
          '$setElementOrder/finalizers': ['c', 'b'],
        },
      },
    );
    expect(patched).toEqual({ metadata: { finalizers: ['c', 'b'] } });
  });

  test('a keyed element without its key is refused', () => {
    expect(() => merge({ containers: [] }, { containers: [{ image: 'x' }] })).toThrow(
      'does not contain declared merge key: name',
    );
  });
});

describe('scanning JSON', () => {
  test('finds fields that stand twice, with their paths', () => {
    const text = '{"a":1,"b":{"c":[{"d":1,"d":2}],"c":3},"a":{}}';
    expect(findDuplicateFields(text)).toEqual(['b.c[0].d', 'b.c', 'a']);
  });

  test.each([
    ['{"a":', 'unexpected end of JSON input'],
    ['apiVersion: v1', "invalid character 'a' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1}x', "invalid character 'x' after top-level value"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['nul', 'unexpected end of JSON input'],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
  ])('%s: %s', (text, message) => {
    expect(() => findDuplicateFields(text)).toThrow(new JsonSyntaxError(message));
  });

  test('takes exactly what JSON.parse takes', () => {
    const almostJson = fc.oneof(
      fc.json(),
      fc
        .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 }))
        .map(([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice(at % (text.length + 1))),
    );
    fc.assert(
      fc.property(almostJson, (text) => {
        expect(succeeds(() => findDuplicateFields(text))).toBe(succeeds(() => JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });
});

function succeeds(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}
