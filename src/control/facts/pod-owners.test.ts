import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { OWNER_CACHE_COUNT_MAX, OWNER_DEPTH_MAX, OWNER_READS_PER_SYNC_COUNT_MAX } from '../../base/limits.ts';
import type { OwnerReference } from '../../core/autoscaling/types.ts';
import { ApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeObject, ObjectRef, ResourceType } from '../../platform/kube/client.ts';
import { PodOwners } from './pod-owners.ts';
import { type Owner, type PodEntry, PodProjection } from './pod-projection.ts';
import type { ScaleTarget } from './scale-reader.ts';

const SIGNAL = new AbortController().signal;
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const ROLLOUTS: ResourceType = { group: 'argoproj.io', version: 'v1alpha1', resource: 'rollouts', isNamespaced: true };
const REPLICA_SETS: ResourceType = { ...DEPLOYMENTS, resource: 'replicasets' };

function ownerOf(kind: string, name: string, apiVersion = 'apps/v1'): Owner {
  return { apiVersion, kind, name, uid: `uid-${name}` };
}

const WEB = ownerOf('Deployment', 'web');
const WEB_SET = ownerOf('ReplicaSet', 'web-set');
const JOB = ownerOf('Job', 'migrate', 'batch/v1');

function targetOf(type: ResourceType, uid: string | undefined = WEB.uid): ScaleTarget {
  const metadata = { namespace: 'shop', name: 'web', ...(uid === undefined ? {} : { uid }) };
  return { type, scale: { metadata, spec: { replicas: 1 } } };
}

function entriesOf(...pods: readonly [name: string, owner: Owner | null][]): readonly PodEntry[] {
  const projection = new PodProjection();
  return pods.map(([name, owner]) => {
    const ownerReferences: OwnerReference[] = owner === null ? [] : [{ ...owner, controller: true }];
    return projection.project({ metadata: { namespace: 'shop', name, ownerReferences } });
  });
}

/** A server that has these objects, each with its owner, and what was asked of it. */
class OwnerServer {
  nowMs = 0;
  readonly asked: string[] = [];
  failure: Failure | undefined;
  uidOf = (name: string): string => `uid-${name}`;
  readonly owners: PodOwners;
  readonly #objects: ReadonlyMap<string, Owner | null>;

  constructor(objects: ReadonlyMap<string, Owner | null>) {
    this.#objects = objects;
    this.owners = new PodOwners({
      ioClock: { monotonicMs: () => this.nowMs },
      mapper: {
        mappings: async (group, kind) => [
          { group, version: 'v1', resource: `${kind.toLowerCase()}s`, isNamespaced: true },
        ],
      },
      client: { get: async <T extends KubeObject>(type: ResourceType, ref: ObjectRef) => this.#get(type, ref) as T },
    });
  }

  #get(type: ResourceType, { namespace, name }: ObjectRef): KubeObject {
    this.asked.push(`${type.resource}.${type.group} ${namespace}/${name}`);
    if (this.failure !== undefined) throw this.failure;
    const owner = this.#objects.get(name);
    if (owner === undefined) throw new ApiFailure(`"${name}" not found`, { status: 404, reason: 'NotFound' });
    const ownerReferences = owner === null ? [] : [{ ...owner, controller: true }];
    return { metadata: { name, uid: this.uidOf(name), ownerReferences } };
  }
}

const WEB_SERVER: ReadonlyMap<string, Owner | null> = new Map([
  [WEB_SET.name, WEB],
  [JOB.name, null],
]);

async function sort(server: OwnerServer, target: ScaleTarget, entries: readonly PodEntry[]) {
  const { owned, ownership } = await server.owners.sort(target, 'shop', entries, SIGNAL);
  return { owned: owned.map(({ fact }) => fact.name), ownership };
}

describe('whose a pod is', () => {
  const rows: readonly [
    why: string,
    type: ResourceType,
    owner: Owner | null,
    isOwned: boolean,
    asked: readonly string[],
  ][] = [
    ['of the target itself', DEPLOYMENTS, WEB, true, []],
    ['of a ReplicaSet of the target', DEPLOYMENTS, WEB_SET, true, ['replicasets.apps shop/web-set']],
    ['of nobody', DEPLOYMENTS, null, false, []],
    ['of a Job, which no Deployment owns pods through: not asked for', DEPLOYMENTS, JOB, false, []],
    ['of a ReplicaSet that is gone', DEPLOYMENTS, ownerOf('ReplicaSet', 'gone'), false, ['replicasets.apps shop/gone']],
    ['of a ReplicaSet, where the target is another one', REPLICA_SETS, WEB_SET, false, []],
    ['of a ReplicaSet that its own kind does not limit', ROLLOUTS, WEB_SET, true, ['replicasets.apps shop/web-set']],
    ['of a Job, where the target is of a kind that might own Jobs', ROLLOUTS, JOB, false, ['jobs.batch shop/migrate']],
  ];
  test.each(rows)('%s', async (_why, type, owner, isOwned, asked) => {
    const server = new OwnerServer(WEB_SERVER);
    const foreign = { owner: owner === null ? null : `${owner.kind}/${owner.name}`, pods: ['p'] };
    expect(await sort(server, targetOf(type), entriesOf(['p', owner]))).toEqual({
      owned: isOwned ? ['p'] : [],
      ownership: { kind: 'known', foreign: isOwned ? [] : [foreign] },
    });
    expect(server.asked).toEqual(asked);
  });

  test('a namesake of its owner is another object', async () => {
    const server = new OwnerServer(WEB_SERVER);
    server.uidOf = () => 'of a later one';
    expect((await sort(server, targetOf(DEPLOYMENTS), entriesOf(['p', WEB_SET]))).owned).toEqual([]);
  });

  test('many pods of an owner are one question, and foreign ones stand together by owner', async () => {
    const server = new OwnerServer(WEB_SERVER);
    const entries = entriesOf(['a', WEB_SET], ['job-1', JOB], ['b', WEB_SET], ['job-2', JOB], ['bare', null]);
    expect(await sort(server, targetOf(DEPLOYMENTS), entries)).toEqual({
      owned: ['a', 'b'],
      ownership: {
        kind: 'known',
        foreign: [
          { owner: 'Job/migrate', pods: ['job-1', 'job-2'] },
          { owner: null, pods: ['bare'] },
        ],
      },
    });
    expect(server.asked).toHaveLength(1);
  });
});

describe('what cannot be found out is said, and all pods are handed on', () => {
  const denied = new ApiFailure('replicasets is forbidden', { status: 403, reason: 'Forbidden' });

  test('the owner may not be read; asked again ten seconds later', async () => {
    const server = new OwnerServer(WEB_SERVER);
    const entries = entriesOf(['a', WEB_SET], ['job-1', JOB]);
    const unknown = {
      owned: ['a', 'job-1'],
      ownership: { kind: 'unknown', message: 'ReplicaSet/web-set: replicasets is forbidden' },
    };
    server.failure = denied;
    expect(await sort(server, targetOf(DEPLOYMENTS), entries)).toEqual(unknown);
    server.failure = undefined;
    server.nowMs = 9_999;
    expect(await sort(server, targetOf(DEPLOYMENTS), entries)).toEqual(unknown);
    server.nowMs = 10_000;
    expect((await sort(server, targetOf(DEPLOYMENTS), entries)).owned).toEqual(['a']);
    expect(server.asked).toHaveLength(2);
  });

  test('a scale without a uid', async () => {
    const { ownership } = await sort(new OwnerServer(WEB_SERVER), targetOf(DEPLOYMENTS, ''), entriesOf(['a', WEB_SET]));
    expect(ownership).toEqual({ kind: 'unknown', message: 'the scale of deployments.apps web names no uid' });
  });

  test('owners that go up without end', async () => {
    const levels = Array.from({ length: OWNER_DEPTH_MAX + 2 }, (_, level) => ownerOf('Part', `part-${level}`, 'x/v1'));
    const server = new OwnerServer(new Map(levels.map(({ name }, level) => [name, levels[level + 1] ?? null])));
    const { ownership } = await sort(server, targetOf(ROLLOUTS), entriesOf(['a', levels[0] as Owner]));
    expect(ownership).toEqual({ kind: 'unknown', message: 'Part/part-0 has owners more than 4 levels up' });
  });

  test('more new owners than one sync asks for; the next one goes on', async () => {
    const sets = Array.from({ length: OWNER_READS_PER_SYNC_COUNT_MAX + 1 }, (_, index) =>
      ownerOf('ReplicaSet', `set-${index}`),
    );
    const server = new OwnerServer(new Map(sets.map(({ name }) => [name, WEB])));
    const entries = entriesOf(...sets.map((set): [string, Owner] => [`p-${set.name}`, set]));
    expect((await sort(server, targetOf(DEPLOYMENTS), entries)).ownership).toEqual({
      kind: 'unknown',
      message: 'the matching pods have more than 100 owners that are not known yet; the next sync goes on',
    });
    expect((await sort(server, targetOf(DEPLOYMENTS), entries)).owned).toHaveLength(sets.length);
    expect(server.asked).toHaveLength(sets.length);
  });

  test('a sync that is cut off is no answer', async () => {
    const server = new OwnerServer(WEB_SERVER);
    const stopping = new AbortController();
    server.failure = new Failure('unavailable', 'cut off');
    stopping.abort(server.failure);
    const sorting = server.owners.sort(targetOf(DEPLOYMENTS), 'shop', entriesOf(['a', WEB_SET]), stopping.signal);
    await expect(sorting).rejects.toThrow('cut off');
    expect(server.owners.size).toBe(0);
  });
});

describe('answers are remembered', () => {
  test('ten minutes when they are known, one when the owner is gone', async () => {
    const server = new OwnerServer(WEB_SERVER);
    const gone = ownerOf('ReplicaSet', 'gone');
    const entries = entriesOf(['a', WEB_SET], ['b', gone]);
    const askedAt = async (nowMs: number): Promise<number> => {
      server.nowMs = nowMs;
      await sort(server, targetOf(DEPLOYMENTS), entries);
      return server.asked.length;
    };
    expect([await askedAt(0), await askedAt(59_999), await askedAt(60_000), await askedAt(600_000)]).toEqual([
      2, 2, 3, 5,
    ]);
  });

  test('as many as the limit, the oldest giving way', async () => {
    const server = new OwnerServer(new Map());
    for (let index = 0; index <= OWNER_CACHE_COUNT_MAX; index++) {
      await sort(server, targetOf(DEPLOYMENTS), entriesOf(['p', ownerOf('ReplicaSet', `set-${index}`)]));
    }
    expect(server.owners.size).toBe(OWNER_CACHE_COUNT_MAX);
    server.asked.length = 0;
    await sort(server, targetOf(DEPLOYMENTS), entriesOf(['p', ownerOf('ReplicaSet', 'set-1')]));
    await sort(server, targetOf(DEPLOYMENTS), entriesOf(['p', ownerOf('ReplicaSet', 'set-0')]));
    expect(server.asked).toEqual(['replicasets.apps shop/set-0']);
  });
});
