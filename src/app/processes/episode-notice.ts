import type { IoClock } from '../../base/clock.ts';
import type { Notice } from '../../core/episode/notice.ts';
import { newestOf, RECENT_KEY, readRecentNotices } from '../../people/notify/recent-notices.ts';
import { readConfigMapEntry } from '../../platform/store/config-map-store.ts';
import type { Environment } from '../config/environment.ts';
import { NOTIFIER_LEASE_NAME } from '../config/notifier-flags.ts';
import type { PreviewSubject } from '../config/notify-config.ts';
import { withSilenceCluster } from './silence-cluster.ts';

/** The ConfigMaps of a notifier begin with this. */
export function statePrefixOf(leaseName: string): string {
  return `${leaseName}-state`;
}

/**
 * The newest notice of an episode out of what a notifier remembers, with the rights of whoever asks. Throws Failure `notFound`
 * when it remembers none.
 */
export async function episodeNotice(
  { id, state, place }: Extract<PreviewSubject, { kind: 'episode' }>,
  environment: Environment,
  ioClock: IoClock,
): Promise<Notice> {
  if (state.kind === 'file') {
    const { readSqliteEntry } = await import('../../platform/store/sqlite-reading.ts');
    return newestOf(id, readRecentNotices(readSqliteEntry(state.path, RECENT_KEY) ?? ''));
  }
  const text = await withSilenceCluster(place, environment, ioClock, (client) => {
    const { namespace } = place;
    return readConfigMapEntry({ client, namespace, prefix: statePrefixOf(NOTIFIER_LEASE_NAME) }, RECENT_KEY);
  });
  return newestOf(id, readRecentNotices(text ?? ''));
}
