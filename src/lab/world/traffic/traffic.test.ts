import { describe, expect, test } from 'vitest';
import { createLoad } from '../../../core/plant/load.ts';
import { DEFAULT_PROFILE, WALKTHROUGH_PROFILE } from '../../../core/plant/workload-profile.ts';
import { Traffic, type TrafficPod, type TrafficScene } from './traffic.ts';

const apache = (name: string): TrafficPod => ({ key: `d/${name}`, profile: WALKTHROUGH_PROFILE, cpuMilliMax: 500 });
const web = (name: string): TrafficPod => ({ key: `d/${name}`, profile: DEFAULT_PROFILE, cpuMilliMax: 500 });

function scene(ready: readonly TrafficPod[], loopCount: number, perSecond = 0): TrafficScene {
  const loops = Array.from({ length: loopCount }, (_, index) => ({ podKey: `d/loop-${index}`, loop: { pauseMs: 10 } }));
  const load = { load: createLoad({ kind: 'constant', perSecond }), sinceMs: 0 };
  return { services: [{ key: 'd/svc', ready, loops, ...(perSecond > 0 && { load }) }], running: ready };
}

const milliOf = (traffic: Traffic, pods: readonly TrafficPod[]) =>
  pods.map(({ key }) => traffic.usageOf(key)?.cpuMilli);

describe('the walkthrough profile', () => {
  test.each([
    ['one pod, beyond its limit', 1, 1, [610]],
    ['four', 4, 1, [153, 153, 152, 152]],
    ['seven', 7, 1, [88, 87, 87, 87, 87, 87, 87]],
    ['two loops cost twice as much', 2, 2, [610, 610]],
    ['no loop, no usage', 2, 0, [0, 0]],
  ])('%s', (_why, podCount, loopCount, expected) => {
    const pods = Array.from({ length: podCount }, (_, index) => apache(`pod-${index}`));
    const traffic = new Traffic(0);
    traffic.setScene(scene(pods, loopCount));
    const atOnce = milliOf(traffic, pods);
    traffic.advance(1_000);
    expect([atOnce, milliOf(traffic, pods)]).toEqual([expected, expected]);
  });

  test('answers come at the pace of the loop, and are taken once', () => {
    const traffic = new Traffic(0);
    traffic.setScene(scene([apache('a')], 1));
    traffic.advance(1_900);
    expect([traffic.takeAnswers(), traffic.takeAnswers()]).toEqual([new Map([['d/loop-0', 100]]), new Map()]);
  });
});

describe('services that saturate', () => {
  test('a change of scene counts from its instant on, not for what was before', () => {
    const [a, b] = [web('a'), web('b')];
    const traffic = new Traffic(0);
    traffic.setScene({ ...scene([a], 0, 20), running: [a, b] });
    traffic.advance(10_000);
    traffic.setScene(scene([a, b], 0, 20));
    traffic.advance(20_000);
    const seconds = [a, b].map(({ key }) => Math.round((traffic.usageOf(key)?.cpuNs ?? 0) / 1e7) / 100);
    // 200 requests of 10 ms and the idle millicore; then half of them, and 20 idle seconds in all.
    expect(seconds).toEqual([3.02, 1.02]);
    expect([a, b].map(({ key }) => traffic.servedCountOf(key))).toEqual([300, 100]);
  });

  test('what a pod used so far stays when it leaves and is ready again, and goes with the pod', () => {
    const a = web('a');
    const traffic = new Traffic(0);
    traffic.setScene(scene([a], 0, 20));
    traffic.advance(10_000);
    const used = traffic.usageOf('d/a')?.cpuNs;
    traffic.setScene({ services: [], running: [a] });
    const kept = traffic.usageOf('d/a')?.cpuNs;
    traffic.setScene({ services: [], running: [] });
    expect([kept === used, traffic.usageOf('d/a'), traffic.intervalOf('d/svc')]).toEqual([true, undefined, undefined]);
  });

  test('the clock never runs backwards, and steps of any size count the same requests', () => {
    const total = (stepMs: number): number => {
      const traffic = new Traffic(0);
      traffic.setScene(scene([web('a'), web('b')], 0, 37.3));
      for (let atMs = stepMs; atMs <= 60_000; atMs += stepMs) traffic.advance(atMs);
      traffic.advance(1);
      return Math.round((traffic.usageOf('d/a')?.cpuNs ?? 0) / 1e6);
    };
    expect([total(1_000), total(15_000), total(60_000)]).toEqual([total(100), total(100), total(100)]);
  });
});
