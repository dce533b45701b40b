import { explainBriefly } from '../../../src/core/explain/explain-decision.ts';
import type { TimelineEntry } from '../../../src/people/dashboard/wire.ts';
import type { Reader } from '../reader.ts';
import type { Store } from '../store.ts';

/** Every decision that changed something, newest first, each with its sentence. */
export function Timeline({ store, reader }: { store: Store; reader: Reader }) {
  const entries = store.entries.value;
  const newestAtMs = entries.at(-1)?.decision.atMs ?? 0;
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">{reader.words.timeline}</h2>
      <ol>
        {entries.toReversed().map((entry) => (
          <li key={entry.id}>
            <Entry entry={entry} newestAtMs={newestAtMs} store={store} reader={reader} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Entry({
  entry,
  newestAtMs,
  store,
  reader,
}: {
  entry: TimelineEntry;
  newestAtMs: number;
  store: Store;
  reader: Reader;
}) {
  const { decision } = entry;
  const { time, language } = reader;
  const { verdict, reason } = explainBriefly(decision, language, { formatTime: time.clock });
  const isShown = store.picked.value?.id === entry.id;
  return (
    <button
      type="button"
      class={`entry ${directionOf(entry)}`}
      aria-pressed={isShown}
      onClick={() => store.pick(isShown ? null : entry.id)}
    >
      <time dateTime={new Date(decision.atMs).toISOString()} title={time.full(decision.atMs)}>
        {time.near(decision.atMs, newestAtMs)}
      </time>
      <span class="sentence">
        <b>{verdict}</b> {reason}
      </span>
    </button>
  );
}

function directionOf({ decision }: TimelineEntry): 'up' | 'down' | 'same' | 'broken' {
  const { currentReplicas, scaledTo, desiredReplicas } = decision;
  if (currentReplicas === null || desiredReplicas === null) return 'broken';
  if (scaledTo === null || scaledTo === currentReplicas) return 'same';
  return scaledTo > currentReplicas ? 'up' : 'down';
}
