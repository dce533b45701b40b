import type { ServerOptions } from 'node:https';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createCertificateAuthority,
  issueServingCertificate,
  type KeyPair,
} from '../../src/platform/http/certificates.ts';
import { cuts, type FaultServer, faultServer, hangs, type SocketAnswer, whole } from '../kube/fault-server.ts';
import { answers, largeVector, podVector, reported, success } from '../prometheus/scripted-prometheus.ts';
import { AdapterStage } from './support/adapter-stage.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A rule whose metric is called as its selector, with another query where one is given. */
function rule(selector: string, query = 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'): string {
  return `- seriesQuery: '${selector}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: '${query}'
`;
}

const RULES = `rules:\n${rule('requests')}${rule('broken')}`;

let stage: AdapterStage;
let served: FaultServer | undefined;
/** What Prometheus answers to a selector, and to a query. */
let series: (selector: string) => SocketAnswer;
let query: (query: string) => SocketAnswer;
const others: FaultServer[] = [];

beforeEach(async () => {
  stage = new AdapterStage();
  await stage.open();
  series = (selector) => success([{ __name__: selector, namespace: 'shop', pod: 'web-1' }]);
  query = () => podVector({ 'web-1': '5', 'web-22': '6' });
});

afterEach(async () => {
  await stage.close();
  for (const server of [served, ...others.splice(0)]) await server?.close();
  served = undefined;
});

/** Starts Prometheus, at a port where one was before when that is given. */
async function serve(tls?: ServerOptions, atPort = 0): Promise<FaultServer> {
  const dispatch: SocketAnswer = (incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://prometheus.test');
    const isList = pathname === '/api/v1/series';
    const answer = isList ? series(searchParams.get('match[]') ?? '') : query(searchParams.get('query') ?? '');
    answer(incoming, outgoing);
  };
  served = await faultServer([dispatch], tls, atPort);
  return served;
}

/** The adapter before it. */
async function start(rules = RULES, words: readonly string[] = []): Promise<FaultServer> {
  const server = await serve();
  await stage.start(rules, [`--prometheus-url=${server.url}`, ...words]);
  return server;
}

/** Answers queries of the metric `broken` so, and all others well. */
function breakOne(answer: SocketAnswer): void {
  const well = query;
  query = (text) => (text.includes('broken') ? answer : well(text));
}

const WELL = { status: 200, said: 'web-1=5 web-22=6' };
/** Upstream's words, which name no server and no query. */
const UNFETCHED = { status: 500, said: 'Internal error occurred: unable to fetch metrics' };

const elsewhere: SocketAnswer = (incoming, outgoing) =>
  answers(302, '', { location: `http://other.test${incoming.url}` })(incoming, outgoing);

const ONE = 'a metric has no values';
const ALL = 'Prometheus cannot be asked';

/** What one query meets, what is counted, and what the log says: of one metric, or of Prometheus itself. */
const FAULTS: readonly {
  readonly why: string;
  readonly answer: SocketAnswer;
  readonly code: string;
  readonly told: string;
  readonly says: string;
}[] = [
  {
    why: 'a rule whose query is none',
    answer: reported(400, 'bad_data', '1:5: parse error: unexpected end of input'),
    code: 'BadQuery',
    told: ONE,
    says: 'the server cannot read it (bad_data): 1:5: parse error: unexpected end of input',
  },
  {
    why: 'more points than Prometheus makes',
    answer: reported(400, 'bad_data', 'exceeded maximum resolution of 11,000 points per timeseries'),
    code: 'BadQuery',
    told: ONE,
    says: 'exceeded maximum resolution of 11,000 points per timeseries',
  },
  {
    why: 'a query that cannot be carried out',
    answer: reported(422, 'execution', 'found duplicate series for the match group'),
    code: 'NotExecuted',
    told: ONE,
    says: 'the server cannot carry it out (execution): found duplicate series for the match group',
  },
  {
    why: 'a query that took Prometheus too long',
    answer: reported(503, 'timeout', 'query timed out in expression evaluation'),
    code: 'GaveUp',
    told: ONE,
    says: 'the server gave up: query timed out in expression evaluation',
  },
  {
    why: 'a proxy without its Prometheus, which asks to come back later',
    answer: answers(503, 'no healthy upstream', { 'retry-after': '1' }),
    code: 'HttpStatus',
    told: ONE,
    says: 'the server answered 503: no healthy upstream',
  },
  {
    why: 'a tenant’s limit',
    answer: answers(429, 'rate limited'),
    code: 'TooManyRequests',
    told: ONE,
    says: 'the server wants fewer requests (429): rate limited',
  },
  {
    why: 'JSON whose end is missing',
    answer: answers(200, '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod":"web-1"}', {}),
    code: 'Malformed',
    told: ONE,
    says: 'the answer breaks the format of Prometheus',
  },
  {
    why: 'an answer that breaks off',
    answer: cuts('{"status":"success","data":{"resultType":"vector","result":['),
    code: 'Broken',
    told: ONE,
    says: 'broke off',
  },
  {
    why: 'an answer over the bound',
    answer: largeVector(11_000_000),
    code: 'AnswerTooLarge',
    told: ONE,
    says: 'the answer is larger than 10485760 bytes',
  },
  {
    why: 'a login page',
    answer: answers(200, '<html>Log in</html>', { 'content-type': 'text/html' }),
    code: 'NotPrometheus',
    told: ALL,
    says: 'not Prometheus',
  },
  {
    why: 'a credential that is not accepted',
    answer: answers(401, 'who?'),
    code: 'Unauthorized',
    told: ALL,
    says: 'the server does not accept our credential (401)',
  },
  {
    why: 'a right that is missing',
    answer: answers(403, 'no'),
    code: 'Forbidden',
    told: ALL,
    says: 'the server refused (403): no',
  },
  {
    why: 'a redirect to another host, which is not followed',
    answer: elsewhere,
    code: 'Redirected',
    told: ALL,
    says: 'the server redirects (302) to http://other.test/api/v1/query',
  },
];

describe('one query fails', () => {
  test.each(FAULTS)('$why: its metric has no values, all others have, and the cause is told once', async (fault) => {
    await start();
    breakOne(fault.answer);
    for (let again = 0; again < 2; again += 1) expect(await stage.ask('broken')).toEqual(UNFETCHED);
    expect(stage.lines).toEqual([expect.stringContaining(fault.says)]);
    expect(stage.lines[0]).toMatch(new RegExp(`^${fault.told}.*"hint":"`));
    expect(await stage.exposed('podtide_prometheus_request_failures_total')).toEqual([
      `podtide_prometheus_request_failures_total{backend="prometheus",code="${fault.code}"} 2`,
    ]);
    expect(await stage.ask('requests')).toEqual(WELL);
    query = () => podVector({ 'web-1': '7' });
    expect(await stage.ask('broken')).toEqual({ status: 200, said: 'web-1=7' });
  });

  test('a slow one holds up nobody else, and ends with the deadline', async () => {
    const server = await start();
    breakOne(hangs);
    const count = server.requests.length;
    const slow = stage.ask('broken');
    await server.received(count + 1);
    expect(await stage.ask('requests')).toEqual(WELL);
    stage.io.advanceBy(10_000);
    expect(await slow).toEqual(UNFETCHED);
    expect(stage.lines).toEqual([expect.stringMatching(/^a metric has no values .*no answer within 10 s/)]);
  });

  test('a template that fails when it is filled in is told; upstream’s words for it are a 404', async () => {
    await start(`rules:\n${rule('requests')}${rule('broken', 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.Nope>>)')}`);
    expect(await stage.ask('broken')).toEqual({
      status: 404,
      said: 'the server could not find the metric broken for pods',
    });
    expect(stage.lines).toEqual([expect.stringMatching(/^a metric has no values .*Nope.*podtide adapter check/)]);
    expect(await stage.ask('requests')).toEqual(WELL);
  });
});

describe('answers that are large or not whole', () => {
  test('nine megabytes are read, and of them what was asked for', async () => {
    await start();
    breakOne(largeVector(9_000_000));
    expect(await stage.ask('broken')).toEqual({ status: 200, said: 'web-1=5 web-22=5' });
  });

  test('warnings come with values; that these may be too low is told once, and counted', async () => {
    await start();
    breakOne(podVector({ 'web-1': '1' }, { warnings: ['store 10.0.0.7 is away: partial response'] }));
    for (let again = 0; again < 3; again += 1)
      expect(await stage.ask('broken')).toEqual({ status: 200, said: 'web-1=1' });
    expect(stage.lines).toEqual([
      expect.stringMatching(/^Prometheus warns of its answers; values .* too low .*store 10\.0\.0\.7 is away/),
    ]);
    expect(await stage.exposed('podtide_prometheus_warned_answers_total')).toEqual([
      'podtide_prometheus_warned_answers_total{backend="prometheus"} 3',
    ]);
  });

  test('a hundred thousand series of one name and one set of labels are one metric', async () => {
    const labels = { namespace: 'shop', instance: 'x'.repeat(60) };
    const list = Array.from({ length: 100_000 }, (_, index) => ({ __name__: 'requests', ...labels, pod: `p${index}` }));
    const all = success(list);
    const plain = series;
    series = (selector) => (selector === 'requests' ? all : plain(selector));
    await start();
    expect((await stage.listed()).toSorted()).toEqual([
      'namespaces/broken',
      'namespaces/requests',
      'pods/broken',
      'pods/requests',
    ]);
    expect(await stage.exposed('podtide_adapter_series_count')).toEqual(['podtide_adapter_series_count 100001']);
    expect(await stage.ask('requests')).toEqual(WELL);
  });
});

describe('listing fails', () => {
  test('a bad selector hides no other rule, and is told', async () => {
    const plain = series;
    series = (selector) => (selector === 'broken' ? reported(400, 'bad_data', 'no such selector') : plain(selector));
    await start();
    expect(await stage.ask('requests')).toEqual(WELL);
    expect(await stage.ask('broken')).toMatchObject({ status: 404 });
    expect(stage.lines).toEqual([
      expect.stringMatching(/^the series of a rule were not listed.*"broken".*no such selector/),
    ]);
    expect(await stage.exposed('podtide_adapter_failing_selectors_count')).toEqual([
      'podtide_adapter_failing_selectors_count 1',
    ]);
  });

  test('Prometheus is away from the start; after an hour it comes, and within a minute metrics do', async () => {
    const { port, url } = await serve();
    await served?.close();
    await stage.start(RULES, [`--prometheus-url=${url}`]);
    await stage.clock.runBy(HOUR_MS + 120_000);
    expect(await stage.listed()).toEqual([]);
    expect(await stage.ask('requests')).toMatchObject({ status: 404 });
    expect(stage.lines).toEqual(
      ['requests', 'broken'].map((selector) =>
        expect.stringMatching(
          new RegExp(`^the series of a rule were not listed.*"${selector}".*refused the connection.*hint`),
        ),
      ),
    );
    await serve(undefined, port);
    await stage.clock.runBy(60_000);
    expect(await stage.ask('requests')).toEqual(WELL);
  });

  test('Prometheus goes away for an hour: metrics stay listed, and have values again when it is back', async () => {
    const { port } = await start();
    await served?.close();
    await stage.clock.runBy(HOUR_MS);
    expect(await stage.listed()).toContain('pods/requests');
    expect(await stage.ask('requests')).toEqual(UNFETCHED);
    expect(await stage.ask('broken')).toEqual(UNFETCHED);
    expect(stage.lines.filter((line) => line.startsWith(ALL))).toHaveLength(1);
    await serve(undefined, port);
    expect(await stage.ask('requests')).toEqual(WELL);
  });
});

describe('whom it trusts, and what it shows', () => {
  let authority: KeyPair;
  const certificate = (of: KeyPair, nowMs: number, names = { dnsNames: [] as string[], addresses: ['127.0.0.1'] }) =>
    issueServingCertificate(of, { commonName: 'prometheus', nowMs, validityMs: DAY_MS }, names);

  beforeEach(async () => {
    authority = await createCertificateAuthority({
      commonName: 'ca',
      nowMs: Date.now() - 3 * DAY_MS,
      validityMs: 9 * DAY_MS,
    });
  });

  const wrong: readonly (readonly [why: string, code: string, says: string, make: () => Promise<KeyPair>])[] = [
    [
      'another authority',
      'UnknownAuthority',
      'signed by an authority that is not trusted',
      async () =>
        certificate(
          await createCertificateAuthority({ commonName: 'other', nowMs: Date.now(), validityMs: DAY_MS }),
          Date.now(),
        ),
    ],
    [
      'another name',
      'CertificateNames',
      'certificate is for ',
      () => certificate(authority, Date.now(), { dnsNames: ['prom.test'], addresses: [] }),
    ],
    [
      'a certificate that has expired',
      'CertificateExpired',
      'has expired or is not yet valid',
      () => certificate(authority, Date.now() - 2 * DAY_MS),
    ],
  ];
  test.each(wrong)('%s is told, and mended without a restart', async (_why, code, says, make) => {
    const pair = await make();
    const server = await serve({ cert: pair.certificate, key: pair.privateKey });
    const caFile = await stage.file('ca.pem', authority.certificate);
    await stage.start(`rules:\n${rule('requests')}`, [
      `--prometheus-url=${server.url}`,
      `--prometheus-ca-file=${caFile}`,
    ]);
    expect(await stage.ask('requests')).toMatchObject({ status: 404 });
    expect(stage.lines).toEqual([expect.stringContaining(says)]);
    expect(await stage.exposed('podtide_prometheus_request_failures_total')).toEqual([
      `podtide_prometheus_request_failures_total{backend="prometheus",code="${code}"} 1`,
    ]);
    const good = await certificate(authority, Date.now());
    await server.renewTls({ cert: good.certificate, key: good.privateKey });
    await stage.clock.runBy(10_000);
    expect(await stage.ask('requests')).toEqual(WELL);
  });

  test('a token that was renewed is shown with the next request that the old one is refused for', async () => {
    let accepted = 'Bearer old';
    const shown: string[] = [];
    const well = query;
    query = (text) => (incoming, outgoing) => {
      const { authorization = '' } = incoming.headers;
      shown.push(authorization);
      (authorization === accepted ? well(text) : answers(401, 'no'))(incoming, outgoing);
    };
    const tokenFile = await stage.file('token', 'old\n');
    await start(RULES, [`--prometheus-token-file=${tokenFile}`]);
    expect(await stage.ask('requests')).toEqual(WELL);
    await stage.file('token', 'new\n');
    accepted = 'Bearer new';
    expect(await stage.ask('requests')).toEqual(WELL);
    expect(shown).toEqual(['Bearer old', 'Bearer old', 'Bearer new']);
    await stage.file('token', 'newer\n');
    stage.io.advanceBy(60_000);
    accepted = 'Bearer newer';
    expect(await stage.ask('requests')).toEqual(WELL);
    expect(shown.slice(3)).toEqual(['Bearer newer']);
    expect(stage.lines).toEqual([]);
  });

  test('a token goes to no other host, whatever a redirect says', async () => {
    const stranger = await faultServer([whole({ status: 'success' })]);
    others.push(stranger);
    const tokenFile = await stage.file('token', 'secret');
    query = () => (incoming, outgoing) =>
      answers(307, '', { location: stranger.url.replace('127.0.0.1', 'localhost') + (incoming.url ?? '') })(
        incoming,
        outgoing,
      );
    await start(RULES, [`--prometheus-token-file=${tokenFile}`]);
    expect(await stage.ask('requests')).toEqual(UNFETCHED);
    expect(stranger.requests).toEqual([]);
  });
});
