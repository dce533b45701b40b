import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { holdWhile } from '../../base/clock.ts';
import { CLOSED_DELIVERY_TOKEN_COUNT_MAX } from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createDeliveryLedger } from './delivery-ledger.ts';
import { createFullSpeedClock } from './full-speed-clock.ts';
import { createScaledClock } from './scaled-clock.ts';
import { createSystemClock } from './system-clock.ts';
import { watchWallSteps } from './wall-step.ts';

describe('system clock', () => {
  test('timers fire, cancelled ones do not, and a delay beyond the platform limit does not fire at once', async () => {
    const clock = createSystemClock();
    const fired: string[] = [];
    clock.after(0, () => fired.push('cancelled'))();
    const cancelLong = clock.after(2 ** 33, () => fired.push('months away'));
    const startMs = clock.monotonicMs();
    await new Promise<void>((resolve) => {
      clock.after(2, resolve);
    });
    cancelLong();
    expect({ fired, hasPassed: clock.monotonicMs() > startMs }).toEqual({ fired: [], hasPassed: true });
  });
});

describe('wall clock steps', () => {
  test('a step is reported once with its sign, drift below the threshold never', () => {
    const virtual = new VirtualClock();
    let offsetMs = 1_000_000;
    const steps: number[] = [];
    const io = {
      monotonicMs: () => virtual.nowMs(),
      wallMs: () => virtual.nowMs() + offsetMs,
      after: virtual.after.bind(virtual),
    };
    const stop = watchWallSteps(io, (stepMs) => steps.push(stepMs));
    virtual.advanceBy(10_000);
    offsetMs += 100;
    virtual.advanceBy(10_000);
    offsetMs -= 3_600_000;
    virtual.advanceBy(20_000);
    offsetMs += 60_000;
    virtual.advanceBy(10_000);
    stop();
    expect({ steps, timerCount: virtual.timerCount }).toEqual({ steps: [-3_600_000, 60_000], timerCount: 0 });
  });
});

describe('scaled clock', () => {
  test('domain time starts at the wall clock and runs as many times faster as it was told', () => {
    const io = new VirtualClock({ startAtMs: 5_000 });
    const clock = createScaledClock(io, { speedFactor: 60 });
    const runs: string[] = [];
    clock.after(120_000, () => runs.push(`late@${clock.nowMs()}`));
    clock.after(60_000, () => runs.push(`one@${clock.nowMs()}`));
    clock.after(60_000, () => runs.push(`two@${clock.nowMs()}`));
    clock.after(30_000, () => runs.push('cancelled'))();
    io.advanceBy(1_500);
    expect(runs).toEqual(['one@65000', 'two@65000']);
    expect(clock.nowMs()).toBe(95_000);
    io.advanceBy(500);
    expect({ runs: runs.slice(2), ioTimerCount: io.timerCount }).toEqual({ runs: ['late@125000'], ioTimerCount: 0 });
  });

  test('a step of the wall clock does not move domain time', () => {
    const virtual = new VirtualClock();
    let offsetMs = 0;
    const clock = createScaledClock({
      monotonicMs: () => virtual.nowMs(),
      wallMs: () => virtual.nowMs() + offsetMs,
      after: virtual.after.bind(virtual),
    });
    virtual.advanceBy(10);
    offsetMs = -3_600_000;
    expect(clock.nowMs()).toBe(10);
  });

  test('a callback that throws does not stop the clock', () => {
    const io = new VirtualClock();
    const clock = createScaledClock(io);
    const runs: number[] = [];
    clock.after(1, () => {
      throw new Error('bug');
    });
    clock.after(2, () => runs.push(clock.nowMs()));
    expect(() => io.advanceTo(1)).toThrow('bug');
    io.advanceTo(2);
    expect(runs).toEqual([2]);
  });
});

describe('delivery ledger', () => {
  test('the clock is held while events are in flight, and free when all are received or their stream is closed', () => {
    const clock = new VirtualClock();
    const ledger = createDeliveryLedger(clock);
    const heldCounts: number[] = [];
    const note = (): void => void heldCounts.push(clock.heldCount);
    ledger.sent('a');
    ledger.sent('a');
    ledger.sent('b');
    note();
    ledger.received('a');
    note();
    ledger.received('a');
    note();
    ledger.closed('b');
    note();
    ledger.sent('b');
    ledger.received('never seen');
    note();
    expect(heldCounts).toEqual([2, 2, 1, 0, 0]);
  });

  test('closed streams are remembered up to the bound, the newest longest', () => {
    const clock = new VirtualClock();
    const ledger = createDeliveryLedger(clock);
    for (let index = 0; index <= CLOSED_DELIVERY_TOKEN_COUNT_MAX; index++) ledger.closed(`stream ${index}`);
    ledger.sent(`stream ${CLOSED_DELIVERY_TOKEN_COUNT_MAX}`);
    expect(clock.heldCount).toBe(0);
    ledger.sent('stream 0');
    expect(clock.heldCount).toBe(1);
  });
});

describe('full-speed clock', () => {
  test('two parts that talk over a socket give the same story every time', async () => {
    const stories = [await socketStory(), await socketStory(), await socketStory()];
    expect(stories[0]).toEqual([
      '0 fast asks',
      '0 fast is answered',
      '0 slow asks',
      '0 slow is answered',
      '1000 fast asks',
      '1000 fast is answered',
      '1500 slow asks',
      '1500 slow is answered',
      '2000 fast asks',
      '2000 fast is answered',
    ]);
    expect(stories.slice(1)).toEqual([stories[0], stories[0]]);
  });

  test('a run that stands still ends with the names of its holders', async () => {
    const io = new VirtualClock();
    const clock = createFullSpeedClock(io, { startAtMs: 0, stallMs: 1000 });
    clock.hold('history');
    clock.hold('history');
    clock.hold('controller');
    const run = clock.run(new AbortController().signal);
    io.advanceBy(1000);
    await expect(run).rejects.toThrow('held for 1 s of real time by controller, history ×2');
  });

  test('a rejected callback ends the run', async () => {
    const clock = createFullSpeedClock(createSystemClock(), { startAtMs: 0 });
    clock.after(5, () => Promise.reject(new Error('bug')));
    await expect(clock.run(new AbortController().signal)).rejects.toThrow('bug');
  });

  test('with no timer left it waits for a new one, and ends when told', async () => {
    const clock = createFullSpeedClock(createSystemClock(), { startAtMs: 100 });
    const abort = new AbortController();
    const run = clock.run(abort.signal);
    await new Promise((resolve) => setImmediate(resolve));
    const firedAtMs = await new Promise((resolve) => {
      clock.after(50, () => resolve(clock.nowMs()));
    });
    abort.abort();
    await run;
    expect(firedAtMs).toBe(150);
  });

  test('waiting again and again leaves no listeners on the signal', async () => {
    const clock = createFullSpeedClock(createSystemClock(), { startAtMs: 0 });
    const abort = new AbortController();
    const run = clock.run(abort.signal);
    const untilIdle = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    for (let round = 0; round < 3; round++) {
      await untilIdle();
      await new Promise<void>((resolve) => void clock.after(1, resolve));
    }
    await untilIdle();
    expect(getEventListeners(abort.signal, 'abort').length).toBe(1);
    abort.abort();
    await run;
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });
});

/** Two parts with their own periods, each asking a server whose answers take differently long. */
async function socketStory(): Promise<readonly string[]> {
  const answered = { count: 0 };
  const server = createServer((_request, response) => {
    const turns = [3, 1, 7, 2][answered.count++ % 4] ?? 1;
    const answer = (left: number): unknown => (left === 0 ? response.end('ok') : setImmediate(answer, left - 1));
    answer(turns);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const clock = createFullSpeedClock(createSystemClock(), { startAtMs: 0 });
  const story: string[] = [];
  const abort = new AbortController();

  const startPart = (name: string, periodMs: number): void => {
    const tick = async (): Promise<void> => {
      story.push(`${clock.nowMs()} ${name} asks`);
      await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text();
      story.push(`${clock.nowMs()} ${name} is answered`);
      clock.after(periodMs, tick);
    };
    clock.after(0, tick);
  };
  startPart('fast', 1000);
  startPart('slow', 1500);
  clock.after(2500, () => abort.abort());
  await clock.run(abort.signal);
  await holdWhile(clock, 'test', async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return story;
}
