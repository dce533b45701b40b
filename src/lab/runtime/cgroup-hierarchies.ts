import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folders in which a lab may make groups of its own. */
export type GroupParents =
  | { readonly version: 2; readonly folder: string; readonly hasMemory: boolean }
  /** `memory` is null where the lab itself stands in somebody's group: what counts it then goes on counting its pods. */
  | { readonly version: 1; readonly cpu: string; readonly cpuacct: string; readonly memory: string | null };

/** Files that say how a process stands in its cgroups. */
export interface CgroupView {
  /** Text of `/proc/self/mounts`. */
  readonly mounts: string;
  /** Text of `/proc/self/cgroup`. */
  readonly own: string;
  /** Controllers that a folder of the hierarchy gives to its children: the text of its `cgroup.subtree_control`. */
  readonly subtreeControl: (folder: string) => string;
}

/** The view of this process; undefined where the system has no such files. */
export function ownCgroupView(): CgroupView | undefined {
  try {
    return {
      mounts: readFileSync('/proc/self/mounts', 'utf8'),
      own: readFileSync('/proc/self/cgroup', 'utf8'),
      subtreeControl: (folder) => readOr(join(folder, 'cgroup.subtree_control'), ''),
    };
  } catch {
    return undefined;
  }
}

/**
 * Where the lab's groups may stand, or in words why nowhere. On v2 that is the nearest slice above the lab (or the root)
 * that gives CPU to its children: a group with processes in it, such as the lab's own, may have none. On v1 it is the root,
 * and only for a lab that stands there: a group that somebody made around the lab is his to limit and to remove.
 */
export function groupParentsOf(view: CgroupView): GroupParents | string {
  const mounts = view.mounts.split('\n').map((line) => line.split(' '));
  const own = new Map(
    view.own.split('\n').flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return controllers.split(',').map((controller) => [controller, path] as const);
    }),
  );
  const unified = mounts.find(([, , type]) => type === 'cgroup2')?.[1];
  const ownPath = own.get('');
  if (unified !== undefined && ownPath !== undefined && givesCpu(view.subtreeControl(unified))) {
    return unifiedParent(view, unified, ownPath);
  }
  const mountOf = (controller: string): string | undefined =>
    mounts.find(([, , type, options = '']) => type === 'cgroup' && options.split(',').includes(controller))?.[1];
  const [cpu, cpuacct, memory] = [mountOf('cpu'), mountOf('cpuacct'), mountOf('memory')];
  if (cpu === undefined || cpuacct === undefined) return 'there is no cgroup hierarchy with the controllers of CPU';
  for (const controller of ['cpu', 'cpuacct']) {
    if (own.get(controller) !== '/')
      return `this process is in the ${controller} cgroup ${own.get(controller)}, not in the root`;
  }
  return { version: 1, cpu, cpuacct, memory: own.get('memory') === '/' ? (memory ?? null) : null };
}

function unifiedParent(view: CgroupView, mount: string, ownPath: string): GroupParents | string {
  for (let path = ownPath; ; path = dirname(path)) {
    const isGrouping = path === '/' || path.endsWith('.slice');
    const folder = path === '/' ? mount : join(mount, path);
    const control = isGrouping ? view.subtreeControl(folder) : '';
    if (givesCpu(control)) return { version: 2, folder, hasMemory: control.split(/\s+/).includes('memory') };
    if (path === '/' || path === '.') return `no slice above the cgroup ${ownPath} gives CPU to its children`;
  }
}

function givesCpu(control: string): boolean {
  return control.split(/\s+/).includes('cpu');
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
