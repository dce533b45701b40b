import { join } from 'node:path';
import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { ProxySettings } from '../../platform/http/proxy-settings.ts';
import { type AccessRecipe, accessByRecipe } from '../../platform/kube/access-recipe.ts';
import type { ClusterAccess } from '../../platform/kube/cluster-access.ts';
import { createLargeJsonParser, type LargeJsonParser } from '../../platform/kube/large-json.ts';
import { createSocketTransport } from '../../platform/kube/socket-transport.ts';
import type { KubeTransport } from '../../platform/kube/transport.ts';
import type { Environment } from '../config/environment.ts';

/** Which cluster a command means. */
export interface ClusterChoice {
  /** `--kubeconfig`; null leaves it to the environment. */
  readonly kubeconfig: string | null;
  /** `--context`; null for the file's current one. */
  readonly context: string | null;
  /** The flag that names the kubeconfig, where it is another than `--kubeconfig`. */
  readonly flag?: string;
}

/**
 * How to reach the cluster that the user means: by the named kubeconfig, else KUBECONFIG, else the pod's own
 * ServiceAccount, else `~/.kube/config`. Plain data, so that a thread can follow it too. Throws Failure `notFound` when
 * there is nothing to try.
 */
export function clusterRecipe(choice: ClusterChoice, environment: Environment): AccessRecipe {
  const { inClusterHost: host, inClusterPort: port } = environment;
  const named = choice.kubeconfig === null ? environment.kubeconfigPaths : [choice.kubeconfig];
  if (named.length === 0 && choice.context === null && host !== undefined && port !== undefined) {
    const folder = environment.serviceAccountFolder;
    return { kind: 'inCluster', options: { host, port, ...(folder === undefined ? {} : { folder }) } };
  }
  const paths = named.length > 0 ? named : defaultPaths(environment);
  const context = choice.context === null ? {} : { context: choice.context };
  const flag = choice.flag === undefined ? {} : { flag: choice.flag };
  return { kind: 'kubeconfig', options: { paths, ...flag, ...context, environment: environment.variables } };
}

/** A way to a cluster, and what its large answers are parsed by. */
export interface OpenCluster {
  readonly access: ClusterAccess;
  readonly transport: KubeTransport;
  readonly jsonParser: LargeJsonParser;
  close(): Promise<void>;
}

/** Opens it by the recipe. Throws what finding access throws. */
export async function openCluster(
  recipe: AccessRecipe,
  environment: Environment,
  ioClock: IoClock,
): Promise<OpenCluster> {
  const access = await accessByRecipe(recipe, ioClock);
  const transport = connectCluster(access, environment, ioClock);
  const jsonParser = createLargeJsonParser();
  return {
    access,
    transport,
    jsonParser,
    close: async () => {
      await Promise.all([transport.close(), jsonParser.close()]);
    },
  };
}

/** Opens a transport of its own connections, through the environment's proxy where one is set. */
export function connectCluster(access: ClusterAccess, environment: Environment, ioClock: IoClock): KubeTransport {
  return createSocketTransport({ access, ioClock, proxies: proxiesOf(environment) });
}

/** The environment's proxies, as the outbound connections take them. */
export function proxiesOf({ httpProxy, httpsProxy, noProxy }: Environment): ProxySettings {
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}

function defaultPaths({ home }: Environment): readonly string[] {
  if (home !== undefined) return [join(home, '.kube', 'config')];
  throw new Failure('notFound', 'no kubeconfig: KUBECONFIG is not set, and there is no home folder', {
    hint: 'name one with --kubeconfig FILE',
  });
}
