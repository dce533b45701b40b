import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type {
  DecisionSummary,
  HpaLoad,
  HpaOverview,
  StreamMessage,
  TimelineEntry,
} from '../../src/people/dashboard/wire.ts';
import { type Api, ApiError, type HpaName } from './api.ts';
import { type Route, routeHash } from './route.ts';

/** Everything that the page shows, as signals; what the reader does goes through the route. */
export interface Store {
  readonly fleet: Signal<readonly HpaOverview[] | null>;
  /** Of the HPA looked at: every decision in short form, oldest first; null until the first answer. */
  readonly points: Signal<readonly DecisionSummary[] | null>;
  /** Of the HPA looked at: decisions that changed something, oldest first. */
  readonly entries: Signal<readonly TimelineEntry[]>;
  readonly hpa: ReadonlySignal<HpaName | null>;
  /** The newest decision whole; at most NEWEST_INTERVAL_MS behind. */
  readonly newest: Signal<TimelineEntry | null>;
  /** The past decision that the reader picked; null when none is, or while it is fetched. */
  readonly picked: Signal<TimelineEntry | null>;
  /** Whether a past decision is looked at. */
  readonly isPicking: ReadonlySignal<boolean>;
  /** The picked decision is no longer kept. */
  readonly isPickedGone: Signal<boolean>;
  /** The requests behind HPAs now, by key; empty where nobody counts them. */
  readonly loads: Signal<ReadonlyMap<string, HpaLoad>>;
  readonly failure: Signal<ApiError | null>;
  readonly connection: Signal<Connection>;
  pick(id: string | null): void;
  /** Takes in what happened, oldest first. */
  take(messages: readonly StreamMessage[]): void;
  reload(): Promise<void>;
}

export type Connection = 'connecting' | 'live' | 'lost';

/** Points and entries that the page keeps of one HPA. */
const POINT_COUNT_MAX = 6_000;
const ENTRY_COUNT_MAX = 400;
const SPARKLINE_COUNT = 60;

/** Least time between two fetches of the newest decision: an accelerated clock makes many a second. */
const NEWEST_INTERVAL_MS = 400;

export function createStore(api: Api, route: Signal<Route>, go: (hash: string) => void): Store {
  const fleet = signal<readonly HpaOverview[] | null>(null);
  const hpa = computed<HpaName | null>(() => route.value.hpa ?? fleet.value?.[0] ?? null);
  const key = computed(() => (hpa.value === null ? null : keyOf(hpa.value)));
  const store: Store = {
    fleet,
    hpa,
    points: signal(null),
    entries: signal([]),
    newest: signal(null),
    picked: signal(null),
    isPicking: computed(() => route.value.decisionId !== null),
    isPickedGone: signal(false),
    loads: signal(new Map()),
    failure: signal(null),
    connection: signal('connecting'),
    pick: (decisionId) => go(routeHash({ hpa: hpa.value, decisionId })),
    take: (messages) => takeMessages(store, messages, key.value),
    reload: async () => {
      await guarded(store, async () => {
        fleet.value = (await api.overview()).hpas;
        if (hpa.value !== null) await loadHpa(store, api, hpa.value);
      });
    },
  };
  effect(() => {
    if (key.value === null) return;
    batch(() => {
      store.points.value = null;
      store.entries.value = [];
      store.newest.value = null;
    });
    const asked = hpa.peek();
    if (asked !== null) void guarded(store, () => loadHpa(store, api, asked));
  });
  followNewest(store, api);
  followPicked(store, api, route);
  return store;
}

export function keyOf({ namespace, name }: HpaName): string {
  return `${namespace}/${name}`;
}

async function guarded(store: Store, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    store.failure.value = null;
  } catch (thrown) {
    store.failure.value = thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown));
  }
}

async function loadHpa(store: Store, api: Api, hpa: HpaName): Promise<void> {
  const [series, timeline] = await Promise.all([api.series(hpa), api.timeline(hpa)]);
  if (store.hpa.value === null || keyOf(store.hpa.value) !== keyOf(hpa)) return;
  batch(() => {
    store.points.value = series.points;
    store.entries.value = timeline.entries;
  });
}

function takeMessages(store: Store, messages: readonly StreamMessage[], key: string | null): void {
  batch(() => {
    let fleet = store.fleet.value ?? [];
    for (const { summary, entry } of messages) fleet = withSummary(fleet, summary, entry);
    store.fleet.value = fleet;
    const own = messages.filter(({ summary }) => keyOf(summary.hpa) === key);
    const points = store.points.value;
    if (points !== null) {
      const newestAtMs = points.at(-1)?.atMs ?? 0;
      const added = own.map(({ summary }) => summary).filter(({ atMs }) => atMs > newestAtMs);
      if (added.length > 0) store.points.value = [...points, ...added].slice(-POINT_COUNT_MAX);
    }
    const known = new Set(store.entries.value.map(({ id }) => id));
    const entries = own.flatMap(({ entry }) => (entry === null || known.has(entry.id) ? [] : [entry]));
    if (entries.length > 0) store.entries.value = [...store.entries.value, ...entries].slice(-ENTRY_COUNT_MAX);
  });
}

function withSummary(
  fleet: readonly HpaOverview[],
  latest: DecisionSummary,
  entry: TimelineEntry | null,
): readonly HpaOverview[] {
  const { namespace, name } = latest.hpa;
  const others = fleet.filter((hpa) => hpa.namespace !== namespace || hpa.name !== name);
  if (latest.path === 'HpaMissing') return others;
  const known = fleet.find((hpa) => hpa.namespace === namespace && hpa.name === name);
  const isMove = entry !== null && (entry.decision.scaledTo !== null || known?.lastChange?.decision.scaledTo === null);
  const updated: HpaOverview = {
    namespace,
    name,
    latest,
    lastChange: isMove ? entry : (known?.lastChange ?? entry),
    recentReplicas: [...(known?.recentReplicas ?? []), latest.currentReplicas].slice(-SPARKLINE_COUNT),
  };
  if (known !== undefined) return fleet.map((hpa) => (hpa === known ? updated : hpa));
  return [...others, updated].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

/** Keeps `newest` on the newest decision, with one fetch at a time. */
function followNewest(store: Store, api: Api): void {
  let isFetching = false;
  const newestId = computed(() => store.points.value?.at(-1)?.id ?? null);
  const catchUp = async (): Promise<void> => {
    const id = newestId.value;
    if (id === null || isFetching || store.newest.peek()?.id === id) return;
    isFetching = true;
    const entry = await entryOf(store, api, id);
    if (entry !== null && newestId.peek() !== null) store.newest.value = entry;
    setTimeout(() => {
      isFetching = false;
      if (newestId.peek() !== id) void catchUp();
    }, NEWEST_INTERVAL_MS);
  };
  effect(() => {
    if (newestId.value !== null) void catchUp();
  });
}

/** Keeps `picked` on what the address names. */
function followPicked(store: Store, api: Api, route: Signal<Route>): void {
  effect(() => {
    const id = route.value.decisionId;
    batch(() => {
      store.picked.value = null;
      store.isPickedGone.value = false;
    });
    if (id === null) return;
    void entryOf(store, api, id).then((entry) => {
      if (route.peek().decisionId !== id) return;
      store.picked.value = entry;
      store.isPickedGone.value = entry === null;
    });
  });
}

/** A decision by its id: from the timeline where it is in it, else fetched; null when it cannot be had. */
async function entryOf(store: Store, api: Api, id: string): Promise<TimelineEntry | null> {
  const known = store.entries.peek().find((entry) => entry.id === id);
  if (known !== undefined) return known;
  try {
    return await api.decision(id);
  } catch {
    return null;
  }
}
