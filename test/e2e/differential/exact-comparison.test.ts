import { expect, test } from 'vitest';
import { EMPTY_MEMORY, type Memory } from '../../../src/core/engine/memory.ts';
import { mostUnlike } from './exact-comparison.ts';

const recalled = (count: number, atMs: number): Memory => ({ ...EMPTY_MEMORY, recommendations: [[count, atMs]] });

test('memories of other counts are kept before those of other instants', () => {
  const manyInstants = Array.from({ length: 40 }, (_, index) => recalled(10, index));
  const kept = mostUnlike([...manyInstants, recalled(7, 3), recalled(8, 3), recalled(7, 4)]);
  expect(kept).toHaveLength(16);
  expect(kept.slice(0, 4)).toEqual([recalled(10, 0), recalled(7, 3), recalled(8, 3), recalled(10, 1)]);
  expect(kept).toContainEqual(recalled(7, 4));
});

test('few memories are all kept, each once', () => {
  expect(mostUnlike([recalled(1, 1), recalled(1, 1), recalled(1, 2)])).toEqual([recalled(1, 1), recalled(1, 2)]);
});
