import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HpaSpec } from '../../src/core/autoscaling/types.ts';
import { DEPLOYMENTS, PODS, type Pod, SERVICES } from '../../src/lab/world/objects.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { type Interception, statusAnswer, TopStage } from './support/top-stage.ts';

const HPAS: ResourceType = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  isNamespaced: true,
};

let stage: TopStage;
let pod: string;
let node: string;

/** One pod that works 200m and idles 1m, with an HPA; a story for all tests, because none changes it. */
beforeAll(async () => {
  stage = new TopStage();
  const { cluster } = stage;
  await cluster.start();
  const labels = { app: 'web' };
  const resources = { limits: { cpu: '500m' }, requests: { cpu: '100m' } };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'shop:1', resources }] } };
  await cluster.client.create(DEPLOYMENTS, object('web', { replicas: 1, selector: { matchLabels: labels }, template }));
  await cluster.client.create(SERVICES, object('web', { selector: labels, ports: [{ port: 80 }] }));
  await cluster.client.create(HPAS, object('web', hpaSpec('cpu')));
  await cluster.client.create(HPAS, object('elsewhere', { ...hpaSpec('cpu'), scaleTargetRef: targetOf('none') }));
  await cluster.runTo(10);
  cluster.world.setLoad('default/web', { kind: 'constant', perSecond: 20 });
  await cluster.runTo(90);
  const [first] = await cluster.list<Pod>(PODS, 'default');
  pod = first?.metadata.name ?? '';
  node = first?.spec.nodeName ?? '';
});
afterAll(() => stage.cluster.end());
beforeEach(() => {
  stage.interception = () => undefined;
  stage.notices.length = 0;
});

function object(name: string, spec: object): KubeObject {
  return { metadata: { name, namespace: 'default' }, ...{ spec } };
}

function targetOf(name: string) {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name };
}

function hpaSpec(resource: string): HpaSpec {
  return {
    scaleTargetRef: targetOf('web'),
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [
      { type: 'Resource', resource: { name: resource, target: { type: 'Utilization', averageUtilization: 50 } } },
    ],
  };
}

const isMetrics = (path: string): boolean => path.startsWith('/apis/metrics.k8s.io');
const notFoundPage = (): Promise<Response> => Promise.resolve(new Response('404 page not found', { status: 404 }));
const withoutApi: Interception = (path) => (isMetrics(path) ? notFoundPage() : undefined);

/** Each interception may answer; the first that does. */
function together(...interceptions: readonly Interception[]): Interception {
  return (path, pass) => {
    for (const each of interceptions) {
      const answer = each(path, pass);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}

function at(ending: string, answer: (pass: () => Promise<Response>) => Promise<Response>): Interception {
  return (path, pass) => (path.endsWith(ending) ? answer(pass) : undefined);
}

/** Changes an object on its way. */
function changed(
  change: (object: Record<string, object>) => object,
): (pass: () => Promise<Response>) => Promise<Response> {
  return async (pass) => Response.json(change((await (await pass()).json()) as Record<string, object>));
}

/** Changes the kubelet's page on its way. */
function page(change: (text: string) => string): Interception {
  return at('/proxy/metrics/resource', async (pass) => new Response(change(await (await pass()).text())));
}

/** The metrics server answers, and has nothing of the pod. */
const notServed: Interception = (path) =>
  isMetrics(path) && path.includes('/pods/')
    ? statusAnswer(404, 'NotFound', 'podmetrics.metrics.k8s.io "default/web" not found', {
        kind: 'podmetrics',
        causes: [{ reason: 'FirstSample', message: 'one sample only' }],
      })
    : undefined;

describe('podtide top', () => {
  test('nodes, from the metrics API', async () => {
    expect(await stage.top('nodes')).toEqual({ text: NODES_TEXT, exitCode: 0 });
    expect(stage.notices).toEqual([]);
  });

  test('the same without any metrics API, from the kubelets, and what it waits for', async () => {
    stage.interception = withoutApi;
    expect(await stage.top('nodes')).toEqual({ text: NODES_TEXT, exitCode: 0 });
    expect(stage.notices).toEqual([
      { code: 'NoApi', nodeCount: 3 },
      { code: 'Waiting', nodeCount: 3, waitMsMax: 35_000 },
    ]);
  });

  test('pods too, and a metrics API that does not answer is told of', async () => {
    const down = (path: string) =>
      isMetrics(path) && path.includes('/pods')
        ? Promise.resolve(new Response('service unavailable', { status: 503, headers: { 'retry-after': '100' } }))
        : undefined;
    stage.interception = down;
    const { text } = await stage.top('pods -A --containers --sum');
    const width = pod.length + 3;
    expect(text.split('\n')).toEqual([
      `NAMESPACE   ${'POD'.padEnd(width)}NAME   CPU(cores)   MEMORY(bytes)   `,
      `default     ${pod.padEnd(width)}app    201m         32Mi            `,
      `            ${''.padEnd(width)}       ________     ________        `,
      `            ${''.padEnd(width)}       201m         32Mi            `,
      '',
    ]);
    expect(stage.notices[0]).toEqual({
      code: 'ApiUnavailable',
      message: expect.stringContaining('unable to handle the request'),
      nodeCount: 1,
    });
  });

  test('JSON has the origin, timestamps, windows and ages', async () => {
    const { text } = await stage.top(`pod ${pod} -o json`);
    expect(JSON.parse(text)).toEqual({
      apiVersion: 'podtide.dev/v1',
      kind: 'PodUsageList',
      at: expect.stringMatching(/^2026-01-01T00:/),
      origin: { kind: 'api', version: 'v1' },
      items: [
        {
          namespace: 'default',
          name: pod,
          timestamp: expect.stringMatching(/^2026-01-01T00:.*Z$/),
          windowMs: 15_000,
          ageMs: expect.any(Number),
          usage: { cpu: '201m', memory: expect.stringMatching(/^\d+(Ki)?$/) },
          containers: [{ name: 'app', usage: { cpu: '201m', memory: expect.any(String) } }],
        },
      ],
    });
  });

  test('a field selector chooses what the metrics API knows nothing of', async () => {
    expect((await stage.top(`pods --field-selector=spec.nodeName=${node}`)).text).toContain(pod);
    expect(await stage.top('pods --field-selector=spec.nodeName=other')).toEqual({ text: '', exitCode: 0 });
    expect(stage.notices).toEqual([{ code: 'NoPods', namespace: 'default' }]);
  });

  const denied: Interception = (path) =>
    path.includes('/proxy/')
      ? statusAnswer(403, 'Forbidden', 'nodes "n" is forbidden: cannot get nodes/proxy')
      : undefined;
  test.each<readonly [why: string, words: string, interception: Interception, failure: object]>([
    ['no such node', 'node nobody', () => undefined, { kind: 'notFound', message: 'nodes "nobody" not found' }],
    [
      'neither an API nor the right to ask kubelets',
      'nodes',
      together(withoutApi, denied),
      {
        kind: 'denied',
        message: expect.stringContaining('cannot get nodes/proxy'),
        hint: expect.stringContaining('podtide metrics-server'),
      },
    ],
    [
      'an API that has nothing yet',
      'nodes',
      at('/nodes', async (pass) => {
        const body = (await (await pass()).json()) as { kind: string; items: unknown[] };
        return Response.json(body.kind === 'NodeMetricsList' ? { ...body, items: [] } : body);
      }),
      { kind: 'unavailable', message: 'no node has usage yet' },
    ],
    [
      'a pod that the API has nothing of yet',
      'pod web',
      notServed,
      { kind: 'unavailable', message: 'pod default/web has no usage yet: one sample only' },
    ],
    [
      'no right to ask the API',
      'pods',
      (path) =>
        path.endsWith('/pods') && isMetrics(path)
          ? statusAnswer(403, 'Forbidden', 'pods.metrics.k8s.io is forbidden')
          : undefined,
      { kind: 'denied', message: 'pods.metrics.k8s.io is forbidden' },
    ],
  ])('%s', async (_why, words, interception, failure) => {
    stage.interception = interception;
    await expect(stage.top(words)).rejects.toMatchObject(failure);
  });
});

const NODES_TEXT = [
  'NAME     CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)   ',
  'node-1   321m         4%       932Mi           2%          ',
  'node-2   120m         1%       900Mi           2%          ',
  'node-3   120m         1%       900Mi           2%          ',
  '',
].join('\n');

interface Trace {
  readonly verdict: string;
  readonly headline: string;
  readonly remedy: string;
  readonly links: readonly ({ readonly code: string; readonly standing: string } & Readonly<Record<string, unknown>>)[];
}

async function trace(name: string): Promise<Trace & { readonly exitCode: number }> {
  const { text, exitCode } = await stage.top(`pod ${name} --trace -o json`);
  return { ...JSON.parse(text), exitCode };
}

describe('podtide top --trace', () => {
  test('follows the number from the cgroup to the HPA, and each step leads to the next', async () => {
    const { verdict, links, exitCode } = await trace(pod);
    expect({ verdict, exitCode, codes: links.map(({ code }) => code) }).toEqual({
      verdict: 'whole',
      exitCode: 0,
      codes: ['PodRunning', 'NodeReady', 'CgroupCounters', 'TwoSamples', 'Rate', 'ApiServed', 'HpaReckons'],
    });
    const [, , cgroup, pair, rate, served, hpa] = links;
    expect(cgroup).toMatchObject({ container: 'app', version: 2, id: expect.stringMatching(/^lab:\/\//) });
    const usedNanoseconds = Number(pair?.['laterCpuNanoseconds']) - Number(pair?.['earlierCpuNanoseconds']);
    expect(rate).toMatchObject({
      cpuNanoseconds: usedNanoseconds,
      windowMs: Number(pair?.['laterAtMs']) - Number(pair?.['earlierAtMs']),
    });
    expect(usedNanoseconds / 1e6 / Number(rate?.['windowMs'])).toBeCloseTo(0.201, 3);
    expect(served).toMatchObject({ version: 'v1', containers: [{ name: 'app', cpu: '201m' }] });
    expect(hpa).toMatchObject({
      hpa: 'default/web',
      share: { usageMilli: 201, requestMilli: 100 },
      metric: { current: 201, target: 50, proposedReplicas: 5 },
    });
  });

  const unreached = (detail: string) =>
    at('/proxy/metrics/resource', () =>
      statusAnswer(503, 'ServiceUnavailable', `error trying to reach service: ${detail}`),
    );
  const nodeObject =
    (change: (object: Record<string, object>) => object): Interception =>
    (path, pass) =>
      path === `/api/v1/nodes/${node}` ? changed(change)(pass) : undefined;
  const podObject =
    (status: object, spec: object = {}): Interception =>
    (path, pass) =>
      path === `/api/v1/namespaces/default/pods/${pod}`
        ? changed((object) => ({ ...object, status, spec: { ...object['spec'], ...spec } }))(pass)
        : undefined;

  test.each<readonly [why: string, interception: Interception, broken: object]>([
    [
      'no node found for it',
      podObject(
        {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
        },
        { nodeName: '' },
      ),
      { code: 'PodUnscheduled', reason: 'Unschedulable', message: '0/3 nodes' },
    ],
    [
      'its image cannot be pulled',
      podObject({
        phase: 'Pending',
        containerStatuses: [{ name: 'app', state: { waiting: { reason: 'ImagePullBackOff' } } }],
      }),
      { code: 'PodNotRunning', phase: 'Pending', reason: 'ImagePullBackOff' },
    ],
    [
      'the node is gone',
      (path) =>
        path === `/api/v1/nodes/${node}` ? statusAnswer(404, 'NotFound', `nodes "${node}" not found`) : undefined,
      { code: 'NodeMissing' },
    ],
    [
      'the node is not ready',
      together(
        nodeObject((object) => ({
          ...object,
          status: {
            ...object['status'],
            conditions: [
              {
                type: 'Ready',
                status: 'Unknown',
                reason: 'NodeStatusUnknown',
                message: 'Kubelet stopped posting node status.',
              },
            ],
          },
        })),
        unreached('dial tcp 127.0.10.1:10250: i/o timeout'),
      ),
      { code: 'NodeNotReady', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
    ],
    [
      'the kubelet is not reached',
      unreached('dial tcp 127.0.10.1:10250: connect: connection refused'),
      {
        code: 'KubeletFailed',
        problem: { code: 'ProxyUnreached', detail: 'dial tcp 127.0.10.1:10250: connect: connection refused' },
      },
    ],
    [
      'the kubelet’s certificate is of nobody',
      unreached('tls: failed to verify certificate: x509: certificate signed by unknown authority'),
      { code: 'KubeletFailed', problem: { code: 'ProxyCertificate', detail: expect.stringContaining('x509') } },
    ],
    [
      'the kubelet refuses the API server',
      at('/proxy/metrics/resource', async () => new Response('Forbidden (user=kube-apiserver)', { status: 403 })),
      { code: 'KubeletFailed', problem: { code: 'ProxyForbidden', answer: 'Forbidden (user=kube-apiserver)' } },
    ],
    [
      'the kubelet reports other pods only',
      page((text) => text.replaceAll(`pod="${pod}"`, 'pod="other"')),
      { code: 'PodNotReported' },
    ],
    [
      'a container reports no memory',
      page((text) => text.replace(/^(container_memory_working_set_bytes\{.*\}) \S+/gm, '$1 0')),
      { code: 'ZeroSample', container: 'app', lacks: 'memory' },
    ],
    ['the kubelet measures no more', frozenPage(), { code: 'OneSample', container: 'app' }],
    [
      'the metrics server has not scraped it',
      () => undefined,
      { code: 'PodNotServed', version: 'v1', causes: ['one sample only'] },
    ],
    [
      'the metrics server saw every counter go back',
      (path) =>
        isMetrics(path) && path.includes('/pods/')
          ? Promise.resolve(Response.json({ metadata: { name: pod }, timestamp: null, window: '0s', containers: [] }))
          : undefined,
      { code: 'ApiServedEmpty', version: 'v1' },
    ],
  ])('a missing number: %s', async (_why, interception, broken) => {
    stage.interception = together(interception, notServed);
    const { verdict, headline, links, exitCode } = await trace(pod);
    const first = links.find(({ standing }) => standing === 'broken');
    expect({ verdict, exitCode }).toEqual({ verdict: 'lost', exitCode: 1 });
    expect(first).toMatchObject(broken);
    expect(headline).toBe(`the usage of pod default/${pod} is missing: ${first?.['text']}`);
  });

  test('a counter that went back', async () => {
    let scrapeCount = 0;
    stage.interception = together(
      notServed,
      page((text) => {
        scrapeCount += 1;
        const cpu = /^(container_cpu_usage_seconds_total\{[^}]*\}) \S+ (\S+)/gm;
        const isFirst = scrapeCount === 1;
        return text
          .replace(cpu, (_line, series, stamp) => `${series} ${isFirst ? 100 : 1} ${Number(stamp) + scrapeCount}`)
          .replace(
            /^(container_memory_working_set_bytes\{[^}]*\} \S+) (\S+)/gm,
            (_line, series, stamp) => `${series} ${Number(stamp) + scrapeCount}`,
          )
          .replace(/^container_start_time_seconds.*\n/gm, '');
      }),
    );
    expect((await trace(pod)).links.find(({ standing }) => standing === 'broken')).toMatchObject({
      code: 'CounterWentBack',
      container: 'app',
    });
  });

  test('no such pod', async () => {
    expect(await trace('nobody')).toMatchObject({ verdict: 'lost', exitCode: 4, links: [{ code: 'PodMissing' }] });
  });

  test('without any metrics API the samples are there, and nobody serves them', async () => {
    stage.interception = withoutApi;
    const { links, exitCode } = await trace(pod);
    expect(links.filter(({ standing }) => standing === 'broken').map(({ code }) => code)).toEqual([
      'ApiMissing',
      'HpaFails',
    ]);
    expect(links.some(({ code }) => code === 'Rate')).toBe(true);
    expect(exitCode).toBe(1);
  });

  test('an APIService that is not available says so in its condition’s words', async () => {
    const condition = { type: 'Available', status: 'False', reason: 'MissingEndpoints', message: 'no addresses' };
    stage.interception = (path) => {
      if (path.startsWith('/apis/apiregistration.k8s.io/v1/apiservices/')) {
        return Promise.resolve(Response.json({ metadata: { name: 'x' }, status: { conditions: [condition] } }));
      }
      return isMetrics(path) && path.includes('/namespaces/')
        ? Promise.resolve(new Response('service unavailable', { status: 503, headers: { 'retry-after': '100' } }))
        : undefined;
    };
    const { links } = await trace(pod);
    expect(links.find(({ standing }) => standing === 'broken')).toMatchObject({
      code: 'ApiUnavailable',
      version: 'v1',
      reason: 'MissingEndpoints',
      message: 'no addresses',
    });
  });

  test('who may ask nobody is told which rights are missing', async () => {
    stage.interception = (path) =>
      isMetrics(path) || path.includes('/proxy/') || path.startsWith('/api/v1/nodes/')
        ? statusAnswer(403, 'Forbidden', `${path} is forbidden`)
        : undefined;
    const { verdict, links, exitCode } = await trace(pod);
    expect(links.filter(({ standing }) => standing === 'unseen').map(({ code }) => code)).toEqual([
      'NodeUnseen',
      'KubeletUnseen',
      'ApiUnseen',
    ]);
    expect({ verdict, exitCode }).toEqual({ verdict: 'unseen', exitCode: 3 });
  });

  test('an HPA that cannot use the number: a request that is missing', async () => {
    const ref = { namespace: 'default', name: 'web' };
    const setMetrics = (resource: string) =>
      stage.cluster.client.patch(HPAS, ref, { kind: 'merge', body: { spec: { metrics: hpaSpec(resource).metrics } } });
    await setMetrics('memory');
    try {
      const { verdict, headline, remedy, links, exitCode } = await trace(pod);
      const last = links.at(-1)?.code;
      expect({ verdict, exitCode, last }).toEqual({ verdict: 'unused', exitCode: 1, last: 'HpaFails' });
      expect(headline).toMatch(
        /^the usage of pod default\/\S+ is served, and an HPA cannot use it: default\/web could not evaluate memory \(FailedGetResourceMetric\): .*missing request for memory in container app/,
      );
      expect(remedy).toContain('Set the request on every container');
    } finally {
      await setMetrics('cpu');
    }
  });

  test('an HPA that may not use it: another one selects the same pods', async () => {
    const { client } = stage.cluster;
    await client.create(HPAS, object('second', hpaSpec('cpu')));
    try {
      const { verdict, links } = await trace(pod);
      const stops = links.filter(({ code }) => code === 'HpaStops').map(({ hpa, text }) => [hpa, text]);
      expect(verdict).toBe('unused');
      expect(stops).toEqual([
        ['default/second', expect.stringContaining('other HPAs select the same pods: default/web')],
        ['default/web', expect.stringContaining('other HPAs select the same pods: default/second')],
      ]);
    } finally {
      await client.delete(HPAS, { namespace: 'default', name: 'second' });
    }
  });
});

/** The kubelet's first page, again and again. */
function frozenPage(): Interception {
  let first: string | undefined;
  return at('/proxy/metrics/resource', async (pass) => {
    first ??= await (await pass()).text();
    return new Response(first);
  });
}
