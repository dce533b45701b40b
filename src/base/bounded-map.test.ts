import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

test('the entry that was set longest ago gives way, and one that is set again is of now', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  expect([map.size, map.get('a'), map.get('b'), map.get('c'), [...map.values()]]).toEqual([2, 3, undefined, 4, [3, 4]]);
  map.delete('a');
  map.set('d', 5);
  expect([...map.values()]).toEqual([4, 5]);
});
