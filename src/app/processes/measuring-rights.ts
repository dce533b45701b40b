import type { Log } from '../../base/log.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { KubeletConfig } from '../config/metrics-server-config.ts';
import { ACCESS_REVIEWS, type AccountRight, requireRights, TOKEN_REVIEWS } from './account-rights.ts';

/** Whose rights are looked at. */
export interface MeasuringRightsOptions {
  readonly client: KubeClientOptions;
  readonly reviews: { readonly authentication: KubeClientOptions; readonly authorization: KubeClientOptions };
  readonly kubelet: Pick<KubeletConfig, 'connection'>;
  readonly log: Log;
}

/**
 * Asks the API server whether this account has the rights that measuring needs, all at once. Throws Failure('denied') with
 * every rule that is missing; what there is a way without is a warning. A cluster that does not answer such questions is
 * not asked further: what is missing shows later.
 */
export async function requireMeasuringRights(options: MeasuringRightsOptions): Promise<void> {
  const { client, reviews, kubelet, log } = options;
  const listed = (resource: string) =>
    ['list', 'watch'].map((verb): AccountRight => {
      return { group: '', resource, verb, need: `${resource} are not known`, isNeeded: true };
    });
  const scraped: AccountRight = {
    group: '',
    resource: 'nodes',
    subresource: 'metrics',
    verb: 'get',
    need: 'kubelets answer 403',
    isNeeded: false,
  };
  const own = [...listed('nodes'), ...listed('pods'), ...(kubelet.connection.kind === 'tls' ? [scraped] : [])];
  await requireRights(
    [
      { client, rights: own },
      { client: reviews.authentication, rights: [TOKEN_REVIEWS] },
      { client: reviews.authorization, rights: [ACCESS_REVIEWS] },
    ],
    { log, manifest: 'deploy/metrics-server.yaml' },
  );
}
