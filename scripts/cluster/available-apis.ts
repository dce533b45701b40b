import { Failure } from '../../src/base/failure.ts';
import type { Cluster } from './cluster.ts';
import type { ProcessRecord } from './process.ts';
import { waitUntil } from './wait.ts';

/** The API server looks again 5, 10, 20, then every 30 s after a look that failed: time for two of the long ones. */
const AVAILABLE_WITHIN_MS = 120_000;

interface ApiService {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/**
 * Returns when the API server hands on what is asked of these APIServices, such as `v1beta1.metrics.k8s.io`. Throws
 * Failure `unavailable` that says why it does not, with the end of the server's log when the server is named.
 */
export async function untilAvailable(
  cluster: Cluster,
  apiServices: readonly string[],
  server?: ProcessRecord,
): Promise<void> {
  await waitUntil(`${apiServices.join(' and ')} can be asked`, {
    blame: server?.name ?? '',
    processes: server === undefined ? [] : [server],
    timeoutMs: AVAILABLE_WITHIN_MS,
    isReady: async () => {
      for (const name of apiServices) await requireAvailable(cluster, name);
      return true;
    },
  });
}

/** The API server writes the condition first and hands requests on a moment later; until then it answers 503 itself. */
async function requireAvailable(cluster: Cluster, name: string): Promise<void> {
  const found = (await cluster.api.get(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`)) as ApiService;
  const condition = found.status?.conditions?.find(({ type }) => type === 'Available');
  if (condition?.status !== 'True') {
    throw new Failure(
      'unavailable',
      `${name}: ${condition?.reason ?? 'not looked at yet'}: ${condition?.message ?? ''}`,
    );
  }
  const [version = '', ...group] = name.split('.');
  await cluster.api.get(`/apis/${group.join('.')}/${version}`);
}
