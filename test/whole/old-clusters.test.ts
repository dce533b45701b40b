import { afterEach, describe, expect, test } from 'vitest';
import type { ControllerProcess } from '../../src/app/processes/controller-process.ts';
import { DEFAULT_API_FEATURES } from '../../src/core/autoscaling/features.ts';
import type { HpaSpec } from '../../src/core/autoscaling/types.ts';
import type { Fault } from '../../src/lab/apiserver/fault.ts';
import { hpaKind } from '../../src/lab/apiserver/kinds/hpa.ts';
import { ControllerWorld, type ServerFace } from './support/controller-world.ts';

const HPA_KIND_1_20 = hpaKind(DEFAULT_API_FEATURES, '1.20');
const [v1, ...newer] = HPA_KIND_1_20.versions;

/** Servers without `autoscaling/v2`, and the version that the controller is to use there. */
const FACES: readonly (readonly [version: string, face: ServerFace])[] = [
  ['v2beta2', { version: '1.20.11', hpaKind: HPA_KIND_1_20 }],
  [
    'v1',
    {
      version: '1.20.11',
      hpaKind: { ...HPA_KIND_1_20, versions: [v1, ...newer.map((version) => ({ ...version, isHidden: true }))] },
    },
  ],
];

/** At most two more in 30 seconds, after 30 seconds of wanting them, and never down. */
const STEP_LIMITS: Partial<HpaSpec> = {
  maxReplicas: 5,
  metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
  behavior: {
    scaleUp: {
      stabilizationWindowSeconds: 30,
      selectPolicy: 'Max',
      policies: [{ type: 'Pods', value: 2, periodSeconds: 30 }],
      tolerance: '50m',
    },
    scaleDown: { selectPolicy: 'Disabled', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  },
};

/** One of each source, in the order in which v1 gives them back. */
const EVERY_SOURCE: Partial<HpaSpec> = {
  metrics: [
    { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } } },
    {
      type: 'Object',
      object: {
        metric: { name: 'rps' },
        describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
        target: { type: 'AverageValue', averageValue: '10' },
      },
    },
    {
      type: 'External',
      external: {
        metric: { name: 'queue', selector: { matchLabels: { queue: 'mail' } } },
        target: { type: 'AverageValue', averageValue: '30' },
      },
    },
    {
      type: 'ContainerResource',
      containerResource: { name: 'cpu', container: 'app', target: { type: 'AverageValue', averageValue: '100m' } },
    },
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
  ],
};

let world: ControllerWorld;

async function begin(face: ServerFace): Promise<void> {
  world = new ControllerWorld({}, face);
  await world.begin();
  world.fault = refuseStreamedLists;
}

/** Lists as streams came with 1.27; before, their parameters are a mistake. */
function refuseStreamedLists({ url }: Request): Fault | undefined {
  if (!new URL(url).searchParams.has('sendInitialEvents')) return undefined;
  const message = 'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch';
  return { kind: 'status', code: 422, reason: 'Invalid', message };
}

afterEach(() => world.end());

/** `[seconds, replicas]` of every scale write. */
async function scalings(controller: ControllerProcess): Promise<readonly (readonly [number, number | null])[]> {
  const changes = await controller.feed.list({ namespace: 'shop', name: 'web' });
  return changes
    .filter(({ scaledTo }) => scaledTo !== null)
    .map(({ atMs, scaledTo }) => [world.secondsOf(atMs), scaledTo]);
}

/** The object as the server holds it: always v2. */
function stored(): { readonly spec: unknown; readonly metadata: { readonly annotations?: unknown } } {
  const hpa = world.server.store.get('autoscaling/horizontalpodautoscalers', 'shop', 'web');
  return hpa as unknown as ReturnType<typeof stored>;
}

function statusWriteCount(): number {
  return world.requests.filter((request) => request.startsWith('PUT ') && request.endsWith('/web/status')).length;
}

describe.each(FACES)('a server whose best version is autoscaling/%s', (version, face) => {
  test('the limits of the behaviour hold: 1 → 3 → 5, not within 30 s, and 5 stays', async () => {
    await begin(face);
    const controller = await world.controller();
    const web = await world.deploy('web', 1, 0);
    await world.hpa('web', 'web', STEP_LIMITS);
    const { spec } = stored();
    await world.runTo(16);
    web.loadMilli = 900;
    await world.runTo(200);
    web.loadMilli = 0;
    await world.runTo(900);
    expect(controller.hpaApi.apiVersion).toBe(`autoscaling/${version}`);
    // The load is seen at 30 s and has to last; then the first samples of new pods count for nothing.
    expect(await scalings(controller)).toEqual([
      [45, 3],
      [90, 5],
    ]);
    expect(await world.specReplicas('web')).toBe(5);
    expect(await world.conditions('web')).toEqual([
      'AbleToScale/True/ReadyForNewScale',
      'ScalingActive/True/ValidMetricFound',
      'ScalingLimited/True/ScaleDownLimit',
    ]);
    expect(stored()).toMatchObject({ apiVersion: 'autoscaling/v2', spec });
    expect(new Set(world.requests.filter((request) => request.includes('/horizontalpodautoscalers')))).toEqual(
      new Set([
        `POST /apis/autoscaling/${version}/namespaces/shop/horizontalpodautoscalers`,
        `GET /apis/autoscaling/${version}/horizontalpodautoscalers`,
        `GET /apis/autoscaling/${version}/namespaces/shop/horizontalpodautoscalers/web`,
        `PUT /apis/autoscaling/${version}/namespaces/shop/horizontalpodautoscalers/web/status`,
      ]),
    );
  });

  test('status writes change nothing but the status, and stop when nothing changes', async () => {
    await begin(face);
    await world.deploy('web', 2, 200);
    await world.hpa('web', 'web', { ...STEP_LIMITS, ...EVERY_SOURCE });
    const { type, decode, encode } = world.hpaApi;
    const created = await world.getHpa('web');
    const annotations = { note: 'kept' };
    await world.client.replace(type, encode({ ...created, metadata: { ...created.metadata, annotations } }));
    const before = stored();
    await world.controller({ 'status-writes': 'every-change' });
    await world.runTo(60);
    const writeCount = statusWriteCount();
    expect(writeCount).toBeGreaterThan(0);
    expect(stored()).toMatchObject({ spec: before.spec, metadata: { annotations } });
    expect(stored().metadata.annotations).toEqual(annotations);
    expect(decode(await world.client.get(type, { namespace: 'shop', name: 'web' })).status?.currentMetrics).toEqual([
      ...[{ type: '' }, { type: '' }, { type: '' }],
      {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'app', current: { averageValue: '100m' } },
      },
      { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '100m', averageUtilization: 50 } } },
    ]);
    await world.runTo(600);
    expect(statusWriteCount()).toBe(writeCount);
  });

  test('an edited spec is synced at once, a written status is no edit', async () => {
    await begin(face);
    const controller = await world.controller();
    await world.deploy('web', 2, 200);
    await world.runTo(7);
    await world.hpa('web', 'web', STEP_LIMITS);
    await world.runTo(30);
    const { type, encode } = world.hpaApi;
    const hpa = await world.getHpa('web');
    const behavior = { ...hpa.spec.behavior, scaleUp: { ...STEP_LIMITS.behavior?.scaleUp, selectPolicy: 'Min' } };
    await world.client.replace(type, encode({ ...hpa, spec: { ...hpa.spec, behavior } }));
    await world.runTo(50);
    const changes = await controller.feed.list({ namespace: 'shop', name: 'web' });
    expect(changes.map(({ atMs }) => world.secondsOf(atMs))).toEqual([7, 22, 30, 45]);
  });

  test('that nobody else acts is proved there too', async () => {
    await begin(face);
    const starting = world.controller({ 'assume-sole-controller': false });
    const controller = await starting;
    expect(controller.isActing()).toBe(false);
    await world.runTo(60);
    expect(controller.isActing()).toBe(true);
    expect((await world.getHpa('podtide-sentinel')).metadata.annotations).toEqual({
      'podtide.dev/sole-controller': 'true',
    });
  });
});

test('an API server that is away at the start is waited for', async () => {
  await begin(FACES[0]?.[1] as ServerFace);
  let refusedCount = 3;
  world.fault = (request) =>
    request.url.endsWith('/apis/autoscaling') && refusedCount-- > 0 ? { kind: 'reset' } : refuseStreamedLists(request);
  const starting = world.controller();
  await world.runIo(20_000);
  expect((await starting).hpaApi.apiVersion).toBe('autoscaling/v2beta2');
});
