import { INHIBITORS_COUNT_MAX } from '../../../base/notifier-limits.ts';
import type { Notice, NoticeType } from '../../../core/episode/notice.ts';

/** What is going on that makes other notices needless, as stored: `provider`, or `max/UID` of an HPA at its maximum. */
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
    case 'scale.up.completed':
      return { isNeedless: inhibitors.has(atMax) && isNearMax(notice), inhibitors };
    default:
      return { isNeedless: inhibitors.has(PROVIDER) && EXPLAINED_BY_PROVIDER.includes(notice.type), inhibitors };
  }
}

function isNearMax({ subject, episode }: Notice): boolean {
  if (subject === undefined || episode === undefined) return false;
  return episode.baselineReplicas >= Math.ceil(subject.replicasMax * NEAR_MAX_RATIO);
}

function without(inhibitors: Inhibitors, gone: string): Inhibitors {
  return new Set([...inhibitors].filter((each) => each !== gone));
}
