import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.ts';
import { type ProcessRecord, stopProcess } from '../../../scripts/cluster/process.ts';
import { readState } from '../../../scripts/cluster/state.ts';
import { findFaketime } from '../../../scripts/components/faketime.ts';
import { serveMetricsApis } from '../support/metrics-api.ts';
import { installPodtideController } from '../support/podtide-controller.ts';
import { readAcceptedWrites, SCALE_AUDIT_POLICY, type ScaleWrite, scaleWritesOf } from '../support/scale-writes.ts';

const TIMING = { syncPeriodMs: 2_000, downscaleStabilizationMs: 0 };
const HPA_COUNT = 6;
/** The loads go up and down, so that whoever leads writes all the time. */
const WAVE_MS = 6_000;
const HAND_OVER_MS = 20_000;
/** Beyond the Lease's 15 seconds. */
const STOPPED_MS = 24_000;
const OUTAGE_MS = 20_000;
const STEP_SEEN_MS = 14_000;
const DRAIN_MS = 30_000;
const ACCOUNTS = ['podtide-controller', 'podtide-successor'] as const;

type Account = (typeof ACCOUNTS)[number];
type Command = Awaited<ReturnType<typeof installPodtideController>>;

let folder: string;
let cluster: Cluster;
let metricsApi: { stop(): Promise<void> };
const commands = new Map<Account, Command>();
const processes = new Map<Account, ProcessRecord>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-two-leaders-'));
  await writeFile(join(folder, 'policy.json'), JSON.stringify(SCALE_AUDIT_POLICY));
  cluster = await startCluster({
    apiServerFlags: [`--audit-policy-file=${join(folder, 'policy.json')}`, `--audit-log-path=${auditLog()}`],
  });
  metricsApi = await serveMetricsApis(cluster, {
    external: {
      listMetrics: async () => ['wave'],
      getValues: async ({ metric }) => {
        const isHigh = Math.floor(Date.now() / WAVE_MS) % 2 === 0;
        return [{ metric, labels: {}, atMs: Date.now(), windowMs: null, value: isHigh ? '60' : '20' }];
      },
    },
  });
  const items = Array.from({ length: HPA_COUNT }, (_, index) => objectsOf(`web-${index}`)).flat();
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const library = findFaketime();
  if (library === undefined) throw new Error('libfaketime is missing: npm run components');
  for (const account of ACCOUNTS) {
    await setWallClock(account, '+0');
    const environment = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clockFile(account),
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const flags = ['--assume-sole-controller'];
    const own = account === 'podtide-controller' ? {} : { account };
    commands.set(
      account,
      await installPodtideController(cluster, { ...TIMING, mode: 'control', flags, environment, ...own }),
    );
  }
  await start('podtide-controller');
  await writeBy('podtide-controller', Date.now(), 60_000);
  await start('podtide-successor');
  await delay(5_000);
});

afterAll(async () => {
  await metricsApi?.stop();
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('one leads, the other stands by', () => {
  test('kill -9: the standby writes within twenty seconds', async () => {
    const leader = await leaderNow();
    const killedAtMs = Date.now();
    signal(leader, 'SIGKILL');
    const handOverMs = (await writeBy(otherThan(leader), killedAtMs, 2 * HAND_OVER_MS)) - killedAtMs;
    console.log(`hand-over after kill -9: ${(handOverMs / 1000).toFixed(1)} s`);
    expect(handOverMs).toBeLessThan(HAND_OVER_MS);
    await start(leader);
    await delay(5_000);
  });

  test('a rolling update: the new one starts, the old one ends and gives the Lease up', async () => {
    const leader = await leaderNow();
    const endedAtMs = Date.now();
    await stopProcess(recordOf(leader), DRAIN_MS);
    const handOverMs = (await writeBy(otherThan(leader), endedAtMs, HAND_OVER_MS)) - endedAtMs;
    console.log(`hand-over of a rolling update: ${(handOverMs / 1000).toFixed(1)} s`);
    await start(leader);
    await delay(5_000);
  });

  test('SIGSTOP, until another leads, then SIGCONT: the old one writes no more', async () => {
    const leader = await leaderNow();
    const stoppedAtMs = Date.now();
    signal(leader, 'SIGSTOP');
    await writeBy(otherThan(leader), stoppedAtMs, STOPPED_MS);
    await delay(Math.max(0, stoppedAtMs + STOPPED_MS - Date.now()));
    signal(leader, 'SIGCONT');
    await delay(2 * WAVE_MS);
    expect(await leaderNow()).toBe(otherThan(leader));
  });

  test('the wall clock of the leader, then of the standby, jumps an hour: who leads goes on', async () => {
    const leader = await leaderNow();
    await setWallClock(leader, '+3600');
    await delay(STEP_SEEN_MS);
    await setWallClock(otherThan(leader), '-3600');
    await delay(STEP_SEEN_MS);
    expect(await leaderNow()).toBe(leader);
    const killedAtMs = Date.now();
    signal(leader, 'SIGKILL');
    expect((await writeBy(otherThan(leader), killedAtMs, 2 * HAND_OVER_MS)) - killedAtMs).toBeLessThan(HAND_OVER_MS);
    await setWallClock(leader, '+0');
    await start(leader);
    await delay(5_000);
  });

  test('the API server is away for longer than a Lease: afterwards one of them goes on', async () => {
    const server = (await readState(cluster.folder))?.processes.find(({ name }) => name === 'kube-apiserver');
    if (server === undefined) throw new Error('the cluster has no kube-apiserver');
    process.kill(server.pid, 'SIGSTOP');
    await delay(OUTAGE_MS);
    process.kill(server.pid, 'SIGCONT');
    const backAtMs = Date.now();
    await seen(async () => (await scaleWrites()).find(({ atMs }) => atMs > backAtMs), POLL_MS_MAX);
    await delay(2 * WAVE_MS);
  });

  test('never in all this were there two effective writers', async () => {
    const writes = await scaleWrites();
    const users = writes.map(({ user }) => user);
    // Four hand-overs make five turns, and the outage may have made another.
    expect(users.filter((user, place) => user !== users[place - 1]).length).toBeGreaterThanOrEqual(5);
    expect(overlaps(writes)).toEqual([]);
  });
});

/** Where a deposed writer wrote after its successor on the same workload: a turn that comes back within a Lease. */
function overlaps(writes: readonly ScaleWrite[]): readonly string[] {
  const found: string[] = [];
  for (const [target, list] of Map.groupBy(writes, (write) => write.target)) {
    list.forEach((write, place) => {
      const before = list[place - 1];
      const after = list.slice(place + 1).find(({ user }) => user === before?.user);
      const isTurn = before !== undefined && before.user !== write.user;
      // Whoever lost the Lease cannot have it again, and write, sooner than the other one can lose it.
      if (isTurn && after !== undefined && after.atMs - write.atMs < 5_000) found.push(`${target} at ${after.atMs}`);
    });
  }
  return found;
}

const POLL_MS = 200;
const POLL_MS_MAX = 60_000;

/** What `find` finds, looked for again and again; rejects when that takes too long. */
async function seen<T>(find: () => Promise<T | undefined>, timeoutMs: number): Promise<T> {
  for (const endsAtMs = performance.now() + timeoutMs; performance.now() < endsAtMs; await delay(POLL_MS)) {
    const found = await find();
    if (found !== undefined) return found;
  }
  throw new Error(`nothing was seen within ${timeoutMs / 1000} s`);
}

function auditLog(): string {
  return join(folder, 'audit.jsonl');
}

async function scaleWrites(): Promise<readonly ScaleWrite[]> {
  return scaleWritesOf(await readAcceptedWrites(auditLog()));
}

/** The instant of the first scale write by the account after `sinceMs`. */
async function writeBy(account: Account, sinceMs: number, timeoutMs: number): Promise<number> {
  const isWanted = ({ user, atMs }: ScaleWrite): boolean => atMs > sinceMs && user.endsWith(`:${account}`);
  return (await seen(async () => (await scaleWrites()).find(isWanted), timeoutMs)).atMs;
}

async function leaderNow(): Promise<Account> {
  const sinceMs = Date.now();
  const { user } = await seen(async () => (await scaleWrites()).find(({ atMs }) => atMs > sinceMs), POLL_MS_MAX);
  return user.endsWith(':podtide-controller') ? 'podtide-controller' : 'podtide-successor';
}

function otherThan(account: Account): Account {
  return account === 'podtide-controller' ? 'podtide-successor' : 'podtide-controller';
}

async function start(account: Account): Promise<void> {
  const command = commands.get(account);
  if (command === undefined) throw new Error(`${account} is not installed`);
  processes.set(account, await cluster.run(command));
}

function recordOf(account: Account): ProcessRecord {
  const record = processes.get(account);
  if (record === undefined) throw new Error(`${account} does not run`);
  return record;
}

function signal(account: Account, name: NodeJS.Signals): void {
  process.kill(recordOf(account).pid, name);
}

function clockFile(account: Account): string {
  return join(folder, `${account}.clock`);
}

/** libfaketime reads the file again at each look at the clock. */
async function setWallClock(account: Account, offset: string): Promise<void> {
  await writeFile(clockFile(account), `${offset}\n`);
}

function objectsOf(name: string): readonly unknown[] {
  const metadata = { name, namespace: 'default' };
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
  const target = { type: 'AverageValue', averageValue: '10' };
  const rules = { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 10, periodSeconds: 1 }] };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas: 2, selector: { matchLabels: { app: name } }, template },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: 1,
        maxReplicas: 20,
        metrics: [{ type: 'External', external: { metric: { name: 'wave' }, target } }],
        behavior: { scaleUp: rules, scaleDown: rules },
      },
    },
  ];
}
