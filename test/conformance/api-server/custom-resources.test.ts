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

function withoutDescriptions(table: { columnDefinitions: readonly Record<string, unknown>[] }): unknown {
  return {
    ...table,
    columnDefinitions: table.columnDefinitions.map(({ description: _description, ...column }) => column),
  };
}
