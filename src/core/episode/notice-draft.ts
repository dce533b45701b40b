import type { Episode, Notice, NoticeDetails, NoticeSubject, NoticeType, Severity } from './notice.ts';
import { shortHash } from './short-hash.ts';

/** What a region has to say, before it is known who says it of what. */
export interface NoticeDraft {
  readonly type: NoticeType;
  readonly atMs: number;
  /** The same whenever the same happening is derived again. */
  readonly id: string;
  readonly episode?: Episode;
  readonly isObservedLate?: boolean;
  readonly isUnverified?: boolean;
  readonly details?: NoticeDetails;
}

/** The notice of a draft; without a subject it is about the cluster. */
export function noticeOf(draft: NoticeDraft, cluster: string, subject: NoticeSubject | undefined): Notice {
  return {
    id: draft.id,
    type: draft.type,
    severity: SEVERITIES[draft.type],
    atMs: draft.atMs,
    cluster,
    subject,
    episode: draft.episode,
    isObservedLate: draft.isObservedLate ?? false,
    isUnverified: draft.isUnverified ?? false,
    details: draft.details ?? { kind: 'none' },
  };
}

/** The id of something that began at an instant, of which each HPA has one at a time: `3f…/limit.max.entered`. */
export function levelNoticeId(type: NoticeType, cluster: string, about: string, sinceMs: number): string {
  return `${shortHash([cluster, about, type, Math.floor(sinceMs)])}/${type}`;
}

/** How much each type asks for attention unless a route says otherwise. */
export const SEVERITIES: Readonly<Record<NoticeType, Severity>> = {
  'scale.up.started': 'info',
  'scale.up.completed': 'info',
  'scale.down.started': 'info',
  'scale.down.completed': 'info',
  'scale.superseded': 'info',
  'scale.reverted': 'warning',
  'scale.stuck': 'critical',
  'scale.aborted': 'warning',
  'scale.to_zero': 'warning',
  'scale.from_zero': 'info',
  'scale.manual': 'info',
  'limit.max.entered': 'critical',
  'limit.max.cleared': 'info',
  'target.unreachable': 'critical',
  'target.reachable': 'info',
  'metrics.lost': 'critical',
  'metrics.partial': 'warning',
  'metrics.recovered': 'info',
  'metrics.provider_down': 'critical',
  'metrics.provider_recovered': 'info',
  'flapping.started': 'warning',
  'flapping.digest': 'warning',
  'flapping.ended': 'info',
  'watcher.gap': 'warning',
  'watcher.sink_down': 'critical',
  'watcher.sink_recovered': 'info',
  'watcher.heartbeat': 'info',
};
