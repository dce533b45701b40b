import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControllerProcess } from '../../src/app/processes/controller-process.ts';
import type { DecisionRecord } from '../../src/control/history/feed.ts';
import { ControllerWorld, HPAS } from './support/controller-world.ts';

let world: ControllerWorld;

beforeEach(async () => {
  world = new ControllerWorld();
  await world.begin();
});

afterEach(() => world.end());

/** `[seconds, replicas]` of every scale write. */
async function scalings(
  controller: ControllerProcess,
  name: string,
): Promise<readonly (readonly [number, number | null])[]> {
  const changes = await controller.feed.list({ namespace: 'shop', name });
  return changes
    .filter(({ scaledTo }) => scaledTo !== null)
    .map(({ atMs, scaledTo }) => [world.secondsOf(atMs), scaledTo]);
}

/** Seconds of every sync of an HPA. */
async function syncs(controller: ControllerProcess, name: string): Promise<readonly number[]> {
  return (await controller.feed.list({ namespace: 'shop', name })).map(({ atMs }) => world.secondsOf(atMs));
}

async function lastRecord(controller: ControllerProcess, name: string): Promise<DecisionRecord | undefined> {
  const last = (await controller.feed.list({ namespace: 'shop', name })).at(-1);
  return last === undefined ? undefined : controller.feed.at(last.id);
}

function statusWrites(name: string): number {
  const path = `PUT /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/${name}/status`;
  return world.requests.filter((request) => request === path).length;
}

describe('the controller against the embedded API server', () => {
  test('the walkthrough: 1 → 4 → 7 → 1, at the reference’s seconds and in its words', async () => {
    const controller = await world.controller();
    const web = await world.deploy('php-apache', 1, 0);
    await world.hpa('php-apache', 'php-apache');
    await world.runTo(16);
    web.loadMilli = 610;
    await world.runTo(76);
    web.loadMilli = 0;
    await world.runTo(400);
    expect(await scalings(controller, 'php-apache')).toEqual([
      [30, 4],
      [45, 7],
      [375, 1],
    ]);
    expect(await world.specReplicas('php-apache')).toBe(1);
    expect(await world.events()).toEqual([
      'Normal SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
      'Normal SuccessfulRescale: New size: 7; reason: ',
      'Normal SuccessfulRescale: New size: 1; reason: All metrics below target',
    ]);
    const utilizations = (await controller.feed.list({ name: 'php-apache' })).map(({ metrics }) =>
      metrics[0]?.kind === 'proposed' ? metrics[0].current : null,
    );
    expect(utilizations.slice(0, 8)).toEqual([0, 0, 305, 76, 43, 43, 0, 0]);
  });

  test('a new HPA is synced at once, and an edited spec too; the rhythm starts anew from there', async () => {
    const controller = await world.controller();
    await world.deploy('web', 2, 200);
    await world.runTo(7);
    await world.hpa('web', 'web');
    await world.runTo(30);
    const hpa = await world.getHpa('web');
    await world.client.replace(HPAS, { ...hpa, spec: { ...hpa.spec, minReplicas: 3 } });
    await world.runTo(50);
    expect(await syncs(controller, 'web')).toEqual([7, 22, 30, 45]);
    expect(await scalings(controller, 'web')).toEqual([[30, 3]]);
  });

  test('a conflict is retried with the same count, and the fifth is the last', async () => {
    const controller = await world.controller();
    await world.deploy('web', 1, 500);
    let conflictCount = 3;
    world.fault = (request) => {
      if (request.method !== 'PUT' || !request.url.endsWith('/scale') || conflictCount-- <= 0) return undefined;
      return { kind: 'status', code: 409, reason: 'Conflict', message: 'the object has been modified' };
    };
    await world.hpa('web', 'web');
    await world.runTo(1);
    expect((await lastRecord(controller, 'web'))?.decision.scaleWriteAttempts).toEqual([4, 4, 4, 4]);
    expect(await world.specReplicas('web')).toBe(4);
    conflictCount = Number.POSITIVE_INFINITY;
    await world.runTo(16);
    expect((await lastRecord(controller, 'web'))?.decision.scaleWriteAttempts).toEqual([5, 5, 5, 5, 5]);
    expect((await world.events()).at(-1)).toMatch(
      /^Warning FailedRescale: New size: 5; reason: .*; error: the object has been modified$/,
    );
    expect(await world.conditions('web')).toContain('AbleToScale/False/FailedUpdateScale');
  });

  test('measured numbers alone are written once a minute, everything else at once', async () => {
    const counts: number[] = [];
    for (const mode of ['on-change', 'every-change']) {
      const controller = await world.controller({ 'status-writes': mode });
      const web = await world.deploy(`web-${mode}`, 4, 370);
      await world.hpa(`web-${mode}`, `web-${mode}`);
      const beganAt = world.secondsOf(world.clock.nowMs());
      for (let seconds = 10; seconds <= 240; seconds += 15) {
        web.loadMilli += 4;
        await world.runTo(beganAt + seconds);
      }
      counts.push(statusWrites(`web-${mode}`));
      await world.stop(controller);
    }
    expect(counts).toEqual([4, 16]);
  });

  test('two HPAs on one workload both stop, and the one that is left goes on', async () => {
    await world.controller();
    await world.deploy('web', 2, 200);
    await world.hpa('one', 'web');
    await world.hpa('two', 'web');
    await world.runTo(20);
    expect(await world.conditions('one')).toContain('ScalingActive/False/AmbiguousSelector');
    expect(await world.conditions('two')).toContain('ScalingActive/False/AmbiguousSelector');
    const { status } = await world.getHpa('one');
    expect(status?.conditions?.find(({ type }) => type === 'ScalingActive')?.message).toBe(
      'pods by selector app=web are controlled by multiple HPAs: [shop/one shop/two]',
    );
    await world.client.delete(HPAS, { namespace: 'shop', name: 'two' });
    await world.runTo(40);
    expect(await world.conditions('one')).toContain('ScalingActive/True/ValidMetricFound');
  });

  test('a deleted HPA is forgotten; re-created before its next sync it inherits what was remembered', async () => {
    const controller = await world.controller();
    await world.deploy('web', 2, 200);
    await world.hpa('web', 'web');
    await world.runTo(20);
    await world.client.delete(HPAS, { namespace: 'shop', name: 'web' });
    await world.hpa('web', 'web');
    await world.runTo(21);
    const inherited = await lastRecord(controller, 'web');
    expect(inherited?.memoryBefore.recommendations?.length).toBeGreaterThan(1);
    await world.client.delete(HPAS, { namespace: 'shop', name: 'web' });
    await world.runTo(60);
    expect((await lastRecord(controller, 'web'))?.decision.isDeleted).toBe(true);
    await world.hpa('web', 'web');
    await world.runTo(61);
    expect((await lastRecord(controller, 'web'))?.memoryBefore.recommendations).toBeNull();
    expect(controller.standing().hpaCount).toBe(1);
  });

  test('a metrics API that fails is told in upstream’s words and moves nothing', async () => {
    await world.controller();
    await world.deploy('web', 2, 0);
    world.listPods = async () => [];
    await world.hpa('web', 'web');
    await world.runTo(1);
    expect(await world.specReplicas('web')).toBe(2);
    expect(await world.conditions('web')).toEqual([
      'AbleToScale/True/SucceededGetScale',
      'ScalingActive/False/FailedGetResourceMetric',
    ]);
    expect(await world.events()).toEqual([
      'Warning FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
      'Warning FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    ]);
  });

  test('a metrics API that hangs costs the HPAs that need it their sync, and the others nothing', async () => {
    const controller = await world.controller({ 'concurrent-horizontal-pod-autoscaler-syncs': '1' });
    await world.deploy('hung', 2, 0);
    await world.deploy('forced', 12, 0);
    world.listPods = () => new Promise(() => {});
    await world.hpa('hung', 'hung');
    await world.hpa('forced', 'forced');
    await world.runTo(1, 20_000);
    expect(await scalings(controller, 'forced')).toEqual([[0, 10]]);
    const { status } = await world.getHpa('hung');
    expect(status?.conditions?.find(({ type }) => type === 'ScalingActive')?.message).toMatch(
      /unable to fetch metrics from resource metrics API: context deadline exceeded$/,
    );
  });

  test('a bug that one HPA meets sets that HPA aside, and nothing else', async () => {
    const controller = await world.controller();
    await world.deploy('buggy', 2, 0);
    world.listPods = () => Promise.reject(new TypeError('x is not a function'));
    await world.hpa('buggy', 'buggy');
    await world.hpa('other', 'no-such-target');
    await world.runTo(61);
    expect(controller.standing()).toMatchObject({ quarantinedCount: 1, inFlightCount: 0 });
    expect([await syncs(controller, 'buggy'), await syncs(controller, 'other')]).toEqual([[], [0, 15, 30, 45, 60]]);
    world.listPods = undefined;
    await world.runTo(620);
    expect(controller.standing().quarantinedCount).toBe(0);
    expect(await syncs(controller, 'buggy')).toEqual([600, 615]);
  });

  test('many HPAs are synced once a period each, with one metrics call for up to two seconds of them', async () => {
    const hpaCount = 60;
    for (let index = 0; index < hpaCount; index++) {
      await world.deploy(`web-${index}`, 1, 100);
      await world.hpa(`web-${index}`, `web-${index}`);
    }
    let callCount = 0;
    world.listPods = async () => {
      callCount++;
      return world.usage();
    };
    const controller = await world.controller();
    await world.runTo(14);
    expect(new Set((await controller.feed.list({})).map(({ hpa }) => hpa.name)).size).toBe(hpaCount);
    await world.runTo(30);
    callCount = 0;
    await world.runTo(90);
    const since = await controller.feed.list({ sinceMs: world.clock.nowMs() - 60_000 });
    expect(since.length).toBe(4 * hpaCount);
    expect([callCount, new Set(since.map(({ path, error }) => `${path} ${error}`))]).toEqual([
      4 * 2,
      new Set(['MetricDriven null']),
    ]);
  });

  test('an observer writes nothing and says where it would have differed', async () => {
    const controller = await world.controller({ mode: 'observe' });
    await world.deploy('web', 1, 500);
    await world.hpa('web', 'web');
    await world.runTo(20);
    const record = await lastRecord(controller, 'web');
    const { scaledTo, desiredReplicas } = record?.decision ?? {};
    expect([record?.delivery.mode, scaledTo, desiredReplicas]).toEqual(['observe', null, 4]);
    expect(record?.delivery.differences).toContainEqual({ field: 'desiredReplicas', decided: '4', observed: '0' });
    expect(world.requests.filter((request) => request.startsWith('PUT') && request.includes('autoscaling'))).toEqual(
      [],
    );
    expect(await world.specReplicas('web')).toBe(1);
  });
});

describe('leadership', () => {
  const flags = { 'leader-elect': true, 'leader-elect-resource-namespace': 'shop' };

  test('one leads, the standby takes over when it goes, and never do both write', async () => {
    const first = await world.controller(flags);
    await world.runIo(1);
    const second = await world.controller(flags);
    await world.runIo(3_000);
    await world.deploy('web', 1, 500);
    await world.hpa('web', 'web');
    await world.runTo(1);
    expect([first.isActing(), second.isActing()]).toEqual([true, false]);
    expect(await scalings(first, 'web')).toEqual([[0, 4]]);
    expect(second.standing()).toMatchObject({ isSynced: true, isSyncing: false, hpaCount: 1 });
    await world.stop(first);
    await world.runIo(5_000);
    await world.runTo(40);
    expect(second.isActing()).toBe(true);
    // What the first recommended, 5, goes on: at the standby's first look the count follows.
    expect(await scalings(second, 'web')).toEqual([[1, 5]]);
    expect(await world.specReplicas('web')).toBe(5);
  });

  test('a leader that cannot renew stops writing before another may begin', async () => {
    const first = await world.controller(flags);
    await world.runIo(1);
    world.fault = (request) => (request.url.includes('/leases/') ? { kind: 'hang' } : undefined);
    await world.runIo(11_000);
    expect(first.isActing()).toBe(false);
    await world.deploy('web', 1, 500);
    await world.hpa('web', 'web');
    await world.runTo(20);
    expect(await world.specReplicas('web')).toBe(1);
  });
});

describe('the proof that nobody else acts', () => {
  const flags = { 'assume-sole-controller': false };

  test('acts only after the sentinel has stood untouched for two periods; a successor need not wait', async () => {
    const controller = await world.controller(flags);
    await world.deploy('web', 1, 500);
    await world.hpa('web', 'web');
    await world.runTo(25);
    expect([controller.isActing(), await world.specReplicas('web')]).toEqual([false, 1]);
    await world.runTo(31);
    expect([controller.isActing(), await world.specReplicas('web')]).toEqual([true, 4]);
    expect((await world.getHpa('podtide-sentinel')).status?.conditions).toBeUndefined();
    await world.stop(controller);
    const successor = await world.controller(flags);
    await world.runTo(32);
    expect(successor.isActing()).toBe(true);
  });

  test('refuses to act when somebody writes the sentinel’s status, also later', async () => {
    const controller = await world.controller(flags);
    await world.runTo(40);
    expect(controller.isActing()).toBe(true);
    const sentinel = await world.getHpa('podtide-sentinel');
    const conditions = [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale' }];
    const status = { desiredReplicas: 0, currentMetrics: null, conditions };
    const failed = expect(controller.failed).rejects.toThrow(
      'another controller wrote the status of shop/podtide-sentinel',
    );
    await world.client.replace(HPAS, { ...sentinel, status }, { subresource: 'status' });
    await world.runTo(41);
    await failed;
  });
});
