import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startApiServer, type TestedApiServer } from '../fixtures/api-server.ts';
import { type ManifestObject, readManifest } from '../fixtures/manifest-objects.ts';

const FILES = readdirSync('deploy').filter((name) => name.endsWith('.yaml'));

test.each(FILES)('the lab takes every object of deploy/%s', async (name) => {
  const server = startApiServer();
  for (const object of readManifest(`deploy/${name}`).objects) {
    const namespace = object.metadata.namespace;
    if (namespace !== undefined)
      await server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
    const { status, body } = await server.send('POST', await pathOf(server, object), { body: object });
    const isMade = status === 201 || (object.kind === 'Namespace' && status === 409);
    expect(isMade, `${object.kind} ${object.metadata.name}: ${status} ${body.message}`).toBe(true);
  }
});

test('a PodDisruptionBudget has one bound and a selector that can be read', async () => {
  const server = startApiServer();
  const send = (spec: object) =>
    server.send('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
      body: { metadata: { generateName: 'pdb-' }, spec },
    });
  const both = await send({ minAvailable: 1, maxUnavailable: '50%' });
  expect([both.status, both.body.message]).toEqual([
    422,
    expect.stringContaining(
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":"50%"}: minAvailable and maxUnavailable cannot be both set',
    ),
  ]);
  const unread = await send({ minAvailable: 1, selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } });
  expect([unread.status, unread.body.message]).toEqual([422, expect.stringContaining('spec.selector')]);
  expect((await send({ minAvailable: 1, selector: { matchLabels: { app: 'web' } } })).status).toBe(201);
});

/** Where the server has objects of that kind, by its own discovery. */
async function pathOf(server: TestedApiServer, { apiVersion, kind, metadata }: ManifestObject): Promise<string> {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { body } = await server.send('GET', root);
  const found = (body.resources ?? []).find(
    (resource: { readonly kind: string; readonly name: string }) =>
      resource.kind === kind && !resource.name.includes('/'),
  );
  if (found === undefined) throw new Error(`the lab has no ${kind} of ${apiVersion}`);
  return found.namespaced ? `${root}/namespaces/${metadata.namespace}/${found.name}` : `${root}/${found.name}`;
}
