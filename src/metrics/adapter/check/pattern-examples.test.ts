import fc from 'fast-check';
import { expect, test } from 'vitest';
import { patternExamples } from './pattern-examples.ts';

test.each([
  { pattern: '^(.*)_total$', expected: ['_total', 'x_total'] },
  { pattern: '^container_(cpu|memory)_.+', expected: ['container_cpu_x'] },
  { pattern: 'a|b{2}|(?i)c', expected: ['a', 'b', 'c'] },
  { pattern: '[a-z]+\\d\\.(?P<n>x?)', expected: ['a1.', 'a1.x'] },
  { pattern: '[^_]*', expected: ['', 'x'] },
])('$pattern', ({ pattern, expected }) => expect(patternExamples(pattern)).toEqual(expected));

test('no pattern is too odd for a guess', () => {
  fc.assert(fc.property(fc.string(), (pattern) => patternExamples(pattern).every((text) => typeof text === 'string')));
});
