import { Failure } from '../../../src/base/failure.ts';
import { formatRfc3339 } from '../../../src/base/rfc3339.ts';
import type { HpaSpec } from '../../../src/core/autoscaling/types.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../../src/platform/kube/client.ts';
import { WORKLOAD_GROUP, WORKLOADS } from '../support/workload-kind.ts';
import type { Act, MetricAnswers, PodState, Story } from './story.ts';
import { POD_LABELS } from './story-generator.ts';

export const HPAS: ResourceType = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  isNamespaced: true,
};
export const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
const SELECTOR = 'app=story';
const KEEPER = 'stories.podtide.dev/kept';

/** A pod as the metrics APIs know it. */
export interface KnownPod {
  readonly name: string;
  readonly isListed: boolean;
}

/** One story on one cluster: makes its objects, lets its acts happen, and knows its pods. */
export class StoryPlay {
  readonly story: Story;
  readonly #client: KubeClient;
  #pods: { name: string; state: PodState }[] = [];
  #createdCount = 0;
  #statusReplicas = -1;
  #startAtMs = 0;

  constructor(story: Story, client: KubeClient) {
    this.story = story;
    this.#client = client;
  }

  /** The namespace, the target and its pods. */
  async prepare(): Promise<void> {
    const { name, target } = this.story;
    await this.#client.create(NAMESPACES, { metadata: { name } });
    await this.#createTarget(this.story.specReplicas);
    if (target === 'workload') await this.follow(this.story.specReplicas);
  }

  /** The HPA; after `phaseMs` the story's time begins. */
  async begin(phaseMs: number): Promise<void> {
    this.#startAtMs = Date.now() + phaseMs;
    await this.#createHpa(this.story.hpa);
  }

  /** Plays what happens from here to the end of the acts. */
  async act(act: Act): Promise<void> {
    const target = { namespace: this.story.name, name: 'target' };
    switch (act.kind) {
      case 'editHpa':
        return this.#patchHpa(act.spec);
      case 'recreateHpa': {
        const { spec } = await this.#client.get<KubeObject & { spec: HpaSpec }>(HPAS, this.#hpaRef());
        await this.#client.delete(HPAS, this.#hpaRef());
        return this.#createHpa(spec);
      }
      case 'scaleTarget': {
        const type = this.story.target === 'workload' ? WORKLOADS : DEPLOYMENTS;
        const body = { spec: { replicas: act.specReplicas } };
        await this.#client.patch(type, target, { kind: 'merge', body });
        return;
      }
      case 'reportTarget':
        return this.#reportTarget({
          ...(act.statusReplicas === undefined ? {} : { replicas: act.statusReplicas }),
          ...(act.selector === undefined ? {} : { selector: act.selector }),
        });
      case 'deleteTarget':
        return this.#client.delete(WORKLOADS, target);
      case 'recreateTarget':
        return this.#createTarget(this.story.specReplicas);
      case 'changePod': {
        const pod = this.#pods[act.place % Math.max(1, this.#pods.length)];
        return pod === undefined ? undefined : this.#changePod(pod, act.state);
      }
    }
  }

  /** The target's pods and status follow its spec, as a controller of that kind would see to. */
  async follow(specReplicas: number): Promise<void> {
    while (this.#pods.length < specReplicas) await this.#createPod();
    while (this.#pods.length > specReplicas)
      await this.#changePod(this.#pods.at(-1) as { name: string; state: PodState }, 'gone');
    if (this.#statusReplicas === specReplicas) return;
    this.#statusReplicas = specReplicas;
    await this.#reportTarget({ replicas: specReplicas });
  }

  /** The pods of a Deployment, whose controller names them. */
  learnPods(names: readonly string[]): void {
    this.#pods = names.map((name) => ({ name, state: 'ready' }));
  }

  /** The pods in order of their places. */
  get knownPods(): readonly KnownPod[] {
    return this.#pods.map(({ name, state }) => ({ name, isListed: state !== 'pending' }));
  }

  /** What the metrics APIs say now. */
  get answers(): MetricAnswers {
    const elapsedMs = Date.now() - this.#startAtMs;
    const [first] = this.story.metrics;
    const now = this.story.metrics.findLast(({ atMs }) => atMs <= elapsedMs) ?? first;
    if (now === undefined) throw new Failure('invalid', `${this.story.name} has no metrics`);
    return now.answers;
  }

  #hpaRef() {
    return { namespace: this.story.name, name: 'hpa' };
  }

  async #createHpa(spec: HpaSpec): Promise<void> {
    const hpa = { metadata: { namespace: this.story.name, name: 'hpa' }, spec };
    await this.#client.create(HPAS, hpa as KubeObject);
  }

  /** By one request that leaves the status alone and knows no conflict. */
  async #patchHpa(spec: HpaSpec): Promise<void> {
    const body = [{ op: 'replace', path: '/spec', value: spec }];
    await this.#client.patch(HPAS, this.#hpaRef(), { kind: 'json', body });
  }

  async #createTarget(specReplicas: number): Promise<void> {
    const { name: namespace, target } = this.story;
    const metadata = { namespace, name: 'target', labels: { [KEEPER]: 'true' } };
    if (target === 'workload') {
      const workload = {
        apiVersion: `${WORKLOAD_GROUP}/v1`,
        kind: 'Workload',
        metadata,
        spec: { replicas: specReplicas },
      };
      await this.#client.create(WORKLOADS, workload);
      return this.#reportTarget({ replicas: this.#pods.length, selector: SELECTOR });
    }
    const spec = {
      replicas: specReplicas,
      selector: { matchLabels: POD_LABELS },
      template: { metadata: { labels: { ...POD_LABELS, target } }, spec: this.#podSpec() },
    };
    await this.#client.create(DEPLOYMENTS, { metadata, spec } as KubeObject);
  }

  async #reportTarget(status: { readonly replicas?: number; readonly selector?: string }): Promise<void> {
    const ref = { namespace: this.story.name, name: 'target' };
    await this.#client.patch(WORKLOADS, ref, { kind: 'merge', body: { status } }, { subresource: 'status' });
  }

  async #createPod(): Promise<void> {
    const pod = { name: `pod-${this.#createdCount}`, state: this.story.pods.state };
    this.#createdCount += 1;
    const metadata = { namespace: this.story.name, name: pod.name, labels: POD_LABELS };
    // No scheduler is called like this: the pod stays where its status says that it is.
    const spec = { ...this.#podSpec(this.#createdCount === 1), schedulerName: 'nobody' };
    await this.#client.create(PODS, { metadata, spec } as KubeObject);
    this.#pods.push(pod);
    if (pod.state !== 'pending') await this.#changePod(pod, pod.state);
  }

  #podSpec(isFirst = false) {
    const { requests, isFirstIncomplete } = this.story.pods;
    const isIncomplete = isFirst && isFirstIncomplete;
    const entries = Object.entries(requests);
    const containers = entries.map(([name, cpu], index) => ({
      name,
      image: 'story',
      resources: {
        requests: isIncomplete && index === entries.length - 1 ? { memory: '64Mi' } : { cpu, memory: '64Mi' },
      },
    }));
    return { containers, terminationGracePeriodSeconds: 0 };
  }

  async #changePod(pod: { name: string; state: PodState }, state: PodState): Promise<void> {
    const ref = { namespace: this.story.name, name: pod.name };
    if (state === 'gone' || state === 'terminating') {
      const body = { metadata: { finalizers: state === 'gone' ? [] : [KEEPER] } };
      if (state === 'terminating' || pod.state === 'terminating')
        await this.#client.patch(PODS, ref, { kind: 'merge', body });
      if (pod.state !== 'terminating') await this.#client.delete(PODS, ref, { gracePeriodSeconds: 0 });
      if (state === 'gone') this.#pods.splice(this.#pods.indexOf(pod), 1);
    } else {
      await this.#client.patch(
        PODS,
        ref,
        { kind: 'merge', body: { status: this.#podStatus(state) } },
        { subresource: 'status' },
      );
    }
    pod.state = pod.state === 'terminating' ? 'terminating' : state;
  }

  #podStatus(state: 'ready' | 'unready' | 'pending' | 'failed') {
    const nowMs = Date.now();
    const phase = { ready: 'Running', unready: 'Running', pending: 'Pending', failed: 'Failed' }[state];
    const startTime = formatRfc3339(nowMs - this.story.pods.ageMs);
    const lastTransitionTime = formatRfc3339(nowMs - this.story.pods.ageMs / 2);
    const ready = { type: 'Ready', status: state === 'ready' ? 'True' : 'False', lastTransitionTime };
    return { phase, startTime, conditions: [ready] };
  }
}
