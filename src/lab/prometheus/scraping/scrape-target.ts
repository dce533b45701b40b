import type { SeriesLabels } from '../../../metrics/prometheus/answers.ts';

/** Something that shows a page of metrics, and how often it is looked at. */
export interface ScrapeTarget {
  /** Of which monitor, and which of its endpoints: `serviceMonitor/default/web/0`. */
  readonly pool: string;
  /** Of the pod. */
  readonly address: string;
  readonly port: number;
  /** With a slash in front. */
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** What its samples carry: `job`, `instance`, `namespace`, `pod` … */
  readonly labels: SeriesLabels;
  /** Whether a label of the page comes before one of the same name here, which otherwise makes it `exported_…`. */
  readonly honorsLabels: boolean;
}

/** The same for the same page of the same pool, whatever its labels are. */
export function targetKey({ pool, address, port, path }: ScrapeTarget): string {
  return `${pool} ${address}:${port}${path}`;
}
