import type { NoticeType } from './notice.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { episodeOf, type OpenEpisode } from './scaling.ts';

/** A notice of an episode; `stage` ends its id, of which each episode has each once. */
export function episodeDraft(
  open: OpenEpisode,
  type: NoticeType,
  stage: string,
  more: Pick<NoticeDraft, 'atMs'> & Partial<NoticeDraft>,
): NoticeDraft {
  return { type, id: `${open.id}/${stage}`, episode: episodeOf(open), ...more };
}

/** The first notice of an episode. */
export function startDraft(open: OpenEpisode): NoticeDraft {
  const isFromZero = open.direction === 'up' && open.baselineReplicas === 0;
  const type = isFromZero ? 'scale.from_zero' : (`scale.${open.direction}.started` as const);
  return episodeDraft(open, type, 'started', { atMs: open.openedAtMs, isObservedLate: open.isFoundLate });
}

/** The notice that ends a scaling to 0: no pod is awaited. */
export function toZeroDraft(open: OpenEpisode): NoticeDraft {
  const atMs = open.steps.at(-1)?.atMs ?? open.openedAtMs;
  return episodeDraft(open, 'scale.to_zero', 'to_zero', { atMs, isObservedLate: open.isFoundLate });
}

/** The end of an episode whose HPA or target is gone. */
export function abortedDraft(open: OpenEpisode, atMs: number, isObservedLate: boolean): NoticeDraft {
  return episodeDraft(open, 'scale.aborted', 'aborted', { atMs, isObservedLate });
}
