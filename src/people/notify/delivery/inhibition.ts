import { INHIBITORS_COUNT_MAX } from '../../../base/notifier-limits.ts';
import type { Notice, NoticeType } from '../../../core/episode/notice.ts';

/**
 * What is going on that makes other notices needless, as stored: `provider`, `max/UID` of an HPA at its maximum, or
 * `nodes/SINK/EPISODE` of a scaling that a sink was told to wait for nodes.
 */
export type Inhibitors = ReadonlySet<string>;

/** What a notice leads to. */
export interface Inhibition {
  /** Whether nobody needs to be told of it. */
  readonly isNeedless: boolean;
  readonly inhibitors: Inhibitors;
}

/** What the loss of the provider explains. */
export const EXPLAINED_BY_PROVIDER: readonly NoticeType[] = ['metrics.lost', 'metrics.partial', 'metrics.recovered'];

const PROVIDER = 'provider';

/** A scaling that goes on from this part of the maximum is one of those that a message about the maximum stands for. */
const NEAR_MAX_RATIO = 0.9;

const NODES_PREFIX = 'nodes/';

/** Scalings that a sink is told to wait for nodes at one time; further ones are told when one of these has ended. */
const WAITING_FOR_NODES_COUNT_MAX = 5;

/**
 * Leaves out what another notice stands for: metrics of single HPAs while their provider is down, and scalings from just
 * below the maximum while the HPA is told to be there.
 */
export function inhibit(notice: Notice, inhibitors: Inhibitors): Inhibition {
  const atMax = `max/${notice.subject?.hpaUid ?? ''}`;
  switch (notice.type) {
    case 'metrics.provider_down':
      return { isNeedless: false, inhibitors: new Set([...inhibitors, PROVIDER]) };
    case 'metrics.provider_recovered':
      return { isNeedless: false, inhibitors: without(inhibitors, PROVIDER) };
    case 'limit.max.entered':
      return { isNeedless: false, inhibitors: new Set([...[...inhibitors].slice(-(INHIBITORS_COUNT_MAX - 1)), atMax]) };
    case 'limit.max.cleared':
      return { isNeedless: false, inhibitors: without(inhibitors, atMax) };
    case 'scale.up.started':
      return { isNeedless: inhibitors.has(atMax) && isNearMax(notice), inhibitors };
    case 'scale.up.completed':
      return { isNeedless: inhibitors.has(atMax) && isNearMax(notice), inhibitors: withoutEpisode(notice, inhibitors) };
    case 'scale.superseded':
    case 'scale.reverted':
    case 'scale.aborted':
      return { isNeedless: false, inhibitors: withoutEpisode(notice, inhibitors) };
    default:
      return { isNeedless: inhibitors.has(PROVIDER) && EXPLAINED_BY_PROVIDER.includes(notice.type), inhibitors };
  }
}

/**
 * Which of these sinks are told of a notice as far as missing nodes go: of scalings that wait for them, each sink is told
 * of the first few. A scaling that it was told of may be told again.
 */
export function inhibitStuck(
  { type, episode, details }: Notice,
  sinks: readonly string[],
  inhibitors: Inhibitors,
): { readonly told: readonly string[]; readonly inhibitors: Inhibitors } {
  const isForNodes = type === 'scale.stuck' && details.kind === 'pods' && details.cause === 'Unschedulable';
  if (!isForNodes || episode === undefined) return { told: sinks, inhibitors };
  const told = sinks.filter((sink) => {
    const waiting = [...inhibitors].filter((each) => each.startsWith(`${NODES_PREFIX}${sink}/`));
    return waiting.length < WAITING_FOR_NODES_COUNT_MAX || waiting.includes(nodesKey(sink, episode.id));
  });
  return { told, inhibitors: new Set([...inhibitors, ...told.map((sink) => nodesKey(sink, episode.id))]) };
}

function nodesKey(sink: string, episodeId: string): string {
  return `${NODES_PREFIX}${sink}/${episodeId}`;
}

function withoutEpisode({ episode }: Notice, inhibitors: Inhibitors): Inhibitors {
  const suffix = `/${episode?.id ?? ''}`;
  const own = [...inhibitors].filter((each) => each.startsWith(NODES_PREFIX) && each.endsWith(suffix));
  return own.length === 0 ? inhibitors : new Set([...inhibitors].filter((each) => !own.includes(each)));
}

function isNearMax({ subject, episode }: Notice): boolean {
  if (subject === undefined || episode === undefined) return false;
  return episode.baselineReplicas >= Math.ceil(subject.replicasMax * NEAR_MAX_RATIO);
}

function without(inhibitors: Inhibitors, gone: string): Inhibitors {
  return new Set([...inhibitors].filter((each) => each !== gone));
}
