import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createSystemClock } from '../time/system-clock.ts';
import { createThreadedElector } from './threaded-election.ts';

test('a Lease outlives a thread that stands still for longer than the renew deadline, and is given up at the end', {
  timeout: 30_000,
}, async () => {
  const server = new Worker(new URL('../../../test/kube/lease-server-thread.ts', import.meta.url));
  const [url] = await once(server, 'message');
  const folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  const path = join(folder, 'config');
  const entries = {
    clusters: [{ name: 'a', cluster: { server: url } }],
    contexts: [{ name: 'a', context: { cluster: 'a' } }],
  };
  await writeFile(path, JSON.stringify({ 'current-context': 'a', ...entries }));
  const elector = createThreadedElector({
    access: { kind: 'kubeconfig', options: { paths: [path] } },
    userAgent: 'test',
    ioClock: createSystemClock(),
    lease: { namespace: 'default', name: 'podtide' },
    identity: 'me',
    leaseDurationMs: 1_000,
    renewDeadlineMs: 500,
    retryPeriodMs: 100,
  });
  const changes: boolean[] = [];
  const isWon = new Promise<void>((resolve) => {
    elector.onChange((isLeader) => {
      changes.push(isLeader);
      if (isLeader) resolve();
    });
  });
  elector.start();
  await isWon;
  const endsAtMs = performance.now() + 1_200;
  while (performance.now() < endsAtMs);
  expect(elector.isLeader()).toBe(true);
  await elector.stop();
  expect([elector.isLeader(), changes]).toEqual([false, [true, false]]);
  server.postMessage('what stands?');
  const [spec] = await once(server, 'message');
  expect([spec.holderIdentity, spec.leaseTransitions]).toEqual(['', 0]);
  await server.terminate();
  await rm(folder, { recursive: true });
});
