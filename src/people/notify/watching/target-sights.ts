import type { Clock, Release } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import type { KindMapper } from '../../../control/facts/kind-mapper.ts';
import type { CrossVersionObjectReference } from '../../../core/autoscaling/types.ts';
import type { TargetSight } from '../../../core/episode/observation.ts';
import { isApiFailure } from '../../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../../platform/kube/client.ts';
import type { Reflector } from '../../../platform/kube/reflector.ts';
import { type CachedTarget, cachedScale, type Workload, type WorkloadKind } from './observed-target.ts';

/** Whence targets come. */
export interface TargetPorts {
  readonly clock: Clock;
  /** The watch of a kind, not started; null when the rights are missing. */
  readonly openWorkloads: (kind: WorkloadKind) => Reflector<Workload, CachedTarget> | null;
  /** Reads Scales of other kinds; null when the rights are missing. */
  readonly scales: () => { readonly client: Pick<KubeClient, 'getScale'>; readonly mapper: KindMapper } | null;
}

/** Whom a change concerns. */
export interface TargetListener {
  /** What the users of this target see has changed. */
  changed(user: string): void;
  /** What is seen of a whole kind has changed: its cache is filled. */
  kindChanged(users: ReadonlySet<string>): void;
}

/** What an HPA sees of its target, and whose pods these are. */
export interface TargetView {
  readonly sight: TargetSight;
  readonly podSelector: string | undefined;
}

/** The target of an HPA. */
interface TargetUse {
  readonly namespace: string;
  readonly reference: CrossVersionObjectReference;
  /** Undefined for kinds of which only the Scale is known. */
  readonly kind: WorkloadKind | undefined;
}

interface KindCache {
  readonly cache: Reflector<Workload, CachedTarget> | null;
  /** Those who look at a target of the kind, by its key. */
  readonly usersByTarget: Map<string, Set<string>>;
  readonly users: Set<string>;
}

interface ScalePoll {
  view: TargetView;
  cancel: Release;
  readonly stopping: AbortController;
}

/** Between two looks at the Scale of a kind that is not watched. */
const POLL_MS = 5_000;
const POLL_DEADLINE_MS = 10_000;
const NOT_LOOKED: TargetView = { sight: { kind: 'notLooked' }, podSelector: undefined };
const DENIED: TargetView = { sight: { kind: 'denied' }, podSelector: undefined };
const MISSING: TargetView = { sight: { kind: 'missing' }, podSelector: undefined };

/**
 * The targets of HPAs. Deployments, StatefulSets and ReplicaSets are watched, each kind from the first HPA that has one;
 * of other kinds the Scale is read again and again, and only while somebody asks for it.
 */
export class TargetSights {
  readonly #ports: TargetPorts;
  readonly #listener: TargetListener;
  readonly #uses = new Map<string, TargetUse>();
  readonly #kinds = new Map<WorkloadKind, KindCache>();
  readonly #polls = new Map<string, ScalePoll>();

  constructor(ports: TargetPorts, listener: TargetListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  /** Says whose target a user looks at from now on. */
  follow(user: string, namespace: string, reference: CrossVersionObjectReference): void {
    const before = this.#uses.get(user);
    if (before !== undefined && before.namespace === namespace && isSame(before.reference, reference)) return;
    this.forget(user);
    const use: TargetUse = { namespace, reference, kind: workloadKindOf(reference) };
    this.#uses.set(user, use);
    if (use.kind === undefined) return;
    const kind = this.#kindCache(use.kind);
    const key = `${namespace}/${reference.name}`;
    const users = kind.usersByTarget.get(key);
    if (users === undefined) kind.usersByTarget.set(key, new Set([user]));
    else users.add(user);
    kind.users.add(user);
  }

  forget(user: string): void {
    this.poll(user, false);
    const use = this.#uses.get(user);
    this.#uses.delete(user);
    const kind = use?.kind === undefined ? undefined : this.#kinds.get(use.kind);
    if (use === undefined || kind === undefined) return;
    const key = `${use.namespace}/${use.reference.name}`;
    const users = kind.usersByTarget.get(key);
    users?.delete(user);
    if (users?.size === 0) kind.usersByTarget.delete(key);
    kind.users.delete(user);
  }

  view(user: string): TargetView {
    const use = this.#uses.get(user);
    if (use === undefined) return NOT_LOOKED;
    if (use.kind === undefined)
      return this.#ports.scales() === null ? DENIED : (this.#polls.get(user)?.view ?? NOT_LOOKED);
    const cache = this.#kinds.get(use.kind)?.cache;
    if (cache === null) return DENIED;
    if (cache?.isSynced !== true) return NOT_LOOKED;
    const target = cache.get(`${use.namespace}/${use.reference.name}`);
    return target === undefined
      ? MISSING
      : { sight: { kind: 'seen', target: target.observed }, podSelector: target.podSelector };
  }

  /** Begins or ends to read the Scale of a user's target, where that is all there is. */
  poll(user: string, isWanted: boolean): void {
    const before = this.#polls.get(user);
    const use = this.#uses.get(user);
    const isPolled = isWanted && use !== undefined && use.kind === undefined && this.#ports.scales() !== null;
    if (isPolled === (before !== undefined)) return;
    if (before !== undefined) {
      this.#polls.delete(user);
      before.cancel();
      before.stopping.abort(new Failure('unavailable', 'the Scale is not asked for any more'));
      return;
    }
    const poll: ScalePoll = { view: NOT_LOOKED, cancel: () => {}, stopping: new AbortController() };
    this.#polls.set(user, poll);
    poll.cancel = this.#ports.clock.after(0, () => this.#readScale(user, poll));
  }

  /** The caches that are watched now. */
  caches(): readonly Reflector<Workload, CachedTarget>[] {
    return [...this.#kinds.values()].flatMap(({ cache }) => cache ?? []);
  }

  /** Opens again what was denied, and closes what is denied now. */
  rightsChanged(isAllowed: (kind: WorkloadKind) => boolean): void {
    for (const [kind, known] of this.#kinds) {
      if ((known.cache !== null) === isAllowed(kind)) continue;
      void known.cache?.stop();
      this.#kinds.set(kind, this.#opened(kind, known.usersByTarget, known.users));
      this.#listener.kindChanged(known.users);
    }
  }

  async stop(): Promise<void> {
    for (const user of [...this.#polls.keys()]) this.poll(user, false);
    await Promise.all(this.caches().map((cache) => cache.stop()));
  }

  #kindCache(kind: WorkloadKind): KindCache {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const opened = this.#opened(kind, new Map(), new Set());
    this.#kinds.set(kind, opened);
    return opened;
  }

  #opened(kind: WorkloadKind, usersByTarget: Map<string, Set<string>>, users: Set<string>): KindCache {
    const cache = this.#ports.openWorkloads(kind);
    if (cache !== null) {
      const changed = (key: string): void => {
        if (!cache.isSynced) return;
        for (const user of usersByTarget.get(key) ?? []) this.#listener.changed(user);
      };
      cache.subscribe({ added: changed, updated: changed, deleted: changed });
      cache.start().then(
        () => this.#listener.kindChanged(users),
        (thrown: unknown) => {
          // Stopped before it held anything.
          if (!(thrown instanceof Failure)) throw thrown;
        },
      );
    }
    return { cache, usersByTarget, users };
  }

  /** What cannot be read now is seen as it was last. */
  async #readScale(user: string, poll: ScalePoll): Promise<void> {
    const use = this.#uses.get(user);
    const view = use === undefined ? undefined : await this.#scaleOf(use, poll.stopping.signal);
    if (this.#polls.get(user) !== poll) return;
    poll.cancel = this.#ports.clock.after(POLL_MS, () => this.#readScale(user, poll));
    if (view === undefined) return;
    poll.view = view;
    this.#listener.changed(user);
  }

  async #scaleOf({ namespace, reference }: TargetUse, signal: AbortSignal): Promise<TargetView | undefined> {
    const scales = this.#ports.scales();
    if (scales === null) return DENIED;
    const group = (reference.apiVersion ?? '').includes('/') ? (reference.apiVersion ?? '').split('/')[0] : '';
    try {
      const [type] = await scales.mapper.mappings(group ?? '', reference.kind, signal);
      if (type === undefined) return MISSING;
      const call = { signal, deadlineMs: POLL_DEADLINE_MS };
      const { observed, podSelector } = cachedScale(
        await scales.client.getScale(type, { namespace, name: reference.name }, call),
      );
      return { sight: { kind: 'seen', target: observed }, podSelector };
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      if (isApiFailure(thrown, 403)) return DENIED;
      return thrown.kind === 'notFound' ? MISSING : undefined;
    }
  }
}

/** Undefined for kinds that are not watched. As upstream, the version does not count. */
export function workloadKindOf({ apiVersion = '', kind }: CrossVersionObjectReference): WorkloadKind | undefined {
  if (!/^(apps|extensions)\//.test(apiVersion)) return undefined;
  return kind === 'Deployment' || kind === 'StatefulSet' || kind === 'ReplicaSet' ? kind : undefined;
}

function isSame(left: CrossVersionObjectReference, right: CrossVersionObjectReference): boolean {
  return left.kind === right.kind && left.name === right.name && left.apiVersion === right.apiVersion;
}
