import { afterEach, describe, expect, test } from 'vitest';
import { KubeletWorld, RESOLUTION_MS, START_AT_MS } from '../../../test/kubelet/kubelet-world.ts';
import { Failure } from '../../base/failure.ts';
import { USAGE_LIST_SLICE_COUNT } from '../../base/limits.ts';

const SIGNAL = new AbortController().signal;
let world: KubeletWorld;

afterEach(async () => {
  await world.source.stop();
});

function smallWorld(options: ConstructorParameters<typeof KubeletWorld>[0] = {}): KubeletWorld {
  world = new KubeletWorld(options);
  for (const name of ['n1', 'n2']) world.api.putNode(name, { labels: { zone: name === 'n1' ? 'a' : 'b' } });
  const pods = [
    ['shop', 'web-1', 'n2', 'web'],
    ['shop', 'web-0', 'n1', 'web'],
    ['shop', 'db-0', 'n1', 'db'],
    ['infra', 'dns', 'n2', 'dns'],
  ] as const;
  for (const [namespace, name, node, app] of pods) {
    world.api.putPod(namespace, name, node, { labels: { app } });
    world.runContainer(namespace, name, 'app', node, 0.2);
  }
  return world;
}

async function podNames(namespace: string | null, labelSelector = ''): Promise<readonly string[]> {
  return (await world.source.listPods({ namespace, labelSelector }, SIGNAL)).map(
    (pod) => `${pod.namespace}/${pod.name}@${pod.nodeName}`,
  );
}

async function causesOf(namespace: string, name: string): Promise<readonly string[]> {
  const sought = await world.source.findPod({ namespace, name }, SIGNAL);
  return sought.kind === 'unsampled'
    ? sought.causes.map(({ reason, message }) => `${reason}: ${message}`)
    : [sought.kind];
}

describe('createKubeletSource', () => {
  test('serves nothing after one scrape and everything after two, sorted and by selector', async () => {
    smallWorld();
    await world.start();
    expect(await podNames(null)).toEqual([]);
    await world.clock.runBy(2 * RESOLUTION_MS);
    expect(await podNames(null)).toEqual(['infra/dns@n2', 'shop/db-0@n1', 'shop/web-0@n1', 'shop/web-1@n2']);
    expect(await podNames('shop', 'app=web')).toEqual(['shop/web-0@n1', 'shop/web-1@n2']);
    expect(await podNames('nowhere')).toEqual([]);
    const [pod] = await world.source.listPods({ namespace: 'infra', labelSelector: '' }, SIGNAL);
    const [before, last] = world.scrapes.filter(({ node }) => node === 'n2');
    expect(pod).toEqual({
      namespace: 'infra',
      name: 'dns',
      nodeName: 'n2',
      labels: { app: 'dns' },
      atMs: expect.any(Number),
      windowMs: expect.any(Number),
      containers: [{ name: 'app', usage: { cpu: expect.any(String), memory: '1Mi' } }],
    });
    expect((last?.atMs ?? 0) - (before?.atMs ?? 0)).toBeGreaterThanOrEqual(RESOLUTION_MS / 2);
    const nodes = await world.source.listNodes({ labelSelector: 'zone=b' }, SIGNAL);
    expect(nodes).toMatchObject([{ name: 'n2', labels: { zone: 'b' }, usage: { memory: '1Gi' } }]);
    expect(await world.source.findNode('n9', SIGNAL)).toEqual({ kind: 'absent' });
    expect(await causesOf('shop', 'web-0')).toEqual(['found']);
  });

  test('asks for running pods and for the nodes of its selector only', async () => {
    smallWorld({ nodeSelector: 'zone=a' });
    await world.start();
    expect(world.api.requests.filter((path) => path.includes('/nodes'))[0]).toContain('labelSelector=zone%3Da');
    expect(world.api.requests.filter((path) => path.includes('/pods'))[0]).toContain(
      'fieldSelector=status.phase%3DRunning',
    );
  });

  test('a selector that is none is refused in upstream’s words', async () => {
    smallWorld();
    await world.start();
    await expect(podNames('shop', 'app in web')).rejects.toThrow(Failure);
    await expect(podNames('shop', 'app in web')).rejects.toThrow('unable to parse');
  });

  test('says why there are no numbers of a pod', async () => {
    smallWorld();
    world.api.putPod('shop', 'late', 'n1');
    world.api.putPod('shop', 'homeless', '');
    world.api.putPod('shop', 'far', 'n7');
    world.behaviours.set('n2', { code: 'CertificateNames', address: '10.0.0.2:10250', names: 'n2' });
    await world.start();
    expect(await causesOf('shop', 'none')).toEqual(['absent']);
    expect(await causesOf('shop', 'homeless')).toEqual(['NotScheduled: the pod has no node yet']);
    expect((await causesOf('shop', 'far'))[0]).toContain('NodeNotScraped: node n7 is not scraped');
    expect((await causesOf('shop', 'late'))[0]).toContain(
      'NotReported: the kubelet of n1 reports no container of the pod',
    );
    expect((await causesOf('shop', 'web-0'))[0]).toMatch(
      /^FirstSample: container app has one sample only, scraped 0 s ago; the next scrape is in \d+ s$/,
    );
    expect((await causesOf('shop', 'web-1'))[0]).toContain('ScrapeFailed: scrape of node n2 failed: the kubelet');
    expect((await causesOf('shop', 'web-1'))[0]).toContain('serverTLSBootstrap');
    const node = await world.source.findNode('n1', SIGNAL);
    expect(node).toMatchObject({ kind: 'unsampled', causes: [{ reason: 'FirstSample' }] });
  });

  test('one failed scrape is bridged with the true timestamps; then the numbers age out', async () => {
    smallWorld();
    await world.start();
    await world.clock.runBy(2 * RESOLUTION_MS);
    const goodAtMs = world.source.standing().nodes[0]?.goodAtMs ?? 0;
    const [before] = await world.source.listPods({ namespace: 'shop', labelSelector: 'app=db' }, SIGNAL);
    world.behaviours.set('n1', { code: 'HttpStatus', status: 500, answer: '' });
    await world.clock.runTo(goodAtMs + 39_999);
    const [bridged] = await world.source.listPods({ namespace: 'shop', labelSelector: 'app=db' }, SIGNAL);
    expect(bridged).toEqual(before);
    await world.clock.runTo(goodAtMs + 40_000);
    expect(await podNames('shop')).toEqual(['shop/web-1@n2']);
    expect((await causesOf('shop', 'db-0'))[0]).toContain('ScrapeFailed');
    world.behaviours.delete('n1');
    await world.clock.runBy(3 * RESOLUTION_MS);
    expect(await podNames('shop')).toHaveLength(3);
  });

  test('upstream’s way: a failed scrape makes a node and its pods unknown at once', async () => {
    smallWorld({ staleAfterMs: 0 });
    await world.start();
    await world.clock.runBy(2 * RESOLUTION_MS);
    expect(await podNames('shop')).toHaveLength(3);
    world.behaviours.set('n1', { code: 'Unauthorized' });
    await world.clock.runBy(RESOLUTION_MS);
    expect(await podNames('shop')).toEqual(['shop/web-1@n2']);
  });

  test('a failing node is told once for each change, and is in the metrics by name and reason', async () => {
    smallWorld();
    world.behaviours.set('n1', { code: 'Forbidden', answer: 'no' });
    await world.start();
    await world.clock.runBy(4 * RESOLUTION_MS);
    world.behaviours.set('n1', { code: 'Unauthorized' });
    await world.clock.runBy(2 * RESOLUTION_MS);
    const { text } = await world.telemetry.expose();
    expect(text).toContain('podtide_kubelet_scrape_failing{node="n1",code="Unauthorized"} 1');
    expect(text).not.toContain('code="Forbidden"} 1');
    expect(text).toContain('metrics_server_kubelet_request_total{success="false"}');
    expect(text).toContain('metrics_server_storage_points{type="container"} 2');
    expect(text).toContain('podtide_resource_metrics_objects_count{resource="pods",state="served"} 2');
    expect(text).toContain('metrics_server_manager_tick_duration_seconds_count 6');
    world.behaviours.delete('n1');
    await world.clock.runBy(2 * RESOLUTION_MS);
    expect(world.lines).toEqual([
      'warn the kubelet cannot be scraped Forbidden n1',
      'warn the kubelet cannot be scraped Unauthorized n1',
      'info the kubelet can be scraped again n1',
    ]);
    expect((await world.telemetry.expose()).text).not.toContain('podtide_kubelet_scrape_failing{');
  });

  test('a node that goes takes everything with it; back with another address it is scraped there at once', async () => {
    smallWorld();
    await world.start();
    await world.clock.runBy(2 * RESOLUTION_MS);
    world.api.delete('nodes', 'n1');
    await world.clock.runBy(1);
    expect(world.forgotten).toEqual(['n1']);
    expect(await podNames('shop')).toEqual(['shop/web-1@n2']);
    expect((await world.telemetry.expose()).text).not.toContain('node="n1"');
    const addresses = [{ type: 'InternalIP', address: '10.9.9.9' }];
    world.api.putNode('n1', { status: { addresses } });
    await world.clock.runBy(1);
    expect(world.scrapes.at(-1)).toMatchObject({ node: 'n1', url: 'https://10.9.9.9:10250/metrics/resource' });
    world.api.putNode('n1', { status: { addresses: [{ type: 'InternalIP', address: '10.9.9.8' }] } });
    await world.clock.runBy(1);
    expect(world.scrapes.at(-1)).toMatchObject({ node: 'n1', url: 'https://10.9.9.8:10250/metrics/resource' });
    await world.clock.runBy(2 * RESOLUTION_MS);
    expect(await podNames('shop')).toHaveLength(3);
  });

  test('while the API server is away for ten minutes usage stays fresh, and what ended is not served', async () => {
    smallWorld();
    await world.start();
    await world.clock.runBy(2 * RESOLUTION_MS);
    world.api.goAway();
    world.endContainer('shop/db-0/app');
    world.behaviours.set('n2', { code: 'Refused', address: 'n2.test:10250' });
    await world.clock.runBy(600_000);
    const [web] = await world.source.listPods({ namespace: null, labelSelector: '' }, SIGNAL);
    expect(await podNames(null)).toEqual(['shop/web-0@n1']);
    expect(world.clock.nowMs() - (web?.atMs ?? 0)).toBeLessThan(2 * RESOLUTION_MS);
    expect(world.source.standing()).toMatchObject({ isSynced: true, isTimely: true });
    world.api.comeBack();
    world.behaviours.delete('n2');
    await world.clock.runBy(120_000);
    expect(await podNames(null)).toEqual(['infra/dns@n2', 'shop/web-0@n1', 'shop/web-1@n2']);
  });

  test('an API server that is away at the start is waited for, then everything begins', async () => {
    smallWorld();
    world.api.goAway();
    let isStarted = false;
    const started = world.source.start().then(() => {
      isStarted = true;
    });
    await world.clock.runBy(600_000);
    expect({ isStarted, scrapes: world.scrapes }).toEqual({ isStarted: false, scrapes: [] });
    expect(world.source.standing()).toMatchObject({ isSynced: false, isTried: false, isTimely: true, nodes: [] });
    expect(await causesOf('shop', 'web-0')).toEqual(['absent']);
    world.api.comeBack();
    await world.clock.runBy(60_000);
    await started;
    await world.clock.runBy(2 * RESOLUTION_MS);
    expect(await podNames(null)).toHaveLength(4);
  });

  test('nodes are scraped while the pods are still listed, so that numbers are there as soon as the pods are', async () => {
    smallWorld();
    world.api.goAway(['pods']);
    let isStarted = false;
    const started = world.source.start().then(() => {
      isStarted = true;
    });
    await world.clock.runBy(4 * RESOLUTION_MS);
    expect({ isStarted, nodes: new Set(world.scrapes.map(({ node }) => node)) }).toEqual({
      isStarted: false,
      nodes: new Set(['n1', 'n2']),
    });
    expect(world.source.standing()).toMatchObject({ isSynced: false, hasPodRate: true });
    expect(await podNames(null)).toEqual([]);
    world.api.comeBack();
    while (!isStarted) await world.clock.runBy(1_000);
    await started;
    expect(await podNames(null)).toEqual(['infra/dns@n2', 'shop/db-0@n1', 'shop/web-0@n1', 'shop/web-1@n2']);
  });

  test('a source that is stopped while it waits for the API server ends', async () => {
    smallWorld();
    world.api.goAway();
    const started = world.source.start();
    await world.clock.runBy(60_000);
    await world.source.stop();
    await expect(started).rejects.toThrow('was stopped');
    expect(world.scrapes).toEqual([]);
  });

  test('of a series that an answer has twice the later line counts, as upstream', async () => {
    smallWorld();
    const again = 'container_memory_working_set_bytes{container="app",namespace="shop",pod="db-0"} 3145728';
    world.behaviours.set('n1', (answer) => `${answer}${again} ${Math.round(world.clock.nowMs())}\n`);
    await world.start();
    await world.clock.runBy(2 * RESOLUTION_MS);
    const [db, web] = await world.source.listPods({ namespace: 'shop', labelSelector: 'app in (db,web)' }, SIGNAL);
    expect(db?.containers).toEqual([{ name: 'app', usage: { cpu: expect.any(String), memory: '3Mi' } }]);
    expect(web?.containers).toEqual([{ name: 'app', usage: { cpu: expect.any(String), memory: '1Mi' } }]);
    expect(world.source.standing().nodes[0]).toMatchObject({ name: 'n1', problem: null });
  });

  test('a kubelet whose clock goes back counts anew, and serves its own times', async () => {
    smallWorld();
    await world.start();
    await world.clock.runBy(2 * RESOLUTION_MS);
    const hourMs = 3_600_000;
    world.behaviours.set('n1', (answer) =>
      answer.replaceAll(/ (\d{13})$/gm, (_all, atMs) => ` ${Number(atMs) - hourMs}`),
    );
    await world.clock.runBy(RESOLUTION_MS);
    expect(await podNames('shop')).toEqual(['shop/web-1@n2']);
    expect((await causesOf('shop', 'db-0'))[0]).toContain('FirstSample');
    expect((await world.source.listNodes({ labelSelector: '' }, SIGNAL)).map(({ name }) => name)).toEqual(['n2']);
    await world.clock.runBy(RESOLUTION_MS);
    const [db] = await world.source.listPods({ namespace: 'shop', labelSelector: 'app=db' }, SIGNAL);
    expect(db).toMatchObject({ windowMs: RESOLUTION_MS, containers: [{ usage: { memory: '1Mi' } }] });
    expect(world.clock.nowMs() - (db?.atMs ?? 0)).toBeGreaterThanOrEqual(hourMs);
    world.behaviours.delete('n1');
    await world.clock.runBy(RESOLUTION_MS);
    const [forward] = await world.source.listPods({ namespace: 'shop', labelSelector: 'app=db' }, SIGNAL);
    expect(forward).toMatchObject({ windowMs: RESOLUTION_MS + hourMs });
    expect(world.lines).toEqual([]);
  });

  test('a long list gives others their turn between its slices', async () => {
    smallWorld();
    for (let index = 0; index <= USAGE_LIST_SLICE_COUNT; index += 1) {
      world.api.putPod('many', `pod-${index}`, 'n1');
      world.runContainer('many', `pod-${index}`, 'app', 'n1', 0.001);
    }
    await world.start();
    await world.clock.runBy(2 * RESOLUTION_MS);
    const turns: string[] = [];
    setImmediate(() => turns.push('another'));
    const listed = world.source.listPods({ namespace: 'many', labelSelector: '' }, SIGNAL).then((pods) => {
      turns.push(`${pods.length} pods`);
    });
    await listed;
    expect(turns).toEqual(['another', `${USAGE_LIST_SLICE_COUNT + 1} pods`]);
    const leaving = new AbortController();
    setImmediate(() => leaving.abort(new Error('gone')));
    const left = world.source.listPods({ namespace: 'many', labelSelector: '' }, leaving.signal);
    await expect(left).rejects.toThrow('gone');
  });

  test('a kubelet that hangs is given up at its deadline and delays no other', async () => {
    smallWorld({ hasOwnIoClock: true });
    world.behaviours.set('n1', 'hangs');
    await world.source.start();
    world.clock.advanceBy(0);
    await world.turns();
    expect(world.source.standing().nodes).toMatchObject([
      { name: 'n1', scrapedAtMs: null, nextAtMs: null },
      { name: 'n2', scrapedAtMs: START_AT_MS, problem: null },
    ]);
    // Nobody waits for n1: the next scrape of n2 comes while the first of n1 is still under way.
    world.clock.advanceBy(2 * RESOLUTION_MS);
    await world.turns();
    expect(world.scrapes.map(({ node }) => node)).toEqual(['n1', 'n2', 'n2']);
    world.ioClock.advanceBy(10_000);
    await world.turns();
    expect(world.source.standing().nodes[0]?.problem).toEqual({
      code: 'TimedOut',
      address: 'n1.test:10250',
      afterMs: 10_000,
    });
  });

  test('counts as served what a list has: no pod of which some container was seen once only', async () => {
    smallWorld();
    await world.start();
    const counts = { nodeCount: 2, podCount: 4 };
    expect(world.source.servedCounts()).toEqual({ ...counts, servedNodeCount: 0, servedPodCount: 0 });
    await world.clock.runBy(2 * RESOLUTION_MS);
    expect(world.source.servedCounts()).toEqual({ ...counts, servedNodeCount: 2, servedPodCount: 4 });
    world.runContainer('shop', 'db-0', 'sidecar', 'n1', 0.1);
    world.endContainer('shop/web-0/app');
    await world.clock.runBy(RESOLUTION_MS);
    expect(await podNames(null)).toEqual(['infra/dns@n2', 'shop/web-1@n2']);
    expect(world.source.servedCounts()).toEqual({ ...counts, servedNodeCount: 2, servedPodCount: 2 });
    await world.clock.runBy(RESOLUTION_MS);
    expect(world.source.servedCounts()).toEqual({ ...counts, servedNodeCount: 2, servedPodCount: 3 });
  });

  test('traces a pod’s usage to its two samples', async () => {
    smallWorld();
    await world.start();
    await world.clock.runBy(2 * RESOLUTION_MS);
    const [before, last] = world.scrapes.filter(({ node }) => node === 'n1').slice(-2);
    const trace = world.source.trace({ namespace: 'shop', name: 'db-0' });
    expect(trace).toMatchObject({ nodeName: 'n1', containers: [{ name: 'app', isFromStart: false }] });
    const container = trace?.containers[0];
    expect(container?.last.atMs).toBe(Math.trunc(START_AT_MS + (last?.atMs ?? 0)));
    expect(container?.previous?.atMs).toBe(Math.trunc(START_AT_MS + (before?.atMs ?? 0)));
    const used = (container?.last.cpuNanoseconds ?? 0) - (container?.previous?.cpuNanoseconds ?? 0);
    expect(container?.rate).toMatchObject({ cpuNanoseconds: used, memory: '1Mi' });
  });
});
