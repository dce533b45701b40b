import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Failure } from '../../base/failure.ts';

/**
 * Throws Failure('denied') when a URL names a link-local or cloud metadata address outright. Names are judged when they
 * are resolved, by `guardedLookup`.
 */
export function refuseMetadataUrl(url: URL): void {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  if (isMetadataAddress(host)) throw refusal(host, host);
}

/**
 * Resolves names as the system does and refuses those that lead to a link-local or cloud metadata address, so that a URL
 * which a user wrote cannot fetch the node's credentials. It judges the very addresses that are connected to.
 */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const bad = addresses.find((found) => isMetadataAddress(found.address));
    const [first] = addresses;
    if (bad !== undefined) callback(refusal(hostname, bad.address), []);
    else if (options.all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  });
};

/** Whether an address belongs to the node's own link or to a cloud's metadata service. */
export function isMetadataAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && METADATA_NETWORKS.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Link-local of both families, and the metadata services that sit elsewhere: Alibaba's, and AWS's over IPv6. */
const METADATA_NETWORKS = new BlockList();
METADATA_NETWORKS.addSubnet('169.254.0.0', 16, 'ipv4');
METADATA_NETWORKS.addAddress('100.100.100.200', 'ipv4');
METADATA_NETWORKS.addSubnet('fe80::', 10, 'ipv6');
METADATA_NETWORKS.addAddress('fd00:ec2::254', 'ipv6');

function refusal(host: string, address: string): Failure {
  return new Failure(
    'denied',
    `${host}: ${address} is a link-local or metadata address, which outbound requests must not reach`,
  );
}
