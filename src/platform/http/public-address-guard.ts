import type { BlockList } from 'node:net';
import { isIP } from 'node:net';
import { Failure } from '../../base/failure.ts';
import { contains, hostOf, readNetwork } from './network.ts';
import { judgedLookup, type OutboundGuard, type Resolver } from './outbound-guard.ts';

/** What a guard for URLs of strangers knows beside the rules of the Internet. */
export interface PublicAddressRules {
  /** 443 alone when absent. */
  readonly ports?: readonly number[];
  /** Networks of the cluster's own pods, Services and nodes, which may be public ones: `172.30.0.0/16`. */
  readonly ownNetworks?: readonly string[];
  /** The system's when absent. */
  readonly resolve?: Resolver;
}

/**
 * Lets https through to public addresses and refuses everything else: for URLs that a tenant of the cluster may set, who
 * must not reach with our rights and from our place what is out of their own reach. The address is judged when it is
 * connected to. Throws Failure('invalid') for an own network that is none.
 */
export function publicAddressGuard(rules: PublicAddressRules = {}): OutboundGuard {
  const ports = rules.ports ?? [HTTPS_PORT];
  const ownNetworks = (rules.ownNetworks ?? []).map(readOwnNetwork);
  const problemOf = (host: string, address: string): Failure | undefined => {
    if (ownNetworks.some((network) => contains(network, address)))
      return denied(host, `${address} belongs to the cluster itself`);
    return isPublicAddress(address) ? undefined : denied(host, `${address} is no public address`);
  };
  return {
    refuseUrl: (url) => {
      const host = hostOf(url);
      const problem = urlProblem(url, host, ports) ?? (isIP(host) === 0 ? nameProblem(host) : problemOf(host, host));
      if (problem !== undefined) throw problem;
    },
    lookup: judgedLookup(problemOf, rules.resolve),
  };
}

/**
 * Whether an address is one of the public Internet. Of IPv6 that is 2000::/3 without what carries an IPv4 address within it
 * (6to4, Teredo; mapped and NAT64 addresses are outside of it) and what is set aside. Source: IANA's registries of special
 * purpose addresses.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !SPECIAL_V4.some((network) => contains(network, address));
    case 6:
      return (
        contains(GLOBAL_UNICAST, address) &&
        // A list of IPv4 networks would match mapped addresses alone, which are outside of global unicast.
        !SPECIAL_V6.some((network) => contains(network, address))
      );
    default:
      return false;
  }
}

const HTTPS_PORT = 443;

const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(readOwnNetwork);

const GLOBAL_UNICAST = readOwnNetwork('2000::/3');

const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(readOwnNetwork);

/** Names that mean something only inside of a network, whatever they lead to. */
const INNER_SUFFIXES = ['localhost', 'local', 'localdomain', 'internal', 'intranet', 'svc', 'arpa', 'home', 'lan'];

function urlProblem(url: URL, host: string, ports: readonly number[]): Failure | undefined {
  if (url.protocol !== 'https:') return denied(host, 'only https may be used');
  if (url.username !== '' || url.password !== '') return denied(host, 'a URL must not carry a user or a password');
  const port = url.port === '' ? HTTPS_PORT : Number(url.port);
  if (!ports.includes(port)) return denied(host, `port ${port} is not among those allowed (${ports.join(', ')})`);
  return undefined;
}

function nameProblem(host: string): Failure | undefined {
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  // The search list of a pod's resolver would complete them: `kubernetes` leads to the API server.
  if (labels.length < 2) return denied(host, 'a name must be complete');
  if (INNER_SUFFIXES.includes(last) || host.endsWith('.cluster.local') || labels.includes('svc'))
    return denied(host, 'the name is one of an inner network');
  return undefined;
}

function readOwnNetwork(text: string): BlockList {
  const network = readNetwork(text.toLowerCase());
  if (network === undefined) throw new Failure('invalid', `${JSON.stringify(text)} is no network such as 10.0.0.0/8`);
  return network;
}

function denied(host: string, rule: string): Failure {
  return new Failure('denied', `${host}: ${rule}`, {
    hint: 'an administrator can allow a destination by name in the configuration',
  });
}
