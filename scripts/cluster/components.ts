/** A program of the real control plane, and how Go builds it. */
export interface Component {
  readonly name: ComponentName;
  readonly version: string;
  /** Folder below `go/` whose go.mod pins every module that the program is made of. */
  readonly moduleFolder: string;
  readonly packagePath: string;
  /** Linker flags beside `-s -w`. */
  readonly linkerFlags: readonly string[];
}

export type ComponentName =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'
  | 'etcd'
  | 'kwok'
  | 'metrics-server'
  | 'prometheus-adapter';

/** Releases whose API server can be had: 1.25 is the last with `autoscaling/v2beta2`. */
export const KUBERNETES_RELEASES = ['1.25', '1.36'] as const;

export type KubernetesRelease = (typeof KUBERNETES_RELEASES)[number];

const KUBERNETES_VERSION = '1.36.3';
const OLD_KUBERNETES_VERSION = '1.25.16';
const METRICS_SERVER_VERSION = '0.9.0';

/** Everything that a cluster is made of, the slowest build first. */
export const COMPONENTS: readonly Component[] = [
  kubernetes('kube-apiserver'),
  kubernetes('kube-controller-manager'),
  kubernetes('kube-scheduler'),
  kubernetes('kubectl'),
  {
    name: 'kwok',
    version: '0.8.0',
    moduleFolder: 'kwok',
    packagePath: 'sigs.k8s.io/kwok/cmd/kwok',
    linkerFlags: [],
  },
  {
    name: 'etcd',
    version: '3.7.3',
    moduleFolder: 'etcd',
    packagePath: 'go.etcd.io/etcd/server/v3',
    linkerFlags: [],
  },
];

/** What 1.25 is made of: its API server alone with the others' etcd and kubectl, because no more of it builds with today's Go. */
const COMPONENTS_OF_1_25: readonly Component[] = [
  {
    name: 'kube-apiserver',
    version: OLD_KUBERNETES_VERSION,
    moduleFolder: 'kubernetes-1.25',
    packagePath: 'k8s.io/kubernetes/cmd/kube-apiserver',
    linkerFlags: versionStamp(OLD_KUBERNETES_VERSION),
  },
  ...COMPONENTS.filter(({ name }) => name === 'etcd' || name === 'kubectl'),
];

/** Upstream's server of resource metrics, which ours is compared with; no part of a cluster. */
export const METRICS_SERVER: Component = {
  name: 'metrics-server',
  version: METRICS_SERVER_VERSION,
  moduleFolder: 'metrics-server',
  packagePath: 'sigs.k8s.io/metrics-server/cmd/metrics-server',
  linkerFlags: versionStamp(METRICS_SERVER_VERSION),
};

/** Upstream's server of custom and external metrics, which ours is compared with; no part of a cluster. */
export const PROMETHEUS_ADAPTER: Component = {
  name: 'prometheus-adapter',
  version: '0.12.0',
  moduleFolder: 'prometheus-adapter',
  packagePath: 'sigs.k8s.io/prometheus-adapter/cmd/adapter',
  linkerFlags: [],
};

/** The programs of a cluster of that release. */
export function componentsOf(release: KubernetesRelease): readonly Component[] {
  return release === '1.25' ? COMPONENTS_OF_1_25 : COMPONENTS;
}

function kubernetes(name: ComponentName): Component {
  return {
    name,
    version: KUBERNETES_VERSION,
    moduleFolder: 'kubernetes',
    packagePath: `k8s.io/kubernetes/cmd/${name}`,
    linkerFlags: versionStamp(KUBERNETES_VERSION),
  };
}

/** Without the stamp the programs call themselves v0.0.0-master and refuse their own default of `--emulated-version`. */
function versionStamp(version: string): readonly string[] {
  const [major, minor] = version.split('.');
  const values = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
  };
  // The first is what --version prints, the second what the user agents of clients say.
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return packages.flatMap((path) => Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`));
}
