/**
 * The differential test at length: `node bench/differential.ts [--stories 2000] [--batch 100] [--seed 1] [--duration 60]`.
 * Stories of any number, so many side by side on one control plane, one control plane after the other; every reconcile of
 * kube-controller-manager is gone through once more by ours. Prints what differs, and ends with 1 when something does.
 */
import { parseArgs } from 'node:util';
import { summarizeExactly } from '../test/e2e/differential/exact-summary.ts';
import { perform } from '../test/e2e/differential/stage.ts';
import { generateStories } from '../test/e2e/differential/story-generator.ts';

const { values } = parseArgs({
  options: {
    stories: { type: 'string', default: '2000' },
    batch: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    duration: { type: 'string', default: '60' },
  },
});
const durationMs = Number(values.duration) * 1000;
const batchCount = Math.ceil(Number(values.stories) / Number(values.batch));
const totals = { stories: 0, equal: 0, ambiguous: 0, blurred: 0, events: 0, lostEvents: 0, differences: 0 };
for (let batch = 0; batch < batchCount; batch += 1) {
  const stories = generateStories(Number(values.seed) + batch, Number(values.batch), durationMs);
  const summary = await summarizeExactly(stories, await perform(stories, { controller: 'upstream', durationMs }));
  for (const difference of summary.differences) console.log(difference);
  totals.stories += summary.storyCount;
  totals.equal += summary.equalCount;
  totals.ambiguous += summary.ambiguousCount;
  totals.blurred += summary.blurredCount;
  totals.events += summary.eventCount;
  totals.lostEvents += summary.lostEventCount;
  totals.differences += summary.differences.length;
  console.log(JSON.stringify(totals));
}
process.exitCode = totals.differences === 0 ? 0 : 1;
