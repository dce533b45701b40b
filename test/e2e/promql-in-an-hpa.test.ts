import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { type ProcessRecord, stopProcess } from '../../scripts/cluster/process.ts';
import { waitUntil } from '../../scripts/cluster/wait.ts';
import { CountingApp } from './adapter/counting-app.ts';
import { startPodtideController, timingFlags } from './support/podtide-controller.ts';
import { startQueryAdapter } from './support/query-adapter.ts';
import { startPrometheus } from './support/real-prometheus.ts';

const EXAMPLE = 'examples/custom-metrics';
const HPA = 'test-prometheus-query';
const TIMING = { syncPeriodMs: 3_000, downscaleStabilizationMs: 6_000 };
/** In the place of the two minutes of the example. */
const RATE_RANGE = '15s';
/** More than one pod is meant to take, less than two. */
const LOAD_PER_SECOND = 4.5;
const DUE_MS = 60_000;
const DRAIN_MS = 30_000;

const example = (name: string): string => readFileSync(`${EXAMPLE}/${name}.yaml`, 'utf8');

interface Way {
  readonly why: string;
  readonly isOwnController: boolean;
  readonly start: (cluster: Cluster, flags: readonly string[]) => Promise<ProcessRecord>;
}

const WAYS: readonly Way[] = [
  { why: 'kube-controller-manager asks podtide adapter', isOwnController: false, start: startQueryAdapter },
  {
    why: 'podtide controller asks Prometheus, and there is no metrics API at all',
    isOwnController: true,
    start: (cluster, flags) => startPodtideController(cluster, { ...TIMING, mode: 'control', flags }),
  },
];

describe.each(WAYS)('PromQL in an HPA: $why', ({ isOwnController, start }) => {
  let cluster: Cluster;
  let app: CountingApp;
  let part: ProcessRecord | undefined;

  beforeAll(async () => {
    cluster = await startCluster({
      withHpaController: !isOwnController,
      controllerManagerFlags: isOwnController ? [] : timingFlags(TIMING),
    });
    app = new CountingApp(cluster);
    await app.start();
    const prometheus = await startPrometheus(cluster, scrapeConfiguration(app.targetsFile));
    await cluster.kubectl(['apply', '-f', `${EXAMPLE}/app.yaml`]);
    await cluster.kubectl(['rollout', 'status', 'deployment/test-prometheus', '--timeout=60s']);
    part = await start(cluster, [`--prometheus-url=${prometheus.url}`, '--query-annotation-namespaces=default']);
    await cluster.kubectl(['apply', '-f', '-'], example('hpa-query').replace('[2m]', `[${RATE_RANGE}]`));
  });

  afterAll(async () => {
    await app?.stop();
    if (part !== undefined) await stopProcess(part, DRAIN_MS);
    await cluster?.stop();
  });

  async function untilPods(count: number): Promise<void> {
    let last = '';
    await waitUntil(`${HPA} has ${count}`, {
      blame: part?.name ?? '',
      processes: part === undefined ? [] : [part],
      timeoutMs: DUE_MS,
      isReady: async () => {
        last = await cluster.kubectl(['get', 'hpa', HPA, '--no-headers']);
        return new RegExp(`/3 \\(avg\\) +1 +10 +${count} `).test(last);
      },
    }).catch((error: unknown) => expect.fail(`${String(error)}\n${last}`));
  }

  test('takes the count up while there is load, and down again when there is none', async () => {
    await untilPods(1);
    const load = app.load(LOAD_PER_SECOND);
    await untilPods(2);
    await load.stop();
    await untilPods(1);
  });
});

/** The example's configuration with the targets of this run, scraped every second. */
function scrapeConfiguration(targetsFile: string): object {
  const configuration = parse(example('prometheus'));
  configuration.global.scrape_interval = '1s';
  configuration.scrape_configs[0].file_sd_configs[0].files = [targetsFile];
  return configuration;
}
