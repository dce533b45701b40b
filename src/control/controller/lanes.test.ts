import { expect, test } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Lanes } from './lanes.ts';

function setUp(count: number) {
  const clock = new VirtualClock();
  const lanes = new Lanes(clock, count);
  let placeCount = 0;
  lanes.onPlace(() => placeCount++);
  const begin = () => {
    const work = Promise.withResolvers<void>();
    const ended = lanes.run(() => work.promise);
    return { ...work, ended };
  };
  return { clock, lanes, begin, places: () => placeCount };
}

test('as much at once as there are places', async () => {
  const { lanes, begin, places } = setUp(2);
  const [one, other] = [begin(), begin()];
  expect([lanes.hasPlace, lanes.inFlightCount, places()]).toEqual([false, 2, 0]);
  one.resolve();
  await one.ended;
  expect([lanes.hasPlace, lanes.inFlightCount, places()]).toEqual([true, 1, 1]);
  other.reject(new Error('broken'));
  await expect(other.ended).rejects.toThrow('broken');
  expect([lanes.inFlightCount, places()]).toEqual([0, 2]);
});

test('work that hangs gives its place up after a second, and takes none when it ends', async () => {
  const { clock, lanes, begin, places } = setUp(1);
  const hung = begin();
  clock.advanceBy(999);
  expect(lanes.hasPlace).toBe(false);
  clock.advanceBy(1);
  expect([lanes.hasPlace, lanes.inFlightCount, places()]).toEqual([true, 1, 1]);
  const next = begin();
  hung.resolve();
  await hung.ended;
  expect([lanes.hasPlace, lanes.inFlightCount]).toEqual([false, 1]);
  next.resolve();
  await next.ended;
  expect([lanes.hasPlace, lanes.inFlightCount]).toEqual([true, 0]);
});

test('the slow lane is full at its bound: then work keeps its place', () => {
  const { clock, lanes, begin } = setUp(1);
  for (let count = 0; count < 2_000; count++) {
    begin();
    clock.advanceBy(1_000);
  }
  begin();
  clock.advanceBy(1_000);
  expect([lanes.hasPlace, lanes.inFlightCount]).toEqual([false, 2_001]);
});
