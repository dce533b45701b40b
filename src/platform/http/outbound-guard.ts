import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Failure } from '../../base/failure.ts';
import { hostOf } from './network.ts';

/** What a set of outbound connections may reach. */
export interface OutboundGuard {
  /** Throws Failure('denied') for a URL that must not be asked, as far as that shows before its name is resolved. */
  refuseUrl(url: URL): void;
  /** Resolves names as `net.connect` needs it, and fails where a name leads to what must not be reached. */
  readonly lookup: LookupFunction;
}

/** Resolves a name to all of its addresses; `dns.lookup` of Node, or what a test puts in its place. */
export type Resolver = (
  hostname: string,
  options: { readonly all: true; readonly family?: number | 'IPv4' | 'IPv6' | undefined },
  callback: (
    error: NodeJS.ErrnoException | null,
    addresses: readonly { readonly address: string; readonly family: number }[],
  ) => void,
) => void;

/**
 * A lookup that fails when `problemOf` has something against one of a name's addresses. It judges the very addresses that
 * are connected to, so that a name which leads elsewhere the second time gains nothing.
 */
export function judgedLookup(
  problemOf: (hostname: string, address: string) => Failure | undefined,
  resolve: Resolver = systemLookup as Resolver,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const problem = addresses.map(({ address }) => problemOf(hostname, address)).find((one) => one !== undefined);
      const [first] = addresses;
      if (problem !== undefined) callback(problem, []);
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first?.address ?? '', first?.family);
    });
  };
}

/**
 * Refuses link-local and cloud metadata addresses and nothing else, so that a URL which a user wrote cannot fetch the
 * node's credentials.
 */
export const METADATA_GUARD: OutboundGuard = {
  refuseUrl: (url) => {
    const host = hostOf(url);
    if (isMetadataAddress(host)) throw refusal(host, host);
  },
  lookup: judgedLookup((hostname, address) => (isMetadataAddress(address) ? refusal(hostname, address) : undefined)),
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
