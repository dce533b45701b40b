import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { Environment } from '../config/environment.ts';
import { type ClusterChoice, clusterRecipe, type OpenCluster, openCluster } from './cluster-connection.ts';

/** A way to each cluster that flags name, opened once. */
export class NamedClusters {
  readonly #choice: ClusterChoice;
  readonly #environment: Environment;
  readonly #shared: Omit<KubeClientOptions, 'transport'>;
  readonly #opened = new Map<string | null, { readonly cluster: OpenCluster; readonly client: KubeClientOptions }>();

  constructor(choice: ClusterChoice, environment: Environment, shared: Omit<KubeClientOptions, 'transport'>) {
    this.#choice = choice;
    this.#environment = environment;
    this.#shared = shared;
  }

  /** Null is the cluster of the choice; `flag` is what names another. */
  async open(kubeconfig: string | null, flag?: string) {
    const found = this.#opened.get(kubeconfig);
    if (found !== undefined) return found;
    const choice: ClusterChoice =
      kubeconfig === null ? this.#choice : { kubeconfig, context: null, ...(flag === undefined ? {} : { flag }) };
    const cluster = await openCluster(
      clusterRecipe(choice, this.#environment),
      this.#environment,
      this.#shared.ioClock,
    );
    const { transport, jsonParser } = cluster;
    const opened = { cluster, client: { ...this.#shared, transport, jsonParser } };
    this.#opened.set(kubeconfig, opened);
    return opened;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opened.values()].map(({ cluster }) => cluster.close()));
  }
}
