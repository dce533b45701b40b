import { parentPort, workerData } from 'node:worker_threads';
import { type CampaignOptions, runCampaign } from './campaign.ts';

/** A thread of `runParallelCampaign`: tells what each seed came to. */
if (parentPort !== null) {
  const port = parentPort;
  const options: Omit<CampaignOptions, 'onPlayed'> = workerData;
  await runCampaign({ ...options, onPlayed: (_totals, result) => port.postMessage(result) });
}
