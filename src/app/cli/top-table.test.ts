import { describe, expect, test } from 'vitest';
import type { PodMetrics } from '../../metrics/source/port.ts';
import type { NodeUsageRow } from '../processes/top/usage-reading.ts';
import { nodeTable, podTable, podUsage } from './top-table.ts';

const CHOICE = { sortBy: null, hasHeaders: true } as const;

function nodeRow(name: string, cpu: string | null, memory = '1Gi', swap?: string): NodeUsageRow {
  const usage = cpu === null ? null : { cpu, memory, ...(swap === undefined ? {} : { swap }) };
  return {
    node: {
      metadata: { name },
      status: {
        allocatable: { cpu: '4', memory: '8Gi' },
        capacity: { cpu: '8', memory: '16Gi' },
        ...(swap === undefined ? {} : { nodeInfo: { swap: { capacity: 4 * 2 ** 30 } } }),
      },
    },
    metrics: usage === null ? null : { name, labels: {}, atMs: 0, windowMs: 0, usage },
  };
}

function podOf(namespace: string, name: string, ...cpus: readonly string[]): PodMetrics {
  const containers = cpus.map((cpu, index) => ({ name: `c${cpus.length - index}`, usage: { cpu, memory: '1536Ki' } }));
  return { namespace, name, labels: {}, atMs: 0, windowMs: 0, containers };
}

const linesOf = (text: string): readonly string[] =>
  text.split('\n').map((line) => line.trimEnd().replaceAll(/ {3,}/g, '|'));

describe('nodeTable', () => {
  const NODES = { isShareOfCapacity: false, isSwapShown: false };

  test.each([
    { why: 'CPU is rounded up to millicores', row: nodeRow('n', '1500n'), line: 'n|1m|0%|1024Mi|12%' },
    { why: 'memory is cut to MiB', row: nodeRow('n', '1', '12240Ki'), line: 'n|1000m|25%|11Mi|0%' },
    { why: 'shares are cut', row: nodeRow('n', '3999m', '8191Mi'), line: 'n|3999m|99%|8191Mi|99%' },
    { why: 'more than there is', row: nodeRow('n', '8', '16Gi'), line: 'n|8000m|200%|16384Mi|200%' },
    { why: 'unknown', row: nodeRow('n', null), line: 'n|<unknown>|<unknown>|<unknown>|<unknown>' },
  ])('$why', ({ row, line }) => {
    expect(linesOf(nodeTable({ rows: [row] }, NODES, { ...CHOICE, hasHeaders: false }))).toEqual([line, '']);
  });

  test('by name, or the greediest first, and the unknown last', () => {
    const rows = [nodeRow('a', null), nodeRow('b', '1', '3Gi'), nodeRow('c', '2', '2Gi'), nodeRow('d', '1', '4Gi')];
    const namesBy = (sortBy: 'cpu' | 'memory' | null): string =>
      linesOf(nodeTable({ rows }, NODES, { sortBy, hasHeaders: false }))
        .map((line) => line.split('|')[0])
        .join('');
    expect([namesBy(null), namesBy('cpu'), namesBy('memory')]).toEqual(['bcda', 'cbda', 'dbca']);
  });

  test('shares of the capacity, and swap where the node says how much it has', () => {
    const rows = [nodeRow('a', '2', '4Gi', '1Gi'), nodeRow('b', '2', '4Gi')];
    expect(linesOf(nodeTable({ rows }, { isShareOfCapacity: true, isSwapShown: true }, CHOICE))).toEqual([
      'NAME|CPU(cores)|CPU(%)|MEMORY(bytes)|MEMORY(%)|SWAP(bytes)|SWAP(%)',
      'a|2000m|25%|4096Mi|25%|1024Mi|25%',
      'b|2000m|25%|4096Mi|25%|<unknown>|<unknown>',
      '',
    ]);
  });
});

describe('podTable', () => {
  const PODS = { isByContainer: false, isSwapShown: false, isSummed: false };
  const pods = [podOf('shop', 'web', '1m', '2500u'), podOf('other', 'db', '10m')];

  test('a pod is the sum of its containers, rounded once', () => {
    expect(podUsage(podOf('shop', 'web', '1500n', '1500n'))).toEqual({ cpu: '3u', memory: '3Mi' });
    expect(linesOf(podTable({ pods, namespace: null }, PODS, CHOICE))).toEqual([
      'NAMESPACE|NAME|CPU(cores)|MEMORY(bytes)',
      'other|db|10m|1Mi',
      'shop|web|4m|3Mi',
      '',
    ]);
  });

  test('containers by name, with a sum', () => {
    const subject = { ...PODS, isByContainer: true, isSummed: true };
    expect(linesOf(podTable({ pods: pods.slice(0, 1), namespace: 'shop' }, subject, CHOICE))).toEqual([
      'POD|NAME|CPU(cores)|MEMORY(bytes)',
      'web|c1|3m|1Mi',
      'web|c2|1m|1Mi',
      '|________|________',
      '|4m|3Mi',
      '',
    ]);
  });

  test('nothing is printed about nothing', () => {
    expect(podTable({ pods: [], namespace: null }, PODS, CHOICE)).toBe('');
  });
});
