import { expect, test } from 'vitest';
import { parseSelector, type Selector } from '../../base/label-selector.ts';
import { PodDirectory } from './pod-directory.ts';
import { type Pod, PodProjection } from './pod-projection.ts';

const ALL: Selector = { kind: 'all', requirements: [] };

function podOf(namespace: string, name: string, labels: Record<string, string>, status: Pod['status'] = {}): Pod {
  return { metadata: { namespace, name, labels, uid: 'u' }, spec: { nodeName: 'n1' }, status };
}

function selectorOf(text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.selector;
}

test('follows pods as they come, change their labels and go; sorted by namespace and name', () => {
  const projection = new PodProjection();
  const directory = new PodDirectory();
  const found = (namespace: string | null, selector: Selector = ALL) =>
    directory.matching(namespace, selector).map((pod) => `${pod.namespace}/${pod.name}`);
  const [b, a, c] = [podOf('z', 'b', { app: 'x' }), podOf('z', 'a', { app: 'y' }), podOf('y', 'c', { app: 'x' })].map(
    (pod) => projection.project(pod),
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error('three pods');
  for (const pod of [b, a, c]) directory.added('', pod);
  expect(found(null)).toEqual(['y/c', 'z/a', 'z/b']);
  expect(found('z', selectorOf('app=x'))).toEqual(['z/b']);
  const moved = projection.project(podOf('z', 'a', { app: 'x' }));
  directory.updated('', a, moved);
  expect(found('z', selectorOf('app=x'))).toEqual(['z/a', 'z/b']);
  expect(found('z', selectorOf('app=y'))).toEqual([]);
  directory.deleted('', moved);
  directory.deleted('', b);
  expect(found('z')).toEqual([]);
  expect(found(null)).toEqual(['y/c']);
});

test('a pod is kept as what its usage needs: which containers are stopped, and what is shared', () => {
  const projection = new PodProjection();
  const status = {
    containerStatuses: [{ name: 'app', state: { running: {} } }, { name: 'crashing', state: {} }, { name: 'unknown' }],
    initContainerStatuses: [{ name: 'setup', state: {} }],
  };
  const [one, other] = [
    projection.project(podOf('s', 'a', { app: 'x' }, status)),
    projection.project(podOf('s', 'b', { app: 'x' }, status)),
  ];
  expect(one).toEqual({
    namespace: 's',
    name: 'a',
    uid: 'u',
    labels: { app: 'x' },
    nodeName: 'n1',
    stopped: ['crashing', 'setup'],
  });
  expect(other.labels).toBe(one.labels);
  expect(other.stopped).toBe(one.stopped);
});
