import { expect, test } from 'vitest';
import { SILENT_LOG } from '../../src/base/log.ts';
import { DecisionHistory } from '../../src/control/history/decision-history.ts';
import { WALKTHROUGH } from '../../src/lab/world/stories/walkthrough.ts';
import { createKubeletSource } from '../../src/metrics/kubelet/kubelet-source.ts';
import type { KubeletClient, KubeletSource } from '../../src/metrics/kubelet/port.ts';
import { createMetricsApis } from '../../src/metrics/serve/metrics-apis.ts';
import type { ResourceMetricsSource } from '../../src/metrics/source/port.ts';
import { createResourceMetricsClient } from '../../src/metrics/source/resource-client.ts';
import { asReadOverHttp } from '../../src/metrics/source/wire-rounding.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { LabCluster } from './support/lab-cluster.ts';

const ADMIN = { name: 'admin', groups: ['system:masters'] };
const RESOLUTION_MS = 15_000;

/** The lab's kubelets, asked in process. */
function kubeletsOf(cluster: LabCluster): KubeletClient {
  const urlOf = ({ name }: { readonly name: string }): string => `https://${name}:10250/metrics/resource`;
  return {
    urlOf,
    fetch: async (node, signal) => {
      const kubelet = cluster.world.kubelets.get(node.name);
      const answer = await kubelet?.handle(new Request(urlOf(node), { signal }), ADMIN);
      return new Uint8Array((await answer?.arrayBuffer()) ?? []);
    },
    forget: () => {},
    close: async () => {},
  };
}

/** The same numbers by way of the API: written as JSON, and read again. */
function readOverHttp(source: KubeletSource, cluster: LabCluster): ResourceMetricsSource {
  const apis = createMetricsApis({ resource: source }, cluster.clock);
  const getJson = async (path: string): Promise<unknown> =>
    (await apis.handle(new Request(new URL(path, 'https://metrics-server')))).json();
  return createResourceMetricsClient({ client: { getJson }, deadlineMs: 10_000 });
}

/** The walkthrough by a controller that reads the lab's kubelets: everything that it decided, and why. */
async function decisions(
  read: (source: KubeletSource, cluster: LabCluster) => ResourceMetricsSource,
): Promise<readonly string[]> {
  const cluster = new LabCluster();
  await cluster.start();
  const source = createKubeletSource({
    client: cluster.kube(),
    kubelets: kubeletsOf(cluster),
    clock: cluster.clock,
    ioClock: cluster.io,
    log: SILENT_LOG,
    telemetry: createTelemetry(),
    resolutionMs: RESOLUTION_MS,
    requestTimeoutMs: 10_000,
    deliveries: cluster.ledger,
  });
  await source.start();
  const history = new DecisionHistory('lab', SILENT_LOG);
  const decided: string[] = [];
  history.watch((record) => decided.push(JSON.stringify(record)));
  await cluster.startController({ history, source: { resource: read(source, cluster) } });
  await cluster.play(WALKTHROUGH);
  await cluster.end();
  await source.stop();
  return decided;
}

test('usage read in process leads to the very decisions that the same usage leads to over HTTP', async () => {
  const inProcess = await decisions(asReadOverHttp);
  const overHttp = await decisions(readOverHttp);
  expect(inProcess.length).toBeGreaterThan(20);
  // Something was decided: the walkthrough scales up by numbers of kubelets.
  expect(inProcess.some((text) => text.includes('SuccessfulRescale'))).toBe(true);
  expect(inProcess).toEqual(overHttp);
});
