import { Failure } from '../../../base/failure.ts';
import type { ObjectKey } from '../../../base/object-key.ts';
import type { UsageLink } from '../../../core/explain/usage-chain.ts';
import type { PodMetrics } from '../../../metrics/source/port.ts';
import { findResourceApiVersions } from '../../../metrics/source/resource-api.ts';
import { createResourceMetricsClient } from '../../../metrics/source/resource-client.ts';
import type { KubeObject, ResourceType } from '../../../platform/kube/client.ts';
import { isFailureOf, TOP_CALL_MS_MAX, type TopCluster } from './top-cluster.ts';

/** What `metrics.k8s.io` says of a pod: the first version that serves it, or why the first one does not. */
export async function apiLinks(
  ref: ObjectKey,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<readonly [UsageLink]> {
  let lost: UsageLink | undefined;
  try {
    const versions = await findResourceApiVersions(cluster.client, { signal, deadlineMs: TOP_CALL_MS_MAX });
    for (const version of versions) {
      const link = await versionLink(ref, version, cluster, signal);
      if (link.code === 'ApiServed') return [link];
      lost ??= link;
    }
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    lost ??= { code: 'ApiUnseen', message: thrown.message };
  }
  return [lost ?? { code: 'ApiMissing' }];
}

async function versionLink(
  ref: ObjectKey,
  version: string,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<UsageLink> {
  const { client, clock } = cluster;
  const api = createResourceMetricsClient({ client, deadlineMs: TOP_CALL_MS_MAX, version });
  try {
    const sought = await api.findPod(ref, signal);
    if (sought.kind === 'found') return servedLink(sought.metrics, version, clock.nowMs());
    const causes = sought.kind === 'absent' ? [] : sought.causes.map(({ message }) => message);
    return { code: 'PodNotServed', version, causes };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    if (isFailureOf(thrown, 'denied')) return { code: 'ApiUnseen', message: thrown.message };
    return { code: 'ApiUnavailable', version, ...(await conditionOf(version, thrown, cluster, signal)) };
  }
}

function servedLink({ atMs, windowMs, containers }: PodMetrics, version: string, nowMs: number): UsageLink {
  if (containers.length === 0) return { code: 'ApiServedEmpty', version };
  return {
    code: 'ApiServed',
    version,
    sampleAtMs: atMs,
    windowMs,
    ageMs: Math.max(0, nowMs - atMs),
    containers: containers.map(({ name, usage }) => ({
      name,
      cpu: usage['cpu'] ?? '',
      memory: usage['memory'] ?? '',
    })),
  };
}

const API_SERVICES: ResourceType = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  resource: 'apiservices',
  isNamespaced: false,
};

interface ApiService extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** What the APIService's condition says of it; where that may not be read or sees nothing wrong, what the call met. */
async function conditionOf(
  version: string,
  met: Failure,
  { client }: TopCluster,
  signal: AbortSignal,
): Promise<{ readonly reason: string; readonly message: string }> {
  try {
    const name = `${version}.metrics.k8s.io`;
    const { status } = await client.get<ApiService>(API_SERVICES, { name }, { signal });
    const available = status?.conditions?.find(({ type }) => type === 'Available');
    if (available !== undefined && available.status !== 'True') {
      return { reason: available.reason ?? '', message: available.message ?? '' };
    }
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
  }
  return { reason: '', message: met.message };
}
