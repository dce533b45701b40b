import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startApiServer } from '../../../test/fixtures/api-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const DEPLOYMENT = {
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
};

describe('creation', () => {
  test('is the same from the same seed, and another from another', async () => {
    const make = async (seed: number) => {
      const server = startApiServer({ seed });
      const { body } = await server.send('POST', CONFIG_MAPS, { body: { metadata: { generateName: 'made-' } } });
      return { name: body.metadata.name, uid: body.metadata.uid };
    };
    expect(await make(7)).toEqual(await make(7));
    expect(await make(7)).not.toEqual(await make(8));
    const { name, uid } = await make(7);
    expect(name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2-9]{5}$/);
    expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test.each([
    ['no name', { metadata: {} }, 422, 'metadata.name: Required value: name or generateName is required'],
    [
      'a name that is none',
      { metadata: { name: 'A_b' } },
      422,
      'metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain',
    ],
    [
      'another namespace',
      { metadata: { name: 'a', namespace: 'other' } },
      400,
      'the namespace of the provided object does not match',
    ],
    [
      'a label that is none',
      { metadata: { name: 'a', labels: { 'a b': 'c' } } },
      422,
      'metadata.labels: Invalid value: "a b"',
    ],
    [
      'a version',
      { metadata: { name: 'a', resourceVersion: '5' } },
      500,
      'resourceVersion should not be set on objects to be created',
    ],
    [
      'a body of the wrong shape',
      { metadata: { name: 'a' }, data: 'x' },
      400,
      'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    ],
  ])('%s is refused', async (_why, body, code, message) => {
    const answer = await startApiServer().send('POST', CONFIG_MAPS, { body });
    expect(answer.status).toBe(code);
    expect(answer.body.message).toContain(message);
  });

  test('for trial stores nothing and has no version', async () => {
    const server = startApiServer();
    const answer = await server.send('POST', `${CONFIG_MAPS}?dryRun=All`, { body: { metadata: { name: 'a' } } });
    expect([answer.status, answer.body.metadata.resourceVersion]).toEqual([201, undefined]);
    expect((await server.send('GET', `${CONFIG_MAPS}/a`)).status).toBe(404);
  });

  test('beyond the bound of objects is refused, and the server lives on', async () => {
    const objectsMax = startApiServer().apiServer.store.size + 1;
    const server = startApiServer({ objectsMax });
    expect((await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } })).status).toBe(201);
    const refused = await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'b' } } });
    expect([refused.status, refused.body.message]).toEqual([503, `the store is full: it holds ${objectsMax} objects`]);
    await server.send('DELETE', `${CONFIG_MAPS}/a`);
    expect((await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'b' } } })).status).toBe(201);
  });

  test('of a body beyond its bound is refused', async () => {
    const body = { metadata: { name: 'a' }, data: { big: 'x'.repeat(4 * 1024 * 1024) } };
    const answer = await startApiServer().send('POST', CONFIG_MAPS, { body });
    expect([answer.status, answer.body.reason]).toEqual([413, 'RequestEntityTooLarge']);
  });

  test('takes YAML', async () => {
    const body = 'metadata:\n  name: a\ndata:\n  key: value\n';
    const answer = await startApiServer().send('POST', CONFIG_MAPS, { body, contentType: 'application/yaml' });
    expect([answer.status, answer.body.data]).toEqual([201, { key: 'value' }]);
  });
});

describe('generation', () => {
  test('goes up with the spec, and with nothing else', async () => {
    const server = startApiServer();
    const generationAfter = async (path: string, body: object): Promise<number> =>
      (await server.send('PATCH', `${DEPLOYMENTS}/web${path}`, { body })).body.metadata.generation;
    await server.send('POST', DEPLOYMENTS, { body: DEPLOYMENT });
    expect(await generationAfter('', { metadata: { labels: { a: 'b' } } })).toBe(1);
    expect(await generationAfter('/status', { status: { replicas: 3 } })).toBe(1);
    expect(await generationAfter('', { spec: { replicas: 3 } })).toBe(2);
    expect(await generationAfter('', { spec: { replicas: 3 } })).toBe(2);
    await server.send('PATCH', `${DEPLOYMENTS}/web/scale`, { body: { spec: { replicas: 4 } } });
    expect((await server.send('GET', `${DEPLOYMENTS}/web`)).body.metadata.generation).toBe(3);
  });
});

describe('status', () => {
  test('is changed by its own path only, which changes nothing else', async () => {
    const server = startApiServer();
    await server.send('POST', DEPLOYMENTS, { body: { ...DEPLOYMENT, status: { replicas: 9 } } });
    const main = await server.send('PATCH', `${DEPLOYMENTS}/web`, { body: { status: { replicas: 9 } } });
    expect(main.body.status.replicas).toBeUndefined();
    const body = { status: { replicas: 2 }, spec: { replicas: 7 }, metadata: { labels: { a: 'b' } } };
    const status = await server.send('PATCH', `${DEPLOYMENTS}/web/status`, { body });
    expect(status.body.status).toEqual({ replicas: 2 });
    expect([status.body.spec.replicas, status.body.metadata.labels]).toEqual([1, undefined]);
  });

  test('a write to an HPA’s status takes its labels and annotations too, and no spec', async () => {
    const server = startApiServer();
    const path = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
    const spec = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 };
    const before = { metadata: { name: 'web', labels: { old: '1' }, annotations: { old: '1' } }, spec };
    const made = await server.send('POST', path, { body: before });
    const metadata = { ...made.body.metadata, labels: { new: '2' }, annotations: { new: '2' } };
    const body = {
      ...made.body,
      metadata,
      spec: { ...spec, maxReplicas: 9 },
      status: { desiredReplicas: 2, currentMetrics: null },
    };
    const { body: written } = await server.send('PUT', `${path}/web/status`, { body });
    expect([written.metadata.labels, written.metadata.annotations, written.spec, written.status]).toEqual([
      { new: '2' },
      { new: '2' },
      made.body.spec,
      { desiredReplicas: 2, currentMetrics: null },
    ]);
  });
});

describe('concurrency', () => {
  test('of two writers with the same version the second is refused', async () => {
    const server = startApiServer();
    const { body } = await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
    const write = (key: string) => server.send('PUT', `${CONFIG_MAPS}/a`, { body: { ...body, data: { [key]: '1' } } });
    const statuses = (await Promise.all([write('x'), write('y')])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 409]);
  });

  test('a write without a version goes on top', async () => {
    const server = startApiServer();
    await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' }, data: { x: '1' } } });
    const answer = await server.send('PUT', `${CONFIG_MAPS}/a`, { body: { metadata: { name: 'a' } } });
    expect([answer.status, answer.body.data]).toEqual([200, undefined]);
  });

  test('a write for another uid is refused', async () => {
    const server = startApiServer();
    await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
    const answer = await server.send('PUT', `${CONFIG_MAPS}/a`, { body: { metadata: { name: 'a', uid: 'other' } } });
    expect([answer.status, answer.body.reason]).toEqual([409, 'Conflict']);
  });
});

test('an object that waits for its finalizers takes no new ones', async () => {
  const server = startApiServer();
  await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'a', finalizers: ['example.com/a'] } } });
  await server.send('DELETE', `${CONFIG_MAPS}/a`);
  const finalizers = ['example.com/a', 'example.com/b'];
  const answer = await server.send('PATCH', `${CONFIG_MAPS}/a`, { body: { metadata: { finalizers } } });
  expect(answer.body.message).toContain(
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/b"}',
  );
});

test('the pages of a list, whatever happens between them, are the list at its start', async () => {
  const operation = fc.record({ isDeletion: fc.boolean(), name: fc.integer({ min: 0, max: 9 }).map((n) => `m${n}`) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (operations, limit) => {
        const server = startApiServer();
        for (let n = 0; n < 10; n += 2)
          await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: `m${n}` } } });
        const whole = (await server.send('GET', CONFIG_MAPS)).body.items;
        const pages: unknown[] = [];
        let token = '';
        do {
          const { body } = await server.send('GET', `${CONFIG_MAPS}?limit=${limit}&continue=${token}`);
          pages.push(...body.items);
          token = body.metadata.continue ?? '';
          const next = operations.pop();
          if (next?.isDeletion === true) await server.send('DELETE', `${CONFIG_MAPS}/${next.name}`);
          else if (next !== undefined)
            await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: next.name } } });
        } while (token !== '');
        expect(pages).toEqual(whole);
      },
    ),
    { numRuns: 15 },
  );
});

test('a list at a version is the state of that version', async () => {
  const server = startApiServer();
  const before = await server.send('GET', CONFIG_MAPS);
  await server.send('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
  await server.send('DELETE', `${CONFIG_MAPS}/kube-root-ca.crt`);
  const version = before.body.metadata.resourceVersion;
  const exact = await server.send('GET', `${CONFIG_MAPS}?resourceVersion=${version}&resourceVersionMatch=Exact`);
  expect(exact.body).toEqual(before.body);
});
