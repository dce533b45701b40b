import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { PodMetrics } from '../../metrics/source/port.ts';
import { PodProjection } from '../facts/pod-projection.ts';
import type { ListPlan } from './list-planner.ts';
import { SharedPodMetrics } from './shared-pod-metrics.ts';

const SIGNAL = new AbortController().signal;
const CLUSTER: ListPlan = { kind: 'cluster' };
const SHOP_WHOLE: ListPlan = { kind: 'namespaces', wholeNamespaces: new Set(['shop']) };
const BY_SELECTOR: ListPlan = { kind: 'namespaces', wholeNamespaces: new Set() };

function item(namespace: string, name: string, labels: Record<string, string>): PodMetrics {
  return { namespace, name, labels, atMs: 0, windowMs: 15_000, containers: [] };
}

const ITEMS = [
  item('shop', 'web-1', { app: 'web' }),
  item('shop', 'web-2', { app: 'web' }),
  item('shop', 'db-1', { app: 'db' }),
  item('bank', 'web-1', { app: 'web' }),
];

interface Setup {
  readonly lists: SharedPodMetrics;
  readonly clock: VirtualClock;
  readonly calls: string[];
  shortestPeriodMs: number;
  plan: ListPlan;
  answer: (namespace: string | null) => readonly PodMetrics[];
}

function setUp(plan: ListPlan): Setup {
  const clock = new VirtualClock();
  const calls: string[] = [];
  const projection = new PodProjection();
  const setup: Setup = {
    clock,
    calls,
    shortestPeriodMs: 15_000,
    plan,
    answer: (namespace) => ITEMS.filter((candidate) => namespace === null || candidate.namespace === namespace),
    lists: new SharedPodMetrics({
      clock,
      canListCluster: true,
      shortestPeriodMs: () => setup.shortestPeriodMs,
      planWindow: (_untilMs, canListCluster) => (canListCluster ? setup.plan : BY_SELECTOR),
      internLabels: (labels) => projection.internLabels(labels),
      labelsOfPod: (_namespace, name) => (name === 'bare' ? projection.internLabels({ app: 'web' }) : undefined),
      source: {
        listPods: async ({ namespace, labelSelector }) => {
          calls.push(`${namespace ?? '*'}?${labelSelector}`);
          return setup.answer(namespace);
        },
        listNodes: async () => [],
      },
    }),
  };
  return setup;
}

async function names(setup: Setup, namespace: string, selector: string): Promise<readonly string[]> {
  return (await setup.lists.read(namespace, selector, SIGNAL)).map((pod) => `${pod.namespace}/${pod.name}`);
}

describe('SharedPodMetrics', () => {
  const rows: readonly [why: string, plan: ListPlan, calls: readonly string[]][] = [
    ['one call for all', CLUSTER, ['*?']],
    ['one call for the namespace, by selector elsewhere', SHOP_WHOLE, ['shop?', 'bank?app=web']],
    ['a call for each selector', BY_SELECTOR, ['shop?app=web', 'shop?app=db', 'bank?app=web']],
  ];
  test.each(rows)('%s, and everybody gets their own pods', async (_why, plan, calls) => {
    const setup = setUp(plan);
    const answers = await Promise.all([
      names(setup, 'shop', 'app=web'),
      names(setup, 'shop', 'app=db'),
      names(setup, 'bank', 'app=web'),
      names(setup, 'shop', 'app=web'),
    ]);
    expect(answers).toEqual([
      ['shop/web-1', 'shop/web-2'],
      ['shop/db-1'],
      ['bank/web-1'],
      ['shop/web-1', 'shop/web-2'],
    ]);
    expect(setup.calls).toEqual(calls);
  });

  test('a list is as old as two seconds and no older', async () => {
    const setup = setUp(CLUSTER);
    await names(setup, 'shop', 'app=web');
    setup.clock.advanceBy(1_999);
    await names(setup, 'shop', 'app=db');
    expect(setup.calls).toHaveLength(1);
    setup.clock.advanceBy(1);
    await names(setup, 'shop', 'app=db');
    expect(setup.calls).toHaveLength(2);
  });

  test('nor older than the shortest sync period', async () => {
    const setup = setUp(CLUSTER);
    setup.shortestPeriodMs = 1_000;
    await names(setup, 'shop', 'app=web');
    setup.clock.advanceBy(999);
    await names(setup, 'shop', 'app=db');
    expect(setup.calls).toHaveLength(1);
    setup.clock.advanceBy(1);
    await names(setup, 'shop', 'app=db');
    expect(setup.calls).toHaveLength(2);
  });

  test('a failure is shared too, and tried again in the next window', async () => {
    const setup = setUp(SHOP_WHOLE);
    setup.answer = () => {
      throw new Failure('unavailable', 'down');
    };
    await expect(names(setup, 'shop', 'app=web')).rejects.toThrow('down');
    await expect(names(setup, 'shop', 'app=db')).rejects.toThrow('down');
    expect(setup.calls).toHaveLength(1);
    setup.clock.advanceBy(2_000);
    setup.answer = () => [];
    expect(await names(setup, 'shop', 'app=web')).toEqual([]);
  });

  test('whoever may not look everywhere is asked so once only', async () => {
    const setup = setUp(CLUSTER);
    setup.answer = (namespace) => {
      if (namespace === null) throw new Failure('denied', 'forbidden at the cluster scope');
      return ITEMS;
    };
    expect(await names(setup, 'shop', 'app=db')).toEqual(['shop/db-1']);
    setup.clock.advanceBy(2_000);
    expect(await names(setup, 'shop', 'app=db')).toEqual(['shop/db-1']);
    expect(setup.calls).toEqual(['*?', 'shop?app=db', 'shop?app=db']);
  });

  test('a server that sends no labels is helped out by the pod cache', async () => {
    const setup = setUp(SHOP_WHOLE);
    setup.answer = () => [item('shop', 'bare', {}), item('shop', 'unknown', {})];
    expect(await names(setup, 'shop', 'app=web')).toEqual(['shop/bare']);
  });

  test('one who leaves does not end the call that others wait for', async () => {
    const setup = setUp(SHOP_WHOLE);
    const leaving = new AbortController();
    const first = setup.lists.read('shop', 'app=web', leaving.signal);
    leaving.abort();
    expect(await names(setup, 'shop', 'app=web')).toEqual(['shop/web-1', 'shop/web-2']);
    await first;
  });
});
