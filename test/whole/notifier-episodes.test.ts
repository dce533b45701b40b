import { afterEach, describe, expect, test } from 'vitest';
import type { User } from '../../src/lab/apiserver/authentication.ts';
import { ToldNotices } from './support/told-notices.ts';
import { FACE_1_36, FACES, SHOP, WatchedWorld } from './support/watched-world.ts';

let world: WatchedWorld;
let told: ToldNotices;

async function begin(face = FACE_1_36, users: Readonly<Record<string, User>> = {}): Promise<void> {
  world = new WatchedWorld(face, users);
  told = new ToldNotices(world);
  await world.begin();
}

async function watching(options: Parameters<WatchedWorld['watch']>[0] = {}) {
  const { watch, stop } = await world.watch(options);
  const end = told.begin(watch);
  return {
    watch,
    /** As a process that is asked to end. */
    end: async () => {
      await end();
      await stop();
    },
  };
}

afterEach(() => world.end());

/** The pods of a step come up one after the other, and the HPA's next sync says that it has the new count. */
async function comeUp(name: string, from: number, to: number, seconds = 5): Promise<void> {
  for (let count = from + 1; count <= to; count++) {
    await world.runBy(seconds);
    await world.available(name, count, SHOP, to);
  }
  await world.sync(name, to);
}

describe.each(FACES)('HPAs of autoscaling/%s', (_version, face) => {
  test('steps of one scaling are one start and one completion, also a second time, and none while nothing moves', async () => {
    await begin(face);
    await world.deployment('web', 1);
    await world.hpa('web', { maxReplicas: 8 });
    await world.sync('web', 1);
    await watching();
    await world.runTo(60);
    expect(told.story()).toEqual([]);
    await world.rescale('web', 3);
    await comeUp('web', 1, 3);
    await world.rescale('web', 5);
    await comeUp('web', 3, 5);
    await world.rescale('web', 8);
    await comeUp('web', 5, 8);
    await world.runBy(60);
    const once = ['web scale.up.started 1→3', 'web scale.up.completed 1→3→5→8'];
    expect(told.story().filter((line) => line.includes('scale.'))).toEqual(once);
    // A person resets it, and it scales again.
    await world.scale('web', 1);
    await world.available('web', 1);
    await world.sync('web', 1);
    await world.runBy(60);
    await world.rescale('web', 3);
    await comeUp('web', 1, 3);
    await world.runBy(60);
    const again = ['web scale.up.started 1→3', 'web scale.up.completed 1→3'];
    expect(told.story().filter((line) => line.includes('scale.'))).toEqual([...once, ...again]);
  });
});

describe.each(FACES)('what pods say, autoscaling/%s', (_version, face) => {
  test('a scaling is not complete before its pods are available, and what keeps them is told', async () => {
    await begin(face);
    await world.deployment('web', 1);
    await world.hpa('web');
    await world.sync('web', 1);
    await watching();
    await world.rescale('web', 3);
    await world.sync('web', 3);
    const message = '0/3 nodes are available: 3 Insufficient cpu.';
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    await world.pod('web', 'web-1', { phase: 'Pending', conditions });
    await world.runBy(310);
    expect(told.story()).toEqual(['web scale.up.started 1→3', 'web scale.stuck 1→3 Unschedulable']);
    expect(told.notices[1]?.details).toMatchObject({
      kind: 'pods',
      availableReplicas: 1,
      message: `web-1: ${message}`,
    });
    await world.available('web', 3);
    await world.runBy(15);
    expect(told.story().slice(2)).toEqual(['web scale.up.completed 1→3 Unschedulable']);
    expect(world.watches.filter((path) => path.includes('/pods'))).toEqual(['/api/v1/namespaces/shop/pods?app=web']);
  });
});

describe.each(FACES)('starts, ends and gaps, autoscaling/%s', (_version, face) => {
  test('a first start, and every later one, is quiet, however many HPAs there are', async () => {
    await begin(face);
    for (let index = 0; index < 200; index++) {
      await world.deployment(`web-${index}`, 2);
      await world.hpa(`web-${index}`);
    }
    const first = await watching();
    await world.runBy(60);
    await first.end();
    await watching();
    await world.runBy(60);
    expect(told.notices).toEqual([]);
    expect(told.entries.size).toBe(201);
  });

  test('a process that ends in the middle of a scaling leaves its completion to the next', async () => {
    await begin(face);
    await world.deployment('web', 1);
    await world.hpa('web');
    await world.sync('web', 1);
    const first = await watching();
    await world.runBy(30);
    await world.rescale('web', 3);
    await world.runBy(5);
    await first.end();
    await comeUp('web', 1, 3);
    await watching();
    await world.runBy(30);
    expect(told.story()).toEqual(['web scale.up.started 1→3', 'web scale.up.completed 1→3 late']);
  });

  test('what began and ended while nobody watched is told as late', async () => {
    await begin(face);
    await world.deployment('web', 1);
    await world.hpa('web');
    await world.sync('web', 1);
    const first = await watching();
    await world.runBy(30);
    await first.end();
    await world.runBy(600);
    await world.rescale('web', 4);
    await comeUp('web', 1, 4);
    await watching();
    await world.runBy(60);
    expect(told.story()).toEqual(['web scale.up.completed 1→4 late']);
  });

  test('an API server that is away for an hour hides nothing: the gap is told, and what happened in it', async () => {
    await begin(face);
    await world.deployment('web', 1);
    await world.hpa('web');
    await world.sync('web', 1);
    await watching();
    await world.runTo(60);
    // The watcher alone is cut off.
    world.fault = (request) => (request.headers.get('x-world') === null ? { kind: 'reset' } : undefined);
    world.endWatches('reset');
    await world.runTo(3_000);
    await world.rescale('web', 4);
    await comeUp('web', 1, 4);
    await world.runTo(3_660);
    world.fault = undefined;
    await world.runTo(3_720);
    expect(told.story()).toEqual(['cluster watcher.gap', 'web scale.up.completed 1→4 late']);
  });

  test('an HPA that is deleted while nobody watches ends what was begun', async () => {
    await begin(face);
    await world.deployment('web', 1);
    await world.hpa('web');
    await world.sync('web', 1);
    const first = await watching();
    await world.rescale('web', 3);
    await world.runBy(5);
    await first.end();
    await world.deleteHpa('web');
    await watching();
    await world.runBy(5);
    expect(told.story()).toEqual(['web scale.up.started 1→3', 'web scale.aborted 1→3 late']);
    expect([...told.entries.keys()]).toEqual(['cluster.watched']);
  });

  test('a record that cannot be read is as if it had never been, and people are told of the gap', async () => {
    await begin(face);
    await world.deployment('web', 1);
    const { metadata } = await world.hpa('web');
    told.entries.set(`${metadata.uid}.watch`, '{"version":1,"seen');
    await watching();
    await world.runBy(5);
    expect(told.story()).toEqual(['cluster watcher.gap']);
    await world.rescale('web', 3);
    await comeUp('web', 1, 3);
    await world.runBy(15);
    expect(told.story().slice(1)).toEqual(['web scale.up.started 1→3', 'web scale.up.completed 1→3']);
  });
});

describe.each(FACES)('limits, metrics and targets, autoscaling/%s', (_version, face) => {
  const condition = (type: string, status: 'True' | 'False', reason: string) => {
    return { type, status, reason, message: `${reason} it was` } as const;
  };
  const ABLE = condition('AbleToScale', 'True', 'ReadyForNewScale');
  const ACTIVE = condition('ScalingActive', 'True', 'ValidMetricFound');
  const WITHIN = condition('ScalingLimited', 'False', 'DesiredWithinRange');
  const cpu = (averageUtilization: number) => {
    const current = { averageUtilization, averageValue: `${averageUtilization * 2}m` };
    return [{ type: 'Resource', resource: { name: 'cpu', current } }] as const;
  };

  test('each is told when it has lasted, and when it is over', async () => {
    await begin(face);
    await world.deployment('web', 10);
    await world.hpa('web');
    await world.sync('web', 10, { conditions: [ABLE, ACTIVE, WITHIN], currentMetrics: cpu(80) });
    await watching();
    await world.runBy(200);
    const say = async (conditions: readonly object[], seconds: number, metrics = cpu(80) as unknown): Promise<void> => {
      await world.sync('web', 10, { conditions, currentMetrics: metrics } as never);
      await world.runBy(seconds);
    };
    const limited = condition('ScalingLimited', 'True', 'TooManyReplicas');
    await say([ABLE, ACTIVE, limited], 59, cpu(132));
    expect(told.story()).toEqual([]);
    await say([ABLE, ACTIVE, limited], 2, cpu(132));
    expect(told.notices[0]?.details).toEqual({ kind: 'limit', wantedReplicas: 17 });
    await say([ABLE, ACTIVE, WITHIN], 125);
    await say([ABLE, condition('ScalingActive', 'False', 'FailedGetResourceMetric'), WITHIN], 150);
    expect(told.notices[2]?.details).toMatchObject({ reason: 'FailedGetResourceMetric' });
    await say([ABLE, ACTIVE, WITHIN], 65);
    await say([ABLE, condition('ScalingActive', 'False', 'ScalingDisabled'), WITHIN], 600);
    await say([ABLE, ACTIVE, WITHIN], 10, []);
    await say([ABLE, ACTIVE, WITHIN], 300, []);
    expect(told.notices[4]?.details).toMatchObject({ metricNames: ['cpu'] });
    await say([ABLE, ACTIVE, WITHIN], 65);
    await say([condition('AbleToScale', 'False', 'FailedGetScale'), ACTIVE, WITHIN], 65);
    await say([ABLE, ACTIVE, WITHIN], 65);
    expect(told.story()).toEqual([
      'web limit.max.entered',
      'web limit.max.cleared',
      'web metrics.lost',
      'web metrics.recovered',
      'web metrics.partial',
      'web metrics.recovered',
      'web target.unreachable',
      'web target.reachable',
    ]);
  });

  test('an HPA goes to zero and comes back, turns round, and goes to and fro', async () => {
    await begin(face);
    await world.deployment('web', 2);
    await world.hpa('web');
    await world.sync('web', 2);
    await watching();
    await world.rescale('web', 0);
    await world.available('web', 0);
    await world.runBy(40);
    await world.rescale('web', 1);
    await comeUp('web', 0, 1);
    await world.runBy(20);
    await world.rescale('web', 5);
    await world.runBy(5);
    await world.rescale('web', 3);
    await world.available('web', 3);
    await world.runBy(20);
    for (const count of [5, 2, 5, 2, 5]) {
      await world.rescale('web', count);
      await world.available('web', count);
      await world.sync('web', count);
      await world.runBy(60);
    }
    expect(told.story().slice(0, 6)).toEqual([
      'web scale.to_zero 2→0',
      'web scale.from_zero 0→1',
      'web scale.up.completed 0→1',
      'web scale.up.started 1→5',
      'web scale.superseded 1→5→3',
      'web scale.down.completed 5→3',
    ]);
    expect(told.story().filter((line) => line.includes('flapping'))).toEqual(['web flapping.started']);
  });
});

describe('with the rights of the seed’s role alone', () => {
  const RULES = [
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['get', 'list', 'watch'] },
  ];

  async function grant(name: string, rules: readonly object[]): Promise<void> {
    const type = (resource: string) => {
      return { group: 'rbac.authorization.k8s.io', version: 'v1', resource, isNamespaced: false };
    };
    await world.client.create(type('clusterroles'), { metadata: { name }, rules } as never);
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'watcher' }];
    await world.client.create(type('clusterrolebindings'), { metadata: { name }, roleRef, subjects } as never);
  }

  test('every missing right is named, and completions say that nobody could look at pods', async () => {
    await begin(FACE_1_36, { 'watcher-token': { name: 'watcher', groups: ['system:authenticated'] } });
    await grant('seed', RULES);
    await world.deployment('web', 1);
    await world.hpa('web');
    await world.sync('web', 1);
    const warnings: string[] = [];
    const log = { ...quietLog(warnings) };
    await watching({ client: world.clientOptions('watcher-token'), log });
    expect(warnings).toEqual([
      'this account may not: ' +
        ['deployments', 'statefulsets', 'replicasets']
          .flatMap((resource) => [`list ${resource}.apps`, `watch ${resource}.apps`])
          .map((right) => `${right} (whether their pods are available is not known: completions stay unverified)`)
          .join(', ') +
        ', list pods (why pods do not come up is not told), watch pods (why pods do not come up is not told)' +
        ', get */scale.* (targets of other kinds are not seen)',
    ]);
    await world.rescale('web', 3);
    await comeUp('web', 1, 3);
    await world.runBy(30);
    expect(told.story()).toEqual(['web scale.up.started 1→3', 'web scale.up.completed 1→3 unverified']);
    // Rights that come later are used within minutes.
    await grant('more', [
      { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'replicasets'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
      { apiGroups: ['*'], resources: ['*/scale'], verbs: ['get'] },
    ]);
    await world.runBy(320);
    await world.rescale('web', 5);
    await comeUp('web', 3, 5);
    await world.runBy(30);
    expect(told.story().slice(2)).toEqual(['web scale.up.started 3→5', 'web scale.up.completed 3→5']);
  });

  test('without even those it does not start, and says which rule is missing', async () => {
    await begin(FACE_1_36, { 'watcher-token': { name: 'watcher', groups: ['system:authenticated'] } });
    await expect(watching({ client: world.clientOptions('watcher-token') })).rejects.toThrow(
      'this account may not: list horizontalpodautoscalers.autoscaling (nothing is seen at all), watch horizontalpodautoscalers.autoscaling (nothing is seen at all)',
    );
  });
});

function quietLog(warnings: string[]) {
  const log = {
    debug: () => {},
    info: () => {},
    warn: (message: string) => void warnings.push(message),
    error: (message: string) => void warnings.push(message),
    with: () => log,
  };
  return log;
}
