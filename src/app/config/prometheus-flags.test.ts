import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { plainBackend } from '../../../test/prometheus/scripted-prometheus.ts';
import { readFlagWords } from './flag-words.ts';
import { backendOfFlags, type FlaggedBackend, PROMETHEUS_FLAGS, PROMETHEUS_SYNTAX } from './prometheus-flags.ts';

const PLAIN = plainBackend('https://localhost', {
  name: 'prometheus',
  answerBytesMax: 10 * 1024 * 1024,
  seriesCountMax: 100_000,
  freshnessMs: 2_000,
});
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const IN_POD: { readonly inClusterHost: string | undefined } = { inClusterHost: '10.0.0.1' };
const OUTSIDE = { inClusterHost: undefined };

function backendOf(words: string, environment = IN_POD): FlaggedBackend {
  const { values, problems } = readFlagWords(words === '' ? [] : words.split(' '), new Map(PROMETHEUS_SYNTAX));
  expect(problems).toEqual([]);
  return backendOfFlags(z.strictObject(PROMETHEUS_FLAGS).parse(Object.fromEntries(values)), environment);
}

describe('backendOfFlags', () => {
  test.each([
    { why: 'nothing said', words: '', backend: {} },
    {
      why: 'the URL of the chart',
      words: '--prometheus-url=http://prometheus.default.svc:9090/prom/',
      backend: { url: 'http://prometheus.default.svc:9090/prom' },
    },
    {
      why: 'slashes that nobody meant count once, as upstream',
      words: '--prometheus-url=http://prom.test//team///metrics//',
      backend: { url: 'http://prom.test/team/metrics' },
    },
    {
      why: 'the pod’s own ServiceAccount',
      words: '--prometheus-auth-incluster',
      backend: {
        authentication: { kind: 'tokenFile', tokenFile: `${ACCOUNT}/token` },
        tls: { caFile: `${ACCOUNT}/ca.crt`, isVerified: true },
      },
    },
    {
      why: 'its authority, and a token of another file',
      words: '--prometheus-auth-incluster --prometheus-token-file=/t',
      backend: {
        authentication: { kind: 'tokenFile', tokenFile: '/t' },
        tls: { caFile: `${ACCOUNT}/ca.crt`, isVerified: true },
      },
    },
    { why: 'a kubeconfig', words: '--prometheus-auth-config=/k', backend: { kubeconfigFile: '/k' } },
    {
      why: 'the authority of a kubeconfig, and a token of another file',
      words: '--prometheus-auth-config=/k --prometheus-token-file=/t',
      backend: { kubeconfigFile: '/k', authentication: { kind: 'tokenFile', tokenFile: '/t' } },
    },
    {
      why: 'an authority of its own, without proxies as upstream',
      words: '--prometheus-ca-file=/ca',
      backend: { tls: { caFile: '/ca', isVerified: true }, isProxied: false },
    },
    {
      why: 'a client certificate',
      words: '--prometheus-ca-file=/ca --prometheus-client-tls-cert-file=/c --prometheus-client-tls-key-file=/k',
      backend: {
        tls: { caFile: '/ca', certificateFile: '/c', privateKeyFile: '/k', isVerified: true },
        isProxied: false,
      },
    },
    {
      why: 'a user in the URL goes before a token file, as in Go’s client',
      words: '--prometheus-url=http://al%40ice:s@prom.test --prometheus-token-file=/t',
      backend: { url: 'http://prom.test', authentication: { kind: 'basic', username: 'al@ice', password: 's' } },
    },
    {
      why: 'headers, twice and without a value',
      words: '--prometheus-header=X-Scope-OrgID=a=b --prometheus-header=x-scope-orgid=c --prometheus-header=X-Empty',
      backend: {
        headers: [
          { name: 'x-scope-orgid', value: 'a=b' },
          { name: 'x-scope-orgid', value: 'c' },
          { name: 'x-empty', value: '' },
        ],
      },
    },
    { why: 'each query asked by itself', words: '--prometheus-freshness=0s', backend: { freshnessMs: 0 } },
    { why: 'always GET', words: '--prometheus-verb=GET', backend: { verb: 'GET' } },
    {
      why: 'always POST, which keeps the query of the URL',
      words: '--prometheus-verb=POST --prometheus-url=https://localhost/?dedup=true',
      backend: { verb: 'POST', parameters: [{ name: 'dedup', value: 'true' }] },
    },
  ])('$why', ({ words, backend }) => {
    expect(backendOf(words)).toEqual({ backend: { ...PLAIN, ...backend }, warnings: [] });
  });

  test.each([
    {
      why: 'an authority shuts out the identities of clusters',
      words: '--prometheus-ca-file=/ca --prometheus-auth-incluster --prometheus-auth-config=/k',
      warnings: [
        '--prometheus-auth-incluster has no effect: --prometheus-ca-file goes before it',
        '--prometheus-auth-config has no effect: --prometheus-ca-file goes before it',
      ],
    },
    {
      why: 'a client certificate without an authority',
      words: '--prometheus-client-tls-cert-file=/c --prometheus-client-tls-key-file=/k',
      warnings: [
        '--prometheus-client-tls-cert-file has no effect: a client certificate is shown only beside --prometheus-ca-file',
        '--prometheus-client-tls-key-file has no effect: a client certificate is shown only beside --prometheus-ca-file',
      ],
    },
    {
      why: 'half a client certificate',
      words: '--prometheus-ca-file=/ca --prometheus-client-tls-key-file=/k',
      warnings: ['--prometheus-client-tls-key-file has no effect: certificate and key are needed, both'],
    },
    {
      why: 'the query of a URL',
      words: '--prometheus-url=https://localhost/?dedup=true&x=secret',
      warnings: [
        'the query of --prometheus-url (dedup, x) has no effect but with --prometheus-verb=POST; a backends file has parameters for it',
      ],
    },
  ])('says what has no effect: $why', ({ words, warnings }) => {
    const { backend, warnings: told } = backendOf(words);
    expect(told).toEqual(warnings);
    expect(backend).toMatchObject({ authentication: { kind: 'none' }, kubeconfigFile: null, parameters: [] });
    expect(backend.tls).not.toHaveProperty('certificateFile');
  });

  test.each([
    {
      why: 'no URL, and a secret in it',
      words: '--prometheus-url=ftp://u:secret@x',
      says: '--prometheus-url=ftp://…@x: must be an http or https URL such as https://prometheus.monitoring:9090',
    },
    {
      why: 'two identities of clusters',
      words: '--prometheus-auth-incluster --prometheus-auth-config=/k',
      says: '--prometheus-auth-incluster: must not be given beside --prometheus-auth-config',
    },
    {
      why: 'headers that are none',
      words: '--prometheus-header=a(b=secret --prometheus-header=x=\u0007',
      says: '--prometheus-header=a(b=…: must be NAME=VALUE with the name of a header\n--prometheus-header=x=…: the value must be a text without line breaks',
    },
  ])('refuses: $why', ({ words, says }) => expect(() => backendOf(words)).toThrow(says));

  test('a ServiceAccount is needed where one is asked for, unless an authority shuts it out', () => {
    expect(() => backendOf('--prometheus-auth-incluster', OUTSIDE)).toThrow(
      '--prometheus-auth-incluster: needs the ServiceAccount of a pod, and this process runs in none',
    );
    expect(() => backendOf('--prometheus-auth-incluster --prometheus-ca-file=/ca', OUTSIDE)).not.toThrow();
  });

  test.each([
    { flag: 'prometheus-verb', value: 'PUT', says: 'must be GET or POST' },
    { flag: 'prometheus-freshness', value: '11m', says: 'must be a duration from 0s to 10m, such as 5s' },
    { flag: 'prometheus-freshness', value: '2', says: 'must be a duration from 0s to 10m, such as 5s' },
  ])('another value is refused by the flag’s own rule: $flag=$value', ({ flag, value, says }) => {
    const parsed = z.strictObject(PROMETHEUS_FLAGS).safeParse({ [flag]: [value] });
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([says]);
  });
});
