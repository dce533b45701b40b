import type { HpaOverview } from '../../../src/people/dashboard/wire.ts';
import { hpaState, metricText } from '../hpa-state.ts';
import type { Reader } from '../reader.ts';
import { routeHash } from '../route.ts';
import { keyOf, type Store } from '../store.ts';
import { ReplicaCount } from './replica-count.tsx';
import { Sparkline } from './sparkline.tsx';
import { StateChip } from './state-chip.tsx';

/** Every HPA: how many replicas, how far from its target, how it fares. */
export function Fleet({ store, reader }: { store: Store; reader: Reader }) {
  const chosen = store.hpa.value === null ? null : keyOf(store.hpa.value);
  return (
    <nav class="fleet" aria-label={reader.words.fleet}>
      <ul>
        {(store.fleet.value ?? []).map((hpa) => (
          <li key={keyOf(hpa)}>
            <FleetCard hpa={hpa} isChosen={keyOf(hpa) === chosen} reader={reader} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function FleetCard({ hpa, isChosen, reader }: { hpa: HpaOverview; isChosen: boolean; reader: Reader }) {
  const { latest } = hpa;
  const state = hpaState(latest);
  const worst = latest.metrics[latest.winnerIndex ?? 0];
  const metric = worst === undefined ? null : metricText(worst, reader.language);
  return (
    <a class="card" href={routeHash({ hpa, decisionId: null })} aria-current={isChosen ? 'page' : undefined}>
      <span class="card-name">
        <strong>{hpa.name}</strong>
        <span class="namespace">{hpa.namespace}</span>
      </span>
      <ReplicaCount
        currentReplicas={latest.currentReplicas}
        desiredReplicas={latest.desiredReplicas}
        unknown={reader.words.unreadable}
      />
      <span class="card-metric">
        {metric === null ? null : (
          <>
            {metric.label} <b>{metric.current ?? reader.words.noData}</b>
            {metric.target === '' ? null : <> / {metric.target}</>}
          </>
        )}
      </span>
      <StateChip state={state} text={reader.words.states[state]} />
      <Sparkline values={hpa.recentReplicas} />
    </a>
  );
}
