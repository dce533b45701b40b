import type { DeliveryLedger } from '../../base/clock.ts';
import type { KubeObject, ResourceType } from '../../platform/kube/client.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { type Cache, cacheOf } from './caches.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, namespaceOf, type ReplicaSet } from './objects.ts';
import type { ReplicaKind } from './workload/replica-set.ts';

interface ResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage?: boolean;
      readonly subresources?: { readonly scale?: unknown };
    }[];
  };
}

interface Followed {
  readonly kind: ReplicaKind;
  readonly cache: Cache<ReplicaSet>;
}

/**
 * Custom resources that can be scaled: each whose object has a pod template is kept as a ReplicaSet is. Follows their
 * definitions as they come and go.
 */
export class CustomResources {
  readonly #client: KubeClientOptions;
  readonly #ledger: DeliveryLedger | undefined;
  readonly #onChange: (key: string) => void;
  readonly #definitions: Cache<ResourceDefinition>;
  readonly #followed = new Map<string, Followed>();

  /** `onChange` gets `group/resource/namespace/name` of an object that came or changed. */
  constructor(client: KubeClientOptions, ledger: DeliveryLedger | undefined, onChange: (key: string) => void) {
    this.#client = client;
    this.#ledger = ledger;
    this.#onChange = onChange;
    this.#definitions = cacheOf<ResourceDefinition>(client, CUSTOM_RESOURCE_DEFINITIONS, ledger);
    this.#definitions.subscribe({
      added: (_key, definition) => this.#follow(definition),
      updated: (_key, _before, definition) => this.#follow(definition),
      deleted: (_key, definition) => this.#leave(definition),
    });
  }

  start(): Promise<void> {
    return this.#definitions.start();
  }

  async stop(): Promise<void> {
    await Promise.all(
      [this.#definitions, ...[...this.#followed.values()].map(({ cache }) => cache)].map((c) => c.stop()),
    );
  }

  find(key: string): { readonly kind: ReplicaKind; readonly object: ReplicaSet } | undefined {
    const [group, resource, namespace, name] = key.split('/');
    const followed = this.#followed.get(`${group}/${resource}`);
    const object = followed?.cache.get(`${namespace}/${name}`);
    return followed === undefined || object === undefined ? undefined : { kind: followed.kind, object };
  }

  /** The key of the object that an owner reference of this group and kind names. */
  keyOf(apiVersion: string, kind: string, namespace: string, name: string): string | undefined {
    for (const [prefix, followed] of this.#followed) {
      if (followed.kind.kind === kind && followed.kind.apiVersion === apiVersion)
        return `${prefix}/${namespace}/${name}`;
    }
    return undefined;
  }

  absorb(type: ResourceType, object: KubeObject): void {
    this.#followed.get(`${type.group}/${type.resource}`)?.cache.absorb(object as ReplicaSet);
  }

  #follow({ spec }: ResourceDefinition): void {
    const version = spec.versions.find((candidate) => candidate.storage === true) ?? spec.versions[0];
    const prefix = `${spec.group}/${spec.names.plural}`;
    const isScalable = version?.subresources?.scale !== undefined && spec.scope === 'Namespaced';
    if (version === undefined || !isScalable || this.#followed.has(prefix)) return;
    const type = { group: spec.group, version: version.name, resource: spec.names.plural, isNamespaced: true };
    const kind: ReplicaKind = {
      type,
      apiVersion: `${spec.group}/${version.name}`,
      kind: spec.names.kind,
      source: `${spec.names.plural}-controller`,
      hasSelectorInStatus: true,
    };
    const cache = cacheOf<ReplicaSet>(this.#client, type, this.#ledger);
    const tell = (object: ReplicaSet): void => {
      if (object.spec?.template !== undefined) {
        this.#onChange(`${prefix}/${namespaceOf(object)}/${object.metadata.name}`);
      }
    };
    cache.subscribe({ added: (_key, object) => tell(object), updated: (_key, _before, object) => tell(object) });
    this.#followed.set(prefix, { kind, cache });
    // It rejects only when the world stops before the first list.
    cache.start().catch(() => undefined);
  }

  #leave({ spec }: ResourceDefinition): void {
    const prefix = `${spec.group}/${spec.names.plural}`;
    const followed = this.#followed.get(prefix);
    this.#followed.delete(prefix);
    followed?.cache.stop().catch(() => undefined);
  }
}
