import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../../src/lab/apiserver/object.ts';
import { startApiServer } from '../../fixtures/api-server.ts';
import { given, RECORDED, recorded, replay, sameVersions, stable, WEB_DEPLOYMENT, WEB_HPA } from './recordings.ts';

/** Not judged here, each with its reason. */
const STATUS_NOT_REPLAYED: Readonly<Record<string, string>> = {
  'status/forbidden': 'needs another user: authorization.test.ts',
  'status/forbiddenraw': 'needs another user: authorization.test.ts',
  'status/strict': 'its body names a field twice, which the recording cannot hold: below',
  'status/warn': 'the same',
  'status/strictpatch': 'quotes the whole object: below',
  'status/ssa-conflict': 'needs a history of owners: below',
  'status/ssa-conflict-csa': 'needs a history of owners: below',
  'status/crd-strategic-415': 'needs a custom resource: below',
  'status/contold': 'the fresh token is opaque: below',
  'status/watchbad': 'the same as others, without a reason: below',
};

describe('answers of failed requests', () => {
  const names = [...RECORDED.keys()].filter((name) => name.startsWith('status/'));

  test('the recordings are there', () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
  });

  test.each(names.filter((name) => !(name in STATUS_NOT_REPLAYED)))('%s', async (name) => {
    const server = startApiServer();
    given(server, WEB_HPA, WEB_DEPLOYMENT);
    server.apiServer.compact();
    const exchange = recorded(name);
    const answer = await replay(server, exchange);
    const { status, contentType, headers, body } = exchange.response;
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe(contentType);
    for (const [header, value] of Object.entries(headers)) expect(answer.headers.get(header)).toBe(value);
    const isDeletion = name === 'status/delete-success';
    expect(isDeletion ? stable(answer.body) : sameVersions(answer.body)).toEqual(
      isDeletion ? stable(body) : sameVersions(body),
    );
  });

  test('status/watchbad: an unreadable resourceVersion is a 500 without a reason', async () => {
    const exchange = recorded('status/watchbad');
    const answer = await replay(startApiServer(), exchange);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: exchange.response.status,
      body: exchange.response.body,
    });
  });

  test('status/contold: a token that is too old is answered with a fresh one that works', async () => {
    const server = startApiServer();
    server.apiServer.compact();
    const exchange = recorded('status/contold');
    const answer = await replay(server, exchange);
    const { continue: token, ...metadata } = answer.body.metadata;
    const { metadata: _recordedMetadata, ...rest } = exchange.response.body;
    expect(answer.body).toEqual({ ...rest, metadata: { continue: token, ...metadata } });
    const remainder = await server.send('GET', `/api/v1/namespaces?limit=2&continue=${token}`);
    expect(remainder.body.items.map((item: ApiObject) => item.metadata.name)).toEqual(['kube-system']);
  });

  const TWICE =
    '{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"NAME"},"spec":{"maxReplicas":3,"maxReplicas":4,"foo":1,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"}}}';

  test('status/strict: unknown and repeated fields are refused on create', async () => {
    const exchange = recorded('status/strict');
    const answer = await replay(startApiServer(), exchange, TWICE.replace('NAME', 'strict'));
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: exchange.response.status,
      body: exchange.response.body,
    });
  });

  test('status/warn: and warned of when that is wanted', async () => {
    const exchange = recorded('status/warn');
    const answer = await replay(startApiServer(), exchange, TWICE.replace('NAME', 'warnme'));
    expect(answer.status).toBe(exchange.response.status);
    expect(answer.headers.get('warning')).toBe(exchange.response.headers['warning']);
    expect(stable(answer.body)).toEqual(stable(exchange.response.body));
  });

  test('status/strictpatch: an unknown field of a patch is a 422 that quotes the object', async () => {
    const server = startApiServer();
    given(server, WEB_HPA);
    const exchange = recorded('status/strictpatch');
    const answer = await replay(server, exchange);
    const [cause] = answer.body.details.causes;
    const [recordedCause] = exchange.response.body.details.causes;
    expect(answer.status).toBe(exchange.response.status);
    expect(answer.body.message).toBe(` "" is invalid: patch: ${cause.message}`);
    expect({ ...cause, message: cause.message.slice(-60) }).toEqual({
      ...recordedCause,
      message: recordedCause.message.slice(-60),
    });
  });

  test('status/ssa-conflict: an apply that would change another manager’s field is refused', async () => {
    const server = startApiServer();
    await replay(server, recorded('patch/ssa-create'));
    await server.send(
      'PATCH',
      '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/ssa?fieldManager=other',
      {
        body: { spec: { maxReplicas: 12 } },
      },
    );
    const exchange = recorded('status/ssa-conflict');
    const answer = await replay(server, exchange);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: exchange.response.status,
      body: exchange.response.body,
    });
    const forced = await replay(server, recorded('patch/ssa-force'));
    expect(stable(forced.body)).toEqual(stable(recorded('patch/ssa-force').response.body));
  });

  test('status/ssa-conflict-csa: client-side apply owns what it wrote', async () => {
    const server = startApiServer();
    const exchange = recorded('status/ssa-conflict-csa');
    const configuration = structuredClone(exchange.request.body) as { spec: { behavior: { scaleUp: unknown } } };
    configuration.spec.behavior.scaleUp = { policies: [{ periodSeconds: 60, type: 'Pods', value: 3 }] };
    const path =
      '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers?fieldManager=kubectl-client-side-apply';
    await server.send('POST', path, { body: configuration });
    const answer = await replay(server, exchange);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: exchange.response.status,
      body: exchange.response.body,
    });
  });
});
