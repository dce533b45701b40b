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
  | 'kwok';

const KUBERNETES_VERSION = '1.36.3';

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
