import type { Clock } from '../../base/clock.ts';
import type { IdentitySource } from './identity.ts';
import type { WriteContext } from './kind.ts';
import type { KindRegistry } from './kind-registry.ts';
import { storeResource } from './kind-registry.ts';
import type { SchemaBook } from './schema.ts';
import type { Store } from './store.ts';

/** What the parts of the server share. */
export interface ApiState {
  readonly store: Store;
  readonly registry: KindRegistry;
  readonly identity: IdentitySource;
  readonly book: SchemaBook;
  readonly clock: Clock;
}

/** Domain time in the form of metadata: RFC 3339 in whole seconds. */
export function instantText(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** What the hooks of a write may know. */
export function writeContext(state: ApiState, userName: string): WriteContext {
  const nowMs = state.clock.nowMs();
  return {
    nowMs,
    nowText: instantText(nowMs),
    userName,
    read: (group, plural, namespace, name) => state.store.get(storeResource({ group, plural }), namespace, name),
    list: (group, plural, namespace) => state.store.list(storeResource({ group, plural }), namespace),
  };
}
