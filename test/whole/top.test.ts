import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  at,
  type Interception,
  isMetrics,
  notServed,
  statusAnswer,
  together,
  withoutApi,
} from './support/interceptions.ts';
import { TopStage } from './support/top-stage.ts';

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
    const list = JSON.parse(text);
    expect(list).toEqual({
      apiVersion: 'podtide.dev/v1',
      kind: 'PodUsageList',
      at: expect.stringMatching(/^2026-01-01T00:/),
      origin: { kind: 'api', version: 'v1' },
      items: [
        {
          namespace: 'default',
          name: pod,
          timestamp: expect.stringMatching(/^2026-01-01T00:.*Z$/),
          windowMs: expect.any(Number),
          ageMs: expect.any(Number),
          usage: { cpu: '201m', memory: expect.stringMatching(/^\d+(Ki)?$/) },
          containers: [{ name: 'app', usage: { cpu: '201m', memory: expect.any(String) } }],
        },
      ],
    });
    // From one sample of cAdvisor's to a later one, which are 10 s to 15 s apart.
    expect(list.items[0].windowMs).toBeGreaterThanOrEqual(10_000);
    expect(list.items[0].windowMs).toBeLessThanOrEqual(30_000);
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
