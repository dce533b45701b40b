import { describe, expect, test } from 'vitest';
import type { TestedApiServer } from '../../fixtures/api-server.ts';
import { startApiServer } from '../../fixtures/api-server.ts';
import { recorded, replay, stable } from './recordings.ts';

const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Size', type: 'string', jsonPath: '.spec.size', priority: 1 },
        ],
      },
    ],
  },
};

describe('custom resources', () => {
  async function serverWithWidget(): Promise<TestedApiServer> {
    const server = startApiServer();
    await server.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: WIDGETS });
    await server.send('POST', '/apis/example.com/v1/namespaces/default/widgets', {
      body: {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata: { name: 'w' },
        spec: { replicas: 1, size: 'big', list: ['a'] },
      },
    });
    return server;
  }

  test.each(['status/crd-strategic-415', 'patch/merge-apply-custom-resource'])('%s', async (name) => {
    const exchange = recorded(name);
    const answer = await replay(await serverWithWidget(), exchange);
    expect(answer.status).toBe(exchange.response.status);
    expect(stable(answer.body)).toEqual(stable(exchange.response.body));
  });

  test('table/custom-resource: columns are those of the definition', async () => {
    const server = await serverWithWidget();
    await replay(server, recorded('patch/merge-apply-custom-resource'));
    const exchange = recorded('table/custom-resource');
    const answer = await replay(server, exchange);
    expect(stable(withoutDescriptions(answer.body))).toEqual(stable(exchange.response.body));
  });

  test('its scale is read and written by the paths of the definition', async () => {
    const server = await serverWithWidget();
    const path = '/apis/example.com/v1/namespaces/default/widgets/w';
    const scaled = await server.send('PATCH', `${path}/scale`, { body: { spec: { replicas: 7 } } });
    expect(stable(scaled.body)).toEqual({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'w', namespace: 'default' },
      spec: { replicas: 7 },
      status: { replicas: 0 },
    });
    expect((await server.send('GET', path)).body.spec.replicas).toBe(7);
  });
});

describe('a custom resource with a schema', () => {
  const openAPIV3Schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        required: ['replicas'],
        properties: {
          replicas: { type: 'integer', minimum: 0, default: 1 },
          size: { type: 'string', enum: ['s', 'm'] },
        },
      },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };

  async function create(spec: object, query = '', type: object = { apiVersion: 'example.com/v1', kind: 'Widget' }) {
    const server = startApiServer();
    const [version] = WIDGETS.spec.versions;
    const definition = {
      ...WIDGETS,
      spec: { ...WIDGETS.spec, versions: [{ ...version, schema: { openAPIV3Schema } }] },
    };
    await server.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: definition });
    return server.send('POST', `/apis/example.com/v1/namespaces/default/widgets?${query}`, {
      body: { ...type, metadata: { name: 'w' }, spec },
    });
  }

  test('gets its defaults, and unknown fields fall away with a warning', async () => {
    const answer = await create({ foo: 1 });
    expect([answer.status, answer.body.spec]).toEqual([201, { replicas: 1 }]);
    expect(answer.headers.get('warning')).toBe('299 - "unknown field \\"spec.foo\\""');
  });

  // In the words of a real server's answers to such requests.
  test.each([
    [
      { foo: 1 },
      'fieldValidation=Strict',
      400,
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.foo"',
    ],
    [
      { replicas: -1 },
      '',
      422,
      'Widget.example.com "w" is invalid: [spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0, .spec.replicas: Invalid value: -1: should be a non-negative integer]',
    ],
    [
      { size: 'q' },
      '',
      422,
      'Widget.example.com "w" is invalid: spec.size: Unsupported value: "q": supported values: "s", "m"',
    ],
  ])('%j with %j is refused', async (spec, query, code, message) => {
    const answer = await create(spec, query);
    expect([answer.status, answer.body.message]).toEqual([code, message]);
  });

  test('must say what it is', async () => {
    const answer = await create({}, '', {});
    expect([answer.status, answer.body.message]).toEqual([
      400,
      `the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in '{"metadata":{"name":"w"},"spec":{}}' ({"metadata":{"name":"w"},"spec ...)`,
    ]);
  });
});

function withoutDescriptions(table: { columnDefinitions: readonly Record<string, unknown>[] }): unknown {
  return {
    ...table,
    columnDefinitions: table.columnDefinitions.map(({ description: _description, ...column }) => column),
  };
}
