import { describe, expect, test } from 'vitest';
import { type AdapterConfig, type AdapterStart, parseAdapterWords } from './adapter-config.ts';
import { readEnvironment } from './environment.ts';

const ENVIRONMENT = readEnvironment({});

function parsed(...words: readonly string[]): AdapterStart {
  return parseAdapterWords(words, ENVIRONMENT);
}

function configOf(...words: readonly string[]): AdapterConfig {
  const start = parsed('--config=rules.yaml', ...words);
  if (start.kind !== 'serve') throw new Error('nothing is served');
  return start.config;
}

describe('flags of prometheus-adapter', () => {
  test('defaults are upstream’s', () => {
    expect(configOf()).toMatchObject({
      rulesPath: 'rules.yaml',
      kubeconfig: null,
      relistIntervalMs: 600_000,
      maxAgeMs: 600_000,
      discovery: 'full',
      keptListsCount: 0,
      prometheus: { kind: 'flags', backend: { name: 'prometheus', url: 'https://localhost', verb: 'auto' } },
      serving: { address: null, port: 443, service: { namespace: 'monitoring', name: 'prometheus-adapter' } },
      authentication: { lookup: 'require', tokenCacheMs: 10_000 },
      logLevel: 'info',
    });
  });

  test('the Helm chart’s words start it as they are', () => {
    const start = parsed(
      '/adapter',
      '--secure-port=6443',
      '--cert-dir=/tmp/cert',
      '--prometheus-url=http://prometheus.default.svc:9090',
      '--metrics-relist-interval=1m',
      '--v=4',
      '--config=/etc/adapter/config.yaml',
    );
    expect(start).toMatchObject({
      kind: 'serve',
      warnings: [],
      config: {
        rulesPath: '/etc/adapter/config.yaml',
        relistIntervalMs: 60_000,
        maxAgeMs: 60_000,
        prometheus: { backend: { url: 'http://prometheus.default.svc:9090' } },
        serving: { port: 6443, certificate: { kind: 'selfMade', directory: '/tmp/cert' } },
      },
    });
  });

  test('those of kube-prometheus too, each that changes nothing with a warning', () => {
    const start = parsed(
      '--cert-dir=/var/run/serving-cert',
      '--config=/etc/adapter/config.yaml',
      '--metrics-relist-interval=1m',
      '--prometheus-url=https://prometheus.monitoring.svc:9090/',
      '--secure-port=6443',
      '--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
      '--disable-http2',
      '--discovery-interval=10m',
      '--client-qps=20.5',
      '--client-burst=40',
      '--logtostderr=true',
    );
    expect(start).toMatchObject({
      kind: 'serve',
      warnings: [
        '--disable-http2: accepted, without effect: HTTP/1.1 is served',
        '--discovery-interval: accepted, without effect: kinds of the cluster are read once a minute',
        '--client-qps: accepted, without effect: requests to the API server are not slowed down',
        '--client-burst: accepted, without effect: requests to the API server are not slowed down',
        '--logtostderr: accepted, without effect: log lines are JSON on stderr',
      ],
    });
  });

  test.each([
    { why: 'what HPAs ask for alone', words: ['--discovery=minimal'], expected: { discovery: 'minimal' } },
    { why: 'metrics that stay', words: ['--metrics-keep-relists=3'], expected: { keptListsCount: 3 } },
    { why: 'an age of its own', words: ['--metrics-max-age=1h'], expected: { maxAgeMs: 3_600_000 } },
    {
      why: 'a backends file',
      words: ['--prometheus-backends=b.yaml'],
      expected: { prometheus: { kind: 'file', path: 'b.yaml' } },
    },
    { why: 'much to be told', words: ['-v', '6'], expected: { logLevel: 'debug' } },
    {
      why: 'another server behind the rules',
      words: [
        '--pass-through-url=https://keda.keda.svc/',
        '--pass-through-token-file=t',
        '--pass-through-apis=external,custom',
      ],
      expected: {
        passThrough: {
          url: 'https://keda.keda.svc',
          isCustom: true,
          isExternal: true,
          caFile: null,
          tokenFile: 't',
          clientCertificate: null,
          isCallerNamed: false,
        },
      },
    },
    {
      why: 'queries that HPAs bring along, beside rules',
      words: ['--query-annotation-namespaces=shop, bank,shop', '--query-annotation-namespace-label=ns'],
      expected: {
        rulesPath: 'rules.yaml',
        queries: { confined: ['shop', 'bank'], trusted: [], namespaceLabel: 'ns' },
      },
    },
    { why: 'no such queries', words: [], expected: { queries: null } },
    { why: 'another cluster', words: ['--lister-kubeconfig', 'k'], expected: { kubeconfig: 'k' } },
  ])('$why', ({ words, expected }) => {
    expect(configOf(...words)).toMatchObject(expected);
  });

  test('a folder that is called like the program is no name of the program', () => {
    expect(parsed('--config=/etc/adapter')).toMatchObject({ kind: 'serve', config: { rulesPath: '/etc/adapter' } });
  });

  test.each([
    {
      why: 'of all namespaces',
      words: ['--query-annotation-namespaces=*', '--query-annotation-trusted-namespaces=monitoring'],
      queries: { confined: 'all', trusted: ['monitoring'], namespaceLabel: 'namespace' },
    },
    {
      why: 'of trusted ones alone',
      words: ['--query-annotation-trusted-namespaces=*'],
      queries: { confined: [], trusted: 'all', namespaceLabel: 'namespace' },
    },
  ])('queries that HPAs bring along need no rules: $why', ({ words, queries }) => {
    expect(parsed(...words)).toMatchObject({ kind: 'serve', config: { rulesPath: null, queries } });
  });

  test('the version alone needs no rules', () => {
    expect(parsed('--version')).toEqual({ kind: 'version' });
  });

  test.each([
    { why: 'no rules', words: [], says: '--config: must name the file of the rules, or a folder of such files' },
    {
      why: 'Prometheus’ durations are not Go’s',
      words: ['--config=c', '--metrics-relist-interval=1d'],
      says: '--metrics-relist-interval=1d: must be a duration such as 15s, 5m0s or 1h30m',
    },
    {
      why: 'a method in lower case',
      words: ['--config=c', '--prometheus-verb=get'],
      says: '--prometheus-verb=get: must be GET or POST',
    },
    {
      why: 'a typing program’s dash',
      words: ['–config=c'],
      says: '–config=c: has – (U+2013, en dash); write --config=c',
    },
    {
      why: 'an equals sign of full width',
      words: ['--config=c', '--secure-port＝6443'],
      says: '--secure-port＝6443: has ＝ (U+FF1D, full-width =); write --secure-port=6443',
    },
    { why: 'a short form that README promises', words: ['-c=x'], says: '-c=x: no such flag' },
    {
      why: 'nothing between the two',
      words: ['--config=c', '--discovery=some'],
      says: '--discovery=some: must be full or minimal',
    },
    {
      why: 'metrics that would stay for ever',
      words: ['--config=c', '--metrics-keep-relists=1001'],
      says: '--metrics-keep-relists=1001: must be a whole number from 0 to 1000',
    },
    {
      why: 'a misprint',
      words: ['--config=c', '--prometheus-ur=x'],
      says: '--prometheus-ur: no such flag; did you mean --prometheus-url?',
    },
    {
      why: 'a stray word',
      words: ['--config=c', 'now'],
      says: 'now: is no flag, and there is nothing else to say here',
    },
    {
      why: 'a command misspelt',
      words: ['chek', '--config=c'],
      says: 'chek: is no flag; did you mean check?',
    },
    {
      why: 'half a pair',
      words: ['--config=c', '--tls-cert-file=x'],
      says: '--tls-cert-file: goes together with --tls-private-key-file',
    },
    {
      why: 'two ways to say where Prometheus is',
      words: ['--config=c', '--prometheus-backends=b', '--prometheus-url=http://p'],
      says: '--prometheus-url: cannot be used together with --prometheus-backends, which says it',
    },
    {
      why: 'a part of a way to another server',
      words: ['--config=c', '--pass-through-ca-file=x'],
      says: '--pass-through-ca-file: goes together with --pass-through-url',
    },
    {
      why: 'names of callers that nobody would believe',
      words: ['--config=c', '--pass-through-url=https://k', '--pass-through-caller'],
      says: '--pass-through-caller: goes together with --pass-through-client-cert-file, by which we are believed',
    },
    {
      why: 'another server over plain HTTP',
      words: ['--config=c', '--pass-through-url=http://k'],
      says: '--pass-through-url=http://k: must be an https URL',
    },
    {
      why: 'an API that is not passed on',
      words: ['--config=c', '--pass-through-url=https://k', '--pass-through-apis=resource'],
      says: 'must be custom, external, or both joined by commas; "resource" is none',
    },
    {
      why: 'a namespace that is none',
      words: ['--query-annotation-namespaces=shop,*'],
      says: '--query-annotation-namespaces=shop,*: must be namespaces joined by commas, or * for all of them; "*" is neither',
    },
    {
      why: 'a label that Prometheus cannot have',
      words: ['--query-annotation-namespaces=shop', '--query-annotation-namespace-label=k8s.namespace'],
      says: '--query-annotation-namespace-label=k8s.namespace: must be the name of a label of Prometheus such as namespace',
    },
    {
      why: 'a label that confines nobody',
      words: ['--query-annotation-trusted-namespaces=shop', '--query-annotation-namespace-label=ns'],
      says: '--query-annotation-namespace-label: goes together with --query-annotation-namespaces',
    },
    {
      why: 'a namespace that is confined and trusted',
      words: ['--query-annotation-namespaces=shop,bank', '--query-annotation-trusted-namespaces=bank'],
      says: '--query-annotation-trusted-namespaces: must not name bank, which --query-annotation-namespaces confines',
    },
    {
      why: 'a value of a flag without effect',
      words: ['--config=c', '--client-burst=many'],
      says: '--client-burst=many: must be a whole number that is not negative',
    },
  ])('$why is refused', ({ words, says }) => {
    expect(() => parsed(...words)).toThrow(
      expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(says) }),
    );
  });
});
