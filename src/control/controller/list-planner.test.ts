import { describe, expect, test } from 'vitest';
import { type ListPlan, type PodMetricsDemand, planLists } from './list-planner.ts';

function demands(count: number, make: (index: number) => PodMetricsDemand): readonly PodMetricsDemand[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function counts(byNamespace: Readonly<Record<string, number>>, totalCount: number) {
  return { inNamespace: (namespace: string) => byNamespace[namespace] ?? 0, totalCount };
}

const CLUSTER: ListPlan = { kind: 'cluster' };
const bySelector: ListPlan = { kind: 'namespaces', wholeNamespaces: new Set() };
const wholeOf = (...names: string[]): ListPlan => ({ kind: 'namespaces', wholeNamespaces: new Set(names) });

describe('planLists', () => {
  const rows: readonly {
    readonly why: string;
    readonly demands: readonly PodMetricsDemand[];
    readonly pods: ReturnType<typeof counts>;
    readonly canListCluster?: boolean;
    readonly plan: ListPlan;
  }[] = [
    { why: 'nobody asks: no call, least of all a large one', demands: [], pods: counts({}, 10), plan: bySelector },
    {
      why: 'one HPA in a namespace of 3,000 pods does not fetch them all',
      demands: [{ namespace: 'big', selector: 'app=a', podCount: 10 }],
      pods: counts({ big: 3_000 }, 3_000),
      plan: bySelector,
    },
    {
      why: '100 HPAs that together select most of a namespace share one list of it',
      demands: demands(100, (index) => ({ namespace: 'shop', selector: `app=a${index}`, podCount: 10 })),
      pods: counts({ shop: 1_200 }, 50_000),
      plan: wholeOf('shop'),
    },
    {
      why: '5,000 HPAs alone in their namespaces do not make 5,000 calls',
      demands: demands(5_000, (index) => ({ namespace: `ns${index}`, selector: 'app=a', podCount: 2 })),
      pods: { inNamespace: () => 2, totalCount: 10_000 },
      plan: CLUSTER,
    },
    {
      why: 'a tenant of some namespaces never asks for all of them',
      demands: demands(50, (index) => ({ namespace: `ns${index}`, selector: 'app=a', podCount: 2 })),
      pods: { inNamespace: () => 2, totalCount: 100 },
      canListCluster: false,
      plan: wholeOf(...Array.from({ length: 50 }, (_, index) => `ns${index}`)),
    },
    {
      why: 'two HPAs with the same selector cost one call',
      demands: demands(2, () => ({ namespace: 'shop', selector: 'app=a', podCount: 40 })),
      pods: counts({ shop: 100 }, 1_000),
      plan: bySelector,
    },
    {
      why: 'selectors not known yet are taken to differ',
      demands: demands(2, () => ({ namespace: 'shop', selector: null, podCount: 40 })),
      pods: counts({ shop: 100 }, 1_000),
      plan: wholeOf('shop'),
    },
  ];
  for (const row of rows) {
    test(row.why, () => {
      expect(planLists(row.demands, row.pods, row.canListCluster ?? true)).toEqual(row.plan);
    });
  }
});
