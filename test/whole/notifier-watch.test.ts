import { afterEach, describe, expect, test } from 'vitest';
import type { Observation } from '../../src/core/episode/observation.ts';
import type { Attention, ClusterWatch, Observer } from '../../src/people/notify/watching/cluster-watch.ts';
import { FACES, SHOP, WatchedWorld } from './support/watched-world.ts';

const QUIET: Attention = { lookAgainAtMs: undefined, wantsPods: false, wantsTarget: false };

/** Writes down what it is shown, and asks for what a test has it ask for. */
class Notebook implements Observer {
  readonly seen: Observation[] = [];
  readonly resumptions: (readonly [number, number])[] = [];
  /** How many HPAs there were each time all of them had been looked at. */
  readonly completeCounts: number[] = [];
  attention: Attention = QUIET;

  observe(_uid: string, observation: Observation): Attention {
    this.seen.push(observation);
    return this.attention;
  }

  resumed(sinceMs: number, untilMs: number): void {
    this.resumptions.push([sinceMs, untilMs]);
  }

  lookedAtAll(uids: ReadonlySet<string>): void {
    this.completeCounts.push(uids.size);
  }

  last(): Extract<Observation, { kind: 'seen' }> {
    const last = this.seen.at(-1);
    if (last?.kind !== 'seen') throw new Error('nothing is seen');
    return last;
  }

  /** `web 3/1 late` of each observation: the target's and the available count. */
  brief(): readonly string[] {
    return this.seen.map((observation) => {
      if (observation.kind === 'gone') return 'gone';
      const { hpa, target, unwatchedSinceMs } = observation;
      const counts =
        target.kind === 'seen' ? `${target.target.specReplicas}/${target.target.availableReplicas}` : target.kind;
      return `${hpa.name} ${counts}${unwatchedSinceMs === undefined ? '' : ' late'}`;
    });
  }
}

let world: WatchedWorld;
let notebook: Notebook;

async function begin(face = FACES[0]?.[1]): Promise<void> {
  world = new WatchedWorld(face);
  notebook = new Notebook();
  await world.begin();
}

/** `random`: how far the waits between attempts are stretched, 0 to 1. */
async function watching(random = 0.5): Promise<ClusterWatch> {
  const { watch } = await world.watch({ client: { ...world.clientOptions(), random: () => random } });
  watch.begin(notebook, undefined);
  return watch;
}

afterEach(() => world.end());

describe.each(FACES)('HPAs of autoscaling/%s', (version, face) => {
  test('an HPA and its target are seen from the first list on, and at every change of either', async () => {
    await begin(face);
    await world.deployment('web', 2);
    await world.hpa('web');
    await watching();
    expect(notebook.brief()).toEqual(['web 2/2']);
    await world.rescale('web', 4);
    await world.runBy(1);
    await world.available('web', 3, SHOP, 4);
    await world.runBy(1);
    expect(notebook.brief()).toEqual(['web 2/2', 'web 4/2', 'web 4/2', 'web 4/3']);
    expect(world.watches[0]).toBe(`/apis/autoscaling/${version}/horizontalpodautoscalers`);
    const { hpa, target, pods } = notebook.last();
    expect({ hpa, target, pods }).toMatchObject({
      hpa: {
        namespace: SHOP,
        name: 'web',
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          minReplicas: 1,
          maxReplicas: 10,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
          ],
        },
        status: { currentReplicas: 2, desiredReplicas: 4 },
      },
      target: {
        kind: 'seen',
        target: { specReplicas: 4, statusReplicas: 4, readyReplicas: 3, availableReplicas: 3, isOrdered: false },
      },
      pods: { kind: 'notLooked' },
    });
  });

  test('what conditions and metrics say arrives as version 2', async () => {
    await begin(face);
    await world.deployment('web', 1);
    await world.hpa('web');
    await watching();
    await world.sync('web', 1, {
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 132, averageValue: '264m' } } },
      ],
      conditions: [{ type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'well' }],
    });
    await world.runBy(1);
    expect(notebook.last().hpa.status).toMatchObject({
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 132, averageValue: '264m' } } },
      ],
      conditions: [{ type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'well' }],
    });
  });

  test('whether and how it is to be told of stands in a label or an annotation, and nothing else of its annotations is kept', async () => {
    await begin(face);
    await world.deployment('web', 1);
    await world.hpa('web');
    await watching();
    await world.mark('web', {
      labels: { team: 'pay', 'podtide.dev/notify-route': 'pay' },
      annotations: { 'podtide.dev/notify': 'off', 'podtide.dev/notify-route': 'all', note: 'x' },
    });
    await world.runBy(1);
    const { labels } = notebook.last().hpa;
    expect(labels).toEqual({ 'podtide.dev/notify': 'off', 'podtide.dev/notify-route': 'pay', team: 'pay' });
    // Where an HPA has more labels than are kept, these are.
    expect(Object.keys(labels).slice(0, 2)).toEqual(['podtide.dev/notify', 'podtide.dev/notify-route']);
  });
});

describe('what is looked at', () => {
  test('nobody is looked at before it begins and after it has ended', async () => {
    await begin();
    await world.deployment('web', 1);
    await world.hpa('web');
    const { watch } = await world.watch();
    await world.scale('web', 2);
    await world.runBy(1);
    expect(notebook.seen).toEqual([]);
    watch.begin(notebook, undefined);
    watch.end();
    await world.scale('web', 3);
    await world.runBy(1);
    expect(notebook.brief()).toEqual(['web 2/1']);
  });

  test('an HPA that goes, and one of its name that comes, are two', async () => {
    await begin();
    await world.deployment('web', 1);
    await world.hpa('web');
    await watching();
    await world.deleteHpa('web');
    await world.hpa('web');
    await world.runBy(1);
    expect(notebook.brief()).toEqual(['web 1/1', 'gone', 'web 1/1']);
  });

  test('a target that is missing, that comes, and another one', async () => {
    await begin();
    await world.hpa('web');
    await watching();
    await world.deployment('web', 1);
    await world.runBy(1);
    await world.deployment('other', 5);
    const { type, decode, encode } = world.hpaApi ?? failed();
    const hpa = decode(await world.client.get(type, { namespace: SHOP, name: 'web' }));
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' };
    await world.client.replace(type, encode({ ...hpa, spec: { ...hpa.spec, scaleTargetRef } }));
    await world.runBy(1);
    // What becomes of the first one is no concern any more.
    await world.scale('web', 2);
    await world.runBy(1);
    expect(notebook.brief()).toEqual(['web missing', 'web 1/0', 'web 1/1', 'web 5/5']);
  });

  test('it looks again when it was asked to', async () => {
    await begin();
    await world.deployment('web', 1);
    await world.hpa('web');
    notebook.attention = { lookAgainAtMs: world.clock.nowMs() + 30_000, wantsPods: false, wantsTarget: false };
    const watch = await watching();
    notebook.attention = QUIET;
    expect(notebook.seen).toHaveLength(1);
    await world.runTo(29);
    expect(notebook.seen).toHaveLength(1);
    await world.runTo(31);
    expect(notebook.seen.map(({ atMs }) => world.secondsOf(atMs))).toEqual([0, 30]);
    expect(watch.standing()).toMatchObject({ isSynced: true, isInSight: true, hpaCount: 1, podWatchCount: 0 });
  });
});

describe('pods', () => {
  const READY = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const PENDING = {
    phase: 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available: cpu' },
    ],
  };

  test('are watched by the target’s selector while somebody wants to know', async () => {
    await begin();
    await world.deployment('web', 2);
    await world.hpa('web');
    await world.pod('web', 'web-0', READY);
    await world.pod('other', 'other-0', READY);
    notebook.attention = { lookAgainAtMs: undefined, wantsPods: true, wantsTarget: true };
    const watch = await watching();
    await world.pod('web', 'web-1', PENDING);
    await world.runBy(1);
    expect(world.watches.filter((path) => path.includes('/pods'))).toEqual(['/api/v1/namespaces/shop/pods?app=web']);
    expect(notebook.last().pods).toEqual({
      kind: 'seen',
      podCount: 2,
      readyCount: 1,
      worst: { cause: 'Unschedulable', podName: 'web-1', message: '0/3 nodes are available: cpu' },
    });
    notebook.attention = QUIET;
    await world.pod('web', 'web-1', READY);
    await world.runBy(1);
    expect(notebook.last().pods).toEqual({ kind: 'seen', podCount: 2, readyCount: 2, worst: undefined });
    expect(watch.standing().podWatchCount).toBe(0);
    const seenCount = notebook.seen.length;
    await world.deletePod('web-1');
    await world.runBy(1);
    expect(notebook.seen).toHaveLength(seenCount);
  });
});

describe('a watch that is lost', () => {
  test.each([
    ['is closed by the server, as every few minutes', 'closed'],
    ['breaks', 'reset'],
  ] as const)('goes on when it %s: nothing is late, nothing is lost', async (_why, how) => {
    await begin();
    await world.deployment('web', 1);
    await world.hpa('web');
    await watching();
    world.endWatches(how);
    await world.scale('web', 3);
    await world.runBy(5);
    expect(notebook.brief()).toEqual(['web 1/1', 'web 3/1']);
    expect(notebook.resumptions).toEqual([]);
  });

  test('a version that has expired is listed anew', async () => {
    await begin();
    await world.deployment('web', 1);
    await world.hpa('web');
    await watching();
    let goneCount = 0;
    world.fault = ({ url }) => {
      const { searchParams } = new URL(url);
      if (searchParams.get('watch') !== 'true' || searchParams.has('sendInitialEvents') || goneCount >= 2) return;
      goneCount += 1;
      return { kind: 'status', code: 410, reason: 'Expired', message: 'too old resource version' };
    };
    world.endWatches('reset');
    await world.scale('web', 3);
    await world.runBy(5);
    expect(goneCount).toBe(2);
    expect(notebook.brief().at(-1)).toBe('web 3/1');
    expect(notebook.resumptions).toEqual([]);
  });

  // Whichever part of a wait is left, and however long the wait was.
  test.each([
    [899, 0.5],
    [899, 0.99],
    [906, 0.99],
    [913, 0.99],
    [920, 0.99],
  ])(
    'an outage of %i s: nobody is looked at meanwhile, and within 35 s of its end everybody is, told as late (%d)',
    async (outageSeconds, random) => {
      await begin();
      await world.deployment('web', 1);
      await world.hpa('web');
      await world.deployment('idle', 1);
      await world.hpa('idle');
      notebook.attention = { lookAgainAtMs: world.clock.nowMs() + 60_000, wantsPods: false, wantsTarget: false };
      const watch = await watching(random);
      notebook.attention = QUIET;
      world.fault = () => ({ kind: 'reset' });
      world.endWatches('reset');
      await world.runTo(outageSeconds);
      expect(notebook.seen).toHaveLength(2);
      expect(watch.standing().isInSight).toBe(false);
      world.fault = undefined;
      await world.scale('web', 4);
      await world.runTo(outageSeconds + 35);
      expect(notebook.brief().slice(2).toSorted()).toEqual(['idle 1/1 late', 'web 4/1 late']);
      expect(notebook.resumptions.map(([since]) => world.secondsOf(since))).toEqual([0]);
      expect(notebook.completeCounts).toEqual([2, 2]);
      expect(notebook.last().unwatchedSinceMs).toBe(notebook.resumptions[0]?.[0]);
      expect(watch.standing().isInSight).toBe(true);
      // From here on nothing is late.
      await world.available('web', 4);
      await world.runBy(1);
      expect(notebook.brief().at(-1)).toBe('web 4/4');
    },
  );

  test('a stream that stalls without a word is out of sight, and is broken off', async () => {
    await begin();
    await world.deployment('web', 1);
    await world.hpa('web');
    const watch = await watching();
    world.stallWatches();
    await world.scale('web', 4);
    await world.runTo(99);
    expect(watch.standing().isInSight).toBe(true);
    await world.runTo(103);
    expect(watch.standing().isInSight).toBe(false);
    await world.runTo(160);
    expect(watch.standing().isInSight).toBe(true);
    expect(notebook.brief()).toEqual(['web 1/1', 'web 4/1 late']);
  });
});

function failed(): never {
  throw new Error('the world has not begun');
}
