import type { Clock } from '../../base/clock.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
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

/** What the hooks of a write may know. */
export function writeContext(state: ApiState, userName: string): WriteContext {
  const nowMs = state.clock.nowMs();
  return {
    nowMs,
    nowText: formatRfc3339(nowMs),
    userName,
    read: (group, plural, namespace, name) => state.store.get(storeResource({ group, plural }), namespace, name),
    list: (group, plural, namespace) => state.store.list(storeResource({ group, plural }), namespace),
  };
}
