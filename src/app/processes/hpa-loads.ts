import type { Release } from '../../base/clock.ts';
import { DASHBOARD_LOADS_COUNT_MAX } from '../../base/limits.ts';
import type { DecisionFeed, DecisionRecord } from '../../control/history/feed.ts';
import type { World } from '../../lab/world/world.ts';
import type { HpaLoad } from '../../people/dashboard/wire.ts';

/** The requests behind each HPA of a lab: those to the Service of its own name, else of its target's. */
export class HpaLoads {
  readonly #world: Pick<World, 'serviceLoad'>;
  /** The Services that may be an HPA's, by its key. */
  readonly #services = new Map<string, Candidates>();

  constructor(world: Pick<World, 'serviceLoad'>) {
    this.#world = world;
  }

  /** Learns from a feed which HPAs there are, until released. */
  follow(feed: Pick<DecisionFeed, 'watch'>): Release {
    return feed.watch((record) => this.#take(record));
  }

  of(hpa: { readonly namespace: string; readonly name: string }): HpaLoad | null {
    const { namespace, name } = hpa;
    const serviceKeys = this.#services.get(`${namespace}/${name}`)?.serviceKeys ?? [`${namespace}/${name}`];
    for (const key of serviceKeys) {
      const load = this.#world.serviceLoad(key);
      if (load !== undefined) return { namespace, name, ...load };
    }
    return null;
  }

  /** Of every HPA that has one. */
  all(): readonly HpaLoad[] {
    return [...this.#services.values()].flatMap((hpa) => this.of(hpa) ?? []);
  }

  #take({ summary, decision, facts }: DecisionRecord): void {
    const { namespace, name } = summary.hpa;
    const key = `${namespace}/${name}`;
    if (decision.isDeleted) this.#services.delete(key);
    else if (this.#services.has(key) || this.#services.size < DASHBOARD_LOADS_COUNT_MAX) {
      const target = facts.hpa.kind === 'found' ? [`${namespace}/${facts.hpa.object.spec.scaleTargetRef.name}`] : [];
      this.#services.set(key, { namespace, name, serviceKeys: [key, ...target] });
    }
  }
}

interface Candidates {
  readonly namespace: string;
  readonly name: string;
  readonly serviceKeys: readonly string[];
}
