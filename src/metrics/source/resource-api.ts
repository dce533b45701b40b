import { isApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../platform/kube/client.ts';

/** The versions of `metrics.k8s.io` that we speak. */
const SPOKEN: readonly string[] = ['v1', 'v1beta1'];

/**
 * The versions of `metrics.k8s.io` that somebody has registered and that we speak, in the server's order of preference;
 * none where there is no such API. That a version is registered does not mean that anybody answers for it. Throws as
 * every call does.
 */
export async function findResourceApiVersions(
  client: Pick<KubeClient, 'getJson'>,
  call: { readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<readonly string[]> {
  let group: WireGroup;
  try {
    group = (await client.getJson('/apis/metrics.k8s.io', call)) as WireGroup;
  } catch (thrown) {
    if (isApiFailure(thrown, 404)) return [];
    throw thrown;
  }
  const versions = (group.versions ?? []).flatMap(({ version }) => version ?? []);
  const preferred = group.preferredVersion?.version;
  return versions
    .filter((version) => SPOKEN.includes(version))
    .sort((a, b) => Number(b === preferred) - Number(a === preferred));
}

interface WireGroup {
  readonly versions?: readonly { readonly version?: string }[] | null;
  readonly preferredVersion?: { readonly version?: string };
}
