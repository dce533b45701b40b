import { setTimeout as delay } from 'node:timers/promises';
import { type Spread, spreadOf } from '../scale/quantiles.ts';
import type { Asker } from './asker.ts';
import type { KubeletsChild } from './kubelets-child.ts';
import { type ClusterSize, podsOfNode, probedNodes } from './measured-cluster.ts';

/** How long a step of a counter takes to be seen. */
export interface StepDelays {
  /** From the step until the API shows it: the wait for the next scrape, and what follows. */
  readonly stepToServedMs: Spread;
  /** From the kubelet's answer that has the step in it until the API shows it. */
  readonly scrapeToServedMs: Spread;
  /** Steps that were not seen in time. */
  readonly unseenCount: number;
}

const POLL_MS = 50;
/** Steps begin this long after they were announced to the kubelets. */
const NOTICE_MS = 500;

/**
 * Steps the counter of every probe, spread over a resolution, and looks for each in the API; so many times over, with
 * two resolutions between, after which a rate is as it was.
 */
export async function measureSteps(options: {
  readonly size: ClusterSize;
  readonly kubelets: KubeletsChild;
  readonly asker: Asker;
  readonly resolutionSeconds: number;
  readonly roundCount: number;
}): Promise<StepDelays> {
  const { size, kubelets, asker, roundCount } = options;
  const resolutionMs = options.resolutionSeconds * 1000;
  const nodes = probedNodes(size);
  const toServedMs: number[] = [];
  const fromScrapeMs: number[] = [];
  for (let round = 0; round < roundCount; round += 1) {
    const startAtMs = Date.now() + NOTICE_MS;
    const waiting = new Map<string, { readonly node: number; readonly atMs: number }>();
    for (const [place, node] of nodes.entries()) {
      const atMs = startAtMs + (place / nodes.length) * resolutionMs;
      kubelets.step(node, atMs);
      waiting.set(podsOfNode(size, node)[0]?.name ?? '', { node, atMs });
    }
    const endsAtMs = startAtMs + 4 * resolutionMs;
    while (waiting.size > 0 && Date.now() < endsAtMs) {
      const probes = await asker.probes();
      const seenAtMs = Date.now();
      for (const { name } of probes.filter(({ isStepped }) => isStepped)) {
        const step = waiting.get(name);
        const scrapedAtMs = step === undefined ? undefined : kubelets.stepScrapedAtMs(step.node);
        if (step === undefined || scrapedAtMs === undefined) continue;
        waiting.delete(name);
        toServedMs.push(seenAtMs - step.atMs);
        fromScrapeMs.push(seenAtMs - scrapedAtMs);
      }
      await delay(POLL_MS);
    }
    await delay(2 * resolutionMs);
  }
  return {
    stepToServedMs: spreadOf(toServedMs),
    scrapeToServedMs: spreadOf(fromScrapeMs),
    unseenCount: nodes.length * roundCount - toServedMs.length,
  };
}
