import { describe, expect, test } from 'vitest';
import type { Answer, TestedApiServer } from '../../../test/fixtures/api-server.ts';
import { startApiServer } from '../../../test/fixtures/api-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

interface Owner {
  readonly name: string;
  readonly isBlocking?: boolean;
}

/** Creates a ConfigMap that other ConfigMaps of the same server own. */
async function create(server: TestedApiServer, name: string, owners: readonly Owner[] = []): Promise<Answer> {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: owner.name,
    uid: server.apiServer.store.get('/configmaps', 'default', owner.name)?.metadata.uid ?? 'gone',
    blockOwnerDeletion: owner.isBlocking ?? false,
  }));
  return server.send('POST', CONFIG_MAPS, { body: { metadata: { name, ownerReferences } } });
}

async function names(server: TestedApiServer): Promise<readonly string[]> {
  const { body } = await server.send('GET', CONFIG_MAPS);
  const all: readonly string[] = body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
  return all.filter((name) => name !== 'kube-root-ca.crt');
}

describe('dependents', () => {
  test('go with their last owner, level by level', async () => {
    const server = startApiServer();
    await create(server, 'deployment');
    await create(server, 'replicaset', [{ name: 'deployment' }]);
    await create(server, 'pod', [{ name: 'replicaset' }]);
    await server.send('DELETE', `${CONFIG_MAPS}/deployment`);
    expect(await names(server)).toEqual([]);
  });

  test('stay as long as one owner stays, without the reference to the other', async () => {
    const server = startApiServer();
    await create(server, 'a');
    await create(server, 'b');
    await create(server, 'both', [{ name: 'a' }, { name: 'b' }]);
    await server.send('DELETE', `${CONFIG_MAPS}/a`);
    const { body } = await server.send('GET', `${CONFIG_MAPS}/both`);
    expect(body.metadata.ownerReferences).toHaveLength(1);
    expect(body.metadata.ownerReferences[0].name).toBe('b');
  });

  test('are cut loose by an orphaning deletion', async () => {
    const server = startApiServer();
    await create(server, 'owner');
    await create(server, 'child', [{ name: 'owner' }]);
    await server.send('DELETE', `${CONFIG_MAPS}/owner`, { body: { propagationPolicy: 'Orphan' } });
    expect(await names(server)).toEqual(['child']);
    const { body } = await server.send('GET', `${CONFIG_MAPS}/child`);
    expect(body.metadata.ownerReferences).toBeUndefined();
    expect(body.metadata.finalizers).toBeUndefined();
  });

  test('that are born without a living owner do not stay', async () => {
    const server = startApiServer();
    await create(server, 'stray', [{ name: 'never' }]);
    expect(await names(server)).toEqual([]);
  });

  test('of a kind that the server does not know the owner of stay', async () => {
    const server = startApiServer();
    const ownerReferences = [{ apiVersion: 'elsewhere.example/v1', kind: 'Thing', name: 'x', uid: 'y' }];
    await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'foreign', ownerReferences } } });
    expect(await names(server)).toEqual(['foreign']);
  });
});

test('a foreground deletion waits for blocking dependents, which may wait for finalizers of their own', async () => {
  const server = startApiServer();
  await create(server, 'owner');
  await create(server, 'child', [{ name: 'owner', isBlocking: true }]);
  await server.send('PATCH', `${CONFIG_MAPS}/child`, { body: { metadata: { finalizers: ['example.com/hold'] } } });
  const deletion = await server.send('DELETE', `${CONFIG_MAPS}/owner`, { body: { propagationPolicy: 'Foreground' } });
  expect(deletion.body.metadata.finalizers).toEqual(['foregroundDeletion']);
  expect(await names(server)).toEqual(['child', 'owner']);
  await server.send('PATCH', `${CONFIG_MAPS}/child`, { body: { metadata: { finalizers: null } } });
  expect(await names(server)).toEqual([]);
});

describe('a namespace', () => {
  test('has a default ServiceAccount and the certificate of the authority from the start', async () => {
    const server = startApiServer();
    await server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
    const account = await server.send('GET', '/api/v1/namespaces/shop/serviceaccounts/default');
    const certificate = await server.send('GET', '/api/v1/namespaces/shop/configmaps/kube-root-ca.crt');
    expect([account.status, certificate.body.data]).toEqual([200, { 'ca.crt': 'certificate' }]);
  });

  test('takes its content with it', async () => {
    const server = startApiServer();
    await server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
    const deletion = await server.send('DELETE', '/api/v1/namespaces/shop');
    expect(deletion.body.status).toEqual({ phase: 'Terminating' });
    expect((await server.send('GET', '/api/v1/namespaces/shop')).status).toBe(404);
    expect((await server.send('GET', '/api/v1/namespaces/shop/configmaps')).body.items).toEqual([]);
  });

  test('waits for what a finalizer keeps, and takes nothing new meanwhile', async () => {
    const server = startApiServer();
    const path = '/api/v1/namespaces/shop/configmaps';
    await server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
    await server.send('POST', path, { body: { metadata: { name: 'kept', finalizers: ['example.com/hold'] } } });
    await server.send('DELETE', '/api/v1/namespaces/shop');
    const refused = await server.send('POST', path, { body: { metadata: { name: 'new' } } });
    expect({ code: refused.status, message: refused.body.message, causes: refused.body.details.causes }).toEqual({
      code: 403,
      message:
        'configmaps "new" is forbidden: unable to create new content in namespace shop because it is being terminated',
      causes: [
        { reason: 'NamespaceTerminating', message: 'namespace shop is being terminated', field: 'metadata.namespace' },
      ],
    });
    await server.send('PATCH', `${path}/kept`, { body: { metadata: { finalizers: null } } });
    expect((await server.send('GET', '/api/v1/namespaces/shop')).status).toBe(404);
  });
});

describe('a pod that a node runs', () => {
  const PODS = '/api/v1/namespaces/default/pods';

  async function withPod(): Promise<TestedApiServer> {
    const server = startApiServer();
    await server.send('POST', PODS, {
      body: { metadata: { name: 'web' }, spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'web' }] } },
    });
    return server;
  }

  test('stays for its grace period, until its node lets it go', async () => {
    const server = await withPod();
    const deletion = await server.send('DELETE', `${PODS}/web`, { body: { gracePeriodSeconds: 5 } });
    expect(deletion.body.metadata).toMatchObject({
      deletionTimestamp: '2026-11-22T05:49:05Z',
      deletionGracePeriodSeconds: 5,
    });
    expect((await server.send('GET', `${PODS}/web`)).status).toBe(200);
    await server.send('DELETE', `${PODS}/web`, { body: { gracePeriodSeconds: 0 } });
    expect((await server.send('GET', `${PODS}/web`)).status).toBe(404);
  });

  test('keeps the shorter of two periods', async () => {
    const server = await withPod();
    await server.send('DELETE', `${PODS}/web`, { body: { gracePeriodSeconds: 5 } });
    const longer = await server.send('DELETE', `${PODS}/web`, { body: { gracePeriodSeconds: 60 } });
    expect(longer.body.metadata.deletionGracePeriodSeconds).toBe(5);
    const shorter = await server.send('DELETE', `${PODS}/web`, { body: { gracePeriodSeconds: 1 } });
    expect(shorter.body.metadata.deletionGracePeriodSeconds).toBe(1);
  });
});
