import { type SimulationResult, simulate } from './simulation.ts';
import { CRASHING_SCALE, ORDINARY_SCALE } from './story.ts';

/** How long seeds are played one after the other. */
export interface CampaignOptions {
  readonly firstSeed: number;
  readonly syncCountMin: number;
  readonly crashCountMin: number;
  /** Told after each seed. */
  readonly onPlayed?: (totals: CampaignTotals, result: SimulationResult) => void;
}

/** What the seeds came to, all together. */
export interface CampaignTotals {
  readonly seedCount: number;
  readonly syncCount: number;
  readonly writeCount: number;
  readonly crashCount: number;
  readonly faultCounts: ReadonlyMap<string, number>;
  /** Of each seed that went wrong. */
  readonly tales: readonly string[];
}

/** Before the first seed. */
export const NOTHING_PLAYED: CampaignTotals = {
  seedCount: 0,
  syncCount: 0,
  writeCount: 0,
  crashCount: 0,
  faultCounts: new Map(),
  tales: [],
};

/** Plays seeds until there are enough syncs and crashes: crashing stories as long as crashes are behind, ordinary ones then. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignTotals> {
  let totals = NOTHING_PLAYED;
  while (totals.syncCount < options.syncCountMin || totals.crashCount < options.crashCountMin) {
    const crashesRatio = totals.crashCount / options.crashCountMin;
    const isBehind = crashesRatio < Math.min(1, totals.syncCount / options.syncCountMin);
    const seed = options.firstSeed + totals.seedCount;
    const result = await simulate(seed, { scale: isBehind ? CRASHING_SCALE : ORDINARY_SCALE });
    totals = addedUp(totals, result);
    options.onPlayed?.(totals, result);
  }
  return totals;
}

/** The totals with one seed more. */
export function addedUp(totals: CampaignTotals, result: SimulationResult): CampaignTotals {
  const faultCounts = new Map(totals.faultCounts);
  for (const [kind, count] of result.faultCounts) faultCounts.set(kind, (faultCounts.get(kind) ?? 0) + count);
  return {
    seedCount: totals.seedCount + 1,
    syncCount: totals.syncCount + result.syncCount,
    writeCount: totals.writeCount + result.writeCount,
    crashCount: totals.crashCount + result.crashCount,
    faultCounts,
    tales: result.tale === '' ? totals.tales : [...totals.tales, result.tale],
  };
}
