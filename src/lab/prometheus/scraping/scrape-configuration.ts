import { LAB_SCRAPE_TARGETS_COUNT_MAX } from '../../../base/limits.ts';
import type { ScrapeTarget } from './scrape-target.ts';

/** A file that a Prometheus reads. */
export interface PrometheusFile {
  /** Relative to the folder of its configuration. */
  readonly name: string;
  readonly text: string;
}

/** What a Prometheus is started with; it never changes. */
export const CONFIGURATION_FILE = 'prometheus.yaml';

/** Whether a label of the page comes before one of the target is said of a job; everything else targets say themselves. */
const JOBS = [
  { honorsLabels: false, name: 'monitors', file: 'targets.json' },
  { honorsLabels: true, name: 'monitors-that-honor-labels', file: 'targets-that-honor-labels.json' },
] as const;

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

/** The configuration of a Prometheus that reads its targets from files. JSON is YAML. */
export function scrapeConfiguration(): PrometheusFile {
  const jobs = JOBS.map(({ honorsLabels, name, file }) => ({
    job_name: name,
    honor_labels: honorsLabels,
    file_sd_configs: [{ files: [file] }],
  }));
  return { name: CONFIGURATION_FILE, text: JSON.stringify({ scrape_configs: jobs }) };
}

/**
 * The files of targets, as Prometheus' file_sd has them: where each is reached on this machine, with its own interval, timeout,
 * path and labels. One whose program does not listen is there all the same, and down. Beyond the bound the last are left out.
 */
export function targetFiles(
  targets: readonly ScrapeTarget[],
  urlOf: (podIp: string, port: number) => string | undefined,
): readonly PrometheusFile[] {
  const kept = targets.slice(0, LAB_SCRAPE_TARGETS_COUNT_MAX);
  return JOBS.map(({ honorsLabels, file }) => {
    const groups = kept
      .filter((target) => target.honorsLabels === honorsLabels)
      .map(({ address, port, path, intervalMs, timeoutMs, labels }) => {
        const url = urlOf(address, port);
        return {
          targets: [url === undefined ? NOWHERE : new URL(url).host],
          labels: {
            ...labels,
            __metrics_path__: path,
            __scrape_interval__: durationText(intervalMs),
            __scrape_timeout__: durationText(timeoutMs),
          },
        };
      });
    return { name: file, text: JSON.stringify(groups) };
  });
}

/** As Prometheus writes durations, and shows them. */
function durationText(durationMs: number): string {
  return durationMs % 1000 === 0 ? `${durationMs / 1000}s` : `${durationMs}ms`;
}
