import { afterEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { createApiServer } from '../../src/lab/apiserver/api-server.ts';
import type { Fault } from '../../src/lab/apiserver/fault.ts';
import { BUILT_IN_KINDS } from '../../src/lab/apiserver/kinds/all.ts';
import { SCHEMA_BOOK } from '../../src/lab/apiserver/schema-book.ts';
import { createServingAuthority, serveApiServer } from '../../src/lab/apiserver/serve-api-server.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { fixedCredential } from '../../src/platform/kube/credential.ts';
import { createDiscovery } from '../../src/platform/kube/discovery.ts';
import { createEventRecorder } from '../../src/platform/kube/event-recorder.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import { createKubeClient, type KubeClientOptions } from '../../src/platform/kube/kube-client.ts';
import { createLeaderElector } from '../../src/platform/kube/leader-election.ts';
import { createRestMapper } from '../../src/platform/kube/rest-mapper.ts';
import { createSocketTransport } from '../../src/platform/kube/socket-transport.ts';
import { createReflector } from '../../src/platform/kube/watch-cache.ts';
import { createDeliveryLedger } from '../../src/platform/time/delivery-ledger.ts';

/** Our client and the embedded API server, two independent readings of one protocol, in process and over sockets. */
const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', isNamespaced: true };
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const START_MS = Date.UTC(2030, 0, 1);
const TOKEN = 'test-token';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function configMap(name: string, value = '1'): KubeObject & { readonly data: object } {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { value } };
}

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'app' }] } },
  },
};

async function cluster(isOverSockets: boolean, faults: Fault[] = []) {
  const clock = new VirtualClock({ startAtMs: START_MS, turn: () => new Promise((resolve) => setImmediate(resolve)) });
  const ledger = createDeliveryLedger(clock);
  const authority = isOverSockets
    ? await createServingAuthority({ ...clockParts(clock), wallMs: () => Date.now() })
    : undefined;
  const server = createApiServer({
    clock,
    ioClock: clock,
    kinds: BUILT_IN_KINDS,
    schemaBook: SCHEMA_BOOK,
    tokens: { [TOKEN]: { name: 'admin', groups: ['system:masters'] } },
    ledger,
    faults: () => faults.shift(),
  });
  if (authority === undefined) {
    const transport = createHandleTransport((request) => server.handle(request), {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    return { clock, ledger, server, faults, options: optionsOver(transport, clock) };
  }
  const served = await serveApiServer({
    apiServer: server,
    ioClock: { ...clockParts(clock), wallMs: () => Date.now() },
    port: 0,
    authority,
  });
  const transport = createSocketTransport({
    access: {
      server: served.url,
      namespace: 'default',
      tls: { certificateAuthority: authority.certificate },
      credentials: fixedCredential({ token: TOKEN }),
      headers: {},
    },
    ioClock: clock,
  });
  closing.push(async () => {
    await transport.close();
    const closed = served.close();
    clock.advanceBy(60_000);
    await closed;
  });
  return { clock, ledger, server, faults, options: optionsOver(transport, clock) };
}

function clockParts(clock: VirtualClock) {
  return {
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs: number, callback: () => void) => clock.after(delayMs, callback),
  };
}

function optionsOver(transport: KubeClientOptions['transport'], clock: VirtualClock): KubeClientOptions {
  return { transport, ioClock: clock, userAgent: 'podtide-test/1', random: () => 0 };
}

/** Runs the clock until something is so; sockets need real turns in between. */
async function until(clock: VirtualClock, isSo: () => boolean, stepMs = 100): Promise<void> {
  for (let step = 0; !isSo(); step += 1) {
    if (step > 5_000) throw new Error(`not so after ${step * stepMs} ms`);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advanceBy(stepMs);
  }
}

for (const isOverSockets of [false, true]) {
  describe(`the client and the embedded API server, ${isOverSockets ? 'over sockets' : 'in process'}`, () => {
    test('create, read, replace, conflict, patches, apply, scale, delete', async () => {
      const { options } = await cluster(isOverSockets);
      const client = createKubeClient(options);
      const ref = { namespace: 'default', name: 'web' };
      const created = await client.create<KubeObject>(DEPLOYMENTS, DEPLOYMENT);
      const scale = await client.getScale(DEPLOYMENTS, ref);
      expect([scale.spec.replicas, scale.status?.selector]).toEqual([2, 'app=web']);
      await client.replaceScale(DEPLOYMENTS, { ...scale, spec: { replicas: 5 } });
      await expect(client.replaceScale(DEPLOYMENTS, { ...scale, spec: { replicas: 6 } })).rejects.toMatchObject({
        status: 409,
        reason: 'Conflict',
      });
      await expect(client.create(DEPLOYMENTS, DEPLOYMENT)).rejects.toMatchObject({
        reason: 'AlreadyExists',
        kind: 'conflict',
      });
      const patched = await client.patch<typeof DEPLOYMENT>(DEPLOYMENTS, ref, {
        kind: 'merge',
        body: { spec: { replicas: 7 } },
      });
      expect(patched.spec.replicas).toBe(7);
      await client.patch(DEPLOYMENTS, ref, {
        kind: 'json',
        body: [{ op: 'replace', path: '/spec/replicas', value: 8 }],
      });
      const applied = await client.patch<typeof DEPLOYMENT>(DEPLOYMENTS, ref, {
        kind: 'apply',
        body: { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replicas: 9 } },
        fieldManager: 'podtide',
        isForced: true,
      });
      expect(applied.spec.replicas).toBe(9);
      await expect(client.delete(DEPLOYMENTS, ref, { uid: 'another' })).rejects.toMatchObject({ reason: 'Conflict' });
      await client.delete(DEPLOYMENTS, ref, { propagationPolicy: 'Background', uid: created.metadata.uid ?? '' });
      await expect(client.get(DEPLOYMENTS, ref)).rejects.toThrow('deployments.apps "web" not found');
    });

    test('a list over several pages', async () => {
      const { options } = await cluster(isOverSockets);
      const client = createKubeClient(options);
      for (let index = 0; index < 501; index += 1) await client.create(CONFIG_MAPS, configMap(`c${index}`));
      const found = await client.list(CONFIG_MAPS, {
        namespace: 'default',
        fieldSelector: 'metadata.name!=kube-root-ca.crt',
      });
      expect(found.items.length).toBe(501);
    });

    test('discovery and the mapper', async () => {
      const { options, clock } = await cluster(isOverSockets);
      const mapper = createRestMapper({ discovery: createDiscovery(options), ioClock: clock });
      expect(await mapper.mappings('apps', 'Deployment')).toEqual([DEPLOYMENTS]);
      expect((await mapper.resource('deploy')).subresources).toContain('scale');
      await expect(mapper.mappings('apps', 'Nope')).rejects.toThrow('no matches for kind "Nope" in group "apps"');
    });

    const faulty: readonly { readonly why: string; readonly faults: readonly Fault[] }[] = [
      { why: 'no fault', faults: [] },
      { why: 'connections that break', faults: [{ kind: 'reset' }, { kind: 'reset' }, { kind: 'reset' }] },
      { why: 'answers that never come', faults: [{ kind: 'hang' }, { kind: 'hang' }] },
      { why: 'a streamed list that is refused', faults: [{ kind: 'status', code: 500, reason: 'InternalError' }] },
      {
        why: 'a server that is overloaded',
        faults: [{ kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 1 }],
      },
      {
        why: 'bodies that break off',
        faults: [
          { kind: 'truncate', bodyBytes: 40 },
          { kind: 'truncate', bodyBytes: 400 },
        ],
      },
      { why: 'bodies in small slow pieces', faults: [{ kind: 'slow', chunkBytes: 64, pauseMs: 100 }] },
      {
        why: 'a watch that is gone',
        faults: [
          { kind: 'status', code: 422, reason: 'Invalid' },
          { kind: 'delay', delayMs: 10 },
          { kind: 'status', code: 410, reason: 'Expired' },
        ],
      },
    ];
    for (const row of faulty) {
      test(`a watch cache meets ${row.why}`, async () => {
        const { options, clock, faults, ledger } = await cluster(isOverSockets);
        const client = createKubeClient(options);
        const first = await client.create<KubeObject>(CONFIG_MAPS, configMap('a'));
        faults.push(...row.faults);
        const cache = createReflector<KubeObject, string>(options, {
          type: CONFIG_MAPS,
          namespace: 'default',
          fieldSelector: 'metadata.name!=kube-root-ca.crt',
          project: ({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`,
          delivery: { ledger, name: 'cache' },
        });
        void cache.start();
        await until(clock, () => cache.isSynced && faults.length === 0);
        expect([...cache.values()]).toEqual([`a@${first.metadata.resourceVersion}`]);
        const second = await client.replace<KubeObject>(CONFIG_MAPS, { ...first, ...{ data: { value: '2' } } });
        await until(clock, () => [...cache.values()].includes(`a@${second.metadata.resourceVersion}`));
        await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'a' });
        await until(clock, () => cache.size === 0);
        await cache.stop();
        expect(clock.heldCount).toBe(0);
      });
    }

    test('a Lease is won, renewed and handed over', async () => {
      const { options, clock } = await cluster(isOverSockets);
      const client = createKubeClient(options);
      const elector = (identity: string) =>
        createLeaderElector({
          client,
          ioClock: clock,
          random: () => 0,
          lease: { namespace: 'default', name: 'podtide' },
          identity,
        });
      const [one, two] = [elector('one'), elector('two')];
      one.start();
      await until(clock, () => one.isLeader());
      two.start();
      await until(clock, () => two.holder === 'one');
      await one.stop();
      await until(clock, () => two.isLeader());
      expect(one.isLeader()).toBe(false);
      await two.stop();
    });

    test('equal events are one object with a count', async () => {
      const { options, clock } = await cluster(isOverSockets);
      const client = createKubeClient(options);
      const recorder = createEventRecorder({ client, clock, ioClock: clock, component: 'horizontal-pod-autoscaler' });
      const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web', uid: 'u' };
      for (let index = 0; index < 3; index += 1)
        recorder.record(regarding, { type: 'Warning', reason: 'FailedGetScale', message: 'no' });
      await recorder.flush();
      const events = await client.list<KubeObject & { readonly count: number; readonly message: string }>(
        { group: '', version: 'v1', resource: 'events', isNamespaced: true },
        { namespace: 'default', fieldSelector: 'involvedObject.name=web' },
      );
      expect([events.items.map(({ count, message }) => [count, message]), recorder.droppedCount]).toEqual([
        [[3, 'no']],
        0,
      ]);
    });
  });
}
