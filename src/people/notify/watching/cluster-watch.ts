import type { Clock, IoClock, Release } from '../../../base/clock.ts';
import type { Observation, ObservedHpa } from '../../../core/episode/observation.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';
import type { Reflector } from '../../../platform/kube/reflector.ts';
import type { CachedHpa } from './observed-hpa.ts';
import type { WorkloadKind } from './observed-target.ts';
import { type OpenPods, PodWatches } from './pod-watches.ts';
import { type TargetPorts, TargetSights } from './target-sights.ts';

/** What to do after an observation of one HPA. */
export interface Attention {
  /** When to look again although nothing has changed; domain time. */
  readonly lookAgainAtMs: number | undefined;
  /** Whether its pods are to be looked at. */
  readonly wantsPods: boolean;
  /** Whether its target is to be looked at where that is not watched anyway. */
  readonly wantsTarget: boolean;
}

/** Who makes something of what is seen. */
export interface Observer {
  observe(uid: string, observation: Observation): Attention;
  /** The cluster was out of sight between these instants, and is in sight again; told before any HPA is looked at. */
  resumed(sinceMs: number, untilMs: number): void;
  /** Every HPA that there is has been looked at since the watching began, or began anew. */
  lookedAtAll(uids: ReadonlySet<string>): void;
}

export interface ClusterWatchPorts extends TargetPorts {
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly hpas: Reflector<KubeObject, CachedHpa>;
  readonly openPods: OpenPods;
}

/** What is known of a watch, for health and telemetry. */
export interface WatchStanding {
  readonly isSynced: boolean;
  readonly isInSight: boolean;
  /** Since the last sign of life of the cache that has been silent for longest; real ms. */
  readonly ageMs: number;
  readonly hpaCount: number;
  readonly podWatchCount: number;
}

interface Entry {
  uid: string;
  attention: Attention;
  cancelLook: Release;
  /** Whether it has been looked at since the watching began, or began anew. */
  isLookedAt: boolean;
}

/** Bookmarks come about once a minute: a cache that heard nothing for longer does not know how things are. */
const SILENCE_MS_MAX = 100_000;
/** A watch that ends is followed by the next within moments; an API server that restarts takes longer. */
const ABSENCE_MS_MAX = 20_000;
/** How often it is asked whether the caches are in touch; real ms. */
const SIGHT_CHECK_MS = 1_000;
/** How long the first lists of targets may take before HPAs are looked at without them. */
const TARGETS_PATIENCE_MS = 15_000;

const NO_ATTENTION: Attention = { lookAgainAtMs: undefined, wantsPods: false, wantsTarget: false };

/**
 * Looks at the HPAs of a cluster with their targets and pods, whenever a part of one has changed or it was asked to look
 * again. Between `begin` and `end` only; the caches are kept in between. While a cache is out of touch nobody is looked
 * at: what is not known is not told.
 */
export class ClusterWatch {
  readonly #ports: ClusterWatchPorts;
  readonly #targets: TargetSights;
  readonly #pods: PodWatches;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Set<string>();
  #observer: Observer | undefined;
  #isLooking = false;
  /** Whether all HPAs are still to be looked at. */
  #isAnew = false;
  /** Since when the caches are out of touch; domain time. */
  #outOfSightSinceMs: number | undefined;
  /** What the first look at each HPA is told. */
  #unwatchedSinceMs: number | undefined;
  #isFollowing = true;
  #cancelCheck: Release = () => {};

  constructor(ports: ClusterWatchPorts) {
    this.#ports = ports;
    this.#targets = new TargetSights(ports, {
      changed: (key) => this.#look(key),
      kindChanged: (keys) => this.#lookAll(keys),
    });
    this.#pods = new PodWatches(ports.openPods, (key) => this.#look(key));
  }

  /** Fills the caches; resolves when HPAs and their targets are known, or targets take too long. */
  async start(): Promise<void> {
    const { hpas, ioClock } = this.#ports;
    hpas.subscribe({
      added: (key, hpa) => this.#changed(key, hpa),
      updated: (key, _before, hpa) => this.#changed(key, hpa),
      deleted: (key) => this.#gone(key),
    });
    await hpas.start();
    const filled = Promise.all(this.#targets.caches().map((cache) => cache.start()));
    const patience = Promise.withResolvers<void>();
    const cancel = ioClock.after(TARGETS_PATIENCE_MS, patience.resolve);
    await Promise.race([filled, patience.promise]);
    cancel();
    this.#check();
  }

  /**
   * Looks at every HPA, and from then on at those that change.
   *
   * @param unwatchedSinceMs since when nobody has looked; undefined when nobody ever has
   */
  begin(observer: Observer, unwatchedSinceMs: number | undefined): void {
    this.#observer = observer;
    this.#unwatchedSinceMs = unwatchedSinceMs;
    this.#lookAnew();
  }

  /** Looks at nothing any more. */
  end(): void {
    this.#observer = undefined;
    this.#waiting.clear();
    for (const [key, entry] of this.#entries) this.#attend(key, entry, NO_ATTENTION);
  }

  /** Until when what is told is up to date: now, unless the caches are out of touch; domain time. */
  get watchedUntilMs(): number {
    return this.#outOfSightSinceMs ?? this.#ports.clock.nowMs();
  }

  rightsChanged(isAllowed: (kind: WorkloadKind) => boolean): void {
    this.#targets.rightsChanged(isAllowed);
    this.#pods.rightsChanged();
  }

  standing(): WatchStanding {
    const { hpas } = this.#ports;
    return {
      isSynced: hpas.isSynced,
      isInSight: hpas.isSynced && this.#outOfSightSinceMs === undefined,
      ageMs: this.#ageMs(),
      hpaCount: this.#entries.size,
      podWatchCount: this.#pods.openCount,
    };
  }

  async stop(): Promise<void> {
    this.end();
    this.#cancelCheck();
    await Promise.all([this.#ports.hpas.stop(), this.#targets.stop(), this.#pods.stop()]);
  }

  #changed(key: string, hpa: CachedHpa): void {
    const known = this.#entries.get(key);
    // One that cannot be read is as good as none, until it is changed.
    if (hpa === null || (known !== undefined && known.uid !== hpa.uid)) this.#gone(key);
    if (hpa === null) return;
    if (!this.#entries.has(key)) {
      const isLookedAt = this.#outOfSightSinceMs === undefined;
      this.#entries.set(key, { uid: hpa.uid, attention: NO_ATTENTION, cancelLook: () => {}, isLookedAt });
    }
    this.#targets.follow(key, hpa.namespace, hpa.spec.scaleTargetRef);
    this.#look(key);
  }

  #gone(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#attend(key, entry, NO_ATTENTION);
    this.#targets.forget(key);
    this.#entries.delete(key);
    this.#waiting.delete(key);
    const unwatchedSinceMs = this.#outOfSightSinceMs ?? (entry.isLookedAt ? undefined : this.#unwatchedSinceMs);
    this.#observer?.observe(entry.uid, { kind: 'gone', atMs: this.#ports.clock.nowMs(), unwatchedSinceMs });
  }

  #lookAll(keys: Iterable<string>): void {
    for (const key of keys) this.#waiting.add(key);
    this.#lookAtWaiting();
  }

  #look(key: string): void {
    this.#waiting.add(key);
    this.#lookAtWaiting();
  }

  #lookAnew(): void {
    for (const entry of this.#entries.values()) entry.isLookedAt = false;
    this.#isAnew = true;
    this.#lookAll(this.#entries.keys());
  }

  /** A look may make another one needful; that one waits for its end. */
  #lookAtWaiting(): void {
    if (this.#isLooking || this.#observer === undefined || !this.#ports.hpas.isSynced) return;
    if (this.#outOfSightSinceMs !== undefined) return;
    this.#isLooking = true;
    try {
      for (const key of this.#waiting) {
        this.#waiting.delete(key);
        this.#lookAt(key, this.#observer);
      }
    } finally {
      this.#isLooking = false;
    }
    if (!this.#isAnew) return;
    this.#isAnew = false;
    this.#observer.lookedAtAll(new Set([...this.#entries.values()].map(({ uid }) => uid)));
  }

  #lookAt(key: string, observer: Observer): void {
    const entry = this.#entries.get(key);
    const hpa = this.#ports.hpas.get(key);
    if (entry === undefined || hpa === undefined || hpa === null) return;
    const unwatchedSinceMs = entry.isLookedAt ? undefined : this.#unwatchedSinceMs;
    entry.isLookedAt = true;
    const { sight: target } = this.#targets.view(key);
    const pods = this.#pods.sight(key);
    const atMs = this.#ports.clock.nowMs();
    const attention = observer.observe(hpa.uid, { kind: 'seen', atMs, unwatchedSinceMs, hpa, target, pods });
    this.#attend(key, entry, attention, hpa);
    // Pods that somebody else has been looking at are there at once.
    if (this.#pods.sight(key).kind === 'seen' && pods.kind !== 'seen') this.#waiting.add(key);
  }

  #attend(key: string, entry: Entry, attention: Attention, hpa?: ObservedHpa): void {
    entry.attention = attention;
    entry.cancelLook();
    const { lookAgainAtMs, wantsPods, wantsTarget } = attention;
    const { clock } = this.#ports;
    entry.cancelLook =
      lookAgainAtMs === undefined ? () => {} : clock.after(lookAgainAtMs - clock.nowMs(), () => this.#look(key));
    this.#targets.poll(key, wantsTarget);
    const selector = wantsPods ? this.#targets.view(key).podSelector : undefined;
    this.#pods.want(key, hpa === undefined || selector === undefined ? null : { namespace: hpa.namespace, selector });
  }

  /** Notices that the caches are out of touch, and that they are back: not before what was missed has arrived. */
  #check(): void {
    const { clock, ioClock } = this.#ports;
    this.#cancelCheck = ioClock.after(SIGHT_CHECK_MS, () => this.#check());
    const caches = this.#caches();
    const ageMs = this.#ageMs();
    const isFollowing = caches.every((cache) => cache.isFollowing);
    const wasFollowing = this.#isFollowing;
    this.#isFollowing = isFollowing;
    if (ageMs > SILENCE_MS_MAX || (!isFollowing && ageMs > ABSENCE_MS_MAX)) {
      this.#outOfSightSinceMs ??= clock.nowMs() - ageMs;
      return;
    }
    const sinceMs = this.#outOfSightSinceMs;
    if (sinceMs === undefined || !isFollowing || !wasFollowing) return;
    this.#outOfSightSinceMs = undefined;
    this.#unwatchedSinceMs = sinceMs;
    this.#observer?.resumed(sinceMs, clock.nowMs());
    this.#lookAnew();
  }

  #ageMs(): number {
    const contacts = this.#caches().map(({ lastContactMs }) => lastContactMs);
    return this.#ports.ioClock.monotonicMs() - Math.min(...contacts);
  }

  /** A kind of targets whose cache has never been filled is merely not seen. */
  #caches(): readonly Pick<Reflector<KubeObject, unknown>, 'isFollowing' | 'lastContactMs'>[] {
    return [this.#ports.hpas, ...this.#targets.caches().filter((cache) => cache.isSynced)];
  }
}
