import { describe, expect, test } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS } from '../../core/engine/options.ts';
import { type ControllerConfig, type ControllerFlags, parseControllerConfig } from './controller-config.ts';

const DEFAULTS: ControllerConfig = {
  mode: 'observe',
  engine: DEFAULT_ENGINE_OPTIONS,
  syncPeriodMs: 15_000,
  concurrencyCount: 50,
  statusWrites: 'on-change',
  sampleValues: 'any',
  memory: 'configmaps',
  queries: null,
  namespaces: null,
  isSoleControllerAssumed: false,
  clusterName: 'kubernetes',
  kubeconfig: null,
  context: null,
  leaderElection: {
    namespace: 'podtide-system',
    name: 'podtide-controller',
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2_000,
  },
  listen: { host: '127.0.0.1', port: 9091, tls: null, isDecisionTokenWaived: false },
  logLevel: 'info',
};

describe('parseControllerConfig', () => {
  test('without flags: kube-controller-manager’s defaults', () => {
    expect(parseControllerConfig({})).toEqual(DEFAULTS);
  });

  const rows: readonly [why: string, flags: ControllerFlags, config: Partial<ControllerConfig>][] = [
    ['a period in Go’s notation', { 'horizontal-pod-autoscaler-sync-period': '1m0.5s' }, { syncPeriodMs: 60_500 }],
    [
      'a tolerance of nothing',
      { 'horizontal-pod-autoscaler-tolerance': '0' },
      { engine: { ...DEFAULT_ENGINE_OPTIONS, tolerance: 0 } },
    ],
    [
      'a gate',
      { 'feature-gates': 'HPAScaleToZero=true' },
      { engine: { ...DEFAULT_ENGINE_OPTIONS, features: { ...DEFAULT_ENGINE_OPTIONS.features, HPAScaleToZero: true } } },
    ],
    [
      'samples that may be a minute old',
      { 'max-sample-age': '1m' },
      { engine: { ...DEFAULT_ENGINE_OPTIONS, maxSampleAgeMs: 60_000 } },
    ],
    ['no breaker', { 'scale-down-breaker': 'off', 'scale-down-breaker-hold': '1s' }, {}],
    [
      'a breaker that looks for as long as a round of syncs takes',
      { 'scale-down-breaker': '12.5%', 'horizontal-pod-autoscaler-sync-period': '30s' },
      {
        syncPeriodMs: 30_000,
        engine: {
          ...DEFAULT_ENGINE_OPTIONS,
          scaleDownBreaker: { shareRatioMax: 0.125, holdMs: 900_000, lookMs: 30_000 },
        },
      },
    ],
    ['namespaces, each once', { namespaces: 'shop, bank,shop' }, { namespaces: ['shop', 'bank'] }],
    ['no Lease', { 'leader-elect': 'false' }, { leaderElection: null }],
    ['a switch', { 'assume-sole-controller': true }, { isSoleControllerAssumed: true }],
    ['every interface', { listen: ':8443' }, { listen: { ...DEFAULTS.listen, host: '0.0.0.0', port: 8443 } }],
    ['every interface of both families', { listen: '[::]:0' }, { listen: { ...DEFAULTS.listen, host: '::', port: 0 } }],
    [
      'certificate files',
      { 'tls-cert-file': 'a', 'tls-private-key-file': 'b' },
      { listen: { ...DEFAULTS.listen, tls: { certFile: 'a', keyFile: 'b' } } },
    ],
    [
      'no token on this machine',
      { 'decisions-without-token': 'true' },
      { listen: { ...DEFAULTS.listen, isDecisionTokenWaived: true } },
    ],
  ];
  test.each(rows)('%s', (_why, flags, config) => {
    expect(parseControllerConfig(flags)).toEqual({ ...DEFAULTS, ...config });
  });

  test('queries that HPAs bring along, and the Prometheus that is asked', () => {
    const { queries, engine } = parseControllerConfig({
      'query-annotation-namespaces': 'shop',
      'query-annotation-trusted-namespaces': 'monitoring',
      'prometheus-url': 'http://prometheus:9090/',
      'prometheus-header': ['X-Scope-OrgID=team', 'a=b'],
    });
    expect(engine.queryNamespaces).toEqual(['shop', 'monitoring']);
    expect(queries).toMatchObject({
      access: { confined: ['shop'], trusted: ['monitoring'], namespaceLabel: 'namespace' },
      prometheus: {
        kind: 'flags',
        backend: {
          url: 'http://prometheus:9090',
          headers: [
            { name: 'x-scope-orgid', value: 'team' },
            { name: 'a', value: 'b' },
          ],
        },
      },
      warnings: [],
    });
    const file = parseControllerConfig({ 'query-annotation-namespaces': '*', 'prometheus-backends': 'b.yaml' });
    expect([file.engine.queryNamespaces, file.queries?.prometheus]).toEqual(['all', { kind: 'file', path: 'b.yaml' }]);
  });

  test('the pod’s account is shown to Prometheus only in a pod', () => {
    const flags = {
      'query-annotation-namespaces': '*',
      'prometheus-url': 'http://p',
      'prometheus-auth-incluster': 'true',
    };
    expect(() => parseControllerConfig(flags)).toThrow(
      '--prometheus-auth-incluster: needs the ServiceAccount of a pod',
    );
    expect(parseControllerConfig(flags, { inClusterHost: '10.0.0.1' }).queries).not.toBeNull();
  });

  const problems: readonly [flags: Record<string, string>, message: string][] = [
    [{ mode: 'watch' }, '--mode=watch: must be observe or control'],
    [
      { 'horizontal-pod-autoscaler-sync-period': '15' },
      '--horizontal-pod-autoscaler-sync-period=15: must be a duration such as 15s, 5m0s or 1h30m',
    ],
    [
      { 'horizontal-pod-autoscaler-sync-period': '0s' },
      '--horizontal-pod-autoscaler-sync-period=0s: must be more than 0s',
    ],
    [
      { 'horizontal-pod-autoscaler-initial-readiness-delay': '-1s' },
      '--horizontal-pod-autoscaler-initial-readiness-delay=-1s: must not be negative',
    ],
    [
      { 'horizontal-pod-autoscaler-tolerance': '10%' },
      '--horizontal-pod-autoscaler-tolerance=10%: must be a fraction such as 0.1 (which means 10 %)',
    ],
    [
      { 'concurrent-horizontal-pod-autoscaler-syncs': '0' },
      '--concurrent-horizontal-pod-autoscaler-syncs=0: must be a whole number from 1 to 10000',
    ],
    [
      { 'feature-gates': 'HPAFoo=true' },
      '--feature-gates=HPAFoo=true: must be GATE=true|false joined by commas, of HPAScaleToZero, HPAConfigurableTolerance, PodLevelResources; not "HPAFoo=true"',
    ],
    [{ namespaces: 'shop,Bank' }, '--namespaces=shop,Bank: must be namespaces joined by commas; "Bank" is none'],
    ...['30', '0%', '100%', '-5%', '1e1%'].map((share): [Record<string, string>, string] => [
      { 'scale-down-breaker': share },
      `--scale-down-breaker=${share}: must be off, or a percentage above 0% and below 100% such as 30%`,
    ]),
    [
      { 'scale-down-breaker': '30%', 'scale-down-breaker-hold': '15s' },
      '--scale-down-breaker-hold: must be longer than --horizontal-pod-autoscaler-sync-period',
    ],
    [{ 'max-sample-age': '60' }, '--max-sample-age=60: must be a duration such as 15s, 5m0s or 1h30m'],
    [{ 'leader-elect': 'yes' }, '--leader-elect=yes: must be true or false'],
    [{ listen: '9091' }, '--listen=9091: must be HOST:PORT, for example 127.0.0.1:9091 or [::]:9091'],
    [
      { listen: 'localhost:70000' },
      '--listen=localhost:70000: must be HOST:PORT, for example 127.0.0.1:9091 or [::]:9091',
    ],
    [{ nonsense: '1' }, '--nonsense: no such flag'],
    [
      { 'leader-elect-lease-duration': '10s' },
      '--leader-elect-lease-duration: must be longer than --leader-elect-renew-deadline',
    ],
    [
      { 'leader-elect-retry-period': '9s' },
      '--leader-elect-renew-deadline: must be longer than 1.2 times --leader-elect-retry-period',
    ],
    [
      { mode: 'control', namespaces: 'shop' },
      '--namespaces: without rights on the whole cluster nobody can prove that no other controller acts; say --assume-sole-controller if you know it',
    ],
    [
      { 'query-annotation-namespaces': 'shop' },
      '--query-annotation-namespaces: goes together with --prometheus-url or --prometheus-backends',
    ],
    [
      { 'query-annotation-trusted-namespaces': 'shop' },
      '--query-annotation-trusted-namespaces: goes together with --prometheus-url or --prometheus-backends',
    ],
    [{ 'prometheus-url': 'http://p' }, '--prometheus-url: goes together with --query-annotation-namespaces'],
    [
      { 'query-annotation-namespaces': 'Shop', 'prometheus-url': 'http://p' },
      '--query-annotation-namespaces=Shop: must be namespaces joined by commas, or * for all of them; "Shop" is neither',
    ],
    [
      { 'query-annotation-namespaces': 'shop', 'prometheus-url': 'p:9090' },
      '--prometheus-url=p:9090: must be an http or https URL',
    ],
    [
      { 'query-annotation-namespaces': 'shop', 'prometheus-url': 'http://p', 'prometheus-backends': 'b' },
      '--prometheus-url: cannot be used together with --prometheus-backends, which says it',
    ],
    [{ 'tls-cert-file': 'a' }, '--tls-cert-file: goes together with --tls-private-key-file'],
    [
      { 'decisions-without-token': 'true', listen: '0.0.0.0:1' },
      '--decisions-without-token: only where --listen is a loopback address, not 0.0.0.0',
    ],
  ];
  test.each(problems)('%j', (flags, message) => {
    expect(() => parseControllerConfig(flags)).toThrow(message);
  });

  test('all problems at once', () => {
    const flags = { mode: 'x', listen: 'y', 'prometheus-verb': 'get' };
    expect(() => parseControllerConfig(flags)).toThrow(/^--mode=x: .*\n--listen=y: .*\n--prometheus-verb=get: /);
  });
});
