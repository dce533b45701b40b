import type { Episode, MetricReading, Notice, NoticeDetails } from '../episode/notice.ts';
import { clusterText } from './cluster-text.ts';

/** Counts that a path shows before it leaves out those in the middle. */
const PATH_COUNTS_MAX = 8;

/** `prod/nginx`, the workload that a notice is about; the cluster, where it is about no single one. */
export function placeOf({ subject, cluster }: Notice): string {
  return clusterText(subject === undefined ? cluster : `${subject.namespace}/${subject.targetName}`);
}

/** The counts that an episode went through, from where it began to where it is. */
export function countsOf({ baselineReplicas, targetReplicas, steps }: Episode): readonly number[] {
  return [baselineReplicas, ...(steps.length === 0 ? [targetReplicas] : steps.map(({ toReplicas }) => toReplicas))];
}

/** The count that an episode came to: of one that was superseded or reverted not the one that it was to come to. */
export function endReplicasOf(episode: Episode): number {
  return episode.steps.at(-1)?.toReplicas ?? episode.targetReplicas;
}

/** `1 → 3 → 5`; of a long way the beginning and the end. */
export function pathText(counts: readonly number[], arrow = ' → '): string {
  const shown =
    counts.length <= PATH_COUNTS_MAX ? counts : [...counts.slice(0, 3), '…', ...counts.slice(3 - PATH_COUNTS_MAX)];
  return shown.join(arrow);
}

/** `1→5`, and `1→5→3` where the count turned round on its way: what a title has room for. */
export function shortPath(episode: Episode): string {
  const counts = countsOf(episode);
  const extreme = episode.direction === 'up' ? Math.max(...counts) : Math.min(...counts);
  const [first, last] = [episode.baselineReplicas, endReplicasOf(episode)];
  return [first, ...(extreme === first || extreme === last ? [] : [extreme]), last].join('→');
}

/** The metric that decided: the one with the greatest ratio. Undefined when no ratio is known. */
export function decidingReading(readings: readonly MetricReading[]): MetricReading | undefined {
  return readings.reduce<MetricReading | undefined>(
    (best, reading) =>
      reading.usageRatio !== undefined && reading.usageRatio > (best?.usageRatio ?? -Infinity) ? reading : best,
    undefined,
  );
}

/** The details of a kind; undefined when the notice has others. */
export function detailsOf<Kind extends NoticeDetails['kind']>(
  { details }: Notice,
  kind: Kind,
): Extract<NoticeDetails, { readonly kind: Kind }> | undefined {
  return details.kind === kind ? (details as Extract<NoticeDetails, { readonly kind: Kind }>) : undefined;
}
