import { join } from 'node:path';
import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { type ClusterAccess, inClusterAccess, kubeconfigAccess } from '../../platform/kube/cluster-access.ts';
import { createSocketTransport } from '../../platform/kube/socket-transport.ts';
import type { KubeTransport } from '../../platform/kube/transport.ts';
import type { Environment } from '../config/environment.ts';

/** Which cluster a command means. */
export interface ClusterChoice {
  /** `--kubeconfig`; null leaves it to the environment. */
  readonly kubeconfig: string | null;
  /** `--context`; null for the file's current one. */
  readonly context: string | null;
}

/**
 * Access to the cluster that the user means: the named kubeconfig, else KUBECONFIG, else the pod's own ServiceAccount,
 * else `~/.kube/config`. Throws Failure when none of them serves.
 */
export async function findCluster(
  choice: ClusterChoice,
  environment: Environment,
  ioClock: IoClock,
): Promise<ClusterAccess> {
  const { inClusterHost: host, inClusterPort: port } = environment;
  const named = choice.kubeconfig === null ? environment.kubeconfigPaths : [choice.kubeconfig];
  if (named.length === 0 && choice.context === null && host !== undefined && port !== undefined) {
    return inClusterAccess({ host, port, ioClock });
  }
  const paths = named.length > 0 ? named : defaultPaths(environment);
  const context = choice.context === null ? {} : { context: choice.context };
  return kubeconfigAccess({ paths, ...context, ioClock, environment: environment.variables });
}

/** Opens a transport of its own connections, through the environment's proxy where one is set. */
export function connectCluster(access: ClusterAccess, environment: Environment, ioClock: IoClock): KubeTransport {
  const { httpProxy, httpsProxy, noProxy } = environment;
  return createSocketTransport({
    access,
    ioClock,
    proxies: {
      ...(httpProxy === undefined ? {} : { httpProxy }),
      ...(httpsProxy === undefined ? {} : { httpsProxy }),
      ...(noProxy === undefined ? {} : { noProxy }),
    },
  });
}

function defaultPaths({ home }: Environment): readonly string[] {
  if (home !== undefined) return [join(home, '.kube', 'config')];
  throw new Failure('notFound', 'no kubeconfig: KUBECONFIG is not set, and there is no home folder', {
    hint: 'name one with --kubeconfig FILE',
  });
}
