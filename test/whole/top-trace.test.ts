import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  at,
  changed,
  frozenPage,
  type Interception,
  isMetrics,
  notServed,
  page,
  statusAnswer,
  together,
  withoutApi,
} from './support/interceptions.ts';
import { HPAS, hpaSpec, object, TopStage } from './support/top-stage.ts';

let stage: TopStage;
let pod: string;
let node: string;

beforeAll(async () => {
  stage = new TopStage();
  await stage.start();
  ({ pod, node } = stage);
});
afterAll(() => stage.cluster.end());
beforeEach(() => stage.reset());

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
