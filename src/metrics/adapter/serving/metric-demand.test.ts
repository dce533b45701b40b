import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Log, SILENT_LOG } from '../../../base/log.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { createHandleTransport } from '../../../platform/kube/handle-transport.ts';
import { HPA_API_V2 } from '../../../platform/kube/hpa-api.ts';
import { type FollowedDemand, followHpaDemand } from './metric-demand.ts';

const metric = (name: string) => ({ metric: { name } });

const HPAS = [
  {
    name: 'good',
    metrics: [
      { type: 'Pods', pods: metric('work') },
      { type: 'External', external: metric('queue') },
    ],
  },
  { name: 'usage', metrics: [{ type: 'Resource', resource: { name: 'cpu' } }] },
  { name: 'object', metrics: [{ type: 'Object', object: metric('orders') }, { type: 'Pods' }] },
  { name: 'plain' },
  { name: 'broken', metrics: 'none' },
];

let demand: FollowedDemand | undefined;

afterEach(() => demand?.stop());

/** A cluster that lists those HPAs, and in which nothing happens afterwards. */
async function answer(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  if (searchParams.has('sendInitialEvents')) {
    const refusal = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'Invalid',
      code: 422,
      message: 'no',
    };
    return Response.json(refusal, { status: 422 });
  }
  if (searchParams.has('watch')) return new Response(new ReadableStream());
  const items = HPAS.map(({ name, ...spec }, index) => ({
    metadata: { namespace: 'shop', name, resourceVersion: String(index + 1) },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 3, ...spec },
  }));
  return Response.json({
    kind: 'HorizontalPodAutoscalerList',
    apiVersion: 'autoscaling/v2',
    metadata: { resourceVersion: '9' },
    items,
  });
}

test('the names of all HPAs’ metrics are known once all are listed; one that cannot be read is told and hides no other', async () => {
  const clock = new VirtualClock({ turn: () => setImmediate() });
  const told: unknown[] = [];
  const log: Log = { ...SILENT_LOG, warn: (_message, fields) => told.push(fields?.['hpa']), with: () => log };
  const client = {
    transport: createHandleTransport(answer),
    ioClock: clock,
    userAgent: 'test/1',
    log,
    random: () => 0,
  };
  demand = followHpaDemand(client, HPA_API_V2, clock);
  let callsCount = 0;
  demand.subscribe(() => {
    callsCount += 1;
  });
  expect(demand.wanted).toBeUndefined();
  await demand.start();
  expect(demand.wanted).toEqual({ custom: new Set(['work', 'orders']), external: new Set(['queue']) });
  await clock.runBy(1_000);
  expect([callsCount, told]).toEqual([1, ['shop/broken']]);
});
