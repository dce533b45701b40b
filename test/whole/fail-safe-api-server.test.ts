import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControllerProcess } from '../../src/app/processes/controller-process.ts';
import type { IoClock } from '../../src/base/clock.ts';
import type { HpaSpec } from '../../src/core/autoscaling/types.ts';
import { ControllerWorld, DEPLOYMENTS, HPAS, isOfController } from './support/controller-world.ts';

/** What must happen when the API server fails, watches break or clocks jump: rows of the fail-safe table. */
let world: ControllerWorld;

beforeEach(async () => {
  world = new ControllerWorld();
  await world.begin();
});

afterEach(() => world.end());

const IO_MS = 40_000;
const isScaleWrite = (request: Request): boolean =>
  isOfController(request) && request.method === 'PUT' && request.url.endsWith('/scale');

/** `[seconds, replicas]` of every scale write. */
async function scalings(controller: ControllerProcess, name = 'web'): Promise<readonly (readonly [number, number])[]> {
  const decisions = await controller.feed.list({ namespace: 'shop', name });
  return decisions.flatMap(({ atMs, scaledTo }) =>
    scaledTo === null ? [] : [[world.secondsOf(atMs), scaledTo] as const],
  );
}

/** One pod a minute up; down a minute after the last wish for more. */
const CAREFUL: Partial<HpaSpec> = {
  behavior: {
    scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
    scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  },
};

describe('apiserver down for ten minutes', () => {
  const ways: readonly [why: string, fault: Parameters<typeof fails>[0]][] = [
    ['connections break', { kind: 'reset' }],
    ['503', { kind: 'status', code: 503, reason: 'ServiceUnavailable' }],
    [
      '429 to everything, with Retry-After',
      { kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 30 },
    ],
  ];

  function fails(fault: NonNullable<ReturnType<NonNullable<ControllerWorld['fault']>>>): void {
    world.fault = (request) => (isOfController(request) ? fault : undefined);
    world.dropWatches();
  }

  test.each(ways)('%s: nothing moves meanwhile, no burst on return, and windows went on', async (_why, fault) => {
    const controller = await world.controller();
    await world.deploy('growing', 1, 2_000);
    await world.hpa('growing', 'growing', CAREFUL);
    const shrinking = await world.deploy('shrinking', 4, 400);
    await world.hpa('shrinking', 'shrinking', CAREFUL);
    await world.runTo(20, IO_MS);
    shrinking.loadMilli = 0;
    fails(fault);
    await world.runTo(620, IO_MS);
    expect([await world.specReplicas('growing'), await world.specReplicas('shrinking')]).toEqual([2, 4]);
    const sent: string[] = [];
    world.fault = (request) => {
      if (isOfController(request)) sent.push(`${request.method} ${new URL(request.url).pathname}`);
      return undefined;
    };
    await world.runTo(640, IO_MS);
    await world.runIo(40_000);
    // One step, however many were missed; and no more requests than two HPAs' syncs, lists and memory take.
    expect([await world.specReplicas('growing'), await world.specReplicas('shrinking')]).toEqual([3, 1]);
    expect(sent.filter((line) => /scale$/.test(line)).length).toBeLessThanOrEqual(2 * 2 + 2);
    const events = sent.filter((line) => line.includes('/events'));
    expect(sent.length - events.length).toBeLessThan(20);
    // Told once, and no oftener than upstream's spam filter lets one object speak.
    expect(events.length).toBeLessThanOrEqual(2 * 27);
    await world.runTo(760, IO_MS);
    const grown = await scalings(controller, 'growing');
    expect(grown.map(([, count]) => count)).toEqual([2, 3, 4, 5]);
    for (const [index, [second]] of grown.entries()) {
      expect(second - (grown[index - 1]?.[0] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(60);
    }
  });
});

test('429: Retry-After is obeyed', async () => {
  await world.controller();
  await world.deploy('web', 1, 500);
  const sentAtMs: number[] = [];
  world.fault = (request) => {
    if (!isScaleWrite(request)) return undefined;
    sentAtMs.push(world.io.monotonicMs());
    if (sentAtMs.length > 2) return undefined;
    return { kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 5 };
  };
  await world.hpa('web', 'web');
  await world.runTo(1, IO_MS);
  const [first = 0, ...others] = sentAtMs;
  // A twentieth of jitter, as the world's dice fall.
  expect([others.map((atMs) => atMs - first), await world.specReplicas('web')]).toEqual([[5_250, 10_500], 4]);
});

test('slow: an answer that takes long is waited for, once', async () => {
  const controller = await world.controller();
  await world.deploy('web', 1, 500);
  world.fault = (request) => (isScaleWrite(request) ? { kind: 'delay', delayMs: 9_000 } : undefined);
  await world.hpa('web', 'web');
  await world.runTo(1, IO_MS);
  expect([await scalings(controller), world.requests.filter((request) => request.endsWith('/scale'))]).toEqual([
    [[0, 4]],
    ['GET', 'PUT'].map((verb) => `${verb} /apis/apps/v1/namespaces/shop/deployments/web/scale`),
  ]);
});

describe('watch gap / stale cache', () => {
  test('410 while specs change: the right decision after the list, none by the old spec', async () => {
    const controller = await world.controller();
    const web = await world.deploy('web', 2, 200);
    await world.hpa('web', 'web');
    await world.runTo(20);
    world.fault = (request) => (request.url.includes('watch=true') ? { kind: 'reset' } : undefined);
    world.dropWatches();
    const hpa = await world.getHpa('web');
    await world.client.replace(HPAS, { ...hpa, spec: { ...hpa.spec, maxReplicas: 3 } });
    await world.client.delete(HPAS, { namespace: 'shop', name: 'web' });
    await world.hpa('web', 'web', { maxReplicas: 5 });
    world.server.compact();
    web.loadMilli = 2_000;
    world.fault = undefined;
    await world.runIo(60_000);
    await world.runTo(60);
    expect((await scalings(controller)).map(([, count]) => count)).toEqual([4, 5]);
  });

  test('a scale write is guarded: what changed since it was read refuses it, and it starts from what is there', async () => {
    await world.controller();
    await world.deploy('web', 1, 500);
    let isChanged = false;
    world.fault = (request) => {
      if (!isScaleWrite(request) || isChanged) return undefined;
      isChanged = true;
      const deployment = world.server.store.get('apps/deployments', 'shop', 'web');
      if (deployment !== undefined) {
        const spec = { ...(deployment['spec'] as object), replicas: 2 };
        world.server.store.put('apps/deployments', { ...deployment, spec });
      }
      return undefined;
    };
    await world.hpa('web', 'web');
    await world.runTo(1);
    expect(world.requests.filter((request) => request.endsWith('/scale')).map((line) => line.split(' ')[0])).toEqual([
      'GET',
      'PUT',
      'GET',
      'PUT',
    ]);
    expect(await world.specReplicas('web')).toBe(4);
  });

  test('a stale cache of pods moves nothing that the scale itself forbids', async () => {
    const controller = await world.controller();
    await world.deploy('web', 2, 200);
    await world.hpa('web', 'web');
    await world.runTo(20);
    world.fault = (request) => (request.url.includes('watch=true') ? { kind: 'hang' } : undefined);
    world.dropWatches();
    // Off by hand, which no watch tells.
    const deployment = await world.client.get(DEPLOYMENTS, { namespace: 'shop', name: 'web' });
    await world.client.replace(DEPLOYMENTS, { ...deployment, spec: { ...specOf(deployment), replicas: 0 } } as never);
    await world.runTo(60);
    world.fault = undefined;
    expect([await scalings(controller), await world.specReplicas('web')]).toEqual([[], 0]);
  });
});

function specOf(object: object): object {
  return (object as { readonly spec?: object }).spec ?? {};
}

describe('clock jump ±1 h, NTP step', () => {
  /** The same story under a wall clock that steps to and fro every 20 s. */
  async function play(stepMs: number): Promise<unknown> {
    const other = new ControllerWorld();
    await other.begin();
    let offsetMs = 0;
    const ioClock: IoClock = {
      monotonicMs: () => other.io.monotonicMs(),
      wallMs: () => other.io.wallMs() + offsetMs,
      after: (delayMs, callback) => other.io.after(delayMs, callback),
    };
    const controller = await other.controller(
      { 'leader-elect': true, 'leader-elect-resource-namespace': 'shop' },
      { ioClock },
    );
    await other.runIo(1);
    const web = await other.deploy('web', 1, 600);
    await other.hpa('web', 'web', { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } });
    for (let second = 20; second <= 240; second += 20) {
      offsetMs = offsetMs === 0 ? stepMs : 0;
      if (second === 100) web.loadMilli = 50;
      await other.runTo(second);
      await other.runIo(20_000);
    }
    const decisions = await controller.feed.list({ name: 'web' });
    const result = decisions.map(({ atMs, scaledTo, error }) => [other.secondsOf(atMs), scaledTo, error]);
    const isActing = controller.isActing();
    await other.end();
    return { result, isActing };
  }

  test.each([3_600_000, -3_600_000])('a step of %d ms changes no decision and costs no leadership', async (stepMs) => {
    const plain = await play(0);
    expect(plain).toMatchObject({ isActing: true });
    expect(JSON.stringify(plain)).toMatch(/\[\d+,1,null\]/);
    expect(await play(stepMs)).toEqual(plain);
  });
});
