import { expect, test } from 'vitest';
import { FAULTS } from '../whole/simulation/faults.ts';
import { runParallelCampaign } from '../whole/simulation/parallel-campaign.ts';

/** What each run in CI plays; needs no components. `node bench/simulation.ts` plays any number. */
const SYNC_COUNT_MIN = 100_000;
const CRASH_COUNT_MIN = 1_000;
/** What happens besides the faults on the way: to HPAs, workloads and processes. */
const EVENT_KINDS = [
  'load',
  'edit',
  'crash',
  'restart',
  'pause',
  'wallStep',
  'hpaRecreated',
  'targetRecreated',
  'scaledByHand',
  'podsChurned',
  'podsUnready',
] as const;

test('100,000 syncs and 1,000 crashes: no wrong action, and everything comes to rest', async () => {
  const { tales, ...totals } = await runParallelCampaign({
    threadCount: 2,
    firstSeed: 1,
    syncCountMin: SYNC_COUNT_MIN,
    crashCountMin: CRASH_COUNT_MIN,
  });
  process.stdout.write(`${JSON.stringify({ ...totals, faultCounts: Object.fromEntries(totals.faultCounts) })}\n`);
  expect(tales.join('\n\n')).toBe('');
  expect(totals.syncCount).toBeGreaterThanOrEqual(SYNC_COUNT_MIN);
  expect(totals.crashCount).toBeGreaterThanOrEqual(CRASH_COUNT_MIN);
  const kinds = [...Object.keys(FAULTS), ...EVENT_KINDS];
  expect(kinds.filter((kind) => (totals.faultCounts.get(kind) ?? 0) === 0)).toEqual([]);
}, 1_800_000);
