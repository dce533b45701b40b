import type { Clock } from '../../base/clock.ts';
import { assert } from '../../base/failure.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import { isApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../platform/kube/client.ts';
import { EVENTS, namespaceOf } from './objects.ts';
import type { EventNote, Write } from './write.ts';
import { refOf } from './write.ts';

export interface ClusterWriterOptions {
  readonly client: KubeClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Takes the answer to a write into the cache of its type, so that the next look sees it. */
  absorb(type: ResourceType, object: KubeObject): void;
  /** A deletion was answered; the watch tells of it later. */
  onDeleting(uid: string): void;
  readonly signal: AbortSignal;
}

/** Carries out what reconcilers want written, one after the other. */
export class ClusterWriter {
  readonly #options: ClusterWriterOptions;
  #eventCount = 0;

  constructor(options: ClusterWriterOptions) {
    this.#options = options;
  }

  /** Rejects with the Failure of the first write that fails; an object that is gone already is no failure. */
  async apply(writes: readonly Write[]): Promise<void> {
    for (const write of writes) await this.#write(write);
  }

  async #write(write: Write): Promise<void> {
    const { client, signal } = this.#options;
    switch (write.kind) {
      case 'create':
        return this.#absorb(write.type, await client.create(write.type, write.object, { signal }));
      case 'upsert':
        return this.#upsert(write.type, write.object);
      case 'patch': {
        const { type, ref, body, subresource } = write;
        const patch = { kind: 'merge', body } as const;
        const options = { signal, ...(subresource && { subresource }) };
        return this.#absorbFound(type, () => client.patch(type, ref, patch, options));
      }
      case 'delete':
        return this.#delete(write);
      case 'event':
        await client.create(EVENTS, this.#eventOf(write.event), { signal });
    }
  }

  async #upsert(type: ResourceType, object: KubeObject): Promise<void> {
    const { client, signal } = this.#options;
    try {
      const patch = { kind: 'merge', body: object } as const;
      this.#absorb(type, await client.patch(type, refOf(object), patch, { signal }));
    } catch (thrown) {
      if (!isApiFailure(thrown, 404)) throw thrown;
      this.#absorb(type, await client.create(type, object, { signal }));
    }
  }

  async #delete(write: Write & { kind: 'delete' }): Promise<void> {
    const { client, signal, onDeleting } = this.#options;
    const { type, ref, uid, gracePeriodSeconds } = write;
    const options = { signal, uid, ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) };
    assert(uid !== '', `${type.resource} ${ref.name} has a uid`);
    try {
      await client.delete(type, ref, options);
      onDeleting(uid);
    } catch (thrown) {
      if (!isApiFailure(thrown, 404)) throw thrown;
    }
  }

  async #absorbFound(type: ResourceType, write: () => Promise<KubeObject>): Promise<void> {
    try {
      this.#absorb(type, await write());
    } catch (thrown) {
      if (!isApiFailure(thrown, 404)) throw thrown;
    }
  }

  #absorb(type: ResourceType, object: KubeObject): void {
    this.#options.absorb(type, object);
  }

  #eventOf(note: EventNote): KubeObject {
    const nowMs = this.#options.clock.nowMs();
    const at = formatRfc3339(nowMs);
    const { about, aboutKind, type, reason, message, source } = note;
    const { name, uid, resourceVersion, namespace } = about.metadata;
    const involvedObject = { ...aboutKind, name, ...(namespace && { namespace }), uid, resourceVersion };
    // Upstream ends the name with the nanoseconds; a count behind the seconds keeps a story's names alike.
    const suffix = (Math.floor(nowMs / 1000) * 65536 + (this.#eventCount++ % 65536)).toString(16);
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${suffix}`, namespace: namespaceOf(about) },
      involvedObject,
      type,
      reason,
      message,
      source: { component: source },
      reportingComponent: source,
      reportingInstance: '',
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
    return event;
  }
}
