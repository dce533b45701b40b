import { describe, expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import {
  type ObserveReportConfig,
  type ObserveReportFlags,
  parseObserveReportConfig,
} from './observe-report-config.ts';

const ENVIRONMENT = readEnvironment({ LANG: 'zh_CN.UTF-8' });
const LOCAL = { kind: 'url', url: new URL('http://127.0.0.1:9091'), caFile: null } as const;

const DEFAULTS: ObserveReportConfig = {
  where: LOCAL,
  tokenFile: null,
  namespace: null,
  language: 'zh-CN',
  output: 'text',
  isDisagreementFailure: false,
};

describe('parseObserveReportConfig', () => {
  const rows: readonly [why: string, flags: ObserveReportFlags, config: Partial<ObserveReportConfig>][] = [
    ['without flags: this machine, in the language of the locale', {}, {}],
    [
      'another address',
      { url: 'https://podtide:9091/', 'ca-file': 'ca.crt', 'token-file': 't' },
      { where: { kind: 'url', url: new URL('https://podtide:9091/'), caFile: 'ca.crt' }, tokenFile: 't' },
    ],
    [
      'a kubeconfig: the Service of the manifest',
      { kubeconfig: 'k', context: 'c' },
      {
        where: {
          kind: 'service',
          service: { namespace: 'podtide-system', name: 'podtide-controller' },
          kubeconfig: 'k',
          context: 'c',
        },
      },
    ],
    [
      'another Service of the cluster that the environment means',
      { service: 'shop/observer' },
      {
        where: { kind: 'service', service: { namespace: 'shop', name: 'observer' }, kubeconfig: null, context: null },
      },
    ],
    [
      'everything else',
      { namespace: 'shop', lang: 'en', output: 'json', 'fail-on-disagreement': true },
      { namespace: 'shop', language: 'en', output: 'json', isDisagreementFailure: true },
    ],
    [
      'a token to this machine, without TLS',
      { url: 'http://localhost:1', 'token-file': 't' },
      { where: { ...LOCAL, url: new URL('http://localhost:1') }, tokenFile: 't' },
    ],
  ];
  test.each(rows)('%s', (_why, flags, config) => {
    expect(parseObserveReportConfig(flags, ENVIRONMENT)).toEqual({ ...DEFAULTS, ...config });
  });

  const refusals: readonly [why: string, flags: ObserveReportFlags, message: string][] = [
    [
      'all problems at once',
      { url: 'podtide', service: 'x', output: 'yaml', namespace: 'A' },
      [
        '--url=podtide: must be an address such as http://127.0.0.1:9091',
        '--service=x: must be NAMESPACE/NAME',
        '--namespace=A: must be the name of a namespace',
        '--output=yaml: must be text or json',
      ].join('\n'),
    ],
    [
      'two ways at once',
      { url: 'https://x', kubeconfig: 'k' },
      '--url: asks the observer itself; --kubeconfig, --context and --service ask through the API server',
    ],
    ['authorities of no TLS', { 'ca-file': 'ca.crt' }, '--ca-file: goes with an --url that begins with https'],
    [
      'a token in the clear',
      { url: 'http://10.0.0.1:9091/', 'token-file': 't' },
      '--url=http://10.0.0.1:9091/: a token goes over https only, except to this machine',
    ],
  ];
  test.each(refusals)('%s', (_why, flags, message) => {
    expect(() => parseObserveReportConfig(flags, ENVIRONMENT)).toThrow(
      expect.objectContaining({ kind: 'invalid', message }),
    );
  });
});
