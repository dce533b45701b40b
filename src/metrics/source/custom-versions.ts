import { Failure } from '../../base/failure.ts';
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

/** Discovers the version from the group list, and again once the answer is a sync period old. */
export function createCustomMetricsVersions(
  options: Pick<HttpMetricsSourceOptions, 'client' | 'clock' | 'discoveryMs' | 'deadlineMs'>,
): CustomMetricsVersions {
  let known: { readonly version: CustomMetricsVersion; readonly atMs: number } | undefined;
  return {
    current: async (signal) => {
      const nowMs = options.clock.nowMs();
      if (known !== undefined && nowMs - known.atMs < options.discoveryMs) return known.version;
      const groups = await options.client.getJson('/apis', { signal, deadlineMs: options.deadlineMs });
      known = { version: pickVersion(groups), atMs: nowMs };
      return known.version;
    },
  };
}

interface GroupList {
  readonly groups?: readonly {
    readonly name?: string;
    readonly versions?: readonly { readonly version?: string }[];
    readonly preferredVersion?: { readonly version?: string };
  }[];
}

/** Picks the version as upstream does from a group list. */
export function pickVersion(groupList: unknown): CustomMetricsVersion {
  const group = (groupList as GroupList).groups?.find(({ name }) => name === CUSTOM_METRICS_GROUP);
  if (group === undefined) {
    throw new Failure('notFound', `no custom metrics API (${CUSTOM_METRICS_GROUP}) registered`);
  }
  const listed = [group.preferredVersion?.version, ...(group.versions ?? []).map(({ version }) => version)];
  const version = listed.find((candidate) => candidate !== undefined && KNOWN_VERSIONS.includes(candidate));
  if (version === undefined) throw new Failure('unavailable', 'no known available metric versions found');
  return version as CustomMetricsVersion;
}
