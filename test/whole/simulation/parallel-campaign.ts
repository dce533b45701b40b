import { Worker } from 'node:worker_threads';
import { addedUp, type CampaignOptions, type CampaignTotals, NOTHING_PLAYED } from './campaign.ts';
import type { SimulationResult } from './simulation.ts';

/** So far apart that the seeds of two threads never meet. */
const SEEDS_OF_A_THREAD = 10_000_000;

/** A campaign cut into equal parts, each played by a thread of its own from seeds of its own. */
export async function runParallelCampaign(
  options: CampaignOptions & { readonly threadCount: number },
): Promise<CampaignTotals> {
  const { threadCount, firstSeed, syncCountMin, crashCountMin, onPlayed } = options;
  let totals = NOTHING_PLAYED;
  const play = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./campaign-thread.ts', import.meta.url), {
        workerData: {
          firstSeed: firstSeed + index * SEEDS_OF_A_THREAD,
          syncCountMin: Math.ceil(syncCountMin / threadCount),
          crashCountMin: Math.ceil(crashCountMin / threadCount),
        },
      });
      worker.on('message', (result: SimulationResult) => {
        totals = addedUp(totals, result);
        onPlayed?.(totals, result);
      });
      worker.once('error', reject);
      worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with code ${code}`))));
    });
  await Promise.all(Array.from({ length: threadCount }, (_, index) => play(index)));
  return totals;
}
