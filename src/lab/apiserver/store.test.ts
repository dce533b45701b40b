import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApiObject } from './object.ts';
import type { StoredEvent } from './store.ts';
import { createStore } from './store.ts';

const RESOURCE = '/things';
const BOUNDS = { objectsMax: 1_000, eventsMax: 1_000 };

function thing(namespace: string, name: string, value = 0): ApiObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { namespace, name }, value };
}

const step = fc.record({
  isRemoval: fc.boolean(),
  namespace: fc.constantFrom('a', 'a-b', 'b'),
  name: fc.constantFrom('x', 'x-1', 'x.1', 'y'),
  value: fc.nat(3),
});

describe('the store', () => {
  test('lists in the order of keys, of all namespaces or of one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = createStore(BOUNDS);
        const model = new Map<string, ApiObject>();
        for (const { isRemoval, namespace, name, value } of steps) {
          const key = `${namespace}/${name}`;
          if (isRemoval) {
            store.remove(RESOURCE, namespace, name);
            model.delete(key);
          } else {
            model.set(key, store.put(RESOURCE, thing(namespace, name, value)));
          }
        }
        const sorted = [...model].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
        expect(store.list(RESOURCE, null)).toEqual(sorted);
        expect(store.list(RESOURCE, 'a')).toEqual(sorted.filter(({ metadata }) => metadata.namespace === 'a'));
        expect(store.size).toBe(model.size);
      }),
    );
  });

  test('shows the state of any revision that it remembers', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const store = createStore(BOUNDS);
        const states: (readonly ApiObject[])[] = [[]];
        for (const { isRemoval, namespace, name, value } of steps) {
          if (isRemoval) store.remove(RESOURCE, namespace, name);
          else store.put(RESOURCE, thing(namespace, name, value));
          states[store.revision] = store.list(RESOURCE, null);
        }
        for (const [revision, state] of states.entries()) expect(store.listAt(RESOURCE, null, revision)).toEqual(state);
      }),
    );
  });

  test('remembers its newest changes, and says so when it has forgotten', () => {
    const store = createStore({ objectsMax: 100, eventsMax: 10 });
    for (let value = 1; value <= 25; value += 1) store.put(RESOURCE, thing('a', 'x', value));
    const oldest = store.oldestRevision(RESOURCE);
    expect(25 - oldest).toBeGreaterThanOrEqual(5);
    expect(store.eventsSince(RESOURCE, oldest)).toHaveLength(25 - oldest);
    expect(store.eventsSince(RESOURCE, oldest - 1)).toBeUndefined();
    expect(store.listAt(RESOURCE, null, oldest - 1)).toBeUndefined();
  });

  test('forgets on demand, also of resources that it has not seen', () => {
    const store = createStore(BOUNDS);
    store.put(RESOURCE, thing('a', 'x'));
    store.compact();
    expect(store.eventsSince(RESOURCE, 0)).toBeUndefined();
    expect(store.eventsSince('/others', 0)).toBeUndefined();
    expect(store.eventsSince(RESOURCE, 1)).toEqual([]);
  });

  test('tells listeners in the turn of the write, those of everything first', () => {
    const store = createStore(BOUNDS);
    const heard: string[] = [];
    const note = (who: string) => (event: StoredEvent) => void heard.push(`${who} ${event.type} ${event.revision}`);
    const stop = store.subscribe(RESOURCE, note('one'));
    store.subscribeAll((_resource, event) => note('all')(event));
    store.put(RESOURCE, thing('a', 'x'));
    store.put(RESOURCE, thing('a', 'x', 1));
    stop();
    store.remove(RESOURCE, 'a', 'x');
    expect(heard).toEqual(['all ADDED 1', 'one ADDED 1', 'all MODIFIED 2', 'one MODIFIED 2', 'all DELETED 3']);
  });

  test('refuses objects beyond its bound, and takes them when there is room again', () => {
    const store = createStore({ objectsMax: 1, eventsMax: 10 });
    store.put(RESOURCE, thing('a', 'x'));
    expect(() => store.put(RESOURCE, thing('a', 'y'))).toThrow('the store is full: it holds 1 objects');
    store.put(RESOURCE, thing('a', 'x', 2));
    store.remove(RESOURCE, 'a', 'x');
    expect(store.put(RESOURCE, thing('a', 'y')).metadata.resourceVersion).toBe('4');
  });
});
