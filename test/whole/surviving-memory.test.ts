import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControllerProcess } from '../../src/app/processes/controller-process.ts';
import type { Delivery } from '../../src/control/facts/report.ts';
import type { HpaSpec } from '../../src/core/autoscaling/types.ts';
import type { Fault } from '../../src/lab/apiserver/fault.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { ControllerWorld, DEPLOYMENTS, HPAS } from './support/controller-world.ts';

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', isNamespaced: true };
const BROKEN: Fault = { kind: 'status', code: 500, reason: 'InternalError', message: 'etcd: no leader' };
/** Two pods a minute up, and down at once after a minute. */
const SPEC: Partial<HpaSpec> = {
  behavior: {
    scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] },
    scaleDown: { stabilizationWindowSeconds: 60, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  },
};

let world: ControllerWorld;

beforeEach(async () => {
  world = new ControllerWorld();
  await world.begin();
});

afterEach(() => world.end());

const isConfigMap = (request: Request): boolean => request.url.includes('/configmaps/');
const isScaleWrite = (request: Request): boolean => request.method === 'PUT' && request.url.endsWith('/scale');

/** Ends a controller without letting it leave anything more than it has left already. */
async function crash(controller: ControllerProcess): Promise<void> {
  world.fault = (request) => (isConfigMap(request) ? BROKEN : undefined);
  await world.stop(controller);
  world.fault = undefined;
}

async function scaleByHand(name: string, count: number): Promise<void> {
  const deployment = await world.client.get<Workload>(DEPLOYMENTS, { namespace: 'shop', name });
  await world.client.replace(DEPLOYMENTS, { ...deployment, spec: { ...deployment.spec, replicas: count } } as Workload);
}

async function scalings(controller: ControllerProcess, name = 'web'): Promise<readonly string[]> {
  const decisions = await controller.feed.list({ name });
  return decisions
    .filter(({ scaledTo }) => scaledTo !== null)
    .map(({ atMs, scaledTo }) => `${world.secondsOf(atMs)} s: ${scaledTo}`);
}

async function originOf(controller: ControllerProcess, name = 'web'): Promise<Delivery['memoryOrigin'] | undefined> {
  const [first] = await controller.feed.list({ name });
  return first === undefined ? undefined : (await controller.feed.at(first.id))?.delivery.memoryOrigin;
}

describe.each<{ memory: 'configmaps' | 'process'; up: readonly string[]; down: readonly string[] }>([
  { memory: 'configmaps', up: ['65 s: 5'], down: ['75 s: 1'] },
  // As upstream: a restart gives a new budget and begins the window anew.
  { memory: 'process', up: ['20 s: 5'], down: ['105 s: 1'] },
])('memory in $memory', ({ memory, up, down }) => {
  const flags = { memory };

  test('a policy’s budget after a crash', async () => {
    const first = await world.controller(flags);
    await world.deploy('web', 1, 2_000);
    await world.hpa('web', 'web', SPEC);
    await world.runTo(20);
    expect(await scalings(first)).toEqual(['0 s: 3']);
    await world.runIo(10_000);
    await crash(first);
    const second = await world.controller(flags);
    await world.runTo(70);
    expect((await scalings(second)).slice(0, 1)).toEqual(up);
  });

  test('a scale-down window after a crash', async () => {
    const first = await world.controller(flags);
    const web = await world.deploy('web', 4, 400);
    await world.hpa('web', 'web', SPEC);
    await world.runTo(20);
    web.loadMilli = 20;
    await world.runTo(32);
    await world.runIo(10_000);
    await crash(first);
    await world.runTo(45);
    const second = await world.controller(flags);
    await world.runTo(120);
    expect(await scalings(second)).toEqual(down);
  });
});

describe('an intent that was stored before a crash', () => {
  test('its write has not come through: it costs the successor no budget', async () => {
    const first = await world.controller();
    await world.deploy('web', 1, 2_000);
    await world.hpa('web', 'web', SPEC);
    // The intent is stored, the write is lost, and nothing more is heard of this process.
    world.fault = (request) => (isScaleWrite(request) ? BROKEN : undefined);
    await world.runTo(1);
    expect(await world.specReplicas('web')).toBe(1);
    await crash(first);
    await world.runTo(10);
    const second = await world.controller();
    await world.runTo(69);
    expect([await scalings(second), await originOf(second)]).toEqual([
      ['10 s: 3'],
      { kind: 'restored', ageMs: 10_000, openIntent: [1, 3] },
    ]);
    await world.runTo(80);
    expect(await scalings(second)).toEqual(['10 s: 3', '70 s: 5']);
  });

  test('its write has come through, nobody knows when: it counts from the intent', async () => {
    const first = await world.controller();
    await world.deploy('web', 1, 2_000);
    await world.hpa('web', 'web', SPEC);
    await world.runTo(1);
    await crash(first);
    await world.runTo(10);
    const second = await world.controller();
    await world.runTo(100);
    expect([await scalings(second), (await originOf(second))?.kind]).toEqual([['70 s: 5'], 'restored']);
  });

  test('a successor that cannot read the count leaves it to the next one', async () => {
    const first = await world.controller();
    await world.deploy('web', 1, 2_000);
    await world.hpa('web', 'web', SPEC);
    await world.runTo(1);
    await crash(first);
    world.fault = (request) => (request.url.endsWith('/scale') ? BROKEN : undefined);
    const second = await world.controller();
    await world.runTo(5);
    await world.runIo(10_000);
    world.fault = undefined;
    await world.stop(second);
    const third = await world.controller();
    await world.runTo(59);
    expect([await scalings(third), await world.specReplicas('web')]).toEqual([[], 3]);
  });

  test('its write comes through late: nothing moves while a budget depends on when it was', async () => {
    const first = await world.controller();
    await world.deploy('web', 1, 2_000);
    await world.hpa('web', 'web', SPEC);
    world.fault = (request) => (isScaleWrite(request) ? BROKEN : undefined);
    await world.runTo(1);
    await crash(first);
    world.fault = (request) => (isScaleWrite(request) ? BROKEN : undefined);
    const second = await world.controller();
    await world.runTo(5);
    await scaleByHand('web', 3);
    world.fault = undefined;
    await world.runTo(100);
    expect(await scalings(second)).toEqual(['76 s: 5']);
  });

  test('somebody has changed the count since: nothing moves within a period, whoever leads', async () => {
    const first = await world.controller();
    await world.deploy('web', 1, 2_000);
    await world.hpa('web', 'web', SPEC);
    await world.runTo(1);
    await crash(first);
    await scaleByHand('web', 2);
    const second = await world.controller();
    await world.runTo(20);
    await world.runIo(10_000);
    await crash(second);
    const third = await world.controller();
    await world.runTo(100);
    expect([await scalings(second), await scalings(third)]).toEqual([[], ['65 s: 4']]);
  });
});

test('a scale write that failed in sight of the process costs no budget', async () => {
  const controller = await world.controller();
  await world.deploy('web', 1, 2_000);
  let failureCount = 1;
  world.fault = (request) => (isScaleWrite(request) && failureCount-- > 0 ? BROKEN : undefined);
  await world.hpa('web', 'web', SPEC);
  await world.runTo(20);
  expect(await scalings(controller)).toEqual(['15 s: 3']);
});

test('no scale write goes out without its intent', async () => {
  const controller = await world.controller();
  await world.deploy('web', 1, 2_000);
  world.fault = (request) => (isConfigMap(request) && request.method === 'PUT' ? BROKEN : undefined);
  await world.hpa('web', 'web', SPEC);
  await world.runTo(1);
  expect(world.requests.filter((request) => request.endsWith('/scale') && request.startsWith('PUT'))).toEqual([]);
  expect(await world.conditions('web')).toContain('AbleToScale/False/FailedUpdateScale');
  expect((await world.events()).at(-1)).toMatch(/error: the intent could not be stored: etcd: no leader$/);
  world.fault = undefined;
  await world.runTo(16);
  expect(await scalings(controller)).toEqual(['15 s: 3']);
});

test('an HPA that was re-created meanwhile inherits nothing, and what was kept of the old one goes', async () => {
  const first = await world.controller();
  await world.deploy('web', 1, 2_000);
  const { metadata } = await world.hpa('web', 'web', SPEC);
  await world.runTo(5);
  await crash(first);
  expect(await keptUids()).toEqual([metadata.uid]);
  await world.client.delete(HPAS, { namespace: 'shop', name: 'web' });
  const anew = await world.hpa('web', 'web', SPEC);
  const second = await world.controller();
  await world.runTo(10);
  await world.runIo(10_000);
  expect([await scalings(second), await originOf(second)]).toEqual([['5 s: 5'], { kind: 'none' }]);
  expect(await keptUids()).toEqual([anew.metadata.uid]);
});

test('a memory that cannot be read costs its HPA the memory, says so, and costs the others nothing', async () => {
  const first = await world.controller();
  for (const name of ['web', 'api']) await world.deploy(name, 1, 2_000);
  for (const name of ['web', 'api']) await world.hpa(name, name, SPEC);
  await world.runTo(5);
  await crash(first);
  const web = await world.getHpa('web');
  for (const configMap of await keepers()) {
    const uid = web.metadata.uid ?? '';
    if (configMap.data?.[uid] === undefined) continue;
    const data = { ...configMap.data, [uid]: '{"v":1,"recommendations":"many"}' };
    await world.client.replace(CONFIG_MAPS, { ...configMap, data } as KubeObject);
  }
  const second = await world.controller();
  await world.runTo(6);
  expect([await originOf(second, 'web'), await scalings(second, 'web')]).toEqual([
    { kind: 'unusable', flaw: 'corrupt' },
    ['5 s: 5'],
  ]);
  expect([(await originOf(second, 'api'))?.kind, await scalings(second, 'api')]).toEqual(['restored', []]);
});

test('a leader that was deposed without knowing it moves nothing: its intent is refused', async () => {
  const first = await world.controller();
  const web = await world.deploy('web', 1, 50);
  await world.hpa('web', 'web', SPEC);
  await world.runTo(5);
  // Both are told that they act alone; the second claims the memory.
  const second = await world.controller();
  await world.runTo(10);
  web.loadMilli = 2_000;
  await world.runTo(25);
  expect([await scalings(first), await scalings(second)]).toEqual([[], ['20 s: 3']]);
  const refused = (await first.feed.list({ name: 'web' })).at(-1);
  expect(refused?.error).toMatch(/^failed to rescale .* is not this process’s any longer: another one took it over$/);
});

test('an observer keeps its memory to itself', async () => {
  await world.controller({ mode: 'observe' });
  await world.deploy('web', 1, 2_000);
  await world.hpa('web', 'web', SPEC);
  await world.runTo(20);
  expect(world.requests.filter((request) => request.includes('/configmaps'))).toEqual([]);
});

interface Workload extends KubeObject {
  readonly spec: { readonly replicas?: number };
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

async function keepers(): Promise<readonly ConfigMap[]> {
  const { items } = await world.client.list<ConfigMap>(CONFIG_MAPS, { namespace: 'shop' });
  return items.filter(({ metadata }) => metadata.name.startsWith('podtide-controller-memory-'));
}

async function keptUids(): Promise<readonly string[]> {
  return (await keepers()).flatMap(({ data }) => Object.keys(data ?? {}));
}
