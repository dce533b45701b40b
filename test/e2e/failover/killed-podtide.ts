import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { ProcessRecord } from '../../../scripts/cluster/process.ts';
import { untilAborted } from '../../../src/base/cancellation.ts';
import { Gate, type GatePoint, type PassingRequest } from '../support/gate.ts';
import { installPodtideController } from '../support/podtide-controller.ts';
import { type KilledController, SYNC_PERIOD_MS } from './failover-story.ts';

const isPut = ({ method }: PassingRequest): boolean => method === 'PUT';
const isIntent = (request: PassingRequest): boolean =>
  isPut(request) && request.path.includes('/configmaps/') && request.body.includes('intent');
const isScale = (request: PassingRequest): boolean => isPut(request) && request.path.endsWith('/scale');
const isStatus = (request: PassingRequest): boolean =>
  isPut(request) && request.path.includes('/horizontalpodautoscalers/') && request.path.endsWith('/status');

/** Where it is killed: at each step of a sync's writes, and at any time. */
export const KILL_POINTS: readonly (readonly [name: string, point: GatePoint | null])[] = [
  ['before the intent', { when: 'before', isMet: isIntent }],
  ['between intent and scale write', { when: 'before', isMet: isScale }],
  ['between scale write and its answer', { when: 'after', isMet: isScale }],
  ['at any time', null],
  ['before the status write', { when: 'before', isMet: isStatus }],
  ['between intent and its answer', { when: 'after', isMet: isIntent }],
  ['after the status write', { when: 'after', isMet: isStatus }],
  ['between scale write and its answer', { when: 'after', isMet: isScale }],
  ['between intent and scale write', { when: 'before', isMet: isScale }],
  ['at any time', null],
];

/** What its successor waits for is a tenth of what users wait for, so that ten kills fit into the story. */
const LEASE_FLAGS = [
  '--leader-elect-lease-duration=3s',
  '--leader-elect-renew-deadline=2s',
  '--leader-elect-retry-period=500ms',
];
/** It starts, waits for its predecessor's Lease to run out, and acts for a while: no kill is to be a kill of nobody. */
const ALIVE_MS = 8_000;
const ANY_TIME_MS = 1_000;
const DOWN_MS = 500;

/** `podtide controller`, killed once at each point and started again. */
export const KILLED_PODTIDE: KilledController = {
  withHpaController: false,
  async run(cluster: Cluster, signal: AbortSignal, onKill: (point: string) => void): Promise<void> {
    const gate = await Gate.open(cluster);
    const command = await installPodtideController(cluster, {
      mode: 'control',
      syncPeriodMs: SYNC_PERIOD_MS,
      downscaleStabilizationMs: 300_000,
      serverUrl: gate.url,
      flags: ['--assume-sole-controller', ...LEASE_FLAGS],
    });
    const start = (): Promise<ProcessRecord> => cluster.run(command);
    let process_ = await start();
    try {
      for (const [name, point] of KILL_POINTS) {
        const kill = async (): Promise<void> => {
          process.kill(process_.pid, 'SIGKILL');
          onKill(name);
        };
        await delay(ALIVE_MS);
        const killed = point === null ? delay(ANY_TIME_MS, undefined, { signal }).then(kill) : gate.arm(point, kill);
        await Promise.race([killed.catch(() => undefined), untilAborted(signal)]);
        if (signal.aborted) break;
        await delay(DOWN_MS);
        process_ = await start();
      }
      gate.disarm();
      await untilAborted(signal);
    } finally {
      await gate.close();
    }
  },
};
