import { spawn, spawnSync } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { cacheFolder } from '../../scripts/cluster/cache.ts';
import { type ClusterOptions, startCluster } from '../../scripts/cluster/cluster.ts';
import { runningProcesses } from '../../scripts/cluster/end.ts';
import { withLock } from '../../scripts/cluster/lock.ts';
import { clusterFolder, readState } from '../../scripts/cluster/state.ts';
import { Failure } from '../../src/base/failure.ts';

const PROCESSES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'];

describe('a real control plane', () => {
  test('two run side by side, each schedules pods, and nothing is left of them', async () => {
    const clusters = await Promise.all([startCluster(), startCluster({ nodeCount: 1, withAuditLog: true })]);
    const [first, second] = clusters;
    try {
      expect(first.serverUrl).not.toBe(second.serverUrl);
      for (const cluster of clusters) {
        await cluster.kubectl(['create', 'deployment', 'probe', '--image=probe', '--replicas=2']);
        await cluster.kubectl(['rollout', 'status', 'deployment/probe', '--timeout=60s']);
      }
      expect(await first.kubectl(['get', 'nodes', '-o', 'name'])).toBe('node/node-1\nnode/node-2\n');
      expect(await second.kubectl(['get', 'nodes', '-o', 'name'])).toBe('node/node-1\n');
      await expect(access(join(second.folder, 'logs', 'audit.jsonl'))).resolves.toBeUndefined();
      const kubeconfig = await first.kubeconfigFor({ namespace: 'default', name: 'default' });
      const whoami = await first.kubectl([
        '--kubeconfig',
        kubeconfig,
        'auth',
        'whoami',
        '-o',
        'jsonpath={.status.userInfo.username}',
      ]);
      expect(whoami).toBe('system:serviceaccount:default:default');
    } finally {
      const states = await Promise.all(clusters.map(({ folder }) => readState(folder)));
      await Promise.all(clusters.map((cluster) => cluster.stop()));
      for (const state of states) {
        expect(state?.processes.map(({ name }) => name)).toEqual(PROCESSES);
        expect(await runningProcesses(state?.processes ?? [])).toEqual([]);
        await expect(access(state?.folder ?? '/')).rejects.toThrow('ENOENT');
        await expect(access(state?.dataFolder ?? '/')).rejects.toThrow('ENOENT');
      }
    }
  });

  test('ends when the process that started it is killed', async () => {
    const script = `
      import { startCluster } from ${JSON.stringify(join(process.cwd(), 'scripts/cluster/cluster.ts'))};
      const cluster = await startCluster({ name: 'orphan' });
      console.log(cluster.folder);
      setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const folder of createInterface({ input: starter.stdout })) {
      const state = await readState(folder);
      expect(await runningProcesses(state?.processes ?? [])).toHaveLength(PROCESSES.length);
      starter.kill('SIGKILL');
      await expect.poll(() => runningProcesses(state?.processes ?? []), { timeout: 30_000 }).toEqual([]);
      await expect.poll(() => readState(folder), { timeout: 30_000 }).toBeUndefined();
    }
    expect.assertions(3);
  });

  test('says which part did not come up, and shows the end of its log', async () => {
    const options: ClusterOptions = { name: 'refused', apiServerFlags: ['--no-such-flag'] };
    const failure = await startCluster(options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).message).toBe('kube-apiserver ended while waiting until the API server is ready');
    expect((failure as Failure).hint).toContain('unknown flag: --no-such-flag');
    expect(await readState(clusterFolder(cacheFolder(process.env), 'refused'))).toBeUndefined();
  });
});

describe('npm run cluster', () => {
  const run = (...args: string[]) => {
    const { status, stdout } = spawnSync(process.execPath, ['scripts/cluster/main.ts', ...args, '--name', 'cli']);
    return { status, output: stdout.toString() };
  };

  test('up outlives its command, status shows it, down ends it', () => {
    const up = run('up', '-o', 'json');
    try {
      expect(up.status).toBe(0);
      const [shown] = JSON.parse(up.output).clusters;
      expect(shown.processes.map(({ name, isRunning }: ShownProcess) => ({ name, isRunning }))).toEqual(
        PROCESSES.map((name) => ({ name, isRunning: true })),
      );
      const nodes = spawnSync(shown.kubectl, ['--kubeconfig', shown.kubeconfig, 'get', 'nodes', '-o', 'name']);
      expect(nodes.stdout.toString()).toBe('node/node-1\nnode/node-2\n');
      expect(JSON.parse(run('status', '-o', 'json').output).clusters).toEqual([shown]);
    } finally {
      expect(run('down').status).toBe(0);
    }
    expect(run('status').status).toBe(4);
  });

  test('words that it does not know are bad input', () => {
    expect(run('sideways').status).toBe(2);
    expect(run('up', '--nope').status).toBe(2);
  });
});

interface ShownProcess {
  readonly name: string;
  readonly isRunning: boolean;
}

test('a lock lets one work at a time', async () => {
  const steps: string[] = [];
  const work = (name: string) =>
    withLock(
      'test',
      () => {},
      async () => {
        steps.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        steps.push(`${name} ends`);
      },
    );
  await Promise.all([work('one'), work('two')]);
  expect(steps).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
});
