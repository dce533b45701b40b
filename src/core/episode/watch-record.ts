import {
  EPISODE_DURATIONS_COUNT_MAX,
  EPISODE_FLAP_MOVES_COUNT_MAX,
  EPISODE_LABELS_COUNT_MAX,
  EPISODE_READINGS_COUNT_MAX,
  EPISODE_STEPS_COUNT_MAX,
} from '../../base/notifier-limits.ts';
import type { ActiveFlapping, FlapMove, Flapping } from './flapping.ts';
import type { FollowedCount } from './followed-count.ts';
import type { HeldLevel } from './held-level.ts';
import type { HpaWatch } from './hpa-watch.ts';
import { type EpisodeStep, type MetricReading, type NoticeSubject, STUCK_CAUSES } from './notice.ts';
import type { ProviderState } from './provider.ts';
import {
  asObject,
  count,
  finite,
  flag,
  list,
  nullable,
  oneOf,
  optional,
  RecordProblem,
  type RecordReader,
  struct,
  text,
  texts,
} from './record-reader.ts';
import type { AtRest, MoveCause, OpenEpisode, PendingMove, Scaling, ToldStuck } from './scaling.ts';

/** A stored value as it was, or why it cannot be used: then the HPA is as one never seen, and people are told of the gap. */
export type StoredRecord<T> =
  | { readonly kind: 'read'; readonly value: T }
  /** `problem` names the field, the rule and the value. */
  | { readonly kind: 'flawed'; readonly flaw: 'corrupt' | 'newerVersion'; readonly problem: string };

/** Reads what JSON made of a watch. */
export function readHpaWatch(value: unknown): StoredRecord<HpaWatch> {
  return readRecord(watch, value);
}

/** Reads what JSON made of the state of a provider. */
export function readProviderState(value: unknown): StoredRecord<ProviderState> {
  return readRecord(provider, value);
}

const VERSION = 1;

function readRecord<T>(read: RecordReader<T>, value: unknown): StoredRecord<T> {
  try {
    const found = asObject(value, '')['version'];
    if (typeof found === 'number' && found > VERSION) {
      const problem = `version: must be at most ${VERSION}, is ${found}`;
      return { kind: 'flawed', flaw: 'newerVersion', problem };
    }
    return { kind: 'read', value: read(value, '') };
  } catch (thrown) {
    if (thrown instanceof RecordProblem) return { kind: 'flawed', flaw: 'corrupt', problem: thrown.message };
    throw thrown;
  }
}

const version: RecordReader<typeof VERSION> = (value, path) => {
  if (value === VERSION) return VERSION;
  throw new RecordProblem(path, `must be ${VERSION}`, value);
};

const subject = struct<NoticeSubject>({
  namespace: text,
  hpaName: text,
  hpaUid: text,
  hpaLabels: texts(EPISODE_LABELS_COUNT_MAX),
  targetKind: text,
  targetName: text,
  replicasMin: count,
  replicasMax: count,
});

const followedCount = struct<FollowedCount>({
  specReplicas: nullable(count),
  source: oneOf('target', 'status'),
  scaleTimeMs: nullable(finite),
  scaleTimeSeenAtMs: nullable(finite),
  creditedScaleTimeMs: nullable(finite),
  statusCurrentReplicas: nullable(count),
  statusDesiredReplicas: nullable(count),
});

const steps = list(
  struct<EpisodeStep>({ atMs: finite, fromReplicas: count, toReplicas: count }),
  EPISODE_STEPS_COUNT_MAX,
);

const readings = list(
  struct<MetricReading>({
    source: oneOf('Resource', 'ContainerResource', 'Pods', 'Object', 'External'),
    name: text,
    current: optional(text),
    target: text,
    usageRatio: optional(finite),
  }),
  EPISODE_READINGS_COUNT_MAX,
);

const stuckCause = oneOf(...STUCK_CAUSES);

const pending = struct<PendingMove>({
  kind: oneOf('pending'),
  fromReplicas: count,
  steps,
  movedAtMs: finite,
  mover: oneOf('hpa', 'keda', 'other', 'unknown'),
  manager: text,
  writtenAtMs: nullable(finite),
  cause: nullable(struct<MoveCause>({ keyMs: finite, isConfirmed: flag, readings, limiter: nullable(text) })),
  stableSinceMs: nullable(finite),
  isLate: flag,
});

const atRest = struct<AtRest>({ kind: oneOf('idle'), doubted: nullable(pending) });

const open = struct<OpenEpisode>({
  kind: oneOf('open'),
  id: text,
  direction: oneOf('up', 'down'),
  baselineReplicas: count,
  steps,
  openedAtMs: finite,
  readings,
  limiter: nullable(text),
  movedAtMs: finite,
  stableSinceMs: nullable(finite),
  isStartTold: flag,
  isFoundLate: flag,
  needsPods: flag,
  stuck: nullable(struct<ToldStuck>({ toldCount: count, toldAtMs: finite, cause: stuckCause })),
});

const scaling: RecordReader<Scaling> = (value, path) => {
  const kind = oneOf('idle', 'pending', 'open')(asObject(value, path)['kind'], `${path}.kind`);
  if (kind === 'idle') return atRest(value, path);
  return kind === 'pending' ? pending(value, path) : open(value, path);
};

function heldLevel<Level extends string>(...levels: readonly Level[]): RecordReader<HeldLevel<Level>> {
  const level = oneOf(...levels);
  const toldAtMs = optional(finite);
  return struct<HeldLevel<Level>>({ level, sinceMs: finite, told: level, isTold: flag, isLate: flag, toldAtMs });
}

const flapMove: RecordReader<FlapMove> = (value, path) => {
  const [atMs, fromReplicas, toReplicas] = list(finite, 3)(value, path);
  return [finite(atMs, `${path}[0]`), count(fromReplicas, `${path}[1]`), count(toReplicas, `${path}[2]`)];
};

const flapping = struct<Flapping>({
  moves: list(flapMove, EPISODE_FLAP_MOVES_COUNT_MAX),
  startsAtMs: list(finite, EPISODE_FLAP_MOVES_COUNT_MAX),
  active: nullable(
    struct<ActiveFlapping>({
      sinceMs: finite,
      digestFromMs: finite,
      digestCount: count,
      quietWindowCount: count,
      reversalCount: count,
      startCount: count,
      lowestReplicas: count,
      highestReplicas: count,
      longestGapMs: finite,
    }),
  ),
});

const watch = struct<HpaWatch>({
  version,
  seenAtMs: finite,
  subject,
  targetUid: nullable(text),
  count: followedCount,
  scaling,
  limit: heldLevel('clear', 'max'),
  reach: heldLevel('reachable', 'unreachable'),
  metrics: heldLevel('ok', 'partial', 'lost'),
  metricsReason: text,
  flapping,
  durationsMs: list(finite, EPISODE_DURATIONS_COUNT_MAX),
});

const provider = struct<ProviderState>({
  version,
  phase: oneOf('up', 'suspected', 'down', 'recovering'),
  sinceMs: finite,
  told: optional(struct<NonNullable<ProviderState['told']>>({ sinceMs: finite, atMs: finite })),
});
