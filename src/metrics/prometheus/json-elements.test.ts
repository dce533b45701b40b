import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonElements, JsonElementsError } from './json-elements.ts';

const LIMITS = { elementBytesMax: 200, restBytesMax: 400 };

function read(text: string, path: readonly string[], chunkBytes = Number.POSITIVE_INFINITY) {
  const elements: unknown[] = [];
  const reader = new JsonElements({ path, onElements: (some) => elements.push(...some), ...LIMITS });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(bytes.subarray(at, at + chunkBytes));
  return { elements, rest: reader.end() };
}

describe('JsonElements', () => {
  test.each([
    {
      why: 'a list of series',
      text: '{"status":"success","data":[{"a":"1"},{"b":"]}"}],"warnings":["w"]}',
      path: ['data'],
      elements: [{ a: '1' }, { b: ']}' }],
      rest: { status: 'success', data: [], warnings: ['w'] },
    },
    {
      why: 'a result behind its type, and one before it',
      text: '{"data":{"result":[1,[2]],"resultType":"vector"}}',
      path: ['data', 'result'],
      elements: [1, [2]],
      rest: { data: { result: [], resultType: 'vector' } },
    },
    { why: 'an empty list', text: '{"data": [ ]}', path: ['data'], elements: [], rest: { data: [] } },
    { why: 'no list', text: '{"data":null,"x":[1]}', path: ['data'], elements: [], rest: { data: null, x: [1] } },
    {
      why: 'lists of the name elsewhere are rest',
      text: '{"x":{"data":[1]},"y":["data",[2]],"z":"data","data":[3]}',
      path: ['data'],
      elements: [3],
      rest: { x: { data: [1] }, y: ['data', [2]], z: 'data', data: [] },
    },
    {
      why: 'the path leads through objects alone',
      text: '{"data":[{"result":[1]}],"result":[2]}',
      path: ['data', 'result'],
      elements: [],
      rest: { data: [{ result: [1] }], result: [2] },
    },
    {
      why: 'after a member of the first name that is no object the second begins anew',
      text: '{"data":{"x":1},"result":[2]}',
      path: ['data', 'result'],
      elements: [],
      rest: { data: { x: 1 }, result: [2] },
    },
    {
      why: 'an object of the first name that is over leads nowhere any more',
      text: '{"data":{},"other":{"result":[1]}}',
      path: ['data', 'result'],
      elements: [],
      rest: { data: {}, other: { result: [1] } },
    },
    {
      why: 'a text in a list is no name',
      text: '["x","data",[2]]',
      path: ['data'],
      elements: [],
      rest: ['x', 'data', [2]],
    },
    {
      why: 'quotes and backslashes in texts, and names that need more than a byte',
      text: '{"é\\"":"\\\\","data":["\\\\","\\"]","é,"]}',
      path: ['data'],
      elements: ['\\', '"]', 'é,'],
      rest: { 'é"': '\\', data: [] },
    },
    {
      why: 'a name that is spelt in another way is rest, and its reader must look',
      text: '{"d\\u0061ta":[1]}',
      path: ['data'],
      elements: [],
      rest: { data: [1] },
    },
  ])('$why, in pieces of any size', ({ text, path, elements, rest }) => {
    for (const chunkBytes of [1, 2, 3, 7, Number.POSITIVE_INFINITY]) {
      expect({ chunkBytes, ...read(text, path, chunkBytes) }).toEqual({ chunkBytes, elements, rest });
    }
  });

  test.each([
    { why: 'nothing', text: '', says: 'Unexpected end of JSON input' },
    { why: 'it ends in the list', text: '{"data":[{"a":1},', says: 'ends within its list' },
    { why: 'it ends after the list', text: '{"data":[{"a":1}]', says: "Expected ',' or '}'" },
    { why: 'an element is no JSON', text: '{"data":[{"a":1,},2]}', says: 'Expected double-quoted property name' },
    { why: 'brackets that do not fit', text: '{"data":[{"a":[1}],2]}', says: 'JSON' },
    { why: 'the list ends as an object', text: '{"data":[1}', says: 'JSON' },
    { why: 'a comma too many at the end', text: '{"data":[1,]}', says: /is missing|Unexpected token/ },
    { why: 'a comma too many at the start', text: '{"data":[,1]}', says: /is missing|Unexpected token/ },
    { why: 'only a comma', text: '{"data":[,]}', says: /is missing|Unexpected token/ },
    { why: 'two lists', text: '{"data":[1],"data":[2]}', says: 'two lists of the same name' },
    { why: 'more after the end', text: '{"data":[]}]', says: 'JSON' },
    { why: 'an element beyond the bound', text: `{"data":[1,"${'x'.repeat(400)}"]}`, says: 'larger than 200 bytes' },
    { why: 'a rest beyond the bound', text: `{"x":"${'x'.repeat(400)}"}`, says: 'more than 400 bytes' },
  ])('refuses: $why', ({ text, says }) => {
    for (const chunkBytes of [1, 5, 50]) {
      expect(() => read(text, ['data'], chunkBytes)).toThrow(JsonElementsError);
      expect(() => read(text, ['data'], chunkBytes)).toThrow(says);
    }
  });

  test('what the taker of elements throws ends the reading', () => {
    const reader = new JsonElements({
      path: ['data'],
      onElements: () => {
        throw new RangeError('enough');
      },
      ...LIMITS,
    });
    expect(() => reader.push(Buffer.from('{"data":[1]}'))).toThrow(RangeError);
  });

  test('whatever the document and the pieces, elements and rest are those of the whole', () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const list = fc.array(value, { maxLength: 5 });
    const documents = fc.oneof(
      fc.record({ path: fc.constant(['data']), before: value, data: list, after: value }),
      fc.record({
        path: fc.constant(['data', 'result']),
        before: value,
        data: fc.record({ data: value, result: list, after: value }),
        result: value,
      }),
    );
    fc.assert(
      fc.property(
        documents,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 2 }),
        (document, bytes, indent) => {
          const { path, ...members } = document;
          const elements: unknown[] = [];
          const reader = new JsonElements({
            path,
            onElements: (some) => elements.push(...some),
            elementBytesMax: 1e6,
            restBytesMax: 1e6,
          });
          const text = Buffer.from(JSON.stringify(members, null, indent));
          for (let at = 0; at < text.length; at += bytes) reader.push(text.subarray(at, at + bytes));
          const rest = reader.end();
          const whole = JSON.parse(text.toString());
          const isDeep = path.length === 2;
          expect(elements).toEqual(isDeep ? whole.data.result : whole.data);
          expect(rest).toEqual({ ...whole, data: isDeep ? { ...whole.data, result: [] } : [] });
        },
      ),
    );
  });
});
