import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControllerProcess } from '../../src/app/processes/controller-process.ts';
import type { DecisionRecord } from '../../src/control/history/feed.ts';
import { explainDecision } from '../../src/core/explain/explain-decision.ts';
import { SENTENCES_EN } from '../../src/core/explain/sentences-en.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { ControllerWorld, PODS } from './support/controller-world.ts';

const JOBS: ResourceType = { group: 'batch', version: 'v1', resource: 'jobs', isNamespaced: true };

let world: ControllerWorld;

beforeEach(async () => {
  world = new ControllerWorld();
  await world.begin();
});

afterEach(() => world.end());

async function syncs(controller: ControllerProcess, name: string): Promise<readonly number[]> {
  return (await controller.feed.list({ namespace: 'shop', name })).map(({ atMs }) => world.secondsOf(atMs));
}

async function scalings(controller: ControllerProcess, name: string): Promise<readonly (readonly [number, number])[]> {
  const changes = await controller.feed.list({ namespace: 'shop', name });
  return changes.flatMap(({ atMs, scaledTo }) =>
    scaledTo === null ? [] : [[world.secondsOf(atMs), scaledTo] as const],
  );
}

async function lastRecord(controller: ControllerProcess, name: string): Promise<DecisionRecord> {
  const last = (await controller.feed.list({ namespace: 'shop', name })).at(-1);
  const record = last === undefined ? undefined : await controller.feed.at(last.id);
  if (record === undefined) throw new Error(`no decision on ${name}`);
  return record;
}

async function condition(name: string, type: string): Promise<string> {
  const { status } = await world.getHpa(name);
  const found = status?.conditions?.find((candidate) => candidate.type === type);
  return `${found?.status}/${found?.reason}: ${found?.message}`;
}

describe('a sync period of its own', () => {
  test('holds from the first sync, a change takes effect at once, and others keep the common one', async () => {
    const controller = await world.controller();
    await world.deploy('web', 2, 200);
    await world.deploy('api', 2, 200);
    await world.hpa('web', 'web', {}, { 'sync-period': '5s' });
    await world.hpa('api', 'api');
    await world.runTo(22);
    await world.setOptions('web', { 'sync-period': '30s' });
    await world.runTo(60);
    await world.setOptions('web', {});
    await world.runTo(80);
    expect(await syncs(controller, 'web')).toEqual([0, 5, 10, 15, 20, 22, 52, 60, 75]);
    expect(await syncs(controller, 'api')).toEqual([0, 15, 30, 45, 60, 75]);
  });

  test('is that of the new object when an HPA is created anew under its name', async () => {
    const controller = await world.controller();
    await world.deploy('web', 2, 200);
    await world.hpa('web', 'web', {}, { 'sync-period': '30s' });
    await world.runTo(10);
    await world.client.delete(world.hpaApi.type, { namespace: 'shop', name: 'web' });
    await world.hpa('web', 'web', {}, { 'sync-period': '5s' });
    await world.runTo(21);
    expect(await syncs(controller, 'web')).toEqual([0, 10, 15, 20]);
  });

  test('of a second reads samples no older than a second', async () => {
    await world.controller();
    await world.deploy('web', 2, 200);
    await world.hpa('web', 'web', {}, { 'sync-period': '1s' });
    let listCount = 0;
    world.listPods = async () => {
      listCount++;
      return world.usage();
    };
    await world.runTo(1);
    listCount = 0;
    await world.runTo(11);
    expect(listCount).toBe(10);
  });

  test('is kept when the controller finds the HPA at its start', async () => {
    await world.deploy('web', 2, 200);
    await world.hpa('web', 'web', {}, { 'sync-period': '4s' });
    const controller = await world.controller();
    await world.runTo(9);
    expect(await syncs(controller, 'web')).toEqual([0, 4, 8]);
  });
});

describe('a pause', () => {
  const pause = { 'paused-until': '2026-01-01T00:01:00Z', 'paused-reason': 'database move' };

  test('shows what would happen, writes no scale, and ends by itself', async () => {
    const controller = await world.controller();
    const web = await world.deploy('web', 1, 100);
    await world.hpa('web', 'web');
    await world.runTo(16);
    await world.setOptions('web', pause);
    web.loadMilli = 610;
    await world.runTo(50);
    expect(await condition('web', 'AbleToScale')).toBe(
      'False/Paused: paused until 2026-01-01T00:01:00Z: database move; would go from 1 to 4',
    );
    expect(await world.specReplicas('web')).toBe(1);
    const { decision } = await lastRecord(controller, 'web');
    const { headline } = explainDecision(decision, 'en', { formatTime: (atMs) => `${world.secondsOf(atMs)} s` });
    expect(headline).toMatch(
      /^stays at 1: paused until 60 s because “database move”; would go to 4; cpu at 305 % of request, target 50 %; 7 wanted/,
    );
    await world.runTo(62);
    expect(await scalings(controller, 'web')).toEqual([[61, 4]]);
    expect(await world.events()).toEqual([
      'Normal Paused: paused until 2026-01-01T00:01:00Z: database move',
      'Normal Resumed: the pause is over, scale writes go out again',
      'Normal SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
    ]);
  });

  test('ends at once when its annotation goes, and holds forced moves while it lasts', async () => {
    const controller = await world.controller();
    await world.deploy('web', 1, 100);
    await world.hpa('web', 'web', { minReplicas: 3 }, { 'paused-until': '2026-01-02T00:00:00Z' });
    await world.runTo(40);
    expect(await scalings(controller, 'web')).toEqual([]);
    await world.setOptions('web', {});
    await world.runTo(41);
    expect(await scalings(controller, 'web')).toEqual([[40, 3]]);
  });
});

describe('pods by owner', () => {
  /** A pod of somebody else under the labels of `web`, that has been ready for an hour. */
  async function foreignPod(name: string): Promise<void> {
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }] } };
    const job = { metadata: { namespace: 'shop', name: 'migrate' }, spec: { template } } as KubeObject;
    const { uid = '' } = (await world.client.create(JOBS, job)).metadata;
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'migrate', uid, controller: true };
    const metadata = { namespace: 'shop', name, labels: { app: 'web' }, ownerReferences: [owner] };
    const spec = { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '200m' } } }] };
    const pod = await world.client.create(PODS, { metadata, spec } as KubeObject);
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2025-12-31T23:00:00Z' }];
    const status = { phase: 'Running', startTime: '2025-12-31T23:00:00Z', conditions };
    await world.client.replace(PODS, { ...pod, status } as KubeObject, { subresource: 'status' });
  }

  test('a Job under the same labels counts without the option, and not with it', async () => {
    const controller = await world.controller();
    await world.deploy('web', 2, 200);
    await foreignPod('migrate-1');
    world.listPods = async () => [
      ...world.usage(),
      {
        namespace: 'shop',
        name: 'migrate-1',
        labels: { app: 'web' },
        atMs: world.clock.nowMs(),
        windowMs: 15_000,
        containers: [{ name: 'app', usage: { cpu: '1600m' } }],
      },
    ];
    await world.hpa('web', 'web', {}, { selection: 'owner' });
    await world.runTo(20);
    expect(await scalings(controller, 'web')).toEqual([]);
    const { facts, decision } = await lastRecord(controller, 'web');
    expect(facts.ownership).toEqual({ kind: 'known', foreign: [{ owner: 'Job/migrate', pods: ['migrate-1'] }] });
    const { steps } = explainDecision(decision, 'en', { formatTime: String });
    expect(steps.find(({ topic }) => topic === 'options')?.details).toEqual([
      SENTENCES_EN.options.inForce.OwnerSelection({
        duration: '',
        until: '',
        reason: '',
        isOver: false,
        metric: '',
        promql: '',
        isDirect: false,
      }),
      '1 pod matches the selector but belongs to Job/migrate: migrate-1.',
    ]);
    await world.setOptions('web', {});
    await world.runTo(21);
    expect(await scalings(controller, 'web')).toEqual([[20, 4]]);
  });

  test('an owner that may not be read holds the count, says so, and lets go when it may', async () => {
    const controller = await world.controller();
    const web = await world.deploy('web', 2, 200);
    world.fault = (request) =>
      request.url.includes('/replicasets/')
        ? { kind: 'status', code: 403, reason: 'Forbidden', message: 'replicasets.apps "web-set" is forbidden' }
        : undefined;
    await world.hpa('web', 'web', {}, { selection: 'owner' });
    web.loadMilli = 800;
    await world.runTo(20);
    expect(await scalings(controller, 'web')).toEqual([]);
    expect(await condition('web', 'ScalingActive')).toBe(
      'False/OwnershipUnknown: unable to tell which pods of selector app=web the target owns: ReplicaSet/web-set: replicasets.apps "web-set" is forbidden',
    );
    world.fault = undefined;
    await world.runIo(10_000);
    await world.runTo(35);
    expect(await condition('web', 'ScalingActive')).toMatch(/^True\/ValidMetricFound/);
    expect(await scalings(controller, 'web')).toEqual([[30, 4]]);
  });
});

test('samples that stand still fail the metric, by the fleet’s flag too, and the HPA’s own word beats it', async () => {
  const controller = await world.controller({
    'max-sample-age': '1m',
    'horizontal-pod-autoscaler-downscale-stabilization': '0s',
  });
  for (const name of ['web', 'api']) await world.deploy(name, 4, 400);
  await world.hpa('web', 'web');
  await world.hpa('api', 'api', {}, { 'max-sample-age': '1h' });
  await world.runTo(10);
  const frozen = world.usage().map((item) => ({ ...item, containers: [{ name: 'app', usage: { cpu: '0' } }] }));
  const shown = frozen.map((item) => ({ ...item, atMs: item.atMs - 55_000 }));
  world.listPods = async () => shown;
  await world.runTo(31);
  expect(await scalings(controller, 'web')).toEqual([]);
  expect(await condition('web', 'ScalingActive')).toMatch(
    /no sample is newer than 1m0s \(--max-sample-age\); the newest is 1m1\ds old$/,
  );
  expect(await scalings(controller, 'api')).toEqual([[15, 1]]);
});

test('a mistake in an annotation is told once, and changes nothing else', async () => {
  await world.controller();
  await world.deploy('web', 1, 100);
  await world.hpa('web', 'web', {}, { 'sync-peroid': '5s', warmup: '2h' });
  await world.runTo(31);
  await world.setOptions('web', { warmup: '2d' });
  await world.runTo(61);
  expect(await world.events()).toEqual([
    'Warning InvalidOption: annotation podtide.dev/warmup: "2h" must be a duration from 0s to 1h0m0s such as 30s; it is ignored',
    'Warning InvalidOption: annotation podtide.dev/sync-peroid: "5s" is no option; did you mean podtide.dev/sync-period?; it is ignored',
    'Warning InvalidOption: annotation podtide.dev/warmup: "2d" must be a duration from 0s to 1h0m0s such as 30s; it is ignored',
  ]);
});
