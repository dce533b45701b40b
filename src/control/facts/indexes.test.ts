import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LabelSet } from '../../base/interner.ts';
import { matchesSelector, parseSelector, type Selector } from '../../base/label-selector.ts';
import { PodIndex } from './pod-index.ts';
import { type Pod, PodProjection } from './pod-projection.ts';
import { SelectorRegistry } from './selector-registry.ts';

function selectorOf(text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.selector;
}

const LABELS = fc.dictionary(fc.constantFrom('app', 'tier', 'part-of'), fc.constantFrom('a', 'b', 'c'));
const SELECTOR_TEXT = fc.constantFrom(
  'app=a',
  'app==b',
  'part-of=a,app=c',
  'app in (a,b)',
  'tier in (c)',
  'app notin (a)',
  'tier!=b',
  '!part-of',
  'app,tier',
);

interface Step {
  readonly isAdded: boolean;
  readonly name: number;
  readonly labels: Readonly<Record<string, string>>;
}

const STEPS = fc.array(fc.record({ isAdded: fc.boolean(), name: fc.nat(8), labels: LABELS }), { maxLength: 40 });

function podOf(namespace: string, name: string, labels: LabelSet): Pod {
  return { metadata: { namespace, name, labels }, spec: {}, status: { phase: 'Running' } };
}

describe('PodIndex', () => {
  test('law: finds what a scan of all pods finds, whatever came and went before', () => {
    fc.assert(
      fc.property(STEPS, SELECTOR_TEXT, (steps: readonly Step[], text) => {
        const projection = new PodProjection();
        const index = new PodIndex();
        const present = new Map<string, ReturnType<PodProjection['project']>>();
        for (const { isAdded, name: number, labels } of steps) {
          const name = `p${number}`;
          const before = present.get(name);
          const entry = projection.project(podOf('shop', name, labels));
          if (!isAdded) {
            if (before !== undefined) index.remove(before);
            present.delete(name);
            continue;
          }
          if (before === undefined) index.add(entry);
          else index.update(before, entry);
          present.set(name, entry);
        }
        const selector = selectorOf(text);
        const scanned = [...present.values()].filter(({ labels }) => matchesSelector(selector, labels));
        const names = scanned.map(({ fact }) => fact.name).sort();
        expect(index.matching('shop', selector).pods.map(({ name }) => name)).toEqual(names);
        expect([index.inNamespace('shop'), index.totalCount]).toEqual([present.size, present.size]);
      }),
    );
  });

  test('namespaces do not see each other', () => {
    const projection = new PodProjection();
    const index = new PodIndex();
    index.add(projection.project(podOf('shop', 'p', { app: 'a' })));
    index.add(projection.project(podOf('bank', 'p', { app: 'a' })));
    expect(index.matching('shop', selectorOf('app=a')).pods).toHaveLength(1);
    expect([index.inNamespace('bank'), index.inNamespace('none'), index.totalCount]).toEqual([1, 0, 2]);
  });
});

describe('SelectorRegistry', () => {
  test('law: rivals are the others whose stored selector matches one of the label sets', () => {
    const stored = fc.array(fc.tuple(fc.nat(6), fc.option(SELECTOR_TEXT, { nil: null })), { maxLength: 20 });
    fc.assert(
      fc.property(stored, fc.array(LABELS, { maxLength: 4 }), (entries, labelSets) => {
        const registry = new SelectorRegistry();
        const expected = new Map<string, string | null>();
        for (const [number, text] of entries) {
          const key = { namespace: 'shop', name: `h${number}` };
          registry.register(key);
          expected.set(key.name, text ?? expected.get(key.name) ?? null);
          if (text !== null) registry.store(key, selectorOf(text));
        }
        const rivals = [...expected]
          .filter(
            ([name, text]) =>
              name !== 'h0' && text !== null && labelSets.some((labels) => matchesSelector(selectorOf(text), labels)),
          )
          .map(([name]) => `shop/${name}`)
          .sort();
        expect(registry.rivals({ namespace: 'shop', name: 'h0' }, labelSets)).toEqual(rivals);
      }),
    );
  });

  test('a selector stays until it is replaced or its HPA is deleted', () => {
    const registry = new SelectorRegistry();
    const [self, other] = [
      { namespace: 'shop', name: 'self' },
      { namespace: 'shop', name: 'other' },
    ];
    const rivals = () => registry.rivals(self, [{ app: 'a' }]);
    registry.store(other, selectorOf('app=a'));
    expect([registry.isRegistered(other), rivals()]).toEqual([false, []]);
    registry.register(other);
    expect(rivals()).toEqual([]);
    registry.store(other, selectorOf('app=a'));
    registry.register(other);
    expect(rivals()).toEqual(['shop/other']);
    registry.store(other, selectorOf('app=b'));
    expect(rivals()).toEqual([]);
    registry.store(other, selectorOf('!tier'));
    expect(rivals()).toEqual(['shop/other']);
    registry.unregister(other);
    registry.unregister(other);
    expect([registry.isRegistered(other), rivals()]).toEqual([false, []]);
  });

  test('HPAs of other namespaces are no rivals', () => {
    const registry = new SelectorRegistry();
    registry.register({ namespace: 'bank', name: 'x' });
    registry.store({ namespace: 'bank', name: 'x' }, selectorOf('app=a'));
    expect(registry.rivals({ namespace: 'shop', name: 'self' }, [{ app: 'a' }])).toEqual([]);
  });
});

describe('PodProjection', () => {
  const spec = {
    containers: [{ name: 'app', resources: { requests: { cpu: '200m', memory: '1Mi' } } }, { name: 'plain' }],
    initContainers: [
      { name: 'setup', resources: { requests: { cpu: 1 } } },
      { name: 'proxy', restartPolicy: 'Always', resources: { requests: { cpu: '50m' } } },
    ],
    resources: { requests: { cpu: '2' } },
    overhead: { cpu: '10m' },
  };

  test('keeps what the maths needs', () => {
    const pod: Pod = {
      metadata: { namespace: 'shop', name: 'web-1', labels: { app: 'web' }, deletionTimestamp: '2026-01-01T00:00:09Z' },
      spec,
      status: {
        phase: 'Running',
        startTime: '2026-01-01T00:00:01Z',
        conditions: [
          { type: 'Initialized', status: 'True' },
          { type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:02Z' },
        ],
      },
    };
    expect(new PodProjection().project(pod)).toEqual({
      namespace: 'shop',
      labels: { app: 'web' },
      fact: {
        name: 'web-1',
        phase: 'Running',
        isDeleted: true,
        startAtMs: Date.UTC(2026, 0, 1, 0, 0, 1),
        ready: { status: 'False', sinceMs: Date.UTC(2026, 0, 1, 0, 0, 2) },
        requests: {
          containers: [
            { name: 'app', requests: { cpu: 200, memory: 1_048_576_000 } },
            { name: 'plain', requests: {} },
          ],
          initContainers: [
            { name: 'setup', requests: { cpu: 1000 }, isSidecar: false },
            { name: 'proxy', requests: { cpu: 50 }, isSidecar: true },
          ],
          pod: { cpu: 2010, memory: 1_048_576_000 },
        },
      },
      owner: null,
    });
  });

  test('a pod that nobody has touched yet', () => {
    expect(new PodProjection().project({ metadata: { name: 'bare' } })).toEqual({
      namespace: '',
      labels: {},
      fact: {
        name: 'bare',
        phase: '',
        isDeleted: false,
        startAtMs: null,
        ready: null,
        requests: { containers: [], initContainers: [], pod: null },
      },
      owner: null,
    });
  });

  test('its owner is its controller; pods of one share it', () => {
    const projection = new PodProjection();
    const rs = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'u-rs' };
    const project = (name: string) =>
      projection.project({
        metadata: {
          name,
          ownerReferences: [
            { ...rs, uid: 'u-other' },
            { ...rs, controller: true, blockOwnerDeletion: true },
          ],
        },
      });
    const one = project('web-1-a').owner;
    expect([one, project('web-1-b').owner === one]).toEqual([rs, true]);
  });

  test('pods of one template share their labels and requests', () => {
    const projection = new PodProjection();
    const project = (name: string, labels: LabelSet) =>
      projection.project({ metadata: { name, labels }, spec: structuredClone(spec) });
    const one = project('web-1', { app: 'web', tier: 'front' });
    const other = project('web-2', { tier: 'front', app: 'web' });
    expect([other.labels === one.labels, other.fact.requests === one.fact.requests]).toEqual([true, true]);
  });
});
