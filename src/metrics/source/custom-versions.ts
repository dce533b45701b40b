import { Failure } from '../../base/failure.ts';
import type { ApiGroup } from '../../platform/kube/discovery.ts';
import type { HttpMetricsSourceOptions } from './http-source.ts';

/** The group, as it stands in paths and messages. */
export const CUSTOM_METRICS_GROUP = 'custom.metrics.k8s.io';

/** The versions of the custom metrics API that this client reads. */
export type CustomMetricsVersion = 'v1beta1' | 'v1beta2';

const KNOWN_VERSIONS: readonly string[] = ['v1beta1', 'v1beta2'] satisfies CustomMetricsVersion[];

/** Which version to ask. */
export interface CustomMetricsVersions {
  /** The server's preferred version when it is known here, else its first known one. Throws upstream's texts. */
  current(signal: AbortSignal): Promise<CustomMetricsVersion>;
}

/** Discovers the version, and again once the answer is a sync period old. */
export function createCustomMetricsVersions(
  options: Pick<HttpMetricsSourceOptions, 'discovery' | 'clock' | 'discoveryMs' | 'deadlineMs'>,
): CustomMetricsVersions {
  let known: { readonly version: CustomMetricsVersion; readonly atMs: number } | undefined;
  return {
    current: async (signal) => {
      const nowMs = options.clock.nowMs();
      if (known !== undefined && nowMs - known.atMs < options.discoveryMs) return known.version;
      const groups = await options.discovery.read({ signal, deadlineMs: options.deadlineMs });
      const version = pickVersion(groups.find(({ name }) => name === CUSTOM_METRICS_GROUP));
      known = { version, atMs: nowMs };
      return version;
    },
  };
}

/** Picks the version as upstream does. A version whose server is down does not count. */
export function pickVersion(group: ApiGroup | undefined): CustomMetricsVersion {
  if (group === undefined) {
    throw new Failure('notFound', `no custom metrics API (${CUSTOM_METRICS_GROUP}) registered`);
  }
  const available = group.versions.filter(({ problem }) => problem === undefined);
  const found = available.find(({ version }) => KNOWN_VERSIONS.includes(version));
  if (found === undefined) throw new Failure('unavailable', 'no known available metric versions found');
  return found.version as CustomMetricsVersion;
}
