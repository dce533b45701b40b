import { expect, test } from 'vitest';
import { type CgroupView, type GroupParents, groupParentsOf } from './cgroup-hierarchies.ts';

const V2_MOUNT = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0';
const V1_MOUNTS = [
  'tmpfs /sys/fs/cgroup tmpfs rw 0 0',
  'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
  'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0',
  'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0',
].join('\n');

function view(mounts: string, own: string, control: Readonly<Record<string, string>> = {}): CgroupView {
  return { mounts, own, subtreeControl: (folder) => control[folder] ?? '' };
}

test.each<readonly [why: string, view: CgroupView, expected: GroupParents | string]>([
  [
    'v2, a session of root: the slice above it',
    view(V2_MOUNT, '0::/user.slice/user-0.slice/session-3.scope', {
      '/sys/fs/cgroup': 'cpu memory pids',
      '/sys/fs/cgroup/user.slice/user-0.slice': 'cpu memory pids',
      '/sys/fs/cgroup/user.slice/user-0.slice/session-3.scope': 'cpu',
    }),
    { version: 2, folder: '/sys/fs/cgroup/user.slice/user-0.slice', hasMemory: true },
  ],
  [
    'v2, a slice that gives memory only is passed over',
    view(V2_MOUNT, '0::/user.slice/user-1000.slice/session-3.scope', {
      '/sys/fs/cgroup': 'cpu memory',
      '/sys/fs/cgroup/user.slice': 'cpu',
      '/sys/fs/cgroup/user.slice/user-1000.slice': 'memory',
    }),
    { version: 2, folder: '/sys/fs/cgroup/user.slice', hasMemory: false },
  ],
  [
    'v2, in the root itself',
    view(V2_MOUNT, '0::/', { '/sys/fs/cgroup': 'cpu memory' }),
    { version: 2, folder: '/sys/fs/cgroup', hasMemory: true },
  ],
  [
    'v2, a group that is no slice belongs to a supervisor; the root is above it',
    view(V2_MOUNT, '0::/supervisor/job-1', { '/sys/fs/cgroup': 'cpu', '/sys/fs/cgroup/supervisor': 'cpu' }),
    { version: 2, folder: '/sys/fs/cgroup', hasMemory: false },
  ],
  [
    'v1 beside a v2 without controllers, all in the root',
    view(V1_MOUNTS, '2:memory:/\n1:cpu,cpuacct:/\n0::/'),
    {
      version: 1,
      cpu: '/sys/fs/cgroup/cpu,cpuacct',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
      memory: '/sys/fs/cgroup/memory',
    },
  ],
  [
    "v1, memory counted by somebody's group goes on being counted there",
    view(V1_MOUNTS, '2:memory:/supervisor/job-1\n1:cpu,cpuacct:/\n0::/'),
    { version: 1, cpu: '/sys/fs/cgroup/cpu,cpuacct', cpuacct: '/sys/fs/cgroup/cpu,cpuacct', memory: null },
  ],
  [
    'v1, in a container',
    view(V1_MOUNTS, '2:memory:/docker/1\n1:cpu,cpuacct:/docker/1\n0::/'),
    'this process is in the cpu cgroup /docker/1, not in the root',
  ],
  ['no cgroups at all', view('tmpfs / tmpfs rw 0 0', ''), 'there is no cgroup hierarchy with the controllers of CPU'],
])('%s', (_why, cgroups, expected) => {
  expect(groupParentsOf(cgroups)).toEqual(expected);
});
