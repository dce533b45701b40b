import { describe, expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  type Deployment,
  ENDPOINT_SLICES,
  ENDPOINTS,
  EVENTS,
  PODS,
  type Pod,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type ReplicaSet,
  SERVICES,
  type Service,
  STATEFUL_SETS,
  type StatefulSet,
} from '../../src/lab/world/objects.ts';
import type { WorldOptions } from '../../src/lab/world/world.ts';
import type { KubeObject } from '../../src/platform/kube/client.ts';
import { LabCluster } from './support/lab-cluster.ts';

interface EndpointsObject extends KubeObject {
  readonly subsets?: readonly {
    readonly addresses?: readonly object[];
    readonly notReadyAddresses?: readonly object[];
  }[];
}

interface SliceObject extends KubeObject {
  readonly endpoints?: readonly { readonly conditions: { readonly ready: boolean } }[];
}

const NAMESPACE = 'default';
const labels = { app: 'web' };
const container = { name: 'web', image: 'web:1', resources: { requests: { cpu: '100m' } } };
const template = {
  metadata: { labels, annotations: { 'podtide.dev/startup-delay': '5s' } },
  spec: { containers: [container] },
};

const named = (name: string): { namespace: string; name: string } => ({ namespace: NAMESPACE, name });

async function begin(options: Partial<WorldOptions> = {}): Promise<LabCluster> {
  const cluster = new LabCluster(options);
  await cluster.start();
  return cluster;
}

function deployment(specReplicas: number, spec: object = {}): Deployment {
  return {
    metadata: named('web'),
    spec: { replicas: specReplicas, selector: { matchLabels: labels }, template, ...spec },
  };
}

const merge = (body: object) => ({ kind: 'merge', body }) as const;

/** Names of the pods that are not on their way out. */
async function podNames(cluster: LabCluster): Promise<readonly string[]> {
  const pods = await cluster.list<Pod>(PODS, NAMESPACE);
  return pods.filter((pod) => pod.metadata.deletionTimestamp === undefined).map((pod) => pod.metadata.name);
}

async function statusOf(cluster: LabCluster): Promise<Deployment['status']> {
  return (await cluster.get<Deployment>(DEPLOYMENTS, NAMESPACE, 'web')).status;
}

describe('deployments', () => {
  test('a rollout keeps to its surge and availability, a rollback takes the old ReplicaSet as a new revision', async () => {
    const cluster = await begin();
    await cluster.client.create(DEPLOYMENTS, deployment(4));
    await cluster.runTo(10);
    expect(await statusOf(cluster)).toMatchObject({
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
    });

    const [first] = await cluster.list<ReplicaSet>(REPLICA_SETS, NAMESPACE);
    const setImage = (image: string) =>
      cluster.client.patch(
        DEPLOYMENTS,
        named('web'),
        merge({ spec: { template: { spec: { containers: [{ ...container, image }] } } } }),
      );
    await setImage('web:2');
    const seen: { podCount: number; availableCount: number }[] = [];
    for (let second = 11; second <= 60; second++) {
      await cluster.runTo(second);
      const status = await statusOf(cluster);
      seen.push({ podCount: (await podNames(cluster)).length, availableCount: status?.availableReplicas ?? 0 });
    }
    expect(Math.max(...seen.map(({ podCount }) => podCount))).toBe(5);
    expect(Math.min(...seen.map(({ availableCount }) => availableCount))).toBe(3);
    const done = await statusOf(cluster);
    expect(done).toMatchObject({ replicas: 4, updatedReplicas: 4, availableReplicas: 4, observedGeneration: 2 });
    expect(done?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual([
      'Available True MinimumReplicasAvailable',
      'Progressing True NewReplicaSetAvailable',
    ]);

    await setImage('web:1');
    await cluster.runTo(120);
    const sets = await cluster.list<ReplicaSet>(REPLICA_SETS, NAMESPACE);
    const described = sets.map(({ metadata, spec }) => ({
      isFirst: metadata.name === first?.metadata.name,
      replicas: spec.replicas,
      revision: metadata.annotations?.['deployment.kubernetes.io/revision'],
      history: metadata.annotations?.['deployment.kubernetes.io/revision-history'],
    }));
    expect(described.toSorted((a, b) => (a.isFirst ? -1 : b.isFirst ? 1 : 0))).toEqual([
      { isFirst: true, replicas: 4, revision: '3', history: '1' },
      { isFirst: false, replicas: 0, revision: '2', history: undefined },
    ]);
    const rolledBack = await cluster.get<Deployment>(DEPLOYMENTS, NAMESPACE, 'web');
    expect(rolledBack.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    expect(cluster.complaints).toEqual([]);
    await cluster.end();
  });

  test('Recreate ends every old pod before the first new one, and history is cut to its limit', async () => {
    const cluster = await begin();
    const spec = { strategy: { type: 'Recreate' }, revisionHistoryLimit: 1 };
    await cluster.client.create(DEPLOYMENTS, deployment(2, spec));
    await cluster.runTo(10);
    const images: string[] = [];
    for (const [index, image] of ['web:2', 'web:3', 'web:4'].entries()) {
      const body = { spec: { template: { spec: { containers: [{ ...container, image }] } } } };
      await cluster.client.patch(DEPLOYMENTS, named('web'), merge(body));
      for (let step = 0; step < 20; step++) {
        await cluster.runTo(10 + index * 20 + step);
        const pods = await cluster.list<Pod>(PODS, NAMESPACE);
        const mixed = [...new Set(pods.map((pod) => pod.spec.containers[0]?.image))];
        if (mixed.length > 1) images.push(mixed.join(' and '));
      }
    }
    expect(images).toEqual([]);
    const sets = await cluster.list<ReplicaSet>(REPLICA_SETS, NAMESPACE);
    expect(sets.map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision']).toSorted()).toEqual([
      '3',
      '4',
    ]);
    await cluster.end();
  });

  test('a paused one changes no template but follows its number; a deleted one takes everything along', async () => {
    const cluster = await begin();
    await cluster.client.create(DEPLOYMENTS, deployment(1));
    await cluster.runTo(10);
    const body = {
      spec: { paused: true, replicas: 3, template: { spec: { containers: [{ ...container, image: 'web:2' }] } } },
    };
    await cluster.client.patch(DEPLOYMENTS, named('web'), merge(body));
    await cluster.runTo(20);
    const pods = await cluster.list<Pod>(PODS, NAMESPACE);
    expect(pods.map((pod) => pod.spec.containers[0]?.image)).toEqual(['web:1', 'web:1', 'web:1']);
    await cluster.client.delete(DEPLOYMENTS, named('web'), { propagationPolicy: 'Background' });
    await cluster.runTo(60);
    expect(await Promise.all([PODS, REPLICA_SETS].map((type) => cluster.list(type, NAMESPACE)))).toEqual([[], []]);
    await cluster.end();
  });
});

describe('what a deployment says of itself', () => {
  const reasons = async (cluster: LabCluster): Promise<readonly string[]> =>
    ((await statusOf(cluster))?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);

  test('a rollout without progress is given up at its deadline, and goes on when it can', async () => {
    const cluster = await begin({ nodeCount: 1, nodeSize: { cpu: '50m', memory: '1Gi', podCountMax: 10 } });
    await cluster.client.create(DEPLOYMENTS, deployment(1, { progressDeadlineSeconds: 30 }));
    await cluster.runTo(29);
    const before = await reasons(cluster);
    await cluster.runTo(31);
    const late = await reasons(cluster);
    const small = { ...container, resources: { requests: { cpu: '10m' } } };
    await cluster.client.patch(
      DEPLOYMENTS,
      named('web'),
      merge({ spec: { template: { spec: { containers: [small] } } } }),
    );
    await cluster.runTo(60);
    expect([before, late, await reasons(cluster)]).toEqual([
      ['Available False MinimumReplicasUnavailable', 'Progressing True ReplicaSetUpdated'],
      ['Available False MinimumReplicasUnavailable', 'Progressing False ProgressDeadlineExceeded'],
      ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'],
    ]);
    await cluster.end();
  });

  test('pods count as available only when they have been ready for minReadySeconds', async () => {
    const cluster = await begin();
    await cluster.client.create(DEPLOYMENTS, deployment(2, { minReadySeconds: 20 }));
    const seen: string[] = [];
    for (let second = 1; second <= 40; second++) {
      await cluster.runTo(second);
      const { readyReplicas = 0, availableReplicas = 0 } = (await statusOf(cluster)) ?? {};
      const line = `${readyReplicas} ready, ${availableReplicas} available`;
      if (seen.at(-1)?.endsWith(line) !== true) seen.push(`${second} s: ${line}`);
    }
    expect(seen).toEqual(['1 s: 0 ready, 0 available', '6 s: 2 ready, 0 available', '26 s: 2 ready, 2 available']);
    await cluster.end();
  });

  test('its Service sends requests to those that are ready, and forgets those that leave', async () => {
    const cluster = await begin();
    const service = { ...named('web'), labels };
    await cluster.client.create<Service>(SERVICES, {
      metadata: service,
      spec: { ports: [{ port: 80 }], selector: labels },
    });
    await cluster.client.create(DEPLOYMENTS, deployment(2));
    const seen: unknown[] = [];
    const look = async (second: number): Promise<void> => {
      await cluster.runTo(second);
      const [subset] = (await cluster.get<EndpointsObject>(ENDPOINTS, NAMESPACE, 'web')).subsets ?? [];
      const slices = await cluster.list<SliceObject>(ENDPOINT_SLICES, NAMESPACE);
      const ready = slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions.ready);
      seen.push([subset?.addresses?.length ?? 0, subset?.notReadyAddresses?.length ?? 0, ready.length]);
    };
    await look(2);
    await look(7);
    await cluster.client.patch(DEPLOYMENTS, named('web'), merge({ spec: { replicas: 0 } }));
    await look(8);
    expect(seen).toEqual([
      [0, 2, 0],
      [2, 0, 2],
      [0, 0, 0],
    ]);
    await cluster.end();
  });
});

describe('an API server that often refuses', () => {
  test.each([1, 2, 3])('loses no pod and makes none too many (seed %d)', async (seed) => {
    const cluster = await begin();
    const random = Random.ofSeed(seed);
    const codes = [
      { code: 409, reason: 'Conflict' },
      { code: 500, reason: 'InternalError' },
      { code: 403, reason: 'Forbidden' },
    ];
    await cluster.client.create(DEPLOYMENTS, deployment(6));
    cluster.fault = () => {
      const refusal = codes[random.nextBelow(3 * codes.length)];
      return refusal && { kind: 'status', ...refusal };
    };
    await cluster.runTo(300);
    const resize = (specReplicas: number): Promise<unknown> =>
      cluster.client
        .patch(DEPLOYMENTS, named('web'), merge({ spec: { replicas: specReplicas } }))
        .catch(() => resize(specReplicas));
    await resize(2);
    await cluster.runTo(900);
    cluster.fault = undefined;
    await cluster.runTo(1000);
    expect(await statusOf(cluster)).toMatchObject({ replicas: 2, readyReplicas: 2, availableReplicas: 2 });
    expect((await cluster.list<Pod>(PODS, NAMESPACE)).length).toBe(2);
    expect(cluster.complaints.length).toBeGreaterThan(5);
    await cluster.end();
  });
});

describe('pods', () => {
  test('without room they wait and say why, and are placed when room comes free', async () => {
    const cluster = await begin({ nodeCount: 1, nodeSize: { cpu: '250m', memory: '1Gi', podCountMax: 10 } });
    await cluster.client.create(DEPLOYMENTS, deployment(3));
    await cluster.runTo(10);
    const waiting = (await cluster.list<Pod>(PODS, NAMESPACE)).filter((pod) => !pod.spec.nodeName);
    expect(waiting.map((pod) => pod.status?.conditions?.map(({ type, message }) => `${type}: ${message}`))).toEqual([
      ['PodScheduled: 0/1 nodes are available: 1 Insufficient cpu.'],
    ]);
    const events = await cluster.list<KubeObject & { reason: string }>(EVENTS, NAMESPACE);
    expect(events.filter(({ reason }) => reason === 'FailedScheduling').length).toBe(1);
    const [placed] = (await cluster.list<Pod>(PODS, NAMESPACE)).filter((pod) => pod.spec.nodeName);
    await cluster.client.delete(PODS, named(placed?.metadata.name ?? ''));
    await cluster.runTo(30);
    const after = await cluster.list<Pod>(PODS, NAMESPACE);
    expect(after.filter((pod) => pod.spec.nodeName).length).toBe(2);
    expect(after.find((pod) => pod.metadata.name === waiting[0]?.metadata.name)?.spec.nodeName).toBe('node-1');
    await cluster.end();
  });
});

describe('other workloads', () => {
  test('a ReplicationController adopts what it selects and follows its number', async () => {
    const cluster = await begin();
    await cluster.client.create<Pod>(PODS, {
      metadata: { ...named('orphan'), labels },
      spec: { containers: [container] },
    });
    const spec = { replicas: 2, selector: labels, template };
    await cluster.client.create<ReplicaSet>(REPLICATION_CONTROLLERS, { metadata: named('web'), spec });
    await cluster.runTo(10);
    expect([(await podNames(cluster)).length, (await podNames(cluster)).includes('orphan')]).toEqual([2, true]);
    await cluster.client.patch(REPLICATION_CONTROLLERS, named('web'), merge({ spec: { replicas: 0 } }));
    await cluster.runTo(20);
    expect(await podNames(cluster)).toEqual([]);
    const { status } = await cluster.get<ReplicaSet>(REPLICATION_CONTROLLERS, NAMESPACE, 'web');
    expect(status).toMatchObject({ replicas: 0, observedGeneration: 2 });
    await cluster.end();
  });

  test('a StatefulSet counts up one by one, down from the highest, and replaces from the highest', async () => {
    const cluster = await begin();
    const spec = { replicas: 3, serviceName: 'web', selector: { matchLabels: labels }, template };
    await cluster.client.create<StatefulSet>(STATEFUL_SETS, { metadata: named('db'), spec });
    const seen: string[] = [];
    const look = async (untilSecond: number): Promise<void> => {
      for (let second = cluster.secondsNow() + 1; second <= untilSecond; second++) {
        await cluster.runTo(second);
        const line = (await cluster.list<Pod>(PODS, NAMESPACE)).map((pod) => pod.metadata.name).join(' ');
        if (seen.at(-1) !== line) seen.push(line);
      }
    };
    await look(40);
    await cluster.client.patch(STATEFUL_SETS, named('db'), merge({ spec: { replicas: 1 } }));
    await look(60);
    expect(seen).toEqual(['db-0', 'db-0 db-1', 'db-0 db-1 db-2', 'db-0 db-1', 'db-0']);
    const body = { spec: { template: { spec: { containers: [{ ...container, image: 'web:2' }] } } } };
    await cluster.client.patch(STATEFUL_SETS, named('db'), merge(body));
    await cluster.runTo(100);
    const [pod] = await cluster.list<Pod>(PODS, NAMESPACE);
    expect([pod?.metadata.name, pod?.spec.containers[0]?.image]).toEqual(['db-0', 'web:2']);
    const { status } = await cluster.get<StatefulSet>(STATEFUL_SETS, NAMESPACE, 'db');
    expect(status).toMatchObject({ replicas: 1, readyReplicas: 1, updatedReplicas: 1, currentReplicas: 1 });
    await cluster.end();
  });

  test('a custom resource with a scale subresource and a pod template keeps pods too', async () => {
    const cluster = await begin();
    const type = { group: 'podtide.dev', version: 'v1', resource: 'fleets', isNamespaced: true };
    await cluster.client.create(CUSTOM_RESOURCE_DEFINITIONS, FLEETS as KubeObject);
    await cluster.runTo(1);
    const fleet = {
      apiVersion: 'podtide.dev/v1',
      kind: 'Fleet',
      metadata: named('web'),
      spec: { replicas: 2, template },
    };
    await cluster.client.create<KubeObject>(type, fleet);
    await cluster.runTo(15);
    const scale = await cluster.client.getScale(type, named('web'));
    expect([(await podNames(cluster)).length, scale.status]).toEqual([2, { replicas: 2, selector: 'app=web' }]);
    await cluster.client.replaceScale(type, { ...scale, spec: { replicas: 3 } });
    await cluster.runTo(30);
    expect((await podNames(cluster)).length).toBe(3);
    await cluster.end();
  });
});

const FLEETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'fleets.podtide.dev' },
  spec: {
    group: 'podtide.dev',
    scope: 'Namespaced',
    names: { plural: 'fleets', singular: 'fleet', kind: 'Fleet', listKind: 'FleetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    ],
  },
};
