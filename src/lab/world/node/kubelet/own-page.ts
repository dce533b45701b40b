import type { Family } from './exposition.ts';
import type { NodeUsage } from './node-usage.ts';

/** `/metrics`: what a kubelet says of itself, as far as one of the lab has anything to say. */
export function ownFamilies({ node, pods }: NodeUsage, bootedAtMs: number): readonly Family[] {
  const containerCount = pods.reduce((count, { containers }) => count + containers.length, 0);
  const info = node.status?.nodeInfo;
  return [
    {
      name: 'kubelet_node_name',
      help: "[ALPHA] The node's name. The count is always 1.",
      type: 'gauge',
      series: [{ labels: { node: node.metadata.name }, value: 1 }],
    },
    {
      name: 'kubelet_cgroup_version',
      help: '[ALPHA] cgroup version on the hosts.',
      type: 'gauge',
      series: [{ value: 2 }],
    },
    {
      name: 'kubelet_running_pods',
      help: '[ALPHA] Number of pods that have a running pod sandbox',
      type: 'gauge',
      series: [{ value: pods.length }],
    },
    {
      name: 'kubelet_running_containers',
      help: '[ALPHA] Number of containers currently running',
      type: 'gauge',
      series: [{ labels: { container_state: 'running' }, value: containerCount }],
    },
    {
      name: 'kubernetes_build_info',
      help: "[BETA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
      type: 'gauge',
      series: [{ labels: { git_version: info?.kubeletVersion ?? '', platform: 'linux/amd64' }, value: 1 }],
    },
    {
      name: 'process_start_time_seconds',
      help: '[ALPHA] Start time of the process since unix epoch in seconds.',
      type: 'gauge',
      series: [{ value: bootedAtMs / 1000 }],
    },
  ];
}
