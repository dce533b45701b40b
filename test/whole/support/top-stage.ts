import { setImmediate } from 'node:timers/promises';
import { answerTop, type TopAnswer } from '../../../src/app/cli/run-top.ts';
import { readEnvironment } from '../../../src/app/config/environment.ts';
import { parseTopWords } from '../../../src/app/config/top-config.ts';
import { createTopCluster } from '../../../src/app/processes/top/top-cluster.ts';
import type { HpaSpec } from '../../../src/core/autoscaling/types.ts';
import type { TopNotice } from '../../../src/core/explain/top-notices.ts';
import { DEPLOYMENTS, PODS, type Pod, SERVICES } from '../../../src/lab/world/objects.ts';
import type { KubeObject, ResourceType } from '../../../src/platform/kube/client.ts';
import { createHandleTransport } from '../../../src/platform/kube/handle-transport.ts';
import type { Interception } from './interceptions.ts';
import { LabCluster } from './lab-cluster.ts';

export const HPAS: ResourceType = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  isNamespaced: true,
};

/** A lab's cluster, and `podtide top` in it, whose requests may be met on their way. */
export class TopStage {
  readonly cluster = new LabCluster();
  readonly notices: TopNotice[] = [];
  interception: Interception = () => undefined;
  /** The pod, and its node. */
  pod = '';
  node = '';

  /** One pod that works 200m and idles 1m, with an HPA; a story for many tests, because none changes it. */
  async start(): Promise<void> {
    const { cluster } = this;
    const { client } = cluster;
    await cluster.start();
    const labels = { app: 'web' };
    const resources = { limits: { cpu: '500m' }, requests: { cpu: '100m' } };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'shop:1', resources }] } };
    await client.create(DEPLOYMENTS, object('web', { replicas: 1, selector: { matchLabels: labels }, template }));
    await client.create(SERVICES, object('web', { selector: labels, ports: [{ port: 80 }] }));
    await client.create(HPAS, object('web', hpaSpec('cpu')));
    await client.create(HPAS, object('elsewhere', { ...hpaSpec('cpu'), scaleTargetRef: targetOf('none') }));
    await cluster.runTo(10);
    cluster.world.setLoad('default/web', { kind: 'constant', perSecond: 20 });
    await cluster.runTo(90);
    const [first] = await cluster.list<Pod>(PODS, 'default');
    this.pod = first?.metadata.name ?? '';
    this.node = first?.spec.nodeName ?? '';
  }

  /** As it was, for the next test. */
  reset(): void {
    this.interception = () => undefined;
    this.notices.length = 0;
  }

  /** What `podtide top WORDS` writes; domain time runs meanwhile. */
  async top(words: string): Promise<TopAnswer> {
    const { cluster } = this;
    const transport = createHandleTransport(
      (request) => {
        const pass = (): Promise<Response> => cluster.server.handle(request);
        return this.interception(new URL(request.url).pathname, pass) ?? pass();
      },
      { headers: { authorization: 'Bearer whole-test' } },
    );
    const top = createTopCluster({
      kube: { transport, ioClock: cluster.clock, userAgent: 'whole-test', random: () => 0.5 },
      server: 'https://lab.test:6443',
      namespace: 'default',
      clock: cluster.clock,
      notify: (notice) => this.notices.push(notice),
    });
    const config = parseTopWords(words.split(' '), readEnvironment({}));
    return await this.#drive(answerTop(config, top, new AbortController().signal));
  }

  /** Lets a second pass only when nothing moves any more: requests take no time. */
  async #drive<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    work.then(settle, settle);
    while (!isSettled) {
      for (let turn = 0; turn < TURNS_PER_SECOND_COUNT && !isSettled; turn += 1) await setImmediate();
      if (!isSettled) await this.cluster.runTo(Math.floor(this.cluster.secondsNow()) + 1);
    }
    return await work;
  }
}

const TURNS_PER_SECOND_COUNT = 200;

/** An object of the namespace `default`. */
export function object(name: string, spec: object): KubeObject {
  return { metadata: { name, namespace: 'default' }, ...{ spec } };
}

function targetOf(name: string) {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name };
}

/** An HPA on `web` that wants half of the request used. */
export function hpaSpec(resource: string): HpaSpec {
  return {
    scaleTargetRef: targetOf('web'),
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [
      { type: 'Resource', resource: { name: resource, target: { type: 'Utilization', averageUtilization: 50 } } },
    ],
  };
}
