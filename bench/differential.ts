/**
 * The differential test at length: `node bench/differential.ts [--stories 2000] [--batch 100] [--seed 1] [--duration 60]`.
 * `--keep FOLDER` writes the record of each batch in which something differs into the folder, and `--read FILE --seed N` goes
 * through such a record again.
 * Stories of any number, so many side by side on one control plane, one control plane after the other; every reconcile of
 * kube-controller-manager is gone through once more by ours. Prints what differs, and ends with 1 when something does,
 * with 2 when there was nothing to compare.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { summarizeExactly } from '../test/e2e/differential/exact-summary.ts';
import { readRecord, writeRecord } from '../test/e2e/differential/record.ts';
import { type Performance, perform } from '../test/e2e/differential/stage.ts';
import type { Story } from '../test/e2e/differential/story.ts';
import { generateStories } from '../test/e2e/differential/story-generator.ts';
import { numberFlag, refuse } from './number-flags.ts';

const { values } = parseArgs({
  options: {
    stories: { type: 'string', default: '2000' },
    batch: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    duration: { type: 'string', default: '60' },
    keep: { type: 'string' },
    read: { type: 'string' },
  },
});
if (values.read !== undefined && !existsSync(values.read)) refuse(`--read=${values.read}: no such file`);
const durationMs = numberFlag(values, 'duration') * 1000;
const batchCount =
  values.read === undefined ? Math.ceil(numberFlag(values, 'stories') / numberFlag(values, 'batch')) : 1;
const totals = { stories: 0, equal: 0, ambiguous: 0, blurred: 0, events: 0, lostEvents: 0, differences: 0 };
for (let batch = 0; batch < batchCount; batch += 1) {
  const seed = numberFlag(values, 'seed') + batch;
  const stories = generateStories(seed, numberFlag(values, 'batch'), durationMs);
  const performance = values.read === undefined ? await play(stories) : readRecord(values.read);
  const summary = await summarizeExactly(stories, performance);
  for (const difference of summary.differences) console.log(difference);
  if (values.keep !== undefined && summary.differences.length > 0)
    writeRecord(values.keep, `differential-${seed}`, performance);
  totals.stories += summary.storyCount;
  totals.equal += summary.equalCount;
  totals.ambiguous += summary.ambiguousCount;
  totals.blurred += summary.blurredCount;
  totals.events += summary.eventCount;
  totals.lostEvents += summary.lostEventCount;
  totals.differences += summary.differences.length;
  console.log(JSON.stringify(totals));
}
if (totals.equal + totals.ambiguous + totals.blurred + totals.differences === 0)
  refuse(`--seed=${values.seed}: no reconcile of these stories, as when a record was made with another seed or batch`);
process.exitCode = totals.differences === 0 ? 0 : 1;

function play(stories: readonly Story[]): Promise<Performance> {
  return perform(stories, { controller: 'upstream', durationMs });
}
