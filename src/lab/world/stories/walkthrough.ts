import { cpuAutoscaler, loadGenerator, webWorkload } from './manifests.ts';
import type { Story } from './story.ts';

const PHP_APACHE = { namespace: 'default', name: 'php-apache' };

const [DEPLOYMENT, SERVICE] = webWorkload({
  ...PHP_APACHE,
  image: 'registry.k8s.io/hpa-example',
  labels: { run: 'php-apache' },
  requests: { cpu: '200m' },
  limits: { cpu: '500m' },
});

const HPA = cpuAutoscaler(PHP_APACHE, { minReplicas: 1, maxReplicas: 10, targetPercent: 50 });

const LOAD = loadGenerator('default', 'load-generator', 'while sleep 0.01; do wget -q -O- http://php-apache; done');

/** The HPA comes when its pod has a sample; the load then begins and ends as in the recording. */
const HPA_AT_MS = 30_000;

/**
 * The official walkthrough. With syncs every 15 s from the HPA's creation on: 0 %, 0 %, 305 % (1 → 4), 76 % (4 → 7),
 * 43 %, 43 %, 0 %, and 7 → 1 300 s after the last 43 %.
 */
export const WALKTHROUGH: Story = {
  name: 'walkthrough',
  summary: 'php-apache under one load generator for a minute: 1 → 4 → 7 → 1',
  actions: [
    { atMs: 0, kind: 'create', object: DEPLOYMENT },
    { atMs: 0, kind: 'create', object: SERVICE },
    { atMs: HPA_AT_MS, kind: 'create', object: HPA },
    { atMs: HPA_AT_MS + 16_000, kind: 'create', object: LOAD },
    { atMs: HPA_AT_MS + 76_000, kind: 'delete', object: LOAD },
  ],
  durationMs: HPA_AT_MS + 420_000,
  hpas: ['default/php-apache'],
};
