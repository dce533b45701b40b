import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { OWNER_CACHE_COUNT_MAX, OWNER_DEPTH_MAX, OWNER_READS_PER_SYNC_COUNT_MAX } from '../../base/limits.ts';
import type { ForeignPods, OwnershipFact } from '../../core/engine/facts.ts';
import { isApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient, ObjectRef } from '../../platform/kube/client.ts';
import type { KindMapper } from './kind-mapper.ts';
import { controllerOf, type Owner, type PodEntry } from './pod-projection.ts';
import { resourceText, type ScaleTarget } from './scale-reader.ts';

/** The pods of a selector that the target owns, and whose the others are. */
export interface SortedPods {
  /** All that match when it could not be found out. */
  readonly owned: readonly PodEntry[];
  readonly ownership: OwnershipFact;
}

export interface PodOwnersPorts {
  readonly client: Pick<KubeClient, 'get'>;
  readonly mapper: KindMapper;
  readonly ioClock: Pick<IoClock, 'monotonicMs'>;
}

/** How long an owner's own owner is believed: it changes only by adoption. */
const KNOWN_MS = 600_000;
/** How long an owner that is gone stays gone, real ms. */
const GONE_MS = 60_000;
/** How long a read that failed is not repeated, real ms. */
const FAILED_MS = 10_000;

/**
 * What may stand between a target of a built-in kind and its pods, as `Kind.group`. Owners of any other kind lead
 * elsewhere, so that nobody has to be allowed to read Jobs because they carry a Deployment's labels. A target that is
 * not here may own through anything.
 */
const BETWEEN: Readonly<Record<string, readonly string[]>> = {
  'deployments.apps': ['ReplicaSet.apps'],
  'replicasets.apps': [],
  'statefulsets.apps': [],
  replicationcontrollers: [],
};

type Answer =
  | { readonly kind: 'known'; readonly owner: Owner | null }
  /** Not to be had. */
  | { readonly kind: 'failed'; readonly failure: Failure };

/**
 * Tells which pods a scale's object owns: by their controller's uid, and where that is another one by its own
 * controller, up to the object itself. Answers are remembered by uid; what cannot be found out is said, never guessed.
 */
export class PodOwners {
  readonly #ports: PodOwnersPorts;
  readonly #answers = new Map<string, { readonly answer: Answer; readonly untilMs: number }>();

  constructor(ports: PodOwnersPorts) {
    this.#ports = ports;
  }

  /** Never rejects for what the world says; rejects when `signal` aborts. */
  async sort(
    { type, scale }: ScaleTarget,
    namespace: string,
    entries: readonly PodEntry[],
    signal: AbortSignal,
  ): Promise<SortedPods> {
    const { uid = '', name } = scale.metadata;
    if (uid === '') return unknown(entries, `the scale of ${resourceText(type)} ${name} names no uid`);
    const walk: Walk = { uid, between: BETWEEN[resourceText(type)], namespace, readCount: 0, signal };
    const owned: PodEntry[] = [];
    const foreign: ForeignPods[] = [];
    try {
      for (const ofOwner of Map.groupBy(entries, ({ owner }) => owner?.uid).values()) {
        const owner = ofOwner[0]?.owner ?? null;
        if (owner !== null && (await this.#leadsToTarget(owner, walk))) owned.push(...ofOwner);
        else
          foreign.push({ owner: owner === null ? null : ownerText(owner), pods: ofOwner.map(({ fact }) => fact.name) });
      }
    } catch (thrown) {
      if (!(thrown instanceof Failure) || signal.aborted) throw thrown;
      return unknown(entries, thrown.message);
    }
    return { owned, ownership: { kind: 'known', foreign } };
  }

  /** How many answers are remembered. */
  get size(): number {
    return this.#answers.size;
  }

  async #leadsToTarget(owner: Owner, walk: Walk): Promise<boolean> {
    let current = owner;
    for (let depth = 0; depth < OWNER_DEPTH_MAX; depth++) {
      if (current.uid === walk.uid) return true;
      if (walk.between !== undefined && !walk.between.includes(kindText(current))) return false;
      const above = await this.#ownerOf(current, walk);
      if (above === null) return false;
      current = above;
    }
    throw new Failure('invalid', `${ownerText(owner)} has owners more than ${OWNER_DEPTH_MAX} levels up`);
  }

  /** The owner's own controller; null when it has none or is gone. Throws Failure when that cannot be had. */
  async #ownerOf(owner: Owner, walk: Walk): Promise<Owner | null> {
    const nowMs = this.#ports.ioClock.monotonicMs();
    const remembered = this.#answers.get(owner.uid);
    let answer = remembered !== undefined && remembered.untilMs > nowMs ? remembered.answer : undefined;
    if (answer === undefined) {
      if (walk.readCount >= OWNER_READS_PER_SYNC_COUNT_MAX) throw tooMany();
      walk.readCount++;
      const read = await this.#read(owner, walk);
      answer = read.answer;
      this.#remember(owner.uid, answer, nowMs + read.validMs);
    }
    if (answer.kind === 'failed') throw answer.failure;
    return answer.owner;
  }

  async #read(
    owner: Owner,
    { namespace, signal }: Walk,
  ): Promise<{ readonly answer: Answer; readonly validMs: number }> {
    const { client, mapper } = this.#ports;
    try {
      const [type] = await mapper.mappings(groupOf(owner), owner.kind, signal);
      if (type === undefined) throw new Failure('notFound', 'the server does not have this kind');
      const ref: ObjectRef = type.isNamespaced ? { namespace, name: owner.name } : { name: owner.name };
      const { metadata } = await client.get(type, ref, { signal });
      // Another object of the same name: the one that owned the pods is gone.
      if (metadata.uid !== owner.uid) return GONE;
      return { answer: { kind: 'known', owner: controllerOf(metadata.ownerReferences) }, validMs: KNOWN_MS };
    } catch (thrown) {
      if (!(thrown instanceof Failure) || signal.aborted) throw thrown;
      if (isApiFailure(thrown, 404)) return GONE;
      const failure = new Failure(thrown.kind, `${ownerText(owner)}: ${thrown.message}`, { cause: thrown });
      return { answer: { kind: 'failed', failure }, validMs: FAILED_MS };
    }
  }

  /** At the bound the answers that were given longest ago give way. */
  #remember(uid: string, answer: Answer, untilMs: number): void {
    this.#answers.delete(uid);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size < OWNER_CACHE_COUNT_MAX) break;
      this.#answers.delete(oldest);
    }
    this.#answers.set(uid, { answer, untilMs });
  }
}

/** One sync's way up from its pods. */
interface Walk {
  readonly uid: string;
  /** Kinds that may stand between; undefined when any may. */
  readonly between: readonly string[] | undefined;
  readonly namespace: string;
  readCount: number;
  readonly signal: AbortSignal;
}

const GONE = { answer: { kind: 'known', owner: null }, validMs: GONE_MS } as const;

function unknown(entries: readonly PodEntry[], message: string): SortedPods {
  return { owned: entries, ownership: { kind: 'unknown', message } };
}

function tooMany(): Failure {
  return new Failure(
    'unavailable',
    `the matching pods have more than ${OWNER_READS_PER_SYNC_COUNT_MAX} owners that are not known yet; the next sync goes on`,
  );
}

function groupOf({ apiVersion }: Owner): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

function kindText(owner: Owner): string {
  const group = groupOf(owner);
  return group === '' ? owner.kind : `${owner.kind}.${group}`;
}

function ownerText({ kind, name }: Owner): string {
  return `${kind}/${name}`;
}
