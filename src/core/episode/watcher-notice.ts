import type { Notice, NoticeType } from './notice.ts';
import { levelNoticeId, noticeOf } from './notice-draft.ts';

/** What a watcher says of itself: a gap, a journal that cannot be read, a sink, a sign of life. */
export interface WatcherNews {
  readonly type: Extract<NoticeType, `watcher.${string}`>;
  readonly cluster: string;
  /** What it is about, where there are several of a kind: the name of a sink; else empty. */
  readonly about: string;
  readonly atMs: number;
  /** Since when it has been so. */
  readonly sinceMs: number;
  readonly message: string;
}

/** The notice of a watcher about itself, the same for the same beginning. */
export function watcherNotice({ type, cluster, about, atMs, sinceMs, message }: WatcherNews): Notice {
  const id = levelNoticeId(type, cluster, about, sinceMs);
  return noticeOf({ type, id, atMs, details: { kind: 'watcher', message, sinceMs } }, cluster, undefined);
}

/** A sign of life for an instant, the same whoever gives it; `sinceMs`: since when whoever gives it has watched. */
export function heartbeatNotice(cluster: string, atMs: number, sinceMs: number): Notice {
  const type = 'watcher.heartbeat';
  const id = levelNoticeId(type, cluster, '', atMs);
  return noticeOf({ type, id, atMs, details: { kind: 'watcher', message: '', sinceMs } }, cluster, undefined);
}
