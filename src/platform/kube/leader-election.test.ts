import { describe, expect, test } from 'vitest';
import { LeaseServer } from '../../../test/kube/lease-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createHandleTransport } from './handle-transport.ts';
import { createKubeClient } from './kube-client.ts';
import { createLeaderElector, type LeaderElector } from './leader-election.ts';

const START_MS = Date.UTC(2030, 0, 1);

function election() {
  const clock = new VirtualClock({ startAtMs: START_MS, turn: () => new Promise((resolve) => setImmediate(resolve)) });
  const server = new LeaseServer();
  const candidate = (identity: string): LeaderElector =>
    createLeaderElector({
      client: createKubeClient({
        transport: createHandleTransport((request) => server.handle(request)),
        ioClock: clock,
        userAgent: 'test',
      }),
      ioClock: clock,
      random: () => 0,
      lease: { namespace: 'kube-system', name: 'podtide' },
      identity,
    });
  const run = async (ms: number): Promise<void> => {
    const endMs = clock.nowMs() + ms;
    for (;;) {
      for (let turn = 0; turn < 8; turn += 1) await clock.settle();
      const next = clock.nextAtMs();
      if (next === undefined || next > endMs) break;
      await clock.runTo(next);
    }
    await clock.runTo(endMs);
  };
  return { clock, server, candidate, run };
}

describe('a leader election', () => {
  test('the first creates the Lease, renews it every two seconds, and the second waits', async () => {
    const { server, candidate, run } = election();
    const [one, two] = [candidate('one'), candidate('two')];
    one.start();
    await run(0);
    two.start();
    await run(7_000);
    expect([one.isLeader(), two.isLeader(), two.holder, server.writeCount]).toEqual([true, false, 'one', 4]);
    expect(server.lease?.spec).toEqual({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2030-01-01T00:00:00.000000Z',
      renewTime: '2030-01-01T00:00:06.000000Z',
      leaseTransitions: 0,
    });
    await Promise.all([one.stop(), two.stop()]);
  });

  test('a released Lease is taken at the next look', async () => {
    const { server, candidate, run } = election();
    const [one, two] = [candidate('one'), candidate('two')];
    one.start();
    await run(0);
    two.start();
    await run(5_000);
    await one.stop();
    expect([server.lease?.spec.holderIdentity, server.lease?.spec.leaseDurationSeconds, one.isLeader()]).toEqual([
      '',
      1,
      false,
    ]);
    await run(2_000);
    expect([two.isLeader(), server.lease?.spec.leaseTransitions]).toEqual([true, 1]);
    await two.stop();
  });

  test('a dead leader’s Lease is taken when it was not seen to change for as long as it states', async () => {
    const { server, candidate, run, clock } = election();
    const two = candidate('two');
    // Its times are nonsense on purpose: nobody's wall clock is compared.
    server.lease = {
      metadata: { name: 'podtide', namespace: 'kube-system', resourceVersion: '0' },
      spec: {
        holderIdentity: 'gone',
        leaseDurationSeconds: 15,
        renewTime: '1999-01-01T00:00:00.000000Z',
        leaseTransitions: 4,
      },
    };
    two.start();
    await run(14_999);
    expect(two.isLeader()).toBe(false);
    await run(1_001);
    expect([two.isLeader(), server.lease?.spec.leaseTransitions, clock.monotonicMs()]).toEqual([true, 5, 16_000]);
    await two.stop();
  });

  for (const fault of ['hangs', 'breaks', 'answers 500'] as const) {
    test(`a leader whose renewal ${fault} stops ten seconds after its last one was sent, before anyone else may begin`, async () => {
      const { server, candidate, run, clock } = election();
      const one = candidate('one');
      const changes: string[] = [];
      one.onChange((isLeader) => changes.push(`${isLeader} at ${clock.monotonicMs()}`));
      one.start();
      await run(3_000);
      server.fault = fault;
      // isLeader is asked without any timer having run: it looks at the clock by itself.
      await run(8_999);
      expect(one.isLeader()).toBe(true);
      await run(1);
      expect([one.isLeader(), changes]).toEqual([false, ['true at 0', 'false at 12000']]);
      server.fault = 'none';
      await run(15_000);
      expect(one.isLeader()).toBe(true);
      await one.stop();
    });
  }

  test('a leader that finds another holder stops at once', async () => {
    const { server, candidate, run } = election();
    const one = candidate('one');
    one.start();
    await run(1_000);
    const stolen = server.lease;
    if (stolen !== undefined) {
      server.lease = {
        ...stolen,
        metadata: { ...stolen.metadata, resourceVersion: 'x' },
        spec: { ...stolen.spec, holderIdentity: 'thief' },
      };
    }
    await run(1_000);
    expect([one.isLeader(), one.holder]).toEqual([false, 'thief']);
    await one.stop();
    expect(server.lease?.spec.holderIdentity).toBe('thief');
  });

  test('durations that cannot work are refused', () => {
    const { clock } = election();
    const client = createKubeClient({
      transport: createHandleTransport(async () => new Response()),
      ioClock: clock,
      userAgent: 'test',
    });
    const elect = (times: object) => () =>
      createLeaderElector({
        client,
        ioClock: clock,
        random: () => 0,
        lease: { namespace: 'a', name: 'b' },
        identity: 'c',
        ...times,
      });
    expect(elect({ leaseDurationMs: 10_000 })).toThrow('leaseDuration must be greater than renewDeadline');
    expect(elect({ retryPeriodMs: 9_000 })).toThrow('renewDeadline must be greater than retryPeriod*1.2');
  });
});
