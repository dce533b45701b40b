import type { IoClock } from '../../base/clock.ts';
import { loopbackUrlOf } from '../../lab/apiserver/aggregation/loopback-services.ts';
import { type AggregationOptions, FRONT_PROXY_NAME } from '../../lab/apiserver/aggregation/service-network.ts';
import type { ApiServer } from '../../lab/apiserver/api-server.ts';
import type { World } from '../../lab/world/world.ts';
import { createCertificateAuthority, issueClientCertificate, type KeyPair } from '../../platform/http/certificates.ts';

export interface LabAggregationOptions {
  readonly ioClock: IoClock;
  /** The lab's authority, which client certificates are of. */
  readonly authority: KeyPair;
  /** Once there is one: where Services lead is read off its objects. */
  apiServer(): Pick<ApiServer, 'store'>;
  /** Where programs of pods listen. */
  readonly pods: Pick<World, 'urlOf'>;
}

const VALIDITY_MS = 365 * 24 * 3600 * 1000;

/**
 * The lab's aggregation layer: an authority of its own for the front proxy, as upstream demands, and Services that lead to
 * programs on this machine.
 */
export async function createLabAggregation(options: LabAggregationOptions): Promise<AggregationOptions> {
  const { ioClock, authority, apiServer, pods } = options;
  const lifetime = { nowMs: ioClock.wallMs(), validityMs: VALIDITY_MS };
  const frontProxy = await createCertificateAuthority({ commonName: 'podtide-lab-front-proxy-ca', ...lifetime });
  return {
    network: (service) => loopbackUrlOf(apiServer().store, service, (podIp, port) => pods.urlOf(podIp, port)),
    clientIdentity: await issueClientCertificate(frontProxy, { commonName: FRONT_PROXY_NAME, ...lifetime }),
    frontProxyAuthority: frontProxy.certificate,
    clientAuthority: authority.certificate,
  };
}
