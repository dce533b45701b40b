import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '../objects.ts';
import { DEFAULT_NODE_SIZE, labNode } from './lab-nodes.ts';
import { requestsOf, schedulePod } from './scheduler.ts';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
const size = { cpu: '1', memory: '1Gi', podCountMax: 3 };
const reached = { address: '127.0.10.1', port: 10_250 };
const node = (name: string): Node => labNode(name, size, reached, NOW_MS);

function pod(name: string, requests: Readonly<Record<string, string>> = {}, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    metadata: { namespace: 'default', name },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...spec },
  };
}

const on = (nodeName: string, name: string, requests = {}): Pod => pod(name, requests, { nodeName });

/** The node it chooses, or why there is none. */
function outcome(candidate: Pod, nodes: readonly Node[], placed: readonly Pod[] = []): string | undefined {
  const { writes } = schedulePod({ pod: candidate, nodes, placed, nowMs: NOW_MS });
  const note = writes.find((write) => write.kind === 'event');
  return note?.kind === 'event' ? note.event.message : undefined;
}

describe('a pod gets the first node that fits', () => {
  const assigned = (name: string): string => `Successfully assigned default/web to ${name}`;
  const none = (count: number, reasons: string): string => `0/${count} nodes are available: ${reasons}.`;
  test.each<
    [why: string, candidate: Pod, nodes: readonly Node[], placed: readonly Pod[], expected: string | undefined]
  >([
    ['of equal ones the first by name', pod('web'), [node('b'), node('a')], [], assigned('a')],
    ['the one with fewer pods', pod('web'), [node('a'), node('b')], [on('a', 'x')], assigned('b')],
    [
      'the one with room',
      pod('web', { cpu: '600m' }),
      [node('a'), node('b')],
      [on('a', 'x', { cpu: '500m' }), on('b', 'y'), on('b', 'z')],
      assigned('b'),
    ],
    [
      'exactly what is left is enough',
      pod('web', { cpu: '500m' }),
      [node('a')],
      [on('a', 'x', { cpu: '0.5' })],
      assigned('a'),
    ],
    [
      'none has the memory',
      pod('web', { memory: '2Gi' }),
      [node('a'), node('b')],
      [],
      none(2, '2 Insufficient memory'),
    ],
    ['too many pods', pod('web'), [node('a')], [on('a', 'x'), on('a', 'y'), on('a', 'z')], none(1, '1 Too many pods')],
    [
      'pods that have ended take no room',
      pod('web'),
      [node('a')],
      [on('a', 'x'), on('a', 'y'), { ...on('a', 'z'), status: { phase: 'Failed' } }],
      assigned('a'),
    ],
    [
      'cordoned nodes',
      pod('web'),
      [{ ...node('a'), spec: { unschedulable: true } }],
      [],
      none(1, '1 node(s) were unschedulable'),
    ],
    [
      'a selector',
      pod('web', {}, { nodeSelector: { disk: 'ssd' } }),
      [node('a')],
      [],
      none(1, "1 node(s) didn't match Pod's node affinity/selector"),
    ],
    ['a pod that has a node', on('a', 'web'), [node('a')], [], undefined],
    ['a pod of another scheduler', pod('web', {}, { schedulerName: 'mine' }), [node('a')], [], undefined],
  ])('%s', (_why, candidate, nodes, placed, expected) => {
    expect(outcome(candidate, nodes, placed)).toBe(expected);
  });

  test('what it has said already it does not say again', () => {
    const candidate = pod('web', { cpu: '2' });
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    const told: Pod = { ...candidate, status: { conditions: [{ type: 'PodScheduled', status: 'False', message }] } };
    expect(schedulePod({ pod: told, nodes: [node('a')], placed: [], nowMs: NOW_MS })).toEqual({ writes: [] });
  });
});

test('requests are those of all containers, or of the largest init container', () => {
  const container = (cpu: string, memory: string) => ({
    name: 'c',
    image: 'i',
    resources: { requests: { cpu, memory } },
  });
  const spec = {
    containers: [container('100m', '1Gi'), container('200m', '1Gi')],
    initContainers: [container('1', '512Mi')],
  };
  expect(requestsOf({ metadata: { name: 'web' }, spec })).toEqual({ pods: 1, cpu: 1, memory: 2 * 1024 ** 3 });
  expect(labNode('a', DEFAULT_NODE_SIZE, reached, NOW_MS).status?.allocatable).toMatchObject({ cpu: '8', pods: '110' });
});
