import { describe, expect, test } from 'vitest';
import { blocksOf } from '../../../test/documents.ts';
import { plainBackend } from '../../../test/prometheus/scripted-prometheus.ts';
import { parsePrometheusBackends } from './prometheus-backends.ts';

const PATH = '/etc/podtide/backends.yaml';
const PLAIN = plainBackend('http://prom.test:9090', {
  answerBytesMax: 10 * 1024 * 1024,
  seriesCountMax: 100_000,
  freshnessMs: 2_000,
});

const parse = (text: string) => parsePrometheusBackends(PATH, text);

function problemsOf(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (thrown) {
    return (thrown as Error).message.split('\n').map((line) => line.replace(`${PATH}:`, ''));
  }
}

/** A file of one backend with these lines more. */
const withLines = (...lines: string[]): string =>
  ['backends:', '  - name: main', '    url: http://prom.test:9090', ...lines.map((line) => `    ${line}`)].join('\n');

describe('parsePrometheusBackends', () => {
  test('a backend is a name and a URL', () => expect(parse(withLines())).toEqual([PLAIN]));

  test('everything that can be said, files relative to the file', () => {
    const text = `
backends:
  - name: main
    url: https://prom.test:9090/prefix/
    verb: POST
    authentication: {basic: {username: alice, passwordFile: secrets/password}}
    tls: {caFile: ca.crt, certificateFile: tls.crt, privateKeyFile: /etc/tls.key, serverName: prom}
    headers:
      X-Scope-OrgID: team-a
      X-Twice: ["1", "2"]
    parameters: {dedup: "true", "storeMatch[]": [a, b]}
    proxy: none
    deadline: 1m30s
    concurrency: 3
    freshness: 500ms
    maxAnswerBytes: 1000
    maxSeries: 20
  - name: mimir
    url: http://mimir.test
    authentication: {tokenFile: token}
    tls: {insecureSkipVerify: true}
  - {name: a, url: "http://a.test", authentication: {token: abc}}
  - {name: b, url: "http://b.test", authentication: {basic: {username: bob, password: "p w"}}}
  - {name: c, url: "http://c.test", authentication: {kubeconfig: ../config}}
`;
    const [main, ...others] = parse(text);
    expect(main).toEqual({
      name: 'main',
      url: 'https://prom.test:9090/prefix',
      verb: 'POST',
      authentication: { kind: 'basicFile', username: 'alice', passwordFile: '/etc/podtide/secrets/password' },
      tls: {
        caFile: '/etc/podtide/ca.crt',
        certificateFile: '/etc/podtide/tls.crt',
        privateKeyFile: '/etc/tls.key',
        serverName: 'prom',
        isVerified: true,
      },
      kubeconfigFile: null,
      headers: [
        { name: 'x-scope-orgid', value: 'team-a' },
        { name: 'x-twice', value: '1' },
        { name: 'x-twice', value: '2' },
      ],
      parameters: [
        { name: 'dedup', value: 'true' },
        { name: 'storeMatch[]', value: 'a' },
        { name: 'storeMatch[]', value: 'b' },
      ],
      isProxied: false,
      deadlineMs: 90_000,
      queriesCountMax: 3,
      freshnessMs: 500,
      answerBytesMax: 1_000,
      seriesCountMax: 20,
    });
    expect(others).toEqual([
      {
        ...PLAIN,
        name: 'mimir',
        url: 'http://mimir.test',
        authentication: { kind: 'tokenFile', tokenFile: '/etc/podtide/token' },
        tls: { isVerified: false },
      },
      { ...PLAIN, name: 'a', url: 'http://a.test', authentication: { kind: 'token', token: 'abc' } },
      {
        ...PLAIN,
        name: 'b',
        url: 'http://b.test',
        authentication: { kind: 'basic', username: 'bob', password: 'p w' },
      },
      { ...PLAIN, name: 'c', url: 'http://c.test', kubeconfigFile: '/etc/config' },
    ]);
  });

  test.each(['', '.zh-CN'])('the page%s shows a file that is taken', (language) => {
    const [block] = blocksOf(`docs/specification/prometheus-backends${language}.md`);
    expect(parse(block?.text ?? '')).toMatchObject([
      { name: 'main', authentication: { kind: 'tokenFile', tokenFile: '/var/run/secrets/prometheus/token' } },
      { name: 'team-a', deadlineMs: 5_000, queriesCountMax: 4, freshnessMs: 5_000 },
    ]);
  });

  test.each([
    { why: 'nothing', text: '', says: ['1:1 backends: must be a list of backends'] },
    { why: 'a list', text: '- a', says: ['1:1 the file: must be a mapping'] },
    { why: 'no backend', text: 'backends: []', says: ['1:11 backends: must have at least one backend'] },
    { why: 'no YAML', text: 'backends: [', says: [expect.stringMatching(/^1:12 Flow sequence/)] },
    {
      why: 'references that unfold without end',
      text: `a: &a [x,x]\nb: &b [${'*a,'.repeat(60)}]\nc: [${'*b,'.repeat(60)}]\nbackends: []`,
      says: [expect.stringMatching(/^1:1 Excessive alias count/)],
    },
    { why: 'a key twice', text: withLines('url: http://b.test'), says: ['4:5 Map keys must be unique'] },
    { why: 'a key that nobody knows', text: withLines('uri: x'), says: ['4:10 backends[0].uri: no such key'] },
    {
      why: 'the same name twice',
      text: `${withLines()}\n  - {name: main, url: "http://b.test"}`,
      says: ['4:12 backends[1].name: must be there only once'],
    },
    {
      why: 'everything at once',
      text: 'backends:\n  - name: Main\n    verb: PUT\n    deadline: 5\n    concurrency: 0\n    freshness: 11m\n    maxSeries: 1.5',
      says: [
        '2:11 backends[0].name: must be lower case letters, digits and dashes',
        '2:5 backends[0].url: must be a text',
        '3:11 backends[0].verb: must be auto, GET or POST',
        '4:15 backends[0].deadline: must be a duration from 1ms to 10m, such as 10s',
        '5:18 backends[0].concurrency: must be a whole number from 1 to 1000',
        '6:16 backends[0].freshness: must be a duration from 0s to 10m, such as 5s',
        '7:16 backends[0].maxSeries: must be a whole number from 1 to 10000000',
      ],
    },
    {
      why: 'a URL that says too much',
      text: 'backends: [{name: a, url: "https://u:p@prom.test/x/api/v1?dedup=true#top"}]',
      says: [
        '1:27 backends[0].url: must not hold a user: say authentication.basic',
        '1:27 backends[0].url: must not hold a query: say parameters',
        '1:27 backends[0].url: must not hold a fragment',
        '1:27 backends[0].url: must end before /api/v1',
      ],
    },
    {
      why: 'no URL',
      text: 'backends: [{name: a, url: "prom.test:9090"}]',
      says: ['1:27 backends[0].url: must be an http or https URL such as https://prometheus.monitoring:9090'],
    },
    {
      why: 'two identities',
      text: withLines('authentication: {token: a, tokenFile: b}'),
      says: ['4:21 backends[0].authentication: must have exactly one of basic, token, tokenFile and kubeconfig'],
    },
    {
      why: 'half an identity',
      text: withLines('authentication: {basic: {username: a}}'),
      says: ['4:29 backends[0].authentication.basic: must have either password or passwordFile'],
    },
    {
      why: 'a token that is two lines',
      text: withLines('authentication: {token: "a\\nb"}'),
      says: ['4:29 backends[0].authentication.token: must be one word without blanks and line breaks'],
    },
    {
      why: 'half a certificate, and trust in one and all',
      text: withLines('tls: {certificateFile: a, caFile: b, insecureSkipVerify: true}'),
      says: [
        '4:10 backends[0].tls: must have both certificateFile and privateKeyFile, or neither',
        '4:10 backends[0].tls: must not have caFile beside insecureSkipVerify, which believes everybody',
      ],
    },
    {
      why: 'headers that are none, or ours',
      text: withLines('headers: {"a b": x, Host: y, X-A: "1\\n2", X-B: 1}'),
      says: [
        '4:22 backends[0].headers.a b: must be the name of a header',
        '4:31 backends[0].headers.Host: must be none of the headers that the client sets itself',
        '4:39 backends[0].headers.X-A: must be a text without line breaks',
        '4:52 backends[0].headers.X-B: must be a text or a list of texts',
      ],
    },
    {
      why: 'parameters that are ours, and a truth value that was meant as a text',
      text: withLines('parameters: {query: up, dedup: true}'),
      says: [
        '4:25 backends[0].parameters.query: must be none of the parameters that the client sets itself',
        '4:36 backends[0].parameters.dedup: must be a text or a list of texts, in quotation marks if it looks like something else',
      ],
    },
  ])('says where and what is wrong: $why', ({ text, says }) => expect(problemsOf(text)).toEqual(says));
});
