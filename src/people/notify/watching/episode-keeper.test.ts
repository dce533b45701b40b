import { describe, expect, test } from 'vitest';
import { AT_REST, observationOf, type Scene, STORY_START_MS } from '../../../../test/episode/scene.ts';
import { SILENT_LOG } from '../../../base/log.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { DEFAULT_DETECT_OPTIONS } from '../../../core/episode/options.ts';
import { EpisodeKeeper } from './episode-keeper.ts';
import type { WatchChange } from './watch-journal.ts';

const WORKING = 'True ValidMetricFound';
const LOST = 'False FailedGetResourceMetric';
const HPAS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Six HPAs of a cluster, whose keepers come and go while what they stored stays. */
class Cluster {
  readonly clock = new VirtualClock({ startAtMs: STORY_START_MS });
  readonly stored = new Map<string, string>();
  readonly told: string[] = [];
  #keeper: EpisodeKeeper | undefined;

  /** A process takes over and looks at every HPA. */
  begin(active: string): void {
    this.#keeper?.end(this.clock.nowMs());
    const keeper = new EpisodeKeeper({
      cluster: 'prod',
      detect: DEFAULT_DETECT_OPTIONS,
      clock: this.clock,
      log: SILENT_LOG,
      journal: { keep: (change) => this.#store(change) },
      onNotice: ({ type }) => this.told.push(`${(this.clock.nowMs() - STORY_START_MS) / 1000} ${type}`),
    });
    this.#keeper = keeper;
    const unwatchedSinceMs = keeper.begin(this.stored, () => this.clock.nowMs());
    this.look(active, unwatchedSinceMs);
    keeper.lookedAtAll(new Set(HPAS));
  }

  look(active: string, unwatchedSinceMs?: number): void {
    for (const hpaUid of HPAS) {
      const scene: Scene = { ...AT_REST, hpaUid, active };
      const observation = { ...observationOf(scene, this.clock.nowMs()), unwatchedSinceMs };
      this.#keeper?.observe(hpaUid, observation);
    }
  }

  async runFor(seconds: number): Promise<void> {
    await this.clock.runBy(seconds * 1000);
  }

  #store({ entries }: WatchChange): void {
    for (const [key, text] of entries) {
      if (text === undefined) this.stored.delete(key);
      else this.stored.set(key, text);
    }
  }
}

describe('a provider of metrics goes on with the next process', () => {
  test.each<{ why: string; lostForSeconds: number; backForSeconds: number; told: readonly string[] }>([
    {
      why: 'suspected before, and told by the next',
      lostForSeconds: 10,
      backForSeconds: -1,
      told: ['30 metrics.provider_down'],
    },
    {
      why: 'on its way back before, and told to be back by the next',
      lostForSeconds: 60,
      backForSeconds: 20,
      told: ['30 metrics.provider_down', '120 metrics.provider_recovered'],
    },
    {
      why: 'back while nobody watched',
      lostForSeconds: 60,
      backForSeconds: 0,
      told: ['30 metrics.provider_down', '120 metrics.provider_recovered'],
    },
  ])('$why', async ({ lostForSeconds, backForSeconds, told }) => {
    const cluster = new Cluster();
    cluster.begin(WORKING);
    cluster.look(LOST);
    await cluster.runFor(lostForSeconds);
    if (backForSeconds > 0) {
      cluster.look(WORKING);
      await cluster.runFor(backForSeconds);
    }
    cluster.begin(backForSeconds < 0 ? LOST : WORKING);
    await cluster.runFor(600);
    expect(cluster.told).toEqual(told);
  });
});
