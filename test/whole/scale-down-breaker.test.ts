import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { ControllerWorld } from './support/controller-world.ts';

const HPA_COUNT = 200;
/** Without a stabilization window nothing but the breaker keeps a scale-down back. */
const NO_WINDOW = { 'horizontal-pod-autoscaler-downscale-stabilization': '0s' };
const BREAKER = { ...NO_WINDOW, 'scale-down-breaker': '30%' };

let world: ControllerWorld;

beforeEach(async () => {
  world = new ControllerWorld();
  await world.begin();
});

afterEach(() => world.end());

type Workload = Awaited<ReturnType<ControllerWorld['deploy']>>;

/** Workloads of two pods at their target, each with its HPA. */
async function deployFleet(count: number): Promise<readonly Workload[]> {
  const fleet: Workload[] = [];
  for (let index = 0; index < count; index++) {
    fleet.push(await world.deploy(`web-${index}`, 2, 200));
    await world.hpa(`web-${index}`, `web-${index}`);
  }
  return fleet;
}

/** From now on the metrics API answers that nothing is used. */
function goBlind(): void {
  world.listPods = async () =>
    world.usage().map((item) => ({ ...item, containers: [{ name: 'app', usage: { cpu: '0' } }] }));
}

function scaleWriteCount(): number {
  return world.requests.filter((request) => /^PUT .*\/scale$/.test(request)).length;
}

async function ableToScale(name: string): Promise<string> {
  const { status } = await world.getHpa(name);
  const found = status?.conditions?.find(({ type }) => type === 'AbleToScale');
  return `${found?.status}/${found?.reason}: ${found?.message}`;
}

/** The controller's own series of the breaker. */
async function breakerSeries(telemetry: ReturnType<typeof createTelemetry>): Promise<readonly string[]> {
  const { text } = await telemetry.expose();
  return text.split('\n').filter((line) => line.startsWith('podtide_breaker'));
}

describe(`the metrics of ${HPA_COUNT} HPAs go blind: all of them read zero`, () => {
  test('without the breaker everything shrinks within a period', { timeout: 60_000 }, async () => {
    await deployFleet(HPA_COUNT);
    await world.controller(NO_WINDOW);
    await world.runTo(30);
    goBlind();
    await world.runTo(50);
    expect(scaleWriteCount()).toBe(HPA_COUNT);
  });

  test('with it nothing shrinks, it is told, and it is over when the metrics come back', {
    timeout: 60_000,
  }, async () => {
    await deployFleet(HPA_COUNT);
    const telemetry = createTelemetry();
    await world.controller(BREAKER, { telemetry });
    await world.runTo(30);
    goBlind();
    await world.runTo(150);
    expect(scaleWriteCount()).toBe(0);
    expect(await ableToScale('web-7')).toMatch(
      /^False\/CorrelatedScaleDown: held until 2026-01-01T00:15:[34]\dZ: 200 of 200 HPAs on metrics\.k8s\.io want down within a minute, more than 30 %; would go from 2 to 1$/,
    );
    expect(await breakerSeries(telemetry)).toEqual([
      `podtide_breaker_held_hpas_count ${HPA_COUNT}`,
      'podtide_breaker_trips_total{api="metrics.k8s.io"} 1',
    ]);
    world.listPods = undefined;
    await world.runTo(180);
    expect(scaleWriteCount()).toBe(0);
    expect(await ableToScale('web-7')).toMatch(/^True\/ReadyForNewScale/);
    expect((await breakerSeries(telemetry))[0]).toBe('podtide_breaker_held_hpas_count 0');
    const events = await world.events();
    expect([
      events.length,
      events.filter((text) => text.startsWith('Warning CorrelatedScaleDown')).length,
      events.filter((text) => text.startsWith('Normal ScaleDownReleased')).length,
    ]).toEqual([2 * HPA_COUNT, HPA_COUNT, HPA_COUNT]);
  });
});

describe('a small fleet', () => {
  test('a drop that lasts is believed after the hold, and not before', async () => {
    await deployFleet(10);
    await world.controller({ ...BREAKER, 'scale-down-breaker-hold': '2m' });
    await world.runTo(30);
    goBlind();
    await world.runTo(149);
    expect(scaleWriteCount()).toBe(0);
    await world.runTo(168);
    expect(scaleWriteCount()).toBe(10);
  });

  test('an HPA that falls alone falls as ever, once the fleet has been looked at', async () => {
    const [first] = await deployFleet(10);
    const controller = await world.controller(BREAKER);
    await world.runTo(28);
    if (first !== undefined) first.loadMilli = 0;
    await world.runTo(60);
    const changes = await controller.feed.list({ namespace: 'shop', name: 'web-0' });
    expect(changes.filter(({ scaledTo }) => scaledTo !== null).map(({ atMs }) => world.secondsOf(atMs))).toEqual([45]);
  });

  test('one that is synced every second does not slip out before the others have been looked at', async () => {
    await deployFleet(10);
    await world.setOptions('web-3', { 'sync-period': '1s' });
    await world.controller(BREAKER);
    await world.runTo(28);
    goBlind();
    await world.runTo(120);
    expect(scaleWriteCount()).toBe(0);
  });

  test('whose HPAs are fewer than five tells nothing', async () => {
    await deployFleet(4);
    await world.controller(BREAKER);
    await world.runTo(28);
    goBlind();
    await world.runTo(60);
    expect(scaleWriteCount()).toBe(4);
  });

  test('idle HPAs at their minimum do not hide that all others fall', async () => {
    await deployFleet(6);
    for (let index = 0; index < 30; index++) {
      await world.deploy(`idle-${index}`, 1, 0);
      await world.hpa(`idle-${index}`, `idle-${index}`);
    }
    await world.controller(BREAKER);
    await world.runTo(150);
    goBlind();
    await world.runTo(240);
    expect(scaleWriteCount()).toBe(0);
  });

  test('a maximum that a person lowers for all is obeyed at once', async () => {
    await deployFleet(6);
    await world.controller(BREAKER);
    await world.runTo(28);
    for (let index = 0; index < 6; index++) {
      const hpa = await world.getHpa(`web-${index}`);
      const { type } = world.hpaApi;
      await world.client.replace(type, { ...hpa, spec: { ...hpa.spec, maxReplicas: 1 } });
    }
    await world.runTo(30);
    expect(scaleWriteCount()).toBe(6);
  });
});
