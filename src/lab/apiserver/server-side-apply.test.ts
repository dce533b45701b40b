import { describe, expect, test } from 'vitest';
import type { Answer, TestedApiServer } from '../../../test/fixtures/api-server.ts';
import { startApiServer } from '../../../test/fixtures/api-server.ts';

const PATH = '/apis/apps/v1/namespaces/default/deployments/web';

const BASE = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] }],
      },
    },
  },
};

function apply(server: TestedApiServer, body: object, query = 'fieldManager=me'): Promise<Answer> {
  return server.send('PATCH', `${PATH}?${query}`, { body, contentType: 'application/apply-patch+yaml' });
}

function withContainers(containers: readonly object[]): object {
  return { ...BASE, spec: { ...BASE.spec, template: { ...BASE.spec.template, spec: { containers } } } };
}

test('the first apply creates, the same again changes nothing', async () => {
  const server = startApiServer();
  const created = await apply(server, BASE);
  const again = await apply(server, BASE);
  expect([created.status, again.status]).toEqual([201, 200]);
  expect(again.body).toEqual(created.body);
  expect(again.body.metadata.managedFields).toBeUndefined();
});

test('a field that is no longer applied goes, with the elements and members that only it had', async () => {
  const server = startApiServer();
  const sidecar = { name: 'sidecar', image: 'sidecar:1' };
  await apply(server, withContainers([...BASE.spec.template.spec.containers, sidecar]));
  const next = await apply(server, { ...withContainers([{ name: 'web', image: 'web:1' }]), metadata: { name: 'web' } });
  expect(next.body.metadata.labels ?? {}).toEqual({});
  const { containers } = next.body.spec.template.spec;
  expect(containers.map((each: { name: string }) => each.name)).toEqual(['web']);
  expect(containers[0].env ?? []).toEqual([]);
});

test('a field that somebody else also applied stays', async () => {
  const server = startApiServer();
  await apply(server, BASE);
  await apply(server, { ...BASE, metadata: { name: 'web', labels: { app: 'web' } } }, 'fieldManager=other');
  const next = await apply(server, { ...BASE, metadata: { name: 'web' } });
  expect(next.body.metadata.labels).toEqual({ app: 'web' });
});

test('what others own besides is left alone: a scaled count', async () => {
  const server = startApiServer();
  await apply(server, BASE);
  await server.send('PATCH', `${PATH}/scale?fieldManager=autoscaler`, { body: { spec: { replicas: 5 } } });
  const next = await apply(server, BASE);
  expect(next.body.spec.replicas).toBe(5);
});

describe('conflicts', () => {
  async function scaled(): Promise<TestedApiServer> {
    const server = startApiServer();
    await apply(server, { ...BASE, spec: { ...BASE.spec, replicas: 2 } });
    await server.send('PATCH', `${PATH}/scale?fieldManager=autoscaler`, { body: { spec: { replicas: 5 } } });
    return server;
  }

  test('name the manager and the field', async () => {
    const server = await scaled();
    const answer = await apply(server, { ...BASE, spec: { ...BASE.spec, replicas: 3 } });
    expect(answer.body).toMatchObject({
      code: 409,
      message: 'Apply failed with 1 conflict: conflict with "autoscaler" using apps/v1: .spec.replicas',
    });
    expect((await server.send('GET', PATH)).body.spec.replicas).toBe(5);
  });

  test('are none when the value is the same', async () => {
    const answer = await apply(await scaled(), { ...BASE, spec: { ...BASE.spec, replicas: 5 } });
    expect(answer.status).toBe(200);
  });

  test('are overridden by force, after which the field is owned', async () => {
    const server = await scaled();
    const forced = await apply(server, { ...BASE, spec: { ...BASE.spec, replicas: 3 } }, 'fieldManager=me&force=true');
    expect([forced.status, forced.body.spec.replicas]).toEqual([200, 3]);
    const free = await apply(server, { ...BASE, spec: { ...BASE.spec, replicas: 4 } });
    expect(free.status).toBe(200);
  });
});

describe('refusals', () => {
  test.each([
    ['no manager', BASE, '', 422, 'fieldManager: Required value: is required for apply patch'],
    [
      'a field that the schema does not have',
      { ...BASE, spec: { ...BASE.spec, foo: 1 } },
      'fieldManager=me',
      500,
      'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
    ],
    [
      'managed fields',
      { ...BASE, metadata: { name: 'web', managedFields: [] } },
      'fieldManager=me',
      400,
      'metadata.managedFields must be nil',
    ],
    [
      'another name',
      { ...BASE, metadata: { name: 'other' } },
      'fieldManager=me',
      400,
      'the name of the object (other) does not match the name on the URL (web)',
    ],
  ])('%s', async (_why, body, query, code, message) => {
    const answer = await apply(startApiServer(), body, query);
    expect(answer.status).toBe(code);
    expect(answer.body.message).toContain(message);
  });
});
