import { describe, expect, test } from 'vitest';
import { hpaOfV1 } from '../../../src/core/autoscaling/v1-conversion.ts';
import type { HorizontalPodAutoscalerV1 } from '../../../src/core/autoscaling/v1-types.ts';
import type { ApiObject } from '../../../src/lab/apiserver/object.ts';
import type { TestedApiServer } from '../../fixtures/api-server.ts';
import { startApiServer } from '../../fixtures/api-server.ts';
import type { Exchange } from './recordings.ts';
import { given, RECORDED, recorded, replay, resourceOf, stable, WEB_DEPLOYMENT, WEB_HPA } from './recordings.ts';

type Change = (after: ApiObject) => ApiObject;

function withSpec(spec: object): Change {
  return (after) => ({ ...after, spec: { ...(after['spec'] as object), ...spec } });
}

/** How the object was before the patch, where the recording shows it only as it was afterwards. */
const BEFORE: Readonly<Record<string, Change>> = {
  'patch/json-patch-hpa': withSpec({ maxReplicas: 14 }),
  'patch/merge-patch-hpa': withSpec({ maxReplicas: 13 }),
  'patch/merge-label': (after) => ({ ...after, metadata: { ...after.metadata, labels: { team: 'a' } } }),
  'patch/merge-label-remove': (after) => ({ ...after, metadata: { ...after.metadata, labels: { team: 'a', a: 'b' } } }),
  'patch/smp-patch-default': withSpec({ maxReplicas: 1_000 }),
  'patch/smp-set-image': (after) =>
    JSON.parse(JSON.stringify(after).replace('"image":"registry.example/web:5"', '"image":"old"')),
  'patch/smp-apply-all-directives': (after) => {
    const before = structuredClone(after) as ApiObject & { spec: Record<string, unknown> };
    const pod = (before.spec['template'] as { spec: Record<string, unknown> }).spec;
    const [three, one] = pod['containers'] as Record<string, unknown>[];
    pod['containers'] = [
      {
        ...one,
        args: ['x', 'y', 'z'],
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        ports: [80, 81].map((containerPort) => ({ containerPort, protocol: 'TCP' })),
      },
      { ...three, name: 'two', image: 'registry.example/two:1' },
    ];
    pod['volumes'] = [{ name: 'v', emptyDir: {} }];
    pod['tolerations'] = [{ key: 'a', operator: 'Exists' }];
    before.spec['strategy'] = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };
    return { ...before, metadata: { ...before.metadata, finalizers: ['example.com/a', 'example.com/b'] } };
  },
};

/** Writes that are judged elsewhere, each with its reason. */
const PATCH_NOT_REPLAYED: Readonly<Record<string, string>> = {
  'patch/merge-apply-custom-resource': 'with custom resources',
  'patch/json-rollout-undo': 'answered in protobuf',
  'patch/merge-scale': 'with scales',
  'patch/merge-patch-scale-subresource': 'with scales',
  'patch/put-scale-no-content-type': 'with scales',
};

describe('writes', () => {
  const names = [...RECORDED.keys()].filter((name) => name.startsWith('patch/') && !(name in PATCH_NOT_REPLAYED));

  test.each(names)('%s', async (name) => {
    const server = startApiServer();
    const exchange = recorded(name);
    const { body, status } = exchange.response;
    const isCreation = status === 201;
    if (!isCreation) given(server, (BEFORE[name] ?? ((after: ApiObject) => after))(storedForm(body)));
    const answer = await replay(server, exchange, withCurrentVersion(server, exchange, storedForm(body)));
    expect(answer.body).toMatchObject({ kind: body.kind });
    expect(answer.status).toBe(status);
    expect(stable(answer.body)).toEqual(stable(body));
  });

  /** A version in the body is that of the recording. */
  function withCurrentVersion(server: TestedApiServer, { request }: Exchange, object: ApiObject): unknown {
    const sent = request.body as
      | { readonly metadata?: { readonly resourceVersion?: string; readonly uid?: string } }
      | undefined;
    if (sent?.metadata?.resourceVersion === undefined) return undefined;
    const { namespace = '', name } = object.metadata;
    const stored = server.apiServer.store.get(resourceOf(object), namespace, name);
    return { ...sent, metadata: { ...sent.metadata, resourceVersion: stored?.metadata.resourceVersion } };
  }

  /** Answers in an older version stand for objects that are stored in the newer one. */
  function storedForm(body: ApiObject): ApiObject {
    if (body.apiVersion !== 'autoscaling/v1') return body;
    return hpaOfV1(body as unknown as HorizontalPodAutoscalerV1) as unknown as ApiObject;
  }

  test.each([
    ['patch/merge-scale', 4],
    ['patch/merge-patch-scale-subresource', 4],
    ['patch/put-scale-no-content-type', 3],
  ])('%s', async (name, before) => {
    const server = startApiServer();
    const exchange = recorded(name);
    const { status, body } = exchange.response;
    given(server, {
      ...WEB_DEPLOYMENT,
      spec: { ...(WEB_DEPLOYMENT['spec'] as object), replicas: before },
      status: { replicas: body.status.replicas },
    });
    const version = server.apiServer.store.get('apps/deployments', 'default', 'web')?.metadata.resourceVersion;
    const sent = exchange.request.body as { readonly metadata?: object };
    const current =
      sent.metadata === undefined ? sent : { ...sent, metadata: { ...sent.metadata, resourceVersion: version } };
    const answer = await replay(server, exchange, current);
    expect(answer.status).toBe(status);
    expect(stable(answer.body)).toEqual(stable(body));
  });

  test('a patch that changes nothing keeps the version and tells no watch', async () => {
    const server = startApiServer();
    given(server, WEB_HPA);
    const revision = server.apiServer.store.revision;
    await server.send('PATCH', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web', {
      body: { spec: { maxReplicas: 12 } },
    });
    expect(server.apiServer.store.revision).toBe(revision);
  });
});

describe('deletions', () => {
  test.each(['delete/background-gone-at-once', 'delete/dry-run', 'delete/nowait', 'delete/namespace'])(
    '%s',
    async (name) => {
      const server = startApiServer();
      const exchange = recorded(name);
      const { body, status } = exchange.response;
      const { namespace } = /namespaces\/(?<namespace>[^/]+)\//.exec(exchange.request.path)?.groups ?? {};
      for (const each of ['sw', 'tmpns'])
        given(server, {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: each, labels: { 'kubernetes.io/metadata.name': each } },
          spec: { finalizers: ['kubernetes'] },
          status: { phase: 'Active' },
        });
      if (namespace !== undefined) {
        const object = body.details.kind === 'deployments' ? WEB_DEPLOYMENT : WEB_HPA;
        given(server, { ...object, metadata: { ...object.metadata, namespace } });
      }
      const answer = await replay(server, exchange);
      expect(answer.status).toBe(status);
      expect(stable(answer.body)).toEqual(stable(body));
    },
  );

  test.each(['delete/foreground', 'delete/orphan', 'delete/now', 'delete/force'])('%s', async (name) => {
    const server = startApiServer();
    const exchange = recorded(name);
    const { body, status } = exchange.response;
    const {
      deletionTimestamp: _at,
      deletionGracePeriodSeconds: _grace,
      finalizers: _finalizers,
      ownerReferences: _owners,
      ...metadata
    } = body.metadata;
    given(server, { ...body, metadata: { ...metadata, generation: (metadata.generation ?? 1) - 1 } });
    const answer = await replay(server, exchange);
    const { ownerReferences: _recordedOwners, ...recordedMetadata } = body.metadata;
    expect(answer.status).toBe(status);
    expect(stable(answer.body)).toEqual(stable({ ...body, metadata: recordedMetadata }));
    if (body.metadata.generation !== undefined) expect(answer.body.metadata.generation).toBe(body.metadata.generation);
  });
});
