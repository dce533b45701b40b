import { useSignal } from '@preact/signals';
import { explainHeadline } from '../../../src/core/explain/explain-decision.ts';
import type { DecisionSummary, HpaLoad } from '../../../src/people/dashboard/wire.ts';
import type { ChartProps } from '../charts/chart-props.ts';
import { MetricChart } from '../charts/metric-chart.tsx';
import { ReplicaChart } from '../charts/replica-chart.tsx';
import { hpaState, metricText } from '../hpa-state.ts';
import type { MessageList } from '../message-list.ts';
import type { Preferences } from '../preferences.ts';
import type { Reader } from '../reader.ts';
import { keyOf, type Store } from '../store.ts';
import type { Words } from '../words.ts';
import { Choice } from './choice.tsx';
import { Messages } from './messages.tsx';
import { ReplicaCount } from './replica-count.tsx';
import { StateChip } from './state-chip.tsx';
import { Timeline } from './timeline.tsx';
import { Why } from './why.tsx';

const RANGES_MS = {
  quarter: 15 * 60_000,
  hour: 3_600_000,
  sixHours: 6 * 3_600_000,
  all: Number.POSITIVE_INFINITY,
} as const;
type Range = keyof typeof RANGES_MS;
const RANGES = Object.keys(RANGES_MS) as Range[];

/** One HPA: where it stands and why, how it got there, the proof of each decision; and what people are told of all of them. */
export function HpaPage({
  store,
  messages,
  preferences,
  reader,
}: {
  store: Store;
  messages: MessageList;
  preferences: Preferences;
  reader: Reader;
}) {
  const range = useSignal<Range>('hour');
  const hoveredAtMs = useSignal<number | null>(null);
  const hpa = store.hpa.value;
  if (hpa === null) return null;
  const overview = store.fleet.value?.find((candidate) => keyOf(candidate) === keyOf(hpa));
  const points = store.points.value;
  const latest = points?.at(-1) ?? overview?.latest;
  return (
    <main id="main" class="hpa" tabIndex={-1}>
      <div class="hpa-title">
        <h1>
          {hpa.name} <span class="namespace">{hpa.namespace}</span>
        </h1>
        {latest === undefined ? null : (
          <StateChip state={hpaState(latest)} text={reader.words.states[hpaState(latest)]} />
        )}
      </div>
      <p class="headline">
        {latest === undefined ? reader.words.noDecisionText : <Sentence store={store} reader={reader} />}
      </p>
      <div class="standing">
        {latest === undefined ? null : (
          <Figures latest={latest} load={store.loads.value.get(keyOf(hpa))} reader={reader} />
        )}
        <Choice
          label={reader.words.range}
          value={range.value}
          options={RANGES.map((value) => ({ value, text: reader.words.ranges[value] }))}
          onChoose={(chosen) => {
            range.value = chosen;
          }}
        />
      </div>
      <section class="charts" aria-busy={points === null}>
        <Charts
          points={inRange(points ?? [], RANGES_MS[range.value])}
          hoveredAtMs={hoveredAtMs}
          store={store}
          preferences={preferences}
          reader={reader}
        />
      </section>
      <div class="columns">
        <Timeline store={store} reader={reader} />
        <Why store={store} reader={reader} />
      </div>
      {messages.messages.value === null ? null : <Messages messages={messages.messages.value} reader={reader} />}
    </main>
  );
}

function Sentence({ store, reader }: { store: Store; reader: Reader }) {
  const newest = store.newest.value ?? store.entries.value.at(-1);
  if (newest === undefined) return null;
  return <>{explainHeadline(newest.decision, reader.language, { formatTime: reader.time.clock })}</>;
}

function Figures({ latest, load, reader }: { latest: DecisionSummary; load: HpaLoad | undefined; reader: Reader }) {
  const { words, language } = reader;
  return (
    <dl class="figures">
      <div>
        <dt>{words.replicas}</dt>
        <dd class="big">
          <ReplicaCount
            currentReplicas={latest.currentReplicas}
            desiredReplicas={latest.desiredReplicas}
            unknown={words.unreadable}
          />
        </dd>
      </div>
      <div>
        <dt>{words.bounds}</dt>
        <dd>
          {latest.minReplicas ?? words.unreadable} – {latest.maxReplicas ?? words.unreadable}
        </dd>
      </div>
      {latest.metrics.map((point) => {
        const text = metricText(point, language);
        return (
          <div key={point.name}>
            <dt>{text.label}</dt>
            <dd>
              {text.current ?? words.noData}
              {text.target === '' ? null : (
                <small>
                  {words.target} {text.target}
                  <br />
                  {words.band} {text.band}
                </small>
              )}
            </dd>
          </div>
        );
      })}
      {load === undefined ? null : <LoadFigure load={load} words={words} />}
    </dl>
  );
}

function LoadFigure({ load, words }: { load: HpaLoad; words: Words }) {
  const { requestsPerSecond, failedPerSecond, latencyP95Ms } = load;
  return (
    <div>
      <dt>{words.requestsPerSecond}</dt>
      <dd>
        {requestsPerSecond.toFixed(requestsPerSecond < 10 ? 1 : 0)}
        <small>
          p95 {latencyP95Ms === null ? '–' : `${Math.round(latencyP95Ms)} ms`}
          {failedPerSecond === null ? null : (
            <>
              <br />
              {words.failed} {failedPerSecond.toFixed(1)}
            </>
          )}
        </small>
      </dd>
    </div>
  );
}

function Charts(props: ChartProps) {
  const metrics = props.points.at(-1)?.metrics ?? [];
  return (
    <>
      <ReplicaChart {...props} />
      {metrics.map((metric, index) => (
        <MetricChart key={`${index} ${metric.name}`} index={index} {...props} />
      ))}
    </>
  );
}

function inRange(points: readonly DecisionSummary[], rangeMs: number): readonly DecisionSummary[] {
  const newestAtMs = points.at(-1)?.atMs ?? 0;
  const first = points.findIndex(({ atMs }) => atMs >= newestAtMs - rangeMs);
  return first <= 0 ? points : points.slice(first);
}
