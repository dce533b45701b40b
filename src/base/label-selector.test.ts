import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesSelector, parseSelector, type Selector, selectorOfObject, selectorText } from './label-selector.ts';

function read(text: string): Selector {
  const result = parseSelector(text);
  if (result.kind === 'invalid') throw new Error(result.message);
  return result.selector;
}

describe('text', () => {
  it.each([
    ['', '', 'everything'],
    ['b=1, a==2', 'a==2,b=1', 'sorted by key, operators kept'],
    ['x in (b,a,b)', 'x in (a,b)', 'values sorted, once each'],
    ['x notin (,a)', 'x notin (,a)', 'the empty value'],
    ['in in (in)', 'in in (in)', 'operators are names where a name is due'],
    ['!x,y', '!x,y', 'absence and presence'],
    ['x>1', 'x>1', 'numbers'],
    ['x=', 'x=', 'an empty value'],
  ])('%s is %s: %s', (text, canonical) => {
    expect(selectorText(read(text))).toBe(canonical);
  });

  it.each([
    ['x in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['x y', "unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt"],
    ['x,', "found '', expected: identifier after ','"],
    [',x', "found ',', expected: !, identifier, or 'end of string'"],
    ['x=1 y', "found 'y', expected: ',' or 'end of string'"],
    [
      'x>a',
      `unable to parse requirement: values[0]: Invalid value: "a": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
  ])('%s is refused', (text, message) => {
    expect(parseSelector(text)).toEqual({ kind: 'invalid', message });
  });
});

describe('object', () => {
  it('becomes one list of requirements in the order of keys', () => {
    const result = selectorOfObject({
      matchLabels: { b: '1' },
      matchExpressions: [
        { key: 'c', operator: 'DoesNotExist' },
        { key: 'a', operator: 'In', values: ['y', 'x'] },
      ],
    });
    expect(result.kind === 'selector' && selectorText(result.selector)).toBe('a in (x,y),b=1,!c');
  });

  it.each([
    [undefined, 'nothing'],
    [{}, 'all'],
  ])('%s selects %s', (object, kind) => {
    expect(selectorOfObject(object)).toMatchObject({ kind: 'selector', selector: { kind } });
  });

  it('names an unknown operator', () => {
    expect(selectorOfObject({ matchExpressions: [{ key: 'a', operator: 'Foo' }] })).toEqual({
      kind: 'invalid',
      message: '"Foo" is not a valid label selector operator',
    });
  });
});

it.each([
  ['app=web', { app: 'web' }, true],
  ['app!=web', {}, true],
  ['app in (web)', {}, false],
  ['app notin (web)', {}, true],
  ['!app', { app: '' }, false],
  ['n>2', { n: '3' }, true],
  ['n<2', { n: 'x' }, false],
  ['toString', {}, false],
])('%s on %j is %s', (text, labels, isMatch) => {
  expect(matchesSelector(read(text), labels)).toBe(isMatch);
});

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const clause = fc.oneof(
  name,
  name.map((key) => `!${key}`),
  fc.tuple(name, fc.constantFrom('=', '==', '!='), name).map((parts) => parts.join('')),
  fc
    .tuple(name, fc.constantFrom('in', 'notin'), fc.array(name, { minLength: 1, maxLength: 3 }))
    .map(([key, operator, values]) => `${key} ${operator} (${values.join(',')})`),
);

describe('laws', () => {
  it('the canonical text reads as the same selector', () => {
    fc.assert(
      fc.property(fc.array(clause, { maxLength: 4 }), (clauses) => {
        const selector = read(clauses.join(','));
        expect(read(selectorText(selector))).toEqual(selector);
      }),
    );
  });

  it('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['selector', 'invalid']).toContain(parseSelector(text).kind);
      }),
    );
  });
});
