import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EMPTY_MEMORY, type Recommendation } from '../../../src/core/engine/memory.ts';
import { readAuditTrail } from './audit-trail.ts';
import { compareStory, mostUnlike, type Recollection, type StoryComparison } from './exact-comparison.ts';
import { readRecord } from './record.ts';

const memory = (recommendations: readonly Recommendation[]) => ({ ...EMPTY_MEMORY, recommendations });
const recalled = (count: number, atMs: number): Recollection => {
  const whole = memory([[count, atMs]]);
  return { memory: whole, essence: whole };
};

test('memories of other counts are kept before those of other instants', () => {
  const manyInstants = Array.from({ length: 40 }, (_, index) => recalled(10, index));
  const kept = mostUnlike([...manyInstants, recalled(7, 3), recalled(8, 3), recalled(7, 4)]);
  expect(kept).toHaveLength(32);
  expect(kept.slice(0, 4)).toEqual([recalled(10, 0), recalled(7, 3), recalled(8, 3), recalled(10, 1)].map(memoryOf));
  expect(kept).toContainEqual(recalled(7, 4).memory);
});

test('memories that differ in what no longer decides come after those that differ in what does', () => {
  const forgetful = Array.from({ length: 40 }, (_, index) => ({
    memory: memory([
      [index, 0],
      [4, 9],
    ]),
    essence: memory([[4, 9]]),
  }));
  const kept = mostUnlike([...forgetful, recalled(3, 9)]);
  expect(kept.slice(0, 2)).toEqual([forgetful[0], recalled(3, 9)].map(memoryOf));
});

test('few memories are all kept, each once', () => {
  const few = [recalled(1, 1), recalled(1, 1), recalled(1, 2)];
  expect(mostUnlike(few)).toEqual([recalled(1, 1), recalled(1, 2)].map(memoryOf));
});

test('pods that change between two metrics of a reconcile leave open what it remembers', async () => {
  const { verdicts, events } = await compareRecord();
  expect(verdicts.map(({ kind }) => kind)).toEqual([...Array(8).fill('equal'), 'ambiguous', 'equal', 'equal']);
  expect(events).toEqual({ differences: [], lostCount: 0, count: 2 });
});

test.each([
  ['a scale that nobody wrote', '"replicas":2', '"replicas":3'],
  ['a count that nobody wanted', '"desiredReplicas":2', '"desiredReplicas":3'],
  ['a reason that was another', 'TooFewReplicas', 'DesiredWithinRange'],
])('%s in the last reconcile of that record is a difference', async (_, written, forged) => {
  const { verdicts } = await compareRecord((line) => line.replace(written, forged));
  expect(verdicts.at(-1)?.kind).toBe('different');
});

/** A story whose pods changed between two metrics of its ninth reconcile, with the last two writes forged. */
async function compareRecord(forge = (line: string): string => line): Promise<StoryComparison> {
  const { auditLines, answers, endedAtMs } = readRecord(
    join(import.meta.dirname, 'records', 'pods-change-between-metrics.json'),
  );
  const last = auditLines.filter((line) => line.includes('"verb":"update"')).slice(-2);
  const trail = readAuditTrail(auditLines.map((line) => (last.includes(line) ? forge(line) : line)));
  return compareStory(trail.get('story') ?? [], { answers, endedAtMs, eventsUpToMs: endedAtMs });
}

function memoryOf(recollection: Recollection | undefined): unknown {
  return recollection?.memory;
}
