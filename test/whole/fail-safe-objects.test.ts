import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControllerProcess } from '../../src/app/processes/controller-process.ts';
import type { Log } from '../../src/base/log.ts';
import type { HorizontalPodAutoscaler, HpaSpec, MetricSpec } from '../../src/core/autoscaling/types.ts';
import type { ApiObject } from '../../src/lab/apiserver/object.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { ControllerWorld, DEPLOYMENTS, HPAS, isOfController } from './support/controller-world.ts';

/** What must happen when objects change under a sync, vanish, or say what no object should: rows of the fail-safe table. */
let world: ControllerWorld;

beforeEach(async () => {
  world = new ControllerWorld();
  await world.begin();
});

afterEach(() => world.end());

async function scalings(controller: ControllerProcess, name = 'web'): Promise<readonly (readonly [number, number])[]> {
  const decisions = await controller.feed.list({ namespace: 'shop', name });
  return decisions.flatMap(({ atMs, scaledTo }) =>
    scaledTo === null ? [] : [[world.secondsOf(atMs), scaledTo] as const],
  );
}

/** Changes a stored object as somebody else's write would, in the midst of a request. */
function meddle<T extends ApiObject>(resource: string, name: string, change: (object: T) => T): void {
  const object = world.server.store.get(resource, 'shop', name);
  if (object !== undefined) world.server.store.put(resource, change(object as T));
}

const HPA_STORE = 'autoscaling/horizontalpodautoscalers';
type StoredHpa = ApiObject & HorizontalPodAutoscaler;

describe('HPA edited in mid-sync', () => {
  const places: readonly [place: string, isThere: (request: Request) => boolean][] = [
    ['before the scale is read', ({ method, url }) => method === 'GET' && url.endsWith('/scale')],
    ['before the scale is written', ({ method, url }) => method === 'PUT' && url.endsWith('/scale')],
    ['before the status is written', ({ method, url }) => method === 'PUT' && url.endsWith('/status')],
  ];
  test.each(places)(
    '%s: the next sync follows at once by the new spec, and nothing is lost',
    async (_place, isThere) => {
      const controller = await world.controller();
      await world.deploy('web', 1, 500);
      let isEdited = false;
      world.fault = (request) => {
        if (isEdited || !isOfController(request) || !isThere(request)) return undefined;
        isEdited = true;
        meddle<StoredHpa>(HPA_STORE, 'web', (hpa) => ({ ...hpa, spec: { ...hpa.spec, maxReplicas: 2 } }));
        return undefined;
      };
      await world.hpa('web', 'web');
      await world.runTo(1);
      const syncs = await controller.feed.list({ name: 'web' });
      expect(syncs.map(({ atMs }) => world.secondsOf(atMs))).toEqual([0, 0]);
      const { spec, status } = await world.getHpa('web');
      expect([await world.specReplicas('web'), spec.maxReplicas, status?.desiredReplicas]).toEqual([2, 2, 2]);
      expect(await world.conditions('web')).toContain('AbleToScale/True/SucceededRescale');
    },
  );
});

const QUEUE: MetricSpec = {
  type: 'External',
  external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } },
};

function queueAnswer(value: string): object {
  return { items: [{ metricName: 'queue', timestamp: '2026-01-01T00:00:00Z', value }] };
}

describe('target deleted and re-created', () => {
  /** A Deployment without pods, which nobody follows. */
  async function createTarget(replicas: number): Promise<void> {
    const labels = { app: 'bare' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
    const spec = { replicas, selector: { matchLabels: labels }, template };
    const created = await world.client.create(DEPLOYMENTS, {
      metadata: { namespace: 'shop', name: 'bare' },
      spec,
    } as KubeObject);
    await world.client.replace(DEPLOYMENTS, { ...created, status: { replicas } } as KubeObject, {
      subresource: 'status',
    });
  }

  test('while it is gone nothing is written, and the new one is scaled from its own count', async () => {
    world.metricsApi = () => Response.json(queueAnswer('95'));
    await createTarget(2);
    const controller = await world.controller();
    await world.hpa('bare', 'bare', { metrics: [QUEUE], maxReplicas: 20 });
    await world.runTo(1);
    await world.client.delete(DEPLOYMENTS, { namespace: 'shop', name: 'bare' });
    await world.runTo(46);
    expect(await world.conditions('bare')).toContain('AbleToScale/False/FailedGetScale');
    await createTarget(3);
    await world.runTo(61);
    // From 3 no further than 6, whatever the old one stood at.
    expect([await scalings(controller, 'bare'), await world.specReplicas('bare')]).toEqual([
      [
        [0, 4],
        [60, 6],
      ],
      6,
    ]);
    expect(await world.conditions('bare')).toContain('AbleToScale/True/SucceededRescale');
  });

  test('between the decision and the write: the guard refuses it, and the new one is not scaled by the old one’s count', async () => {
    await world.controller();
    await world.deploy('web', 1, 500);
    let isReplaced = false;
    world.fault = (request) => {
      if (isReplaced || !isOfController(request) || request.method !== 'PUT' || !request.url.endsWith('/scale')) {
        return undefined;
      }
      isReplaced = true;
      meddle('apps/deployments', 'web', (old) => ({
        ...old,
        metadata: { ...old.metadata, uid: 'another-one' },
        spec: { ...(old['spec'] as object), replicas: 0 },
      }));
      return undefined;
    };
    const statuses: string[] = [];
    await world.hpa('web', 'web');
    await world.runTo(1);
    for (const line of world.requests) if (line.endsWith('/scale')) statuses.push(line.split(' ')[0] ?? '');
    expect(statuses).toEqual(['GET', 'PUT', 'GET', 'PUT']);
  });
});

const CRDS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  isNamespaced: false,
};
const FLEETS: ResourceType = { group: 'podtide.dev', version: 'v1', resource: 'fleets', isNamespaced: true };
const FLEET_CRD = {
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

test('CRD removed and added again: its HPA says so and goes on, the others never notice', async () => {
  world.metricsApi = () => Response.json(queueAnswer('55'));
  const addFleet = async (): Promise<void> => {
    await world.client.create(CRDS, FLEET_CRD as KubeObject);
    const fleet = { metadata: { namespace: 'shop', name: 'ships' }, spec: { replicas: 2 } };
    const status = { replicas: 2, selector: 'fleet=ships' };
    const created = await world.client.create(FLEETS, {
      apiVersion: 'podtide.dev/v1',
      kind: 'Fleet',
      ...fleet,
    } as KubeObject);
    await world.client.replace(FLEETS, { ...created, status } as KubeObject, { subresource: 'status' });
  };
  await addFleet();
  const controller = await world.controller();
  await world.deploy('web', 2, 0);
  await world.hpa('web', 'web', { metrics: [QUEUE] });
  const scaleTargetRef = { apiVersion: 'podtide.dev/v1', kind: 'Fleet', name: 'ships' };
  await world.hpa('ships', 'ships', { scaleTargetRef, metrics: [QUEUE] });
  await world.runTo(16);
  expect([await scalings(controller, 'ships'), await scalings(controller)]).toEqual([
    [
      [0, 4],
      [15, 6],
    ],
    [
      [0, 4],
      [15, 6],
    ],
  ]);
  await world.client.delete(CRDS, { name: 'fleets.podtide.dev' });
  await world.runTo(46);
  expect(await world.conditions('ships')).toContain('AbleToScale/False/FailedGetScale');
  await addFleet();
  await world.runTo(76);
  expect([await scalings(controller, 'ships'), await world.conditions('web')]).toEqual([
    expect.arrayContaining([[60, 4]]),
    expect.arrayContaining(['AbleToScale/True/ReadyForNewScale', 'ScalingActive/True/ValidMetricFound']),
  ]);
});

const CPU: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
};
const MANY_METRICS: readonly MetricSpec[] = Array.from({ length: 1_000 }, (_, index) => ({
  type: 'External',
  external: { metric: { name: `queue-${index}` }, target: { type: 'AverageValue', averageValue: '10' } },
}));

describe('absurd specs are refused by the API server', () => {
  const rows: readonly [why: string, spec: Partial<HpaSpec>, message: RegExp][] = [
    ['min > max', { minReplicas: 5, maxReplicas: 3 }, /must be greater than or equal to `minReplicas`/],
    ['max = 0', { maxReplicas: 0 }, /spec.maxReplicas: Required value: must be set and greater than 0/],
    ['min = 0 without the gate', { minReplicas: 0 }, /spec.minReplicas: Invalid value: 0/],
    ['a huge integer', { maxReplicas: 3_000_000_000 }, /3000000000|int32/],
    ['no integer', { maxReplicas: 2.5 }, /2.5|int32/],
    ['a target of nothing', { metrics: [{ type: 'Resource' }] }, /spec.metrics\[0\]/],
  ];
  test.each(rows)('%s', async (_why, spec, message) => {
    await expect(world.hpa('absurd', 'web', spec)).rejects.toThrow(message);
  });

  test('a megabyte of annotations', async () => {
    const hpa = await world.hpa('plain', 'web');
    const metadata = { ...hpa.metadata, annotations: { note: 'x'.repeat(1_000_000) } };
    await expect(world.client.replace(HPAS, { ...hpa, metadata } as KubeObject)).rejects.toThrow(
      /annotations: Too long/,
    );
  });
});

describe('absurd specs that an older server let in', () => {
  const rows: readonly [why: string, spec: Partial<HpaSpec>][] = [
    ['min > max', { minReplicas: 9, maxReplicas: 3 }],
    ['max = 0', { maxReplicas: 0 }],
    ['a negative min', { minReplicas: -5 }],
    ['negative bounds', { minReplicas: -9, maxReplicas: -3 }],
    ['huge integers', { minReplicas: 4_000_000_000, maxReplicas: 9e15 }],
    ['integers beyond every double', { minReplicas: 1e300, maxReplicas: 1e300 }],
    ['no metrics at all', { metrics: [] }],
    ['a thousand metrics', { metrics: MANY_METRICS }],
    ['an unknown kind of metric', { metrics: [{ type: 'Astrology' }] }],
    ['a kind without its source', { metrics: [{ type: 'Resource' }] }],
    ['a target of no value', { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Value' } } }] }],
    [
      'a target of zero',
      { metrics: [{ ...CPU, resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0 } } }] },
    ],
    [
      'behavior without sense',
      { behavior: { scaleUp: { policies: [{ type: 'Moons', value: -1, periodSeconds: -1 }] } } },
    ],
    ['metrics that are no list', { metrics: 'cpu' as never }],
    ['metrics that are nothing', { metrics: [null as never] }],
    ['policies that are no list', { behavior: { scaleUp: { policies: 'all' as never } } }],
    ['a spec of nothing', { scaleTargetRef: undefined as never, metrics: undefined as never }],
    ['behavior that is a number', { behavior: 7 as never }],
  ];
  test.each(rows)('%s: no crash, told in the conditions, and the others are unaffected', async (_why, absurd) => {
    const controller = await world.controller();
    for (const name of ['absurd', 'sane']) await world.deploy(name, 4, 800);
    await world.hpa('absurd', 'absurd');
    world.listPods = async () => world.usage();
    meddle<StoredHpa>(HPA_STORE, 'absurd', (hpa) => ({
      ...hpa,
      metadata: { ...hpa.metadata, annotations: { note: 'x'.repeat(1_000_000) } },
      spec: { ...hpa.spec, ...absurd },
    }));
    await world.hpa('sane', 'sane', { maxReplicas: 6 });
    await world.runTo(31, 20_000);
    expect([await scalings(controller, 'sane'), controller.standing().quarantinedCount]).toEqual([[[0, 6]], 0]);
    expect((await controller.feed.list({ name: 'sane' })).length).toBe(3);
    const count = (await world.specReplicas('absurd')) ?? -1;
    expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
  });
});

describe('log sink blocked', () => {
  const broken = (): never => {
    throw new Error('EAGAIN: resource temporarily unavailable, write');
  };
  const BROKEN_LOG: Log = { debug: broken, info: broken, warn: broken, error: broken, with: () => BROKEN_LOG };

  test('a log that throws costs lines, and no decision', async () => {
    const controller = await world.controller({}, { log: BROKEN_LOG });
    await world.deploy('web', 1, 500);
    await world.hpa('web', 'web');
    world.listPods = () => Promise.reject(new TypeError('x is not a function'));
    await world.runTo(16);
    world.listPods = undefined;
    // The bug of the first sync was to be logged, and so was each watch that broke.
    world.dropWatches();
    await world.runIo(40_000);
    await world.deploy('api', 1, 500);
    await world.hpa('api', 'api');
    await world.runTo(31);
    expect([await scalings(controller, 'api'), controller.standing().quarantinedCount]).toEqual([[[16, 4]], 1]);
  });
});
