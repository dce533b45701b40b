import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { HOSTED_PODS_COUNT_MAX } from '../../../base/limits.ts';
import { type Log, SILENT_LOG } from '../../../base/log.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { LogOptions } from '../../apiserver/pod-console.ts';
import type { Pod } from '../objects.ts';
import type { ContainerRuntime, PodRun } from './container-runtime.ts';
import type { ProgramHost } from './hosted-program.ts';
import { HostingRuntime } from './hosting-runtime.ts';

const START_AT_MS = Date.UTC(2026, 0, 1);
const POD_IP = '10.244.0.1';
const LOG: LogOptions = {
  isFollowed: false,
  isPrevious: false,
  tailLines: null,
  sinceSeconds: null,
  hasTimestamps: false,
};

let clock: VirtualClock;
let runtime: HostingRuntime;
let pods: Pod[];
/** What the runtime of all other pods was asked. */
let delegated: string[];
let errors: string[];
/** Pods that were to be looked at again. */
let woken: string[];
/** The programs that run now, the oldest first. */
let programs: { host: ProgramHost; end: (exitCode: number) => void; fail: (thrown: unknown) => void }[];
/** Why the next container cannot be made. */
let refusal: Failure | undefined;
/** What making containers waits for. */
let making: Promise<void>;

const log: Log = { ...SILENT_LOG, error: (message) => void errors.push(message), with: () => log };

const inner: ContainerRuntime = {
  console: {
    openLog: () => undefined,
    attach: () => undefined,
  },
  meters: { readableToMs: () => 0, podAt: () => undefined, nodeAt: () => undefined },
  podAddressPrefix: '10.244',
  start: () => void delegated.push('start'),
  stop: async () => void delegated.push('stop'),
  noteChange: () => void delegated.push('noteChange'),
  notePod: ({ metadata }) => void delegated.push(`notePod ${metadata.name}`),
  runOf: ({ metadata }) => {
    delegated.push(`runOf ${metadata.name}`);
    return { kind: 'timed', exit: undefined };
  },
  forgetPod: ({ metadata }) => void delegated.push(`forgetPod ${metadata.name}`),
  setLoad: (key) => void delegated.push(`setLoad ${key}`),
  serviceLoad: () => undefined,
};

beforeEach(() => {
  clock = new VirtualClock({ startAtMs: START_AT_MS, turn: () => setImmediate() });
  pods = [];
  delegated = [];
  errors = [];
  woken = [];
  programs = [];
  refusal = undefined;
  making = Promise.resolve();
  runtime = new HostingRuntime({
    runtime: inner,
    cluster: { clock, pods: () => pods, services: () => [], onPodChange: (key) => void woken.push(key) },
    ioClock: clock,
    log,
    programOf: ({ image }) =>
      image === 'ours'
        ? {
            make: async (host) => {
              await making;
              if (refusal !== undefined) throw refusal;
              return () =>
                new Promise((resolve, reject) => {
                  const program = { host, end: resolve, fail: reject };
                  programs.push(program);
                  host.signal.addEventListener('abort', () => resolve(0));
                });
            },
          }
        : undefined,
  });
});

function podOf(changes: { metadata?: object; spec?: object } = {}): Pod {
  return {
    metadata: { namespace: 'kube-system', name: 'ms', uid: 'u1', ...changes.metadata },
    spec: { nodeName: 'node-1', containers: [{ name: 'ms', image: 'ours' }], ...changes.spec },
  } as Pod;
}

const settled = (): Promise<void> => clock.runBy(0);

/** How a pod stands, in short. */
async function standing(pod: Pod): Promise<unknown> {
  await settled();
  const run: PodRun = runtime.runOf(pod, POD_IP);
  await settled();
  if (run.kind === 'waiting') return run.containers.map(({ reason, message }) => [reason, message]);
  if (run.kind === 'ended') return `ended ${run.exit.exitCode}`;
  if (run.kind !== 'running') return run.kind;
  return run.containers.map(({ name, restartCount, isUp, lastEnd, backoffMs }) => {
    const parts = [name, `×${restartCount}`, isUp ? 'up' : 'down'];
    if (lastEnd !== undefined) parts.push(`ended ${lastEnd.exitCode}`);
    if (backoffMs !== undefined) parts.push(`waits ${backoffMs / 1000} s`);
    return parts.join(' ');
  });
}

async function logOf(options: Partial<LogOptions> = {}): Promise<string | undefined> {
  const ref = { namespace: 'kube-system', pod: 'ms', container: 'ms' };
  const parts = runtime.console.openLog(ref, { ...LOG, ...options }, new AbortController().signal);
  if (parts === undefined) return undefined;
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

async function endProgram(exitCode: number): Promise<void> {
  programs.shift()?.end(exitCode);
  await settled();
}

describe('a pod of which a program stands for a container', () => {
  test('is being made, then runs, and is reached where the program listens', async () => {
    const pod = podOf();
    expect(runtime.runOf(pod, POD_IP)).toEqual({
      kind: 'waiting',
      containers: [{ name: 'ms', reason: 'ContainerCreating', message: undefined }],
    });
    expect(await standing(pod)).toEqual(['ms ×0 up']);
    programs[0]?.host.print('hello\n');
    programs[0]?.host.listen(10250, 'https://127.0.0.1:34567');
    expect(await logOf()).toBe('hello\n');
    expect([runtime.urlOf(POD_IP, 10250), runtime.urlOf(POD_IP, 443), runtime.urlOf('10.244.0.2', 10250)]).toEqual([
      'https://127.0.0.1:34567',
      undefined,
      undefined,
    ]);
    expect(delegated).toEqual([]);
  });

  test('falls, is started again at once, and after longer and longer pauses from then on', async () => {
    const pod = podOf();
    await standing(pod);
    programs[0]?.host.listen(10250, 'https://127.0.0.1:34567');
    programs[0]?.host.print('first\n');
    await endProgram(2);
    expect(await standing(pod)).toEqual(['ms ×1 up ended 2']);
    expect(runtime.urlOf(POD_IP, 10250)).toBeUndefined();
    programs[0]?.host.print('second\n');
    await endProgram(2);
    expect(await standing(pod)).toEqual(['ms ×1 down ended 2 waits 10 s']);
    expect([await logOf(), await logOf({ isPrevious: true })]).toEqual(['second\n', 'first\n']);
    await clock.runBy(9_999);
    expect(await standing(pod)).toEqual(['ms ×1 down ended 2 waits 10 s']);
    await clock.runBy(1);
    expect(await standing(pod)).toEqual(['ms ×2 up ended 2']);
    await endProgram(70);
    expect(await standing(pod)).toEqual(['ms ×2 down ended 70 waits 20 s']);
  });

  test.each<readonly [why: string, restartPolicy: string, exitCode: number, expected: unknown]>([
    ['is not wanted back', 'Never', 2, 'ended 2'],
    ['has done its work', 'OnFailure', 0, 'ended 0'],
    ['has not done its work', 'OnFailure', 3, ['ms ×1 up ended 3']],
    ['must not end at all', 'Always', 0, ['ms ×1 up ended 0']],
  ])('ends, and %s', async (_why, restartPolicy, exitCode, expected) => {
    const pod = podOf({ spec: { restartPolicy } });
    await standing(pod);
    await endProgram(exitCode);
    expect(await standing(pod)).toEqual(expected);
  });

  test('that cannot be made says why, and is tried again', async () => {
    refusal = new Failure('notFound', 'serviceaccounts "ms" not found');
    const pod = podOf();
    await standing(pod);
    expect(await standing(pod)).toEqual([['ContainerCreating', 'serviceaccounts "ms" not found']]);
    refusal = undefined;
    await clock.runBy(10_000);
    expect(await standing(pod)).toEqual(['ms ×0 up']);
  });

  test('that meets a bug of ours falls as a process would, and the lab is told', async () => {
    const pod = podOf();
    await standing(pod);
    programs.shift()?.fail(new TypeError('undefined is not a function'));
    await settled();
    expect(await standing(pod)).toEqual(['ms ×1 up ended 70']);
    expect(await logOf({ isPrevious: true })).toMatch(/^bug: TypeError: undefined is not a function\n/);
    expect(errors).toEqual(['a program of the lab met a bug']);
  });

  test('ends when it is told to go; without an end of its own after its grace', async () => {
    const pod = podOf();
    await standing(pod);
    const leaving = podOf({ metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 } });
    expect(await standing(leaving)).toEqual(['ms ×0 up']);
    expect(await standing(leaving)).toBe('stopped');
    expect(programs[0]?.host.signal.aborted).toBe(true);
    runtime.forgetPod(leaving);
    expect([await logOf(), delegated]).toEqual([undefined, []]);
  });

  test('is another one under the same name when its uid is', async () => {
    await standing(podOf());
    runtime.forgetPod(podOf());
    expect(await standing(podOf({ metadata: { uid: 'u2' } }))).toEqual([['ContainerCreating', undefined]]);
    expect(await standing(podOf({ metadata: { uid: 'u2' } }))).toEqual(['ms ×0 up']);
    expect(programs.map(({ host }) => [host.pod.metadata.uid, host.signal.aborted])).toEqual([
      ['u1', true],
      ['u2', false],
    ]);
  });

  test('takes no time of the lab while its container is made', async () => {
    const made = Promise.withResolvers<void>();
    making = made.promise;
    runtime.runOf(podOf(), POD_IP);
    expect(clock.heldCount).toBe(1);
    made.resolve();
    await settled();
    expect([clock.heldCount, programs.length]).toEqual([0, 1]);
  });

  test('has containers beside it that are up', async () => {
    const containers = [
      { name: 'ms', image: 'ours' },
      { name: 'resizer', image: 'theirs' },
    ];
    const pod = podOf({ spec: { containers } });
    await standing(pod);
    expect(await standing(pod)).toEqual(['ms ×0 up', 'resizer ×0 up']);
  });

  test('waits while there are as many as the lab runs, and is looked at when one has gone', async () => {
    const all = Array.from({ length: HOSTED_PODS_COUNT_MAX + 1 }, (_, index) =>
      podOf({ metadata: { name: `ms-${index}`, uid: `u${index}` } }),
    );
    const [first, last] = [all[0] as Pod, all.at(-1) as Pod];
    for (const pod of all) await standing(pod);
    expect(await standing(last)).toEqual([
      ['CreateContainerError', `the lab runs at most ${HOSTED_PODS_COUNT_MAX} pods as programs of its own process`],
    ]);
    expect(programs).toHaveLength(HOSTED_PODS_COUNT_MAX);
    woken = [];
    runtime.forgetPod(first);
    expect(woken).toEqual([`kube-system/ms-${HOSTED_PODS_COUNT_MAX}`]);
    await standing(last);
    expect(await standing(last)).toEqual(['ms ×0 up']);
  });

  test('ends with the world, and does not begin after it', async () => {
    await standing(podOf());
    await runtime.stop();
    expect([programs[0]?.host.signal.aborted, delegated]).toEqual([true, ['stop']]);
    expect(await standing(podOf({ metadata: { name: 'late', uid: 'u3' } }))).toEqual([]);
  });
});

test('every other pod is the inner runtime’s', async () => {
  const pod = podOf({ metadata: { name: 'web' }, spec: { containers: [{ name: 'web', image: 'nginx' }] } });
  expect(runtime.runOf(pod, POD_IP)).toEqual({ kind: 'timed', exit: undefined });
  runtime.notePod(pod);
  runtime.forgetPod(pod);
  expect(delegated).toEqual(['runOf web', 'notePod web', 'forgetPod web']);
});
