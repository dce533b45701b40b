import { describe, expect, test } from 'vitest';
import { parseQuantity, quantityMilli } from '../../src/base/quantity.ts';
import type { HorizontalPodAutoscaler } from '../../src/core/autoscaling/types.ts';
import {
  CONFIG_MAPS,
  type ConfigMap,
  DEPLOYMENTS,
  ENDPOINTS,
  EVENTS,
  PODS,
  type Pod,
  REPLICA_SETS,
  SERVICES,
} from '../../src/lab/world/objects.ts';
import { loadGenerator, webWorkload } from '../../src/lab/world/stories/manifests.ts';
import { WALKTHROUGH } from '../../src/lab/world/stories/walkthrough.ts';
import type { KubeObject } from '../../src/platform/kube/client.ts';
import { LabCluster } from './support/lab-cluster.ts';

const HPAS = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers', isNamespaced: true };

interface EventObject extends KubeObject {
  readonly lastTimestamp: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

/** The walkthrough with the controller; what the HPA's status showed at each change, and everything that is left. */
async function playWalkthrough() {
  const cluster = new LabCluster();
  await cluster.start();
  await cluster.startController();
  const shown: string[] = [];
  const look = async (): Promise<void> => {
    cluster.clock.after(1_000, look);
    const [hpa] = await cluster.list<HorizontalPodAutoscaler>(HPAS, 'default');
    if (hpa === undefined) return;
    const current = hpa.status?.currentMetrics?.[0]?.resource?.current;
    const { currentReplicas, desiredReplicas } = hpa.status ?? {};
    const line = `${current?.averageUtilization}% ${current?.averageValue} ${currentReplicas}→${desiredReplicas}`;
    // The phase of the syncs within their period is the controller's affair.
    const periodSeconds = Math.floor(cluster.secondsNow() / 15) * 15;
    if (shown.at(-1)?.endsWith(` ${line}`) !== true) shown.push(`${periodSeconds} s: ${line}`);
  };
  cluster.clock.after(1_000, look);
  await cluster.play(WALKTHROUGH);
  const events = await cluster.list<EventObject>(EVENTS, 'default');
  const types = [PODS, SERVICES, DEPLOYMENTS, REPLICA_SETS, EVENTS, HPAS, ENDPOINTS];
  const left = await Promise.all(types.map((type) => cluster.list(type, 'default')));
  await cluster.end();
  return { shown, events, left, complaints: cluster.complaints };
}

describe('the walkthrough', () => {
  test('goes as it went on the real controller', async () => {
    const { shown, events, complaints } = await playWalkthrough();
    expect(complaints).toEqual([]);
    expect(shown).toEqual([
      '30 s: 0% 0 1→1',
      '60 s: 305% 610m 1→4',
      '75 s: 76% 153m 4→7',
      '90 s: 43% 87m 7→7',
      '120 s: 0% 0 7→7',
      '405 s: 0% 0 7→1',
      '420 s: 0% 0 1→1',
    ]);
    const told = events.filter(({ involvedObject }) => involvedObject.kind === 'HorizontalPodAutoscaler');
    expect(told.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      'SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
      'SuccessfulRescale: New size: 7; reason: ',
      'SuccessfulRescale: New size: 1; reason: All metrics below target',
    ]);
    const scaled = events.filter(({ reason }) => reason === 'ScalingReplicaSet').map(({ message }) => message);
    expect(scaled.map((message) => message.replace(/php-apache-\w+/, 'RS'))).toEqual([
      'Scaled up replica set RS from 0 to 1',
      'Scaled up replica set RS from 1 to 4',
      'Scaled up replica set RS from 4 to 7',
      'Scaled down replica set RS from 7 to 1',
    ]);
  });

  test('leaves the very same cluster every time', async () => {
    const [first, second] = [await playWalkthrough(), await playWalkthrough()];
    expect(second.left).toEqual(first.left);
  });
});

describe('request loops', () => {
  const [deployment, service] = webWorkload({
    namespace: 'default',
    name: 'nginx',
    image: 'nginx:latest',
    labels: { app: 'nginx' },
    requests: { cpu: '200m' },
    limits: { cpu: '500m' },
  });

  async function log(cluster: LabCluster, pod: string): Promise<string> {
    const options = { isFollowed: false, isPrevious: false, tailLines: null, sinceSeconds: null, hasTimestamps: false };
    const ref = { namespace: 'default', pod, container: pod };
    let text = '';
    for await (const part of cluster.world.console.openLog(ref, options, AbortSignal.timeout(1000)) ?? []) text += part;
    return text;
  }

  /** CPU of each pod of nginx in millicores, as an HPA reads it. */
  async function usage(cluster: LabCluster): Promise<readonly (number | string | undefined)[]> {
    const query = { namespace: 'default', labelSelector: 'app=nginx' };
    const pods = await cluster.usage.listPods(query, AbortSignal.timeout(1000));
    return pods.map(({ containers }) => {
      const cpu = parseQuantity(containers[0]?.usage['cpu'] ?? '');
      return cpu && quantityMilli(cpu);
    });
  }

  test('one on an unknown name complains and loads nobody; on the right name it drives a pod to its limit', async () => {
    const cluster = new LabCluster();
    await cluster.start();
    await cluster.client.create(DEPLOYMENTS, deployment);
    await cluster.client.create(SERVICES, service);
    const script = (host: string): string => `while true; do wget -q -O- http://${host}; done`;
    const wrong = loadGenerator('default', 'wrong', script('nginx-service'));
    await cluster.client.create(PODS, wrong);
    await cluster.runTo(60);
    expect((await log(cluster, 'wrong')).split('\n')[0]).toBe("wget: bad address 'nginx-service'");
    expect(await usage(cluster)).toEqual([1]);

    await cluster.client.create(PODS, loadGenerator('default', 'right', script('nginx')));
    await cluster.runTo(120);
    expect((await log(cluster, 'right')).startsWith('OK!OK!OK!')).toBe(true);
    expect(await usage(cluster)).toEqual([500]);
    await cluster.client.patch(
      DEPLOYMENTS,
      { namespace: 'default', name: 'nginx' },
      { kind: 'merge', body: { spec: { replicas: 3 } } },
    );
    await cluster.runTo(180);
    expect(await usage(cluster)).toEqual([240, 240, 240]);
    await cluster.end();
  });

  test('a request that is made once is answered, and its pod ends', async () => {
    const cluster = new LabCluster();
    await cluster.start();
    await cluster.client.create(DEPLOYMENTS, deployment);
    await cluster.client.create(SERVICES, service);
    const ask = (name: string, host: string) =>
      cluster.client.create(PODS, loadGenerator('default', name, `wget -q -O- http://${host}`));
    await ask('early', 'nginx');
    await cluster.runTo(5);
    await ask('right', 'nginx');
    await ask('wrong', 'nginx-service');
    await cluster.runTo(10);
    const ends = await Promise.all(
      ['early', 'right', 'wrong'].map(async (name) => {
        const { status } = await cluster.get<Pod>(PODS, 'default', name);
        return [name, status?.phase, await log(cluster, name)];
      }),
    );
    expect(ends).toEqual([
      ['early', 'Failed', "wget: can't connect to remote host (10.96.0.1): Connection refused\n"],
      ['right', 'Succeeded', 'OK!'],
      ['wrong', 'Failed', "wget: bad address 'nginx-service'\n"],
    ]);
    await cluster.end();
  });

  test('Ctrl+C at an attached terminal ends the pod, its load and whoever follows its log', async () => {
    const cluster = new LabCluster();
    await cluster.start();
    await cluster.client.create(PODS, loadGenerator('default', 'load', 'while true; do wget -q -O- http://gone; done'));
    await cluster.runTo(3);
    let isTyped = false;
    const stdin = (async function* () {
      while (!isTyped) await new Promise((resolve) => setImmediate(resolve));
      yield new Uint8Array([0x03]);
    })();
    const printed: string[] = [];
    const streams = {
      stdin,
      writeStdout: (chunk: Uint8Array) => void printed.push(new TextDecoder().decode(chunk)),
      writeStderr: () => {},
    };
    const ref = { namespace: 'default', pod: 'load', container: 'load' };
    const ended = cluster.world.console.attach(
      ref,
      { hasStdin: true, isTty: true },
      streams,
      AbortSignal.timeout(5000),
    );
    await cluster.runTo(5);
    isTyped = true;
    expect(await ended).toBe(130);
    await cluster.runTo(6);
    const pod = await cluster.get<Pod>(PODS, 'default', 'load');
    expect(printed[0]?.startsWith("wget: bad address 'gone'")).toBe(true);
    expect([pod.status?.phase, pod.status?.containerStatuses?.[0]?.state['terminated']?.['exitCode']]).toEqual([
      'Failed',
      130,
    ]);
    await cluster.end();
  });
});

describe('metrics that people set', () => {
  test('annotations are custom metrics, labelled ConfigMaps external ones', async () => {
    const cluster = new LabCluster();
    await cluster.start();
    const annotations = { 'metrics.podtide.dev/http_requests': '66m' };
    const pod = loadGenerator('default', 'web', 'sleep 9999');
    await cluster.client.create(PODS, { ...pod, metadata: { ...pod.metadata, annotations } });
    const labels = { 'podtide.dev/external-metric': 'queue_messages_ready', queue: 'worker_tasks' };
    const data = { value: '95' };
    const queue: ConfigMap = { metadata: { namespace: 'default', name: 'queue', labels }, data };
    await cluster.client.create(CONFIG_MAPS, queue);
    await cluster.runTo(1);
    const custom =
      '/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/*/http_requests?labelSelector=run%3Dweb';
    expect(await cluster.client.getJson(custom)).toMatchObject({
      items: [{ describedObject: { kind: 'Pod', name: 'web' }, metricName: 'http_requests', value: '66m' }],
    });
    const external = '/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue_messages_ready';
    expect(await cluster.client.getJson(`${external}?labelSelector=queue%3Dworker_tasks`)).toMatchObject({
      items: [{ metricName: 'queue_messages_ready', metricLabels: { queue: 'worker_tasks' }, value: '95' }],
    });
    expect(await cluster.client.getJson(`${external}?labelSelector=queue%3Dother`)).toMatchObject({ items: [] });
    await expect(cluster.client.getJson(custom.replace('http_requests', 'other'))).rejects.toThrow(
      'the server could not find the metric other for pods',
    );
    await cluster.end();
  });
});
