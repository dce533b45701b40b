/** The releases of Kubernetes whose face the server can show. */
export const KUBERNETES_VERSIONS = ['1.20', '1.36'] as const;

export type KubernetesVersion = (typeof KUBERNETES_VERSIONS)[number];

/** What `/version` says for each of them. */
export const PATCH_RELEASES: Readonly<Record<KubernetesVersion, string>> = { '1.20': '1.20.11', '1.36': '1.36.3' };

/** The first minor version that answers discovery in one document where a client asks for that. */
const AGGREGATED_DISCOVERY_MINOR = 27;

/** Whether a server of this version (`1.20.11`) knows the aggregated form of discovery. */
export function hasAggregatedDiscovery(version: string): boolean {
  return Number(version.split('.')[1]) >= AGGREGATED_DISCOVERY_MINOR;
}

/** `GET /version`, so that kubectl sees a server of a minor version that it knows. */
export function versionDocument(version: string): unknown {
  const [major = '1', minor = '0'] = version.split('.');
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Math.max(0, Number(minor) - 1)),
    gitVersion: `v${version}-podtide`,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: 'node',
  };
}
