import { afterEach, describe, expect, test } from 'vitest';
import { faultServer, whole } from '../../../test/kube/fault-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createOutbound } from './outbound.ts';
import type { Resolver } from './outbound-guard.ts';
import { isPublicAddress, publicAddressGuard } from './public-address-guard.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** What a tenant might write to reach what is out of reach, and the rule that stands against it. */
const REFUSED_URLS: readonly [url: string, rule: string][] = [
  // Loopback, in every notation that URLs know.
  ['https://127.0.0.1/', 'no public address'],
  ['https://127.1/', 'no public address'],
  ['https://127.255.255.254/', 'no public address'],
  ['https://2130706433/', 'no public address'],
  ['https://0x7f000001/', 'no public address'],
  ['https://0x7f.0.0.1/', 'no public address'],
  ['https://0177.0.0.1/', 'no public address'],
  ['https://①②⑦.⓪.⓪.①/', 'no public address'],
  ['https://127。0。0。1/', 'no public address'],
  ['https://[::1]/', 'no public address'],
  ['https://[0:0:0:0:0:0:0:1]/', 'no public address'],
  ['https://localhost/', 'must be complete'],
  ['https://LOCALHOST./', 'must be complete'],
  ['https://web.localhost/', 'inner network'],
  // Nowhere, which many systems take for themselves.
  ['https://0.0.0.0/', 'no public address'],
  ['https://0/', 'no public address'],
  ['https://[::]/', 'no public address'],
  // Metadata of clouds.
  ['https://169.254.169.254/latest/meta-data/', 'no public address'],
  ['https://2852039166/', 'no public address'],
  ['https://[::ffff:169.254.169.254]/', 'no public address'],
  ['https://[::ffff:a9fe:a9fe]/', 'no public address'],
  ['https://[fd00:ec2::254]/', 'no public address'],
  ['https://[fe80::a9fe:a9fe]/', 'no public address'],
  ['https://100.100.100.200/', 'no public address'],
  ['https://metadata.google.internal/', 'inner network'],
  ['https://metadata.google.internal./', 'inner network'],
  ['https://metadata/', 'must be complete'],
  // Private networks.
  ['https://10.0.0.1/', 'no public address'],
  ['https://10.96.0.1/', 'no public address'],
  ['https://172.16.0.1/', 'no public address'],
  ['https://172.31.255.255/', 'no public address'],
  ['https://192.168.1.1/', 'no public address'],
  ['https://100.64.0.1/', 'no public address'],
  ['https://100.127.255.254/', 'no public address'],
  ['https://[fc00::1]/', 'no public address'],
  ['https://[fdff::1]/', 'no public address'],
  ['https://[fec0::1]/', 'no public address'],
  // Addresses within addresses.
  ['https://[::ffff:10.0.0.1]/', 'no public address'],
  ['https://[::ffff:8.8.8.8]/', 'no public address'],
  ['https://[::127.0.0.1]/', 'no public address'],
  ['https://[64:ff9b::7f00:1]/', 'no public address'],
  ['https://[64:ff9b::a9fe:a9fe]/', 'no public address'],
  ['https://[64:ff9b:1::a00:1]/', 'no public address'],
  ['https://[2002:7f00:1::]/', 'no public address'],
  ['https://[2002:a9fe:a9fe::]/', 'no public address'],
  ['https://[2001:0:53aa:64c::]/', 'no public address'],
  // For other uses.
  ['https://224.0.0.1/', 'no public address'],
  ['https://239.255.255.250/', 'no public address'],
  ['https://255.255.255.255/', 'no public address'],
  ['https://240.0.0.1/', 'no public address'],
  ['https://192.0.0.1/', 'no public address'],
  ['https://192.0.2.1/', 'no public address'],
  ['https://198.18.0.1/', 'no public address'],
  ['https://198.51.100.1/', 'no public address'],
  ['https://203.0.113.1/', 'no public address'],
  ['https://[ff02::1]/', 'no public address'],
  ['https://[100::1]/', 'no public address'],
  ['https://[2001:db8::1]/', 'no public address'],
  ['https://[3fff::1]/', 'no public address'],
  // Names of the cluster.
  ['https://kubernetes/', 'must be complete'],
  ['https://kubernetes.default.svc/', 'inner network'],
  ['https://kubernetes.default.svc.cluster.local/', 'inner network'],
  ['https://api.svc.example.com/', 'inner network'],
  ['https://etcd.cluster.local/', 'inner network'],
  ['https://printer.local/', 'inner network'],
  ['https://1.0.0.127.in-addr.arpa/', 'inner network'],
  // The cluster's own networks, though they are public.
  ['https://44.1.2.3/', 'the cluster itself'],
  ['https://[2a00:1450:4001::1]/', 'the cluster itself'],
  // What stands around the host.
  ['http://hooks.example.com/', 'only https'],
  ['ftp://hooks.example.com/', 'only https'],
  ['file:///etc/passwd', 'only https'],
  ['gopher://hooks.example.com/', 'only https'],
  ['https://user@hooks.example.com/', 'a user or a password'],
  ['https://:password@hooks.example.com/', 'a user or a password'],
  ['https://hooks.example.com@127.0.0.1/', 'a user or a password'],
  ['https://hooks.example.com:22/', 'port 22'],
  ['https://hooks.example.com:6443/', 'port 6443'],
  ['https://hooks.example.com:10250/', 'port 10250'],
  ['https://hooks.example.com:80/', 'port 80'],
];

const OWN_NETWORKS = ['44.1.0.0/16', '2A00:1450:4001::/48'];

describe('what a stranger’s URL may reach', () => {
  const guard = publicAddressGuard({ ownNetworks: OWN_NETWORKS });

  test('the corpus is large', () => {
    expect(new Set(REFUSED_URLS.map(([url]) => url)).size).toBeGreaterThanOrEqual(70);
  });

  test.each(REFUSED_URLS)('not %s', (url, rule) => {
    expect(() => guard.refuseUrl(new URL(url))).toThrow(rule);
  });

  test.each([
    ['a name', 'https://hooks.example.com/x?y=1'],
    ['a name with a dot at its end', 'https://hooks.example.com./'],
    ['the usual port, written out', 'https://hooks.example.com:443/'],
    ['an address', 'https://93.184.216.34/'],
    ['the last before a private network', 'https://172.15.255.255/'],
    ['the first after it', 'https://172.32.0.0/'],
    ['an address of the newer kind', 'https://[2606:2800:220:1::1]/'],
    ['a name that only looks like an inner one', 'https://svc-hooks.example.com/'],
  ])('but %s', (_why, url) => {
    expect(() => guard.refuseUrl(new URL(url))).not.toThrow();
  });

  test('other ports, where an administrator names them', () => {
    const wider = publicAddressGuard({ ports: [443, 8443] });
    expect(() => wider.refuseUrl(new URL('https://hooks.example.com:8443/'))).not.toThrow();
    expect(() => wider.refuseUrl(new URL('https://hooks.example.com:8080/'))).toThrow('(443, 8443)');
  });

  test('an own network that is none is refused', () => {
    expect(() => publicAddressGuard({ ownNetworks: ['10.0.0.0'] })).toThrow(
      '"10.0.0.0" is no network such as 10.0.0.0/8',
    );
  });

  test('a name is no address', () => expect(isPublicAddress('example.com')).toBe(false));
});

describe('a name is judged by the very addresses that are connected to', () => {
  const rows: readonly [why: string, addresses: readonly string[], isRefused: boolean][] = [
    ['a public address', ['93.184.216.34'], false],
    ['several', ['93.184.216.34', '2606:2800:220:1::1'], false],
    ['loopback', ['127.0.0.1'], true],
    ['loopback of the newer kind', ['::1'], true],
    ['metadata', ['169.254.169.254'], true],
    ['mapped metadata', ['::ffff:169.254.169.254'], true],
    ['the cluster’s own network', ['44.1.2.3'], true],
    ['one good, one bad', ['93.184.216.34', '10.0.0.1'], true],
    ['one bad, one good', ['fd00::1', '93.184.216.34'], true],
  ];
  test.each(rows)('%s', async (_why, addresses, isRefused) => {
    const found = await look(resolverOf(addresses), 'hooks.example.com');
    if (isRefused) expect(found).toMatchObject({ name: 'Failure', kind: 'denied' });
    else expect(found).toEqual(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  });

  test('a name that leads elsewhere the second time gains nothing', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const resolve: Resolver = (hostname, options, done) => resolverOf(answers.shift() ?? [])(hostname, options, done);
    expect(await look(resolve, 'rebind.example.com')).toHaveLength(1);
    expect(await look(resolve, 'rebind.example.com')).toMatchObject({
      kind: 'denied',
      message: 'rebind.example.com: 127.0.0.1 is no public address',
    });
  });

  test('nothing is connected to, whatever the name leads to', async () => {
    const target = await faultServer([whole('never')]);
    closing.push(() => target.close());
    const guard = publicAddressGuard({ ports: [target.port], resolve: resolverOf(['127.0.0.1']) });
    const outbound = createOutbound({ ioClock: new VirtualClock(), guard });
    closing.push(() => outbound.close());
    const request = outbound.request({
      method: 'POST',
      url: `https://rebind.example.com:${target.port}/`,
      signal: new AbortController().signal,
      headDeadlineMs: 1_000,
      idleDeadlineMs: 1_000,
    });
    await expect(request).rejects.toThrow('127.0.0.1 is no public address');
    expect(target.connectionCount).toBe(0);
  });

  test('a name that does not resolve says so', async () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    expect(await look((_hostname, _options, done) => done(error, []), 'none.example.com')).toBe(error);
  });
});

function resolverOf(addresses: readonly string[]): Resolver {
  return (_hostname, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

/** What `net.connect` would be told: the addresses, or why not. */
function look(resolve: Resolver, hostname: string): Promise<unknown> {
  const { lookup } = publicAddressGuard({ ownNetworks: OWN_NETWORKS, resolve });
  return new Promise((done) => lookup(hostname, { all: true }, (error, addresses) => done(error ?? addresses)));
}
