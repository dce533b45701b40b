import { describe, expect, test } from 'vitest';
import { statusAnswer } from '../../../test/fixtures/status-answer.ts';
import { Failure } from '../../base/failure.ts';
import { matchesSelector, parseSelector } from '../../base/label-selector.ts';
import type { MetricsSource, PodMetrics } from '../source/port.ts';
import { createMetricsApis } from './metrics-apis.ts';

const AT_MS = Date.parse('2026-03-01T10:00:00.900Z');

const pod = (namespace: string, name: string, cpus: readonly string[], labels = {}): PodMetrics => ({
  namespace,
  name,
  labels,
  atMs: AT_MS - 5_000,
  windowMs: 15_000,
  containers: cpus.map((cpu, index) => ({ name: `c${index}`, usage: { cpu, memory: '64Mi' } })),
});

const SOURCE: MetricsSource = {
  resource: {
    async listPods({ namespace, labelSelector }) {
      const parsed = parseSelector(labelSelector);
      if (parsed.kind === 'invalid') throw new Failure('invalid', parsed.message);
      const pods = [
        pod('shop', 'web-2', ['87142857n', '1m'], { app: 'web' }),
        pod('shop', 'web-1', ['0']),
        pod('a', 'z', ['1']),
      ];
      return pods
        .filter((candidate) => namespace === null || candidate.namespace === namespace)
        .filter((candidate) => matchesSelector(parsed.selector, candidate.labels));
    },
    async listNodes() {
      const usage = { cpu: '1200m', memory: '4Gi' };
      return [{ name: 'node-1', labels: {}, atMs: AT_MS, windowMs: 14_500, usage }];
    },
  },
};

const APIS = createMetricsApis(SOURCE, { nowMs: () => AT_MS });

async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await APIS.handle(new Request(`http://lab${path}`, { method, headers }));
  return { code: response.status, body: (await response.json()) as Record<string, unknown> };
}

const META = { creationTimestamp: '2026-03-01T10:00:00Z' };
const SAMPLE = { timestamp: '2026-03-01T09:59:55Z', window: '15s' };

const WEB_1 = {
  metadata: { name: 'web-1', namespace: 'shop', ...META },
  ...SAMPLE,
  containers: [{ name: 'c0', usage: { cpu: '0', memory: '64Mi' } }],
};
const WEB_2 = {
  metadata: { name: 'web-2', namespace: 'shop', labels: { app: 'web' }, ...META },
  ...SAMPLE,
  containers: [
    { name: 'c0', usage: { cpu: '87142857n', memory: '64Mi' } },
    { name: 'c1', usage: { cpu: '1m', memory: '64Mi' } },
  ],
};
const Z = {
  metadata: { name: 'z', namespace: 'a', ...META },
  ...SAMPLE,
  containers: [{ name: 'c0', usage: { cpu: '1', memory: '64Mi' } }],
};
const podList = (...items: readonly object[]) => ({
  code: 200,
  body: { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items },
});

const RESOURCE = '/apis/metrics.k8s.io/v1beta1';

describe('metrics.k8s.io', () => {
  const cases: readonly [why: string, path: string, expected: object][] = [
    ['all pods, sorted by namespace and name', `${RESOURCE}/pods`, podList(Z, WEB_1, WEB_2)],
    ['the pods of a namespace', `${RESOURCE}/namespaces/shop/pods?limit=500`, podList(WEB_1, WEB_2)],
    ['by label', `${RESOURCE}/namespaces/shop/pods?labelSelector=app%3Dweb`, podList(WEB_2)],
    ['by field', `${RESOURCE}/pods?fieldSelector=metadata.name%3Dz,metadata.namespace=a`, podList(Z)],
    [
      'one pod',
      `${RESOURCE}/namespaces/shop/pods/web-1`,
      { code: 200, body: { kind: 'PodMetrics', apiVersion: 'metrics.k8s.io/v1beta1', ...WEB_1 } },
    ],
    [
      'nodes',
      `${RESOURCE}/nodes`,
      {
        code: 200,
        body: {
          kind: 'NodeMetricsList',
          apiVersion: 'metrics.k8s.io/v1beta1',
          metadata: {},
          items: [
            {
              metadata: { name: 'node-1', ...META },
              timestamp: '2026-03-01T10:00:00Z',
              window: '14.5s',
              usage: { cpu: '1200m', memory: '4Gi' },
            },
          ],
        },
      },
    ],
    [
      'a pod without a sample',
      `${RESOURCE}/namespaces/shop/pods/gone`,
      statusAnswer(404, 'NotFound', 'podmetrics.metrics.k8s.io "shop/gone" not found', {
        name: 'shop/gone',
        group: 'metrics.k8s.io',
        kind: 'podmetrics',
      }),
    ],
    [
      'a node without a sample',
      `${RESOURCE}/nodes/gone`,
      statusAnswer(404, 'NotFound', 'nodemetrics.metrics.k8s.io "gone" not found', {
        name: 'gone',
        group: 'metrics.k8s.io',
        kind: 'nodemetrics',
      }),
    ],
    [
      'a field that is not selectable',
      `${RESOURCE}/pods?fieldSelector=status.phase%3Dx`,
      statusAnswer(
        400,
        'BadRequest',
        '"status.phase" is not a known field selector: only "metadata.name", "metadata.namespace", "spec.nodeName"',
      ),
    ],
    [
      'a watch',
      `${RESOURCE}/pods?watch=true`,
      statusAnswer(405, 'MethodNotAllowed', 'watch is not supported on resources of kind "pods.metrics.k8s.io"', {
        group: 'metrics.k8s.io',
        kind: 'pods',
      }),
    ],
    [
      'an unknown path',
      `${RESOURCE}/widgets`,
      statusAnswer(404, 'NotFound', 'the server could not find the requested resource', {}),
    ],
    [
      'an unknown version',
      '/apis/metrics.k8s.io/v9/pods',
      statusAnswer(404, 'NotFound', 'the server could not find the requested resource', {}),
    ],
  ];
  test.each(cases)('%s', async (_why, path, expected) => {
    expect(await get(path)).toEqual(expected);
  });

  test('the source is told which pods and nodes a field selector leaves', async () => {
    const wanted: string[] = [];
    const note = (name: string, isWanted = true) => wanted.push(`${name} ${isWanted}`);
    const source: MetricsSource = {
      resource: {
        listPods: async ({ isWanted }) => {
          for (const nodeName of ['n-1', 'n-2'])
            note(`pod on ${nodeName}`, isWanted?.({ namespace: 'a', name: 'z', nodeName }));
          return [];
        },
        listNodes: async ({ isWanted }) => {
          for (const name of ['n-1', 'n-2']) note(name, isWanted?.({ name }));
          return [];
        },
      },
    };
    const apis = createMetricsApis(source, { nowMs: () => AT_MS });
    await apis.handle(new Request(`http://lab${RESOURCE}/pods?fieldSelector=spec.nodeName%3Dn-2`));
    await apis.handle(new Request(`http://lab${RESOURCE}/nodes?fieldSelector=metadata.name!%3Dn-2`));
    expect(wanted).toEqual(['pod on n-1 false', 'pod on n-2 true', 'n-1 true', 'n-2 false']);
  });

  test('a selector that cannot be read is a bad request', async () => {
    const { code, body } = await get(`${RESOURCE}/pods?labelSelector=a%20b`);
    expect([code, body['reason']]).toEqual([400, 'BadRequest']);
  });

  test('nothing can be written', async () => {
    expect(await get(`${RESOURCE}/pods`, {}, 'POST')).toEqual(
      statusAnswer(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
    );
  });

  test('kubectl get prints a table: containers added up exactly, columns of what is used', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const { body } = await get(`${RESOURCE}/namespaces/shop/pods`, { accept });
    const column = (name: string, format: string, description = '') => ({
      name,
      type: 'string',
      format,
      description,
      priority: 0,
    });
    expect(body).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: {},
      columnDefinitions: [
        column('Name', 'name', 'Name of the resource'),
        column('cpu', 'quantity'),
        column('memory', 'quantity'),
        column('Window', 'duration'),
      ],
      rows: [
        {
          cells: ['web-1', '0', '64Mi', '15s'],
          object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: WEB_1.metadata },
        },
        {
          cells: ['web-2', '88142857n', '128Mi', '15s'],
          object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: WEB_2.metadata },
        },
      ],
    });
  });

  test.each([
    { why: 'as the list has it', memory: ['1M'], cell: '1M' },
    { why: 'bytes stay bytes', memory: ['0', '1000000'], cell: '1000000' },
    { why: 'unless they are a whole number of a larger unit', memory: ['1024', '1047552'], cell: '1Mi' },
    { why: 'whatever they were spelt as', memory: ['1k', '24'], cell: '1Ki' },
  ])('memory of a table: $why', async ({ memory, cell }) => {
    const containers = memory.map((text, index) => ({ name: `c${index}`, usage: { memory: text } }));
    const source: MetricsSource = {
      resource: { listPods: async () => [{ ...pod('a', 'z', []), containers }], listNodes: async () => [] },
    };
    const apis = createMetricsApis(source, { nowMs: () => AT_MS });
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const answer = await apis.handle(new Request(`http://lab${RESOURCE}/pods`, { headers }));
    const { rows } = (await answer.json()) as { readonly rows: readonly { readonly cells: readonly string[] }[] };
    expect(rows.map(({ cells }) => cells)).toEqual([['z', cell, '15s']]);
  });

  const forms: readonly (readonly [why: string, path: string, accept: string, expected: object])[] = [
    [
      'metadata alone',
      `${RESOURCE}/namespaces/shop/pods/web-1`,
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      { code: 200, body: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: WEB_1.metadata } },
    ],
    [
      'a list of metadata of an older version',
      `${RESOURCE}/namespaces/a/pods`,
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1beta1',
      {
        code: 200,
        body: {
          kind: 'PartialObjectMetadataList',
          apiVersion: 'meta.k8s.io/v1beta1',
          metadata: {},
          items: [{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1beta1', metadata: Z.metadata }],
        },
      },
    ],
    [
      'one object where there is a list',
      `${RESOURCE}/pods`,
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      statusAnswer(
        406,
        'NotAcceptable',
        'you requested PartialObjectMetadata, but the requested object is a list (*metrics.PodMetricsList)',
      ),
    ],
    [
      'a list where there is one object',
      `${RESOURCE}/nodes/node-1`,
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      statusAnswer(
        406,
        'NotAcceptable',
        'you requested PartialObjectMetadataList, but the requested object is not a list (*metrics.NodeMetrics)',
      ),
    ],
    [
      'what nobody speaks',
      `${RESOURCE}/nodes`,
      'text/html',
      statusAnswer(
        406,
        'NotAcceptable',
        '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
        {},
      ),
    ],
    [
      'rows without their objects',
      `${RESOURCE}/namespaces/a/pods?includeObject=Nothing`,
      'application/json;as=Table;g=meta.k8s.io;v=v1',
      statusAnswer(
        400,
        'BadRequest',
        `Unable to convert to Table as requested: includeObject: Invalid value: "Nothing": must be 'Metadata', 'Object', 'None', or empty`,
      ),
    ],
  ];
  test.each(forms)('%s', async (_why, path, accept, expected) => {
    expect(await get(path, { accept })).toEqual(expected);
  });

  test('a source that knows more says whether there is such an object, and why it has no numbers', async () => {
    const causes = [{ reason: 'ScrapeFailed', message: 'node node-2: connection refused' }];
    const knowing: MetricsSource = {
      resource: {
        ...(SOURCE.resource as NonNullable<MetricsSource['resource']>),
        findNode: async (name) => (name === 'node-2' ? { kind: 'unsampled', causes } : { kind: 'absent' }),
        findPod: async ({ name }) => (name === 'web-9' ? { kind: 'unsampled', causes } : { kind: 'absent' }),
      },
    };
    const apis = createMetricsApis(knowing, { nowMs: () => AT_MS });
    const answer = async (path: string) => {
      const response = await apis.handle(new Request(`http://lab${RESOURCE}${path}`));
      return { code: response.status, body: await response.json() };
    };
    const group = 'metrics.k8s.io';
    expect(await answer('/nodes/gone')).toEqual(
      statusAnswer(404, 'NotFound', 'node "gone" not found', { name: 'gone', kind: 'node' }),
    );
    expect(await answer('/nodes/node-2')).toEqual(
      statusAnswer(404, 'NotFound', 'nodemetrics.metrics.k8s.io "node-2" not found', {
        ...{ name: 'node-2', group, kind: 'nodemetrics', causes },
      }),
    );
    expect(await answer('/namespaces/shop/pods/gone')).toEqual(
      statusAnswer(404, 'NotFound', 'pods "gone" not found', { name: 'gone', kind: 'pods' }),
    );
    expect(await answer('/namespaces/shop/pods/web-9')).toEqual(
      statusAnswer(404, 'NotFound', 'podmetrics.metrics.k8s.io "shop/web-9" not found', {
        ...{ name: 'shop/web-9', group, kind: 'podmetrics', causes },
      }),
    );
  });

  test('a bad selector is told of by upstream’s words, whatever the source thinks of it', async () => {
    expect(await get(`${RESOURCE}/nodes?labelSelector=a%20b`)).toEqual(
      statusAnswer(400, 'BadRequest', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
    );
  });

  test.each([
    ['limit=x', 400],
    ['limit=', 400],
    ['timeoutSeconds=1s', 400],
    ['limit=-1&continue=abc&resourceVersion=x&timeoutSeconds=5', 200],
    ['watch=', 405],
    ['watch=False', 200],
  ])('options: %s', async (query, code) => {
    expect((await get(`${RESOURCE}/pods?${query}`)).code).toBe(code);
  });

  test('people get indented JSON', async () => {
    const request = new Request(`http://lab${RESOURCE}/nodes`, { headers: { 'user-agent': 'curl/8.0' } });
    expect((await (await APIS.handle(request)).text()).startsWith('{\n  "kind"')).toBe(true);
  });
});
