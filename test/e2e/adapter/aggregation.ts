import { untilAvailable } from '../../../scripts/cluster/available-apis.ts';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';

const NAMESPACE = 'kube-system';

/** An adapter on loopback and the APIs that it serves. */
export interface RegisteredAdapter {
  readonly name: string;
  readonly port: number;
  readonly groups: readonly { readonly group: string; readonly versions: readonly string[] }[];
}

/**
 * Makes an adapter the one that the API server hands the metrics APIs to, in the place of an earlier one, as the chart
 * does: without a look at its certificate. The Service is an alias of localhost, since Endpoints refuse loopback
 * addresses. Returns when every API is available.
 */
export async function registerAdapter(cluster: Cluster, { name, port, groups }: RegisteredAdapter): Promise<void> {
  const earlier = ['custom.metrics', 'external.metrics', 'metrics'].flatMap((group) =>
    ['v1beta1', 'v1beta2'].map((version) => `${version}.${group}.k8s.io`),
  );
  await cluster.kubectl(['delete', 'apiservice', '--ignore-not-found', ...earlier]);
  if (groups.length === 0) return;
  const apiServices = groups.flatMap(({ group, versions }) =>
    versions.map((version) => ({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${version}.${group}` },
      spec: {
        group,
        version,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { namespace: NAMESPACE, name, port },
      },
    })),
  );
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: NAMESPACE, name },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  };
  const items = [service, ...apiServices];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const names = apiServices.map(({ metadata }) => metadata.name);
  await untilAvailable(cluster, names);
}
