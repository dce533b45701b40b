/** What the environment tells a command. Read once, here; nothing else in the program looks at the environment. */
export interface Environment {
  readonly home: string | undefined;
  /** Paths of KUBECONFIG, in order; empty when unset. */
  readonly kubeconfigPaths: readonly string[];
  /** LC_ALL, LC_MESSAGES or LANG, the first that is set. */
  readonly locale: string | undefined;
  readonly isColorRefused: boolean;
  readonly httpProxy: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly noProxy: string | undefined;
  /** Where the API server is when the process runs inside a pod. */
  readonly inClusterHost: string | undefined;
  readonly inClusterPort: string | undefined;
  /** Where the pod's ServiceAccount is mounted, when that is not the folder that every pod has. */
  readonly serviceAccountFolder?: string;
  /** All variables, for programs that are started on the user's behalf (exec credentials). */
  readonly variables: Readonly<Record<string, string>>;
}

/** Reads the process's environment. Lower-case proxy variables win over upper-case ones, as with curl. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const defined = Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  const first = (...names: string[]): string | undefined =>
    names.map((name) => defined[name]).find((value) => value !== undefined);
  return {
    home: first('HOME', 'USERPROFILE'),
    kubeconfigPaths: (first('KUBECONFIG') ?? '')
      .split(process.platform === 'win32' ? ';' : ':')
      .filter((path) => path !== ''),
    locale: first('LC_ALL', 'LC_MESSAGES', 'LANG'),
    isColorRefused: first('NO_COLOR') !== undefined,
    httpProxy: first('http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'),
    httpsProxy: first('https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'),
    noProxy: first('no_proxy', 'NO_PROXY'),
    inClusterHost: first('KUBERNETES_SERVICE_HOST'),
    inClusterPort: first('KUBERNETES_SERVICE_PORT'),
    variables: defined,
  };
}
