import { nameFraction } from '../../base/name-fraction.ts';

/**
 * When the next scrape of a node is due, epoch ms: once each resolution at a moment which its name decides, so that
 * scrapes are spread over time, two replicas scrape a node together, and a restart changes nothing; or at `phaseMs`
 * into each resolution, where that is given. At least half a resolution after `startedAtMs`, when the last scrape began,
 * because a kubelet measures no more often than that.
 */
export function nextScrapeAtMs(
  nodeName: string,
  startedAtMs: number,
  resolutionMs: number,
  phaseMs = Math.floor((nameFraction(nodeName) * resolutionMs) / GRID_MS) * GRID_MS,
): number {
  const earliestMs = startedAtMs + resolutionMs / 2;
  return Math.ceil((earliestMs - phaseMs) / resolutionMs) * resolutionMs + phaseMs;
}

/**
 * Scrapes begin on this grid, several at once when there are many nodes: one that comes alone wakes the process from its
 * sleep, and costs more for that than for what it reads.
 */
const GRID_MS = 125;
