import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { SCRIPTED_AT_MS, SCRIPTED_CUSTOM, SCRIPTED_EXTERNAL } from '../../../test/fixtures/scripted-values.ts';
import { statusAnswer } from '../../../test/fixtures/status-answer.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { MetricFailure } from '../source/metric-failure.ts';
import type { CustomMetricsQuery, ExternalMetricsQuery } from '../source/port.ts';
import { createMetricsApis } from './metrics-apis.ts';

const CUSTOM = '/apis/custom.metrics.k8s.io/v1beta1';
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';

const asked: (CustomMetricsQuery | ExternalMetricsQuery)[] = [];
const APIS = createMetricsApis(
  {
    custom: {
      ...SCRIPTED_CUSTOM,
      getValues: (query, signal) => {
        asked.push(query);
        return SCRIPTED_CUSTOM.getValues(query, signal);
      },
    },
    external: {
      ...SCRIPTED_EXTERNAL,
      getValues: (query, signal) => {
        asked.push(query);
        return SCRIPTED_EXTERNAL.getValues(query, signal);
      },
    },
  },
  { nowMs: () => SCRIPTED_AT_MS },
);

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await APIS.handle(new Request(`http://x${path}`, { headers }));
  return { code: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** What the source was asked, or the refusal. */
async function askedOf(path: string): Promise<object> {
  asked.length = 0;
  const { code, body } = await get(path);
  return asked[0] ?? { code, message: body['message'] };
}

const NOT_HERE = { code: 404, message: 'the server could not find the requested resource' };
const NO_PATH = { code: 400, message: 'invalid request path' };

describe('which metric of which object a path means', () => {
  const of = (namespace: string | null, resource: string, name: string, metric: string) => ({
    ...{ namespace, resource, name, metric, labelSelector: '', metricSelector: '' },
  });
  const rows: readonly [why: string, path: string, meant: object][] = [
    ['all objects of a namespace', 'namespaces/ns/pods/*/m', of('ns', 'pods', '*', 'm')],
    ['the star escaped, as clients send it', 'namespaces/ns/pods/%2A/m', of('ns', 'pods', '*', 'm')],
    ['one object', 'namespaces/ns/pods/p/m', of('ns', 'pods', 'p', 'm')],
    ['an object of a group', 'namespaces/ns/deployments.apps/d/m', of('ns', 'deployments.apps', 'd', 'm')],
    ['all objects without a namespace', 'nodes/*/m', of(null, 'nodes', '*', 'm')],
    ['one of them', 'nodes/n/m', of(null, 'nodes', 'n', 'm')],
    ['a namespace itself', 'namespaces/ns/metrics/m', of(null, 'namespaces', 'ns', 'm')],
    ['all namespaces', 'namespaces/*/metrics/m', of(null, 'namespaces', '*', 'm')],
    ['a namespace as an object in a namespace', 'namespaces/a/namespaces/b/m', of('a', 'namespaces', 'b', 'm')],
    ['an empty name is the star', 'namespaces/ns/pods//m', of('ns', 'pods', '*', 'm')],
    ['an empty namespace is none', 'namespaces//pods/p/m', of(null, 'pods', 'p', 'm')],
    ['a slash behind the metric', 'namespaces/ns/pods/p/m/', of('ns', 'pods', 'p', 'm')],
    ['a group without a name', 'namespaces/ns/pods./p/m', of('ns', 'pods', 'p', 'm')],
    ['a metric of the name of a subresource', 'namespaces/ns/status', of('ns', 'namespaces', 'ns', 'status')],
    [
      'five parts below metrics: the first of them is the name',
      'namespaces/ns/metrics/m/x',
      of(null, 'namespaces', 'ns', 'm'),
    ],
    ['a namespaced pod leaf', 'namespaces/ns/pods/p', NOT_HERE],
    ['the same with a slash', 'namespaces/ns/pods/p/', NOT_HERE],
    ['a root leaf', 'nodes/n', NOT_HERE],
    ['one segment', 'blah', NOT_HERE],
    ['six segments', 'namespaces/ns/pods/p/m/x', NOT_HERE],
    ['four segments of another kind', 'nodes/n/m/x', NOT_HERE],
    ['a slash inside a segment', 'namespaces/ns/pods%2Fp/p/m', NOT_HERE],
    ['a namespace and a resource', 'namespaces/ns/pods', NO_PATH],
    ['a namespace and its metrics', 'namespaces/ns/metrics', NO_PATH],
    ['the same with a slash', 'namespaces/ns/metrics/', NO_PATH],
    ['an empty namespace with metrics', 'namespaces//metrics/m', NO_PATH],
  ];
  test.each(rows)('custom: %s', async (_why, path, meant) => {
    expect(await askedOf(`${CUSTOM}/${path}`)).toEqual(meant);
  });

  const external = (namespace: string, metric: string) => ({ namespace, metric, metricSelector: '' });
  const externalRows: readonly [why: string, path: string, meant: object][] = [
    ['a metric of a namespace', 'namespaces/ns/m', external('ns', 'm')],
    ['with a slash behind it', 'namespaces/ns/m/', external('ns', 'm')],
    ['an empty namespace is all of them', 'namespaces//m', external('', 'm')],
    ['a star is a star', 'namespaces/*/m', external('*', 'm')],
    ['at the root', 'm', NOT_HERE],
    ['without a metric', 'namespaces/ns', NOT_HERE],
    ['a metric with a slash', 'namespaces/ns/group/metric', NOT_HERE],
    ['another word than namespaces', 'pods/ns/m', NOT_HERE],
  ];
  test.each(externalRows)('external: %s', async (_why, path, meant) => {
    expect(await askedOf(`${EXTERNAL}/${path}`)).toEqual(meant);
  });
});

describe('what a query asks for', () => {
  const PODS = `${CUSTOM}/namespaces/ns/pods`;
  const mismatch = { code: 400, message: "fieldSelector metadata.name doesn't match requested name" };
  const unknownField = {
    code: 400,
    message: '"spec.nodeName" is not a known field selector: only "metadata.name", "metadata.namespace"',
  };
  const badNumber = { code: 400, message: 'strconv.ParseInt: parsing "x": invalid syntax' };
  const outOfRange = {
    code: 400,
    message: expect.stringMatching(/^strconv.ParseInt: parsing "9+": value out of range$/),
  };
  const badTime = (why: string) => ({
    code: 400,
    message: `invalid timeout specified in the request URL - time: ${why}`,
  });
  const pods = (name: string, more: object = {}) => ({
    ...{ namespace: 'ns', resource: 'pods', name, metric: 'm', labelSelector: '', metricSelector: '' },
    ...more,
  });
  const rows: readonly [why: string, path: string, meant: object][] = [
    [
      'both selectors',
      `${PODS}/*/m?labelSelector=a%3Db&metricLabelSelector=c`,
      pods('*', { labelSelector: 'a=b', metricSelector: 'c' }),
    ],
    ['the first of two', `${PODS}/*/m?labelSelector=a&labelSelector=b`, pods('*', { labelSelector: 'a' })],
    ['an empty first', `${PODS}/*/m?metricLabelSelector=&metricLabelSelector=b`, pods('*')],
    ['the name that the path has', `${PODS}/p/m?fieldSelector=metadata.name%3Dp`, pods('p')],
    ['another name', `${PODS}/p/m?fieldSelector=metadata.name%3Dq`, mismatch],
    ['a name for the star', `${PODS}/*/m?fieldSelector=metadata.name%3Dp`, mismatch],
    ['a name for the empty name', `${PODS}//m?fieldSelector=metadata.name%3Dp`, pods('p')],
    ['another field that there is', `${PODS}/p/m?fieldSelector=metadata.namespace%3Dns`, mismatch],
    ['a field that there is not', `${PODS}/p/m?fieldSelector=spec.nodeName%3Dn`, unknownField],
    ['a watch, which custom metrics pass over', `${PODS}/*/m?watch=true`, pods('*')],
    ['a limit, which they pass over', `${PODS}/*/m?limit=1`, pods('*')],
    ['a limit that is none', `${PODS}/*/m?limit=x`, badNumber],
    ['a limit beyond all numbers', `${PODS}/*/m?limit=${'9'.repeat(20)}`, outOfRange],
    ['a time that is one', `${PODS}/*/m?timeout=1m30s`, pods('*')],
    ['a time that is none', `${PODS}/*/m?timeout=bad`, badTime('invalid duration "bad"')],
    ['a time without a unit', `${PODS}/*/m?timeout=5`, badTime('missing unit in duration "5"')],
    ['a time of another unit', `${EXTERNAL}/namespaces/ns/m?timeout=5d`, badTime('unknown unit "d" in duration "5d"')],
    ['what Go cannot read is not there', `${PODS}/*/m?labelSelector=%zz&a;labelSelector=b&limit=1`, pods('*')],
    [
      'a bad selector, for a single name too',
      `${PODS}/p/m?labelSelector=a%20b`,
      { code: 400, message: expect.stringContaining("found 'b'") },
    ],
    [
      'a bad selector of series',
      `${PODS}/p/m?metricLabelSelector=a%20b`,
      { code: 400, message: expect.stringContaining("found 'b'") },
    ],
    [
      'external: its selector is of series',
      `${EXTERNAL}/namespaces/ns/m?labelSelector=a%3Db`,
      { namespace: 'ns', metric: 'm', metricSelector: 'a=b' },
    ],
    [
      'external: a bad one',
      `${EXTERNAL}/namespaces/ns/m?labelSelector=a%20b`,
      { code: 400, message: expect.stringContaining("found 'b'") },
    ],
    ['external: a limit that is none', `${EXTERNAL}/namespaces/ns/m?limit=x`, badNumber],
  ];
  test.each(rows)('%s', async (_why, path, meant) => {
    expect(await askedOf(path)).toEqual(meant);
  });
});

describe('what a source’s failure is told as', () => {
  const internal = (message: string) =>
    statusAnswer(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
  const missing = (text: string) => statusAnswer(404, 'NotFound', `the server could not find the metric ${text}`);
  const { reason: _none, ...unread } = statusAnswer(500, '', 'encountered an unexpected query result type').body;
  const rows: readonly [why: string, path: string, answer: object][] = [
    ['no such metric', `${CUSTOM}/namespaces/ns/deployments.apps/*/unknown`, missing('unknown for deployments.apps')],
    ['no such metric of a namespace', `${CUSTOM}/namespaces/ns/metrics/unknown`, missing('unknown for namespaces')],
    ['no value', `${CUSTOM}/namespaces/ns/pods/p/norow`, missing('norow for pods p')],
    ['whoever has the numbers is down', `${CUSTOM}/namespaces/ns/pods/p/down`, internal('unable to fetch metrics')],
    [
      'objects that cannot be listed',
      `${CUSTOM}/namespaces/ns/widgets/*/unlisted`,
      internal('unable to list matching resources'),
    ],
    ['external: no such metric', `${EXTERNAL}/namespaces/ns/unknown`, missing('unknown for ')],
    ['external: in the namespace default', `${EXTERNAL}/namespaces/default/unknown`, missing('unknown for namespaces')],
    ['external: down', `${EXTERNAL}/namespaces/ns/down`, internal('unable to fetch metrics')],
    [
      'external: a result of another kind, without a reason',
      `${EXTERNAL}/namespaces/ns/plain`,
      { code: 500, body: unread },
    ],
  ];
  test.each(rows)('%s', async (_why, path, answer) => {
    expect(await get(path)).toEqual(answer);
  });

  test('another server’s no is its own, details and all', async () => {
    const answer = {
      ...{ status: 422, reason: 'Invalid', message: 'no such scaler', details: { kind: 'ScaledObject' } },
    } as never;
    const refusing = createMetricsApis(
      {
        external: {
          listMetrics: async () => [],
          getValues: () => Promise.reject(new MetricFailure('refused', 'keda: no such scaler', { answer })),
        },
      },
      { nowMs: () => 0 },
    );
    const response = await refusing.handle(new Request(`http://x${EXTERNAL}/namespaces/ns/m`));
    expect({ code: response.status, body: await response.json() }).toEqual(
      statusAnswer(422, 'Invalid', 'no such scaler', { kind: 'ScaledObject' }),
    );
  });
});

describe('what a metric selector is echoed as', () => {
  const echo = async (selector: string, metric = 'm') => {
    const { code, body } = await get(
      `${CUSTOM}/namespaces/ns/pods/*/${metric}?metricLabelSelector=${encodeURIComponent(selector)}`,
    );
    const [item] = (body['items'] ?? []) as readonly { readonly selector: unknown }[];
    return item === undefined ? { code, body } : item.selector;
  };
  const expression = (operator: string, values?: readonly string[]) => ({
    matchExpressions: [{ key: 'a', operator, ...(values && { values }) }],
  });
  const rows: readonly [why: string, selector: string, expected: object | null][] = [
    ['none', '', null],
    ['an equality', 'a==b', { matchLabels: { a: 'b' } }],
    ['one of several, sorted', 'a in (c,b)', expression('In', ['b', 'c'])],
    ['none of several', 'a notin (c,b)', expression('NotIn', ['b', 'c'])],
    ['present', 'a', expression('Exists')],
    ['absent', '!a', expression('DoesNotExist')],
    ['unlike: upstream has no word for it and fails', 'a!=b', expression('NotIn', ['b'])],
  ];
  test.each(rows)('%s', async (_why, selector, expected) => {
    expect(await echo(selector)).toEqual(expected);
  });

  test('a comparison of numbers cannot be echoed; without values nothing is', async () => {
    const { reason: _none, ...body } = statusAnswer(500, '', '"gt" isn\'t supported in label selectors').body;
    expect(await echo('a>1')).toEqual({ code: 500, body });
    expect(await echo('a>1', 'none')).toMatchObject({ code: 200, body: { items: [] } });
  });
});

test('the caller is told to the source', async () => {
  const caller = { name: 'u', groups: ['g'], extra: {} };
  asked.length = 0;
  for (const path of [`${CUSTOM}/namespaces/ns/pods/*/m`, `${EXTERNAL}/namespaces/ns/m`])
    await APIS.handle(new Request(`http://x${path}`), caller);
  expect(asked.map((query) => query.caller)).toEqual([caller, caller]);
});

test('the age of what is served is counted, by group', async () => {
  const telemetry = createTelemetry();
  const source = { custom: SCRIPTED_CUSTOM, external: SCRIPTED_EXTERNAL };
  const apis = createMetricsApis(source, { nowMs: () => SCRIPTED_AT_MS + 3_000 }, { telemetry });
  for (const path of [`${CUSTOM}/namespaces/ns/pods/*/m`, `${EXTERNAL}/namespaces/ns/m`])
    await apis.handle(new Request(`http://x${path}`));
  const { text } = await telemetry.expose();
  const counts = [
    ...text.matchAll(
      /^metrics_apiserver_metric_freshness_seconds_bucket\{le="(2.537|3.461)[\d.]*",group="(\w+).*\} (\d)$/gm,
    ),
  ];
  expect(counts.map(([, bucket, group, count]) => [group, bucket, count])).toEqual([
    ['custom', '2.537', '0'],
    ['custom', '3.461', '2'],
    ['external', '2.537', '0'],
    ['external', '3.461', '1'],
  ]);
});

test('ten thousand metrics: their document is made once, kept by its tag, and made anew when they change', async () => {
  const metricsOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ resource: 'pods', isNamespaced: true, metric: `m${index}` }));
  let metrics = metricsOf(10_000);
  const apis = createMetricsApis(
    { custom: { listMetrics: async () => metrics, getValues: async () => [] } },
    { nowMs: () => 0 },
  );
  const discover = async (headers: Record<string, string> = {}) => {
    const response = await apis.handle(new Request(`http://x${CUSTOM}`, { headers }));
    return { code: response.status, tag: response.headers.get('etag') ?? '', text: await response.text() };
  };
  const first = await discover();
  const { resources } = JSON.parse(first.text) as { readonly resources: readonly { readonly name: string }[] };
  const names = resources.map(({ name }) => name);
  expect([names.length, names.toSorted()]).toEqual([10_000, names]);
  expect(await discover({ 'if-none-match': first.tag })).toEqual({ code: 304, tag: first.tag, text: '' });
  const signal = new AbortController().signal;
  const [group] = await apis.discoveredGroups(signal);
  expect((await apis.discoveredGroups(signal))[0]).toBe(group);
  metrics = metricsOf(1);
  const changed = await discover({ 'if-none-match': first.tag });
  expect([changed.code, JSON.parse(changed.text).resources.length]).toEqual([200, 1]);
  expect((await apis.discoveredGroups(signal))[0]).not.toBe(group);
  const pretty = await discover({ accept: 'application/yaml' });
  expect(Buffer.from(pretty.text).toString()).toContain('name: pods/m0');
});

test('one parent has one scope: with two the aggregation layer would drop the whole version', async () => {
  const apis = createMetricsApis(
    {
      custom: {
        listMetrics: async () => [
          { resource: 'widgets.shop', isNamespaced: true, metric: 'z' },
          { resource: 'widgets.shop', isNamespaced: false, metric: 'a' },
          { resource: 'widgets.shop', isNamespaced: true, metric: 'z' },
          { resource: 'nodes', isNamespaced: false, metric: 'a' },
        ],
        getValues: async () => [],
      },
    },
    { nowMs: () => 0 },
  );
  const body = (await (await apis.handle(new Request(`http://x${CUSTOM}`))).json()) as {
    readonly resources: readonly { readonly name: string; readonly namespaced: boolean }[];
  };
  expect(body.resources.map(({ name, namespaced }) => [name, namespaced])).toEqual([
    ['nodes/a', false],
    ['widgets.shop/z', true],
  ]);
});
