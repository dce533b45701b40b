import type { Release } from '../../base/clock.ts';
import type { DecisionFeed, DecisionRecord } from '../../control/history/feed.ts';
import { isMeasured } from '../../core/explain/amount.ts';
import type { LiveHpa } from './live-view.ts';

/** Values that a sparkline can show at most: a line of a very wide terminal. */
const HISTORY_COUNT_MAX = 400;

/** HPAs that the view keeps; more would not fit a screen anyway. */
const HPA_COUNT_MAX = 200;

/** What drives an HPA's target, as text; null when nothing is known. */
export type LoadText = (hpa: { readonly namespace: string; readonly name: string }) => string | null;

/** The live view's picture of a decision feed, kept up to date as decisions come. */
export class LiveModel {
  readonly #hpas = new Map<string, LiveHpa>();
  readonly #loadText: LoadText;

  constructor(loadText: LoadText) {
    this.#loadText = loadText;
  }

  /** Follows a feed until released; `onChange` is called for each decision that scaled or failed anew. */
  follow(feed: Pick<DecisionFeed, 'watch'>, onChange: (record: DecisionRecord) => void): Release {
    return feed.watch((record) => {
      this.take(record);
      if (record.summary.isChange) onChange(record);
    });
  }

  take({ summary, decision }: DecisionRecord): void {
    const { namespace, name } = summary.hpa;
    const key = `${namespace}/${name}`;
    const known = this.#hpas.get(key);
    if (decision.isDeleted) {
      this.#hpas.delete(key);
      return;
    }
    if (known === undefined && this.#hpas.size >= HPA_COUNT_MAX) return;
    const [metric] = summary.metrics;
    const measured = metric?.kind === 'proposed' && isMeasured(metric.current) ? Number(metric.current) : null;
    const isMove = summary.scaledTo !== null || known?.lastChange == null;
    this.#hpas.set(key, {
      namespace,
      name,
      currentReplicas: summary.currentReplicas,
      desiredReplicas: summary.desiredReplicas,
      minReplicas: summary.minReplicas,
      maxReplicas: summary.maxReplicas,
      metrics: summary.metrics,
      replicaHistory: [...(known?.replicaHistory ?? []), summary.scaledTo ?? summary.currentReplicas].slice(
        -HISTORY_COUNT_MAX,
      ),
      metricHistory: [...(known?.metricHistory ?? []), measured].slice(-HISTORY_COUNT_MAX),
      lastChange: isMove ? decision : known.lastChange,
      load: null,
    });
  }

  /** Every HPA by name, with the load of this moment. */
  get hpas(): readonly LiveHpa[] {
    const keys = [...this.#hpas.keys()].sort();
    return keys.flatMap((key) => {
      const hpa = this.#hpas.get(key);
      return hpa === undefined ? [] : [{ ...hpa, load: this.#loadText(hpa) }];
    });
  }
}
