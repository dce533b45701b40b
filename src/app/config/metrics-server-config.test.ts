import { describe, expect, test } from 'vitest';
import { METRICS_SERVER_ARGUMENTS } from '../../../test/fixtures/metrics-server-arguments.ts';
import {
  METRICS_SERVER_SWITCHES,
  METRICS_SERVER_VALUE_FLAGS,
  OLD_METRICS_SERVER_SWITCHES,
  OLD_METRICS_SERVER_VALUE_FLAGS,
} from '../../../test/fixtures/metrics-server-flag-names.ts';
import { type MetricsServerConfig, parseMetricsServerWords } from './metrics-server-config.ts';
import { METRICS_SERVER_FLAGS, METRICS_SERVER_SYNTAX } from './metrics-server-flags.ts';

const SECRET = { namespace: 'kube-system', name: 'metrics-server-serving-certificate' };

const DEFAULTS: MetricsServerConfig = {
  kubeconfig: null,
  context: null,
  resolutionMs: 60_000,
  staleAfterMs: 120_000,
  kubelet: {
    nodeSelector: '',
    requestTimeoutMs: 10_000,
    addressTypes: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
    port: 10_250,
    isNodeStatusPortUsed: false,
    connection: { kind: 'tls', trust: { kind: 'cluster' }, clientCertificate: null },
  },
  serving: {
    address: null,
    port: 443,
    service: { namespace: 'kube-system', name: 'metrics-server' },
    certificate: { kind: 'selfMade', directory: 'apiserver.local.config/certificates', secret: SECRET },
    sniCertificates: [],
    isCaBundleKept: true,
    tlsVersionMin: 'TLSv1.2',
    ciphers: null,
    groups: null,
    requestsCountMax: 400,
    requestTimeoutMs: 60_000,
    shutdownDelayMs: 0,
  },
  isReadinessUpstreams: false,
  authentication: {
    kubeconfig: null,
    lookup: 'require',
    tokenCacheMs: 10_000,
    clientCaFile: null,
    requestHeader: null,
  },
  authorization: {
    kubeconfig: null,
    alwaysAllowedPaths: ['/healthz', '/readyz', '/livez'],
    allowedCacheMs: 10_000,
    deniedCacheMs: 10_000,
  },
  logLevel: 'info',
};

const { kubelet: KUBELET, serving: SERVING, authentication: AUTHENTICATION, authorization: AUTHORIZATION } = DEFAULTS;

const REQUEST_HEADER = {
  caFile: '/front.crt',
  allowedNames: [],
  usernameHeaders: ['x-remote-user'],
  groupHeaders: ['x-remote-group'],
  extraHeaderPrefixes: ['x-remote-extra-'],
  uidHeaders: [],
};

type Row = readonly [why: string, words: readonly string[], config: Partial<MetricsServerConfig>];

const kubelet = (part: Partial<MetricsServerConfig['kubelet']>) => ({ kubelet: { ...KUBELET, ...part } });
const serving = (part: Partial<MetricsServerConfig['serving']>) => ({ serving: { ...SERVING, ...part } });
const authentication = (part: Partial<MetricsServerConfig['authentication']>) => ({
  authentication: { ...AUTHENTICATION, ...part },
});
const authorization = (part: Partial<MetricsServerConfig['authorization']>) => ({
  authorization: { ...AUTHORIZATION, ...part },
});
const clientCertificate = { certFile: 'a', keyFile: 'b' };

const ROWS: readonly Row[] = [
  ['a cluster', ['--kubeconfig=/k', '--context=shop'], { kubeconfig: '/k', context: 'shop' }],
  ['an empty name is none', ['--kubeconfig=', '--context='], {}],
  ['as often as it goes', ['--metric-resolution=12s'], { resolutionMs: 12_000, staleAfterMs: 24_000 }],
  [
    'the last one counts',
    ['--metric-resolution=15s', '--metric-resolution', '30s'],
    { resolutionMs: 30_000, staleAfterMs: 60_000 },
  ],
  ['nothing of a failing node', ['--stale-sample-age=0s'], { staleAfterMs: 0 }],
  ['ready as upstream is', ['--strict-upstream-readiness'], { isReadinessUpstreams: true }],
  ['five rounds of one', ['--stale-sample-age=5m'], { staleAfterMs: 300_000 }],
  [
    'any kubelet',
    ['--kubelet-insecure-tls'],
    kubelet({ connection: { kind: 'tls', trust: { kind: 'anybody' }, clientCertificate: null } }),
  ],
  ['a switch in Go’s ways', ['--kubelet-insecure-tls=T', '--kubelet-insecure-tls=0'], {}],
  ['the port in the status', ['--kubelet-use-node-status-port'], kubelet({ isNodeStatusPortUsed: true })],
  ['another port', ['--kubelet-port=10255'], kubelet({ port: 10_255 })],
  [
    'kinds of addresses, in order',
    ['--kubelet-preferred-address-types=ExternalIP, InternalDNS,ExternalIP'],
    kubelet({ addressTypes: ['ExternalIP', 'InternalDNS'] }),
  ],
  [
    'the same in two flags',
    ['--kubelet-preferred-address-types=ExternalIP', '--kubelet-preferred-address-types=Hostname'],
    kubelet({ addressTypes: ['ExternalIP', 'Hostname'] }),
  ],
  [
    'an authority of kubelets',
    ['--kubelet-certificate-authority=/ca.crt'],
    kubelet({ connection: { kind: 'tls', trust: { kind: 'file', caFile: '/ca.crt' }, clientCertificate: null } }),
  ],
  [
    'a certificate for kubelets',
    ['--kubelet-client-certificate=a', '--kubelet-client-key=b'],
    kubelet({ connection: { kind: 'tls', trust: { kind: 'cluster' }, clientCertificate } }),
  ],
  [
    'which goes with any of them',
    ['--kubelet-client-certificate=a', '--kubelet-client-key=b', '--kubelet-insecure-tls'],
    kubelet({ connection: { kind: 'tls', trust: { kind: 'anybody' }, clientCertificate } }),
  ],
  [
    'kubelets of long ago',
    ['--deprecated-kubelet-completely-insecure', '--kubelet-port=10255'],
    kubelet({ port: 10_255, connection: { kind: 'plain' } }),
  ],
  ['a slow kubelet', ['--kubelet-request-timeout=54s'], kubelet({ requestTimeoutMs: 54_000 })],
  ['some nodes', ['-l', 'pool=web,!virtual'], kubelet({ nodeSelector: 'pool=web,!virtual' })],
  ['nodes by the long name', ['--node-selector=a in (b,c)'], kubelet({ nodeSelector: 'a in (b,c)' })],
  ['a port', ['--secure-port=10250'], serving({ port: 10_250 })],
  ['an address', ['--bind-address=10.0.0.7'], serving({ address: '10.0.0.7' })],
  ['every address of either family', ['--bind-address=::'], {}],
  ['a folder', ['--cert-dir=/tmp'], serving({ certificate: { kind: 'selfMade', directory: '/tmp', secret: SECRET } })],
  [
    'a certificate',
    ['--tls-cert-file=a', '--tls-private-key-file=b'],
    serving({ certificate: { kind: 'files', ...clientCertificate } }),
  ],
  [
    'certificates for names',
    ['--tls-sni-cert-key=a,b', '--tls-sni-cert-key', 'c, d:*.x.com, 10.0.0.1'],
    serving({
      sniCertificates: [
        { ...clientCertificate, names: [] },
        { certFile: 'c', keyFile: 'd', names: ['*.x.com', '10.0.0.1'] },
      ],
    }),
  ],
  ['a version of TLS', ['--tls-min-version=VersionTLS13'], serving({ tlsVersionMin: 'TLSv1.3' })],
  [
    'ciphers',
    ['--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', '--tls-cipher-suites=TLS_AES_128_GCM_SHA256'],
    serving({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256' }),
  ],
  ['no ciphers of one’s own', ['--tls-cipher-suites='], {}],
  ['groups', ['--tls-curve-preferences=29,23'], serving({ groups: 'X25519:P-256' })],
  ['as many requests as come', ['--max-requests-inflight=0'], serving({ requestsCountMax: 0 })],
  [
    'slow requests',
    ['--request-timeout=5m', '--shutdown-delay-duration=15s'],
    serving({ requestTimeoutMs: 300_000, shutdownDelayMs: 15_000 }),
  ],
  [
    'another Service',
    ['--service=podtide-system/metrics', '--apiservice-ca-bundle=leave'],
    serving({
      service: { namespace: 'podtide-system', name: 'metrics' },
      isCaBundleKept: false,
      certificate: {
        kind: 'selfMade',
        directory: 'apiserver.local.config/certificates',
        secret: { namespace: 'podtide-system', name: 'metrics-serving-certificate' },
      },
    }),
  ],
  [
    'another cluster to ask',
    ['--authentication-kubeconfig=a', '--authorization-kubeconfig=b'],
    { ...authentication({ kubeconfig: 'a' }), ...authorization({ kubeconfig: 'b' }) },
  ],
  ['no settings needed', ['--authentication-tolerate-lookup-failure'], authentication({ lookup: 'tolerate' })],
  [
    'no settings asked for',
    ['--authentication-skip-lookup', '--authentication-tolerate-lookup-failure'],
    authentication({ lookup: 'skip' }),
  ],
  [
    'nothing remembered',
    [
      '--authentication-token-webhook-cache-ttl=0s',
      '--authorization-webhook-cache-authorized-ttl=0',
      '--authorization-webhook-cache-unauthorized-ttl=1m',
    ],
    { ...authentication({ tokenCacheMs: 0 }), ...authorization({ allowedCacheMs: 0, deniedCacheMs: 60_000 }) },
  ],
  ['users with certificates', ['--client-ca-file=/ca.crt'], authentication({ clientCaFile: '/ca.crt' })],
  ['a front proxy', ['--requestheader-client-ca-file=/front.crt'], authentication({ requestHeader: REQUEST_HEADER })],
  [
    'a front proxy in its own words',
    [
      '--requestheader-client-ca-file=/front.crt',
      '--requestheader-allowed-names=front-proxy-client,聚合层',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group,X-G',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      '--requestheader-uid-headers=X-Remote-Uid',
    ],
    authentication({
      requestHeader: {
        caFile: '/front.crt',
        allowedNames: ['front-proxy-client', '聚合层'],
        usernameHeaders: ['X-Remote-User'],
        groupHeaders: ['X-Remote-Group', 'X-G'],
        extraHeaderPrefixes: ['X-Remote-Extra-'],
        uidHeaders: ['X-Remote-Uid'],
      },
    }),
  ],
  [
    'paths for everybody',
    ['--authorization-always-allow-paths=/metrics,/debug/*'],
    authorization({ alwaysAllowedPaths: ['/metrics', '/debug/*'] }),
  ],
  ['no paths for anybody', ['--authorization-always-allow-paths='], authorization({ alwaysAllowedPaths: [] })],
  ['a level', ['--log-level=warn', '-v9'], { logLevel: 'warn' }],
  ['a verbosity that says little more', ['--v=3'], {}],
  ['a verbosity that says all', ['-v=4'], { logLevel: 'debug' }],
  ['a format', ['--logging-format=json'], {}],
  ['not only the version', ['--version=false'], {}],
];

function configOf(words: readonly string[]): MetricsServerConfig {
  const start = parseMetricsServerWords(words);
  if (start.kind !== 'serve') throw new Error(`not to be served: ${words.join(' ')}`);
  return start.config;
}

describe('what the words ask for', () => {
  test('without any: metrics-server’s defaults', () => {
    expect(parseMetricsServerWords([])).toEqual({ kind: 'serve', config: DEFAULTS, warnings: [] });
  });

  test.each(ROWS)('%s', (_why, words, config) => {
    expect(configOf(words)).toEqual({ ...DEFAULTS, ...config });
  });

  test('the version', () => {
    expect(parseMetricsServerWords(['--version'])).toEqual({ kind: 'version' });
  });

  test('every flag has a row', () => {
    const tried = new Set(ROWS.flatMap(([, words]) => words).map((word) => word.replace(/^--|=.*$/g, '')));
    expect(Object.keys(METRICS_SERVER_FLAGS.shape).filter((flag) => !tried.has(flag))).toEqual([]);
  });

  test('metrics-server’s own flags are all known, and stand alone or take a value as there', () => {
    const isSwitch = Object.fromEntries([...METRICS_SERVER_SYNTAX].map(([flag, syntax]) => [flag, syntax.isSwitch]));
    const theirs = Object.fromEntries([
      ...[...METRICS_SERVER_SWITCHES, ...OLD_METRICS_SERVER_SWITCHES].map((flag) => [flag, true]),
      ...[...METRICS_SERVER_VALUE_FLAGS, ...OLD_METRICS_SERVER_VALUE_FLAGS].map((flag) => [flag, false]),
    ]);
    expect(isSwitch).toMatchObject(theirs);
    const own = Object.keys(isSwitch).filter((flag) => !Object.hasOwn(theirs, flag));
    const ours = ['context', 'stale-sample-age', 'strict-upstream-readiness', 'service', 'apiservice-ca-bundle'];
    expect(own).toEqual([...ours, 'log-level']);
  });

  test('a switch needs no value, and every other flag does', () => {
    for (const [flag, { isSwitch }] of METRICS_SERVER_SYNTAX) {
      if (isSwitch) expect(() => parseMetricsServerWords([`--${flag}=true`]), flag).not.toThrow(/must be/);
      else expect(() => parseMetricsServerWords([`--${flag}`]), flag).toThrow(`--${flag}: needs a value`);
    }
  });
});

describe('published manifests start unchanged', () => {
  test.each(METRICS_SERVER_ARGUMENTS)('$source', ({ words, isInsecure }) => {
    const start = parseMetricsServerWords(words);
    expect(start).toMatchObject({
      kind: 'serve',
      config: {
        resolutionMs: words.includes('--metric-resolution=30s') ? 30_000 : 15_000,
        kubelet: { addressTypes: ['InternalIP', 'ExternalIP', 'Hostname'], isNodeStatusPortUsed: true },
      },
      warnings: isInsecure ? [expect.stringMatching(/^--kubelet-insecure-tls: .*serverTLSBootstrap.*csr/)] : [],
    });
  });
});
