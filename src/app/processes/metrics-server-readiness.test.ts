import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { KubeletStanding, NodeStanding } from '../../metrics/kubelet/standing.ts';
import { ApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import { MetricsServerReadiness } from './metrics-server-readiness.ts';

const RESOLUTION_MS = 15_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** From the moment at which every node has been tried. */
const PATIENCE_SECONDS = 40;

/** What an APIService's condition says, or why it is not known. */
type Others = 'available' | 'unavailable' | 'unregistered' | 'denied';

interface Row {
  readonly why: string;
  /** Nodes, and those of them with a rate. */
  readonly nodes: readonly [count: number, measuredCount: number];
  readonly hasPodRate: boolean;
  readonly isTried?: boolean;
  readonly others?: Others;
  readonly isUpstreams?: boolean;
  /** After which look, in seconds; null: not within five minutes. */
  readonly readyAfterSeconds: number | null;
}

const ROWS: readonly Row[] = [
  { why: 'everything has a rate', nodes: [5, 5], hasPodRate: true, readyAfterSeconds: 1 },
  { why: 'four of five nodes are enough', nodes: [5, 4], hasPodRate: true, readyAfterSeconds: 1 },
  { why: 'fewer are waited for', nodes: [5, 3], hasPodRate: true, readyAfterSeconds: PATIENCE_SECONDS + 1 },
  { why: 'a node untried may yet fail', nodes: [5, 5], hasPodRate: true, isTried: false, readyAfterSeconds: null },
  { why: 'no pod has a rate, and another serves', nodes: [5, 5], hasPodRate: false, readyAfterSeconds: null },
  {
    why: 'no pod has a rate, and nobody else serves',
    nodes: [5, 5],
    hasPodRate: false,
    others: 'unavailable',
    readyAfterSeconds: PATIENCE_SECONDS + 1,
  },
  { why: 'flags that reach nobody stop a rollout', nodes: [5, 0], hasPodRate: false, readyAfterSeconds: null },
  {
    why: 'where nothing can be measured the API is there to say why',
    nodes: [5, 0],
    hasPodRate: false,
    others: 'unavailable',
    readyAfterSeconds: PATIENCE_SECONDS + 1,
  },
  {
    why: 'an API that is not registered is served by nobody',
    nodes: [5, 0],
    hasPodRate: false,
    others: 'unregistered',
    readyAfterSeconds: PATIENCE_SECONDS + 1,
  },
  { why: 'not to know is to wait', nodes: [5, 0], hasPodRate: false, others: 'denied', readyAfterSeconds: null },
  {
    why: 'a cluster without nodes has nothing to measure',
    nodes: [0, 0],
    hasPodRate: false,
    others: 'unavailable',
    readyAfterSeconds: PATIENCE_SECONDS + 1,
  },
  { why: 'upstream: one of five is enough', nodes: [5, 1], hasPodRate: true, isUpstreams: true, readyAfterSeconds: 0 },
  {
    why: 'upstream: nothing is never enough',
    nodes: [5, 0],
    hasPodRate: false,
    others: 'unavailable',
    isUpstreams: true,
    readyAfterSeconds: null,
  },
];

test.each(ROWS.map((row) => [row.why, row] as const))('%s', async (_why, row) => {
  const { clock, readiness } = begin(row);
  let readyAfterSeconds: number | null = null;
  for (let second = 0; second <= 300 && readyAfterSeconds === null; second += 1) {
    if (readiness.problem() === undefined) readyAfterSeconds = second;
    else await clock.runBy(1_000);
  }
  expect(readyAfterSeconds).toBe(row.readyAfterSeconds);
  readiness.stop();
  expect(clock.timerCount).toBe(0);
});

test('numbers that go away later: ready as before, unless upstream’s rule was asked for', async () => {
  for (const isUpstreams of [false, true]) {
    let hasPodRate = true;
    const world = begin({ nodes: [1, 1], isUpstreams }, () => hasPodRate);
    await world.clock.runBy(1_000);
    await world.readiness.reached;
    hasPodRate = false;
    expect(world.readiness.problem()).toBe(isUpstreams ? '1 of 1 nodes have numbers, and no pod has' : undefined);
    world.readiness.stop();
  }
});

test('what there is to wait for is said with the first node that fails, and what to do about it', () => {
  const { readiness } = begin({ nodes: [2, 1], hasPodRate: false });
  expect(readiness.problem()).toMatch(/^1 of 2 nodes have numbers; node node-1: .*nodes\/metrics/);
  readiness.stop();
});

function begin(row: Partial<Row>, hasPodRate = () => row.hasPodRate ?? true) {
  const clock = new VirtualClock();
  const [nodeCount, measuredCount] = row.nodes ?? [0, 0];
  const nodes = Array.from({ length: nodeCount }, (_, index) => nodeStanding(index, index < measuredCount));
  const standing = (): KubeletStanding => ({
    isSynced: true,
    isTried: row.isTried ?? true,
    hasNodeRate: measuredCount > 0,
    hasPodRate: hasPodRate(),
    isTimely: true,
    nodes,
  });
  const readiness = new MetricsServerReadiness({
    standing,
    resolutionMs: RESOLUTION_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    isUpstreams: row.isUpstreams ?? false,
    client: { get: async () => apiService(row.others ?? 'available') } as unknown as Pick<KubeClient, 'get'>,
    ioClock: clock,
    log: SILENT_LOG,
  });
  readiness.start();
  return { clock, readiness };
}

function nodeStanding(index: number, isMeasured: boolean): NodeStanding {
  return {
    name: `node-${index}`,
    url: null,
    isNodeReady: true,
    scrapedAtMs: 0,
    tookMs: 1,
    problem: isMeasured ? null : { code: 'Forbidden', answer: '' },
    goodAtMs: isMeasured ? 0 : null,
    goodBeforeAtMs: isMeasured ? 0 : null,
    nextAtMs: null,
  };
}

function apiService(others: Others): object {
  if (others === 'unregistered') throw new ApiFailure('not found', { status: 404, reason: 'NotFound', details: {} });
  if (others === 'denied') throw new Failure('denied', 'this account may not');
  const status = others === 'available' ? 'True' : 'False';
  return { metadata: { name: 'v1beta1.metrics.k8s.io' }, status: { conditions: [{ type: 'Available', status }] } };
}
