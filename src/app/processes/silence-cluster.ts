import type { IoClock } from '../../base/clock.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import { createKubeClient } from '../../platform/kube/kube-client.ts';
import type { Environment } from '../config/environment.ts';
import type { SilencePlace } from '../config/notify-config.ts';
import { clusterRecipe, openCluster } from './cluster-connection.ts';

/** How the server names the program in its own logs and as field manager. */
const USER_AGENT = 'podtide-notify/v1';

/** Does something with the cluster in which silences are, with the rights of whoever asks. Throws what `use` throws. */
export async function withSilenceCluster<T>(
  place: SilencePlace,
  environment: Environment,
  ioClock: IoClock,
  use: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const cluster = await openCluster(clusterRecipe(place, environment), environment, ioClock);
  try {
    return await use(createKubeClient({ transport: cluster.transport, ioClock, userAgent: USER_AGENT }));
  } finally {
    await cluster.close();
  }
}
