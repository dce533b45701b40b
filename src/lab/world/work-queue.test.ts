import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { type WorkItem, WorkQueue } from './work-queue.ts';

function begin(process: (item: WorkItem, queue: WorkQueue) => number | undefined) {
  const clock = new VirtualClock();
  const looks: string[] = [];
  const complaints: string[] = [];
  const log: Log = {
    ...SILENT_LOG,
    warn: (message) => void complaints.push(message),
    error: (message) => void complaints.push(message),
  };
  const queue: WorkQueue = new WorkQueue(clock, log, async (item) => {
    looks.push(`${item.kind} ${item.key} @${clock.nowMs() / 1000}`);
    await Promise.resolve();
    return process(item, queue);
  });
  return { clock, looks, complaints, queue };
}

describe('the work queue', () => {
  test('looks at each once, pods before their owners, then by key, and holds the clock until nothing is left', async () => {
    const { clock, looks, queue } = begin(() => undefined);
    queue.add('service', 'd/a');
    queue.add('pod', 'd/b');
    queue.add('pod', 'd/a');
    queue.add('pod', 'd/a');
    queue.add('deployment', 'd/z');
    expect(clock.heldCount).toBe(1);
    await clock.settle();
    expect(looks).toEqual(['pod d/a @0', 'pod d/b @0', 'deployment d/z @0', 'service d/a @0']);
  });

  test('what comes while it works is worked on in the same turn', async () => {
    const { clock, looks, queue } = begin((item, self) => {
      if (item.kind === 'deployment') self.add('replicaSet', 'd/a');
      return undefined;
    });
    queue.add('deployment', 'd/a');
    queue.add('service', 'd/a');
    await clock.settle();
    expect(looks).toEqual(['deployment d/a @0', 'replicaSet d/a @0', 'service d/a @0']);
  });

  test('it looks again when it was told to, once, however often it looked in between', async () => {
    const { clock, looks, queue } = begin(() => (clock.nowMs() < 10_000 ? 10_000 : undefined));
    queue.add('pod', 'd/a');
    await clock.runTo(5_000);
    queue.add('pod', 'd/a');
    await clock.runTo(60_000);
    expect(looks).toEqual(['pod d/a @0', 'pod d/a @5', 'pod d/a @10']);
  });

  test('a failed write is tried again later and later, and from the start after a success', async () => {
    let failuresLeft = 3;
    const { clock, looks, complaints, queue } = begin(() => {
      if (failuresLeft-- > 0) throw new Failure('unavailable', 'reset');
      return undefined;
    });
    queue.add('pod', 'd/a');
    await clock.runTo(60_000);
    failuresLeft = 1;
    queue.add('pod', 'd/a');
    await clock.runTo(120_000);
    expect(looks.map((look) => look.split('@')[1])).toEqual(['0', '1', '3', '7', '60', '61']);
    expect(complaints).toEqual(new Array(4).fill('a write failed'));
  });

  test('our own bug lays one object aside, not the others', async () => {
    const { clock, looks, complaints, queue } = begin((item) => {
      if (item.key === 'd/broken') throw new TypeError('bug');
      return undefined;
    });
    queue.add('pod', 'd/broken');
    queue.add('pod', 'd/fine');
    await clock.runTo(600_000);
    expect([looks, complaints]).toEqual([['pod d/broken @0', 'pod d/fine @0'], ['an object is laid aside']]);
  });

  test('after the stop nothing is looked at any more', async () => {
    const { clock, looks, queue } = begin(() => 5_000);
    queue.add('pod', 'd/a');
    await clock.settle();
    queue.stop();
    queue.add('pod', 'd/b');
    await clock.runTo(60_000);
    expect([looks, clock.timerCount]).toEqual([['pod d/a @0'], 0]);
  });
});
