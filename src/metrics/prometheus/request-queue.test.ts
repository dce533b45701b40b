import { describe, expect, test } from 'vitest';
import { RequestQueue } from './request-queue.ts';

const SIGNAL = new AbortController().signal;

/** Notes in which order places are given. */
function entrant(queue: RequestQueue, order: string[], name: string, signal: AbortSignal = SIGNAL) {
  return queue.enter(signal).then((release) => {
    order.push(release === undefined ? `${name} refused` : name);
    return release;
  });
}

describe('RequestQueue', () => {
  test('gives places in order, as many at once as allowed, and refuses who would be one too many', async () => {
    const queue = new RequestQueue({ underWayCountMax: 2, waitingCountMax: 2 });
    const order: string[] = [];
    const [first, second] = await Promise.all(['a', 'b'].map((name) => entrant(queue, order, name)));
    const waiting = ['c', 'd', 'e'].map((name) => entrant(queue, order, name));
    await waiting[2];
    expect(order).toEqual(['a', 'b', 'e refused']);
    expect(queue.waitingCount).toBe(2);
    second?.();
    await waiting[0];
    first?.();
    await waiting[1];
    expect(order).toEqual(['a', 'b', 'e refused', 'c', 'd']);
  });

  test('a place given back twice is one place', async () => {
    const queue = new RequestQueue({ underWayCountMax: 1, waitingCountMax: 2 });
    const order: string[] = [];
    const release = await entrant(queue, order, 'a');
    const waiting = ['b', 'c'].map((name) => entrant(queue, order, name));
    release?.();
    release?.();
    await waiting[0];
    expect(order).toEqual(['a', 'b']);
    expect(queue.waitingCount).toBe(1);
  });

  test('who gives up leaves the queue, and a place that comes free goes to the next', async () => {
    const queue = new RequestQueue({ underWayCountMax: 1, waitingCountMax: 2 });
    const order: string[] = [];
    const release = await entrant(queue, order, 'a');
    const controller = new AbortController();
    const gone = entrant(queue, order, 'b', controller.signal);
    const next = entrant(queue, order, 'c');
    controller.abort(new Error('late'));
    await expect(gone).rejects.toThrow('late');
    release?.();
    (await next)?.();
    (await entrant(queue, order, 'd'))?.();
    expect(order).toEqual(['a', 'c', 'd']);
    await expect(queue.enter(controller.signal)).rejects.toThrow('late');
  });
});
