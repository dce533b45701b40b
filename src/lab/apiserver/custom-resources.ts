import type { ApiState } from './api-state.ts';
import { kindOfDefinition } from './custom-kind.ts';
import { storeResource } from './kind-registry.ts';
import { recordAt, textAt } from './kinds/field-path.ts';
import type { ApiObject } from './object.ts';

const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';

/** Serves what CustomResourceDefinitions define, from the turn in which they are stored until they are gone. */
export function serveCustomResources(state: ApiState): void {
  state.store.subscribe(DEFINITIONS, ({ type, object }) => {
    const kind = kindOfDefinition(object);
    if (type === 'DELETED' || kind === undefined) withdraw(state, object);
    else state.registry.add(kind);
  });
}

/** The objects go with their definition. */
function withdraw(state: ApiState, definition: ApiObject): void {
  const group = textAt(definition, 'spec', 'group');
  const plural = textAt(recordAt(definition, 'spec', 'names'), 'plural');
  const resource = storeResource({ group, plural });
  for (const { metadata } of state.store.list(resource, null)) {
    state.store.remove(resource, metadata.namespace ?? '', metadata.name);
  }
  state.registry.remove(group, plural);
}
