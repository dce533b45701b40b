import { expect, test } from 'vitest';
import { LAB_SCRAPE_TARGETS_COUNT_MAX } from '../../../base/limits.ts';
import { scrapeConfiguration, targetFiles } from './scrape-configuration.ts';
import type { ScrapeTarget } from './scrape-target.ts';

const TARGET: ScrapeTarget = {
  pool: 'serviceMonitor/default/web/0',
  address: '10.244.1.5',
  port: 8080,
  path: '/metrics',
  intervalMs: 10_000,
  timeoutMs: 2_500,
  labels: { job: 'web', instance: '10.244.1.5:8080', namespace: 'default', pod: 'web-1' },
  honorsLabels: false,
};

/** The groups of each file. */
function groups(targets: readonly ScrapeTarget[]): Readonly<Record<string, readonly unknown[]>> {
  const urlOf = (podIp: string) => (podIp === TARGET.address ? 'http://127.0.0.1:34567' : undefined);
  return Object.fromEntries(targetFiles(targets, urlOf).map(({ name, text }) => [name, JSON.parse(text)]));
}

const GROUP = {
  targets: ['127.0.0.1:34567'],
  labels: { ...TARGET.labels, __metrics_path__: '/metrics', __scrape_interval__: '10s', __scrape_timeout__: '2500ms' },
};

test.each([
  { why: 'no target', targets: [], plain: [], honoring: [] },
  { why: 'what a target says of itself', targets: [TARGET], plain: [GROUP], honoring: [] },
  {
    why: 'labels of the page first',
    targets: [{ ...TARGET, honorsLabels: true }],
    plain: [],
    honoring: [GROUP],
  },
  {
    why: 'a program that does not listen is down',
    targets: [{ ...TARGET, address: '10.244.1.6' }],
    plain: [{ ...GROUP, targets: ['127.0.0.1:1'] }],
    honoring: [],
  },
])('targets in files: $why', ({ targets, plain, honoring }) => {
  expect(groups(targets)).toEqual({ 'targets.json': plain, 'targets-that-honor-labels.json': honoring });
});

test('the configuration names the files that there are', () => {
  const { scrape_configs: jobs } = JSON.parse(scrapeConfiguration().text);
  const named = jobs.flatMap((job: { readonly file_sd_configs: readonly { readonly files: readonly string[] }[] }) =>
    job.file_sd_configs.flatMap(({ files }) => files),
  );
  expect(named).toEqual(Object.keys(groups([])));
});

test('targets beyond the bound are left out', () => {
  const many = Array.from({ length: LAB_SCRAPE_TARGETS_COUNT_MAX + 1 }, () => TARGET);
  expect(groups(many)['targets.json']).toHaveLength(LAB_SCRAPE_TARGETS_COUNT_MAX);
});
