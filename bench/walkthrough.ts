/**
 * The walkthrough on a real API server at any timing, by default upstream's own (15 s, 300 s), which takes seven
 * minutes: `node bench/walkthrough.ts [--controller upstream|podtide] [--sync-period 15] [--downscale-stabilization 300]`.
 * Prints when the Deployment was scaled, and every state that `kubectl get hpa -w` showed.
 */
import { parseArgs } from 'node:util';
import { startCluster } from '../scripts/cluster/cluster.ts';
import { controllerNamed } from '../test/e2e/support/controller-under-test.ts';
import { serveMetricsApi } from '../test/e2e/support/metrics-api.ts';
import { watchStates } from '../test/e2e/support/reference.ts';
import { SharedLoad } from '../test/e2e/support/shared-load.ts';
import { playWalkthrough } from '../test/e2e/support/walkthrough.ts';
import { numberFlag } from './number-flags.ts';

const { values } = parseArgs({
  options: {
    controller: { type: 'string', default: 'podtide' },
    'sync-period': { type: 'string', default: '15' },
    'downscale-stabilization': { type: 'string', default: '300' },
  },
});
const timing = {
  syncPeriodMs: numberFlag(values, 'sync-period') * 1000,
  downscaleStabilizationMs: numberFlag(values, 'downscale-stabilization') * 1000,
};
const controller = controllerNamed(values.controller);
const cluster = await startCluster({ ...controller.clusterOptions(timing), report: (line) => console.error(line) });
const load = new SharedLoad(cluster.api, { windowMs: timing.syncPeriodMs });
const metricsApi = await serveMetricsApi(cluster, load);
try {
  const startController = () => controller.start(cluster, timing);
  const { scalings, watchLines, loadStoppedAtMs } = await playWalkthrough(cluster, load, {
    ...timing,
    startController,
  });
  const [, firstScaling] = scalings;
  const seconds = (atMs: number): string => ((atMs - (firstScaling?.atMs ?? 0)) / 1000).toFixed(2).padStart(8);
  for (const { specReplicas, atMs } of scalings) console.log(`${seconds(atMs)} s  ${specReplicas} replicas wanted`);
  console.log(`${seconds(loadStoppedAtMs)} s  load stopped`);
  for (const state of watchStates(watchLines)) console.log(state);
} finally {
  await metricsApi.stop();
  await cluster.stop();
}
