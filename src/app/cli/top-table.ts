import { formatQuantity, parseQuantity, type Quantity, quantityMilli, quantityToNumber } from '../../base/quantity.ts';
import { addQuantities } from '../../base/quantity-sum.ts';
import type { PodMetrics } from '../../metrics/source/port.ts';
import type { TopConfig, TopSubject } from '../config/top-config.ts';
import type { NodeUsageReading, NodeUsageRow, PodUsageReading } from '../processes/top/usage-reading.ts';

/** What of the configuration a table depends on. */
export type TableChoice = Pick<TopConfig, 'sortBy' | 'hasHeaders'>;

type NodesSubject = Extract<TopSubject, { readonly kind: 'nodes' }>;
type PodsSubject = Extract<TopSubject, { readonly kind: 'pods' }>;
type Usage = Readonly<Record<string, string>>;

const UNKNOWN = '<unknown>';
const ZERO: Quantity = { mantissa: 0, exponent: 0, format: 'DecimalSI', isUnbounded: false };
const MEBIBYTE = 2 ** 20;

/**
 * Nodes as `kubectl top nodes` prints them, character by character: CPU up to whole millicores, memory down to whole MiB,
 * shares cut to whole percents; nodes without usage come last.
 */
export function nodeTable(
  { rows }: Pick<NodeUsageReading, 'rows'>,
  subject: Pick<NodesSubject, 'isShareOfCapacity' | 'isSwapShown'>,
  choice: TableChoice,
): string {
  const resources = resourcesOf(subject.isSwapShown);
  const sorted = [...rows].sort((a, b) => compareUsage(nodeItem(a), nodeItem(b), choice.sortBy));
  const lines = sorted.map((row) => {
    const available = availableOn(row, subject.isShareOfCapacity);
    const cells = resources.flatMap((resource) => nodeCells(row.metrics?.usage, available, resource));
    return [row.node.metadata.name, ...cells];
  });
  const swap = subject.isSwapShown ? ['SWAP(bytes)', 'SWAP(%)'] : [];
  const head = ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)', ...swap];
  return tableText(choice.hasHeaders ? [head, ...lines] : lines);
}

/** Pods as `kubectl top pods` prints them, containers and sums included; empty without any. */
export function podTable(
  { pods, namespace }: Pick<PodUsageReading, 'pods' | 'namespace'>,
  subject: Pick<PodsSubject, 'isByContainer' | 'isSwapShown' | 'isSummed'>,
  choice: TableChoice,
): string {
  if (pods.length === 0) return '';
  const resources = resourcesOf(subject.isSwapShown);
  const swap = subject.isSwapShown ? ['SWAP(bytes)'] : [];
  const front = [...(namespace === null ? ['NAMESPACE'] : []), ...(subject.isByContainer ? ['POD'] : [])];
  const head = [...front, 'NAME', 'CPU(cores)', 'MEMORY(bytes)', ...swap];
  const sorted = [...pods].sort((a, b) => compareUsage(podItem(a), podItem(b), choice.sortBy));
  const lines = sorted.flatMap((pod) => {
    const place = namespace === null ? [pod.namespace] : [];
    if (!subject.isByContainer) return [[...place, pod.name, ...usageCells(podUsage(pod), resources)]];
    const containers = [...pod.containers].sort((a, b) => compareUsage(a, b, choice.sortBy));
    return containers.map(({ name, usage }) => [...place, pod.name, name, ...usageCells(usage, resources)]);
  });
  const sum = subject.isSummed ? sumLines(pods, head.length - resources.length, resources) : [];
  return tableText([...(choice.hasHeaders ? [head] : []), ...lines, ...sum]);
}

/** What a pod's containers use together. */
export function podUsage({ containers }: Pick<PodMetrics, 'containers'>): Usage {
  const names = new Set(containers.flatMap(({ usage }) => Object.keys(usage)));
  return Object.fromEntries([...names].map((name) => [name, sumText(containers.map(({ usage }) => usage[name]))]));
}

/** A line of underscores and one of sums, under the first two columns of numbers as with kubectl. */
function sumLines(
  pods: readonly PodMetrics[],
  nameCount: number,
  resources: readonly string[],
): readonly (readonly string[])[] {
  const usages = pods.map(podUsage);
  const total = Object.fromEntries(resources.map((name) => [name, sumText(usages.map((usage) => usage[name]))]));
  const blank = Array.from({ length: nameCount }, () => '');
  return [
    [...blank, ...resources.map(() => '________')],
    [...blank, ...usageCells(total, resources)],
  ];
}

function resourcesOf(isSwapShown: boolean): readonly string[] {
  return isSwapShown ? ['cpu', 'memory', 'swap'] : ['cpu', 'memory'];
}

interface Item {
  readonly name: string;
  readonly namespace?: string;
  /** Absent: unknown, which comes last. */
  readonly usage?: Usage | undefined;
}

function nodeItem({ node, metrics }: NodeUsageRow): Item {
  return { name: node.metadata.name, usage: metrics?.usage };
}

function podItem(pod: PodMetrics): Item {
  return { name: pod.name, namespace: pod.namespace, usage: podUsage(pod) };
}

/** The greediest first where that is asked for, else by namespace and name. */
function compareUsage(a: Item, b: Item, sortBy: TopConfig['sortBy']): number {
  const known = Number(b.usage !== undefined) - Number(a.usage !== undefined);
  if (known !== 0) return known;
  const greed = sortBy === null ? 0 : amountOf(b.usage, sortBy) - amountOf(a.usage, sortBy);
  return greed || compareText(a.namespace ?? '', b.namespace ?? '') || compareText(a.name, b.name);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function amountOf(usage: Usage | undefined, resource: string): number {
  return quantityToNumber(quantityOf(usage?.[resource]));
}

function quantityOf(text: string | undefined): Quantity {
  return (text === undefined ? undefined : parseQuantity(text)) ?? ZERO;
}

function sumText(texts: readonly (string | undefined)[]): string {
  return formatQuantity(texts.map(quantityOf).reduce(addQuantities));
}

/** What shares are of: swap is not among what is allocatable. */
function availableOn({ node: { status } }: NodeUsageRow, isOfCapacity: boolean): Usage {
  const swapBytes = status?.nodeInfo?.swap?.capacity;
  return {
    ...(isOfCapacity ? status?.capacity : status?.allocatable),
    ...(swapBytes === undefined ? {} : { swap: String(swapBytes) }),
  };
}

function nodeCells(usage: Usage | undefined, available: Usage, resource: string): readonly string[] {
  const isUnknown = usage === undefined || (resource === 'swap' && available['swap'] === undefined);
  if (isUnknown) return [UNKNOWN, UNKNOWN];
  const amount = usageCell(usage, resource);
  const limit = available[resource];
  if (limit === undefined) return [amount, ''];
  const limitMilli = Number(quantityMilli(quantityOf(limit)));
  const share = limitMilli === 0 ? 0 : (Number(quantityMilli(quantityOf(usage[resource]))) / limitMilli) * 100;
  return [amount, `${Math.trunc(share)}%`];
}

function usageCells(usage: Usage, resources: readonly string[]): readonly string[] {
  return resources.map((resource) => usageCell(usage, resource));
}

function usageCell(usage: Usage, resource: string): string {
  const quantity = quantityOf(usage[resource]);
  if (resource === 'cpu') return `${quantityMilli(quantity)}m`;
  return `${Math.trunc(Math.ceil(quantityToNumber(quantity)) / MEBIBYTE)}Mi`;
}

/** Widths as Go's tabwriter gives them with kubectl's settings: three spaces between columns, behind the last one too. */
function tableText(lines: readonly (readonly string[])[]): string {
  const columnCount = Math.max(0, ...lines.map((line) => line.length));
  const widths = Array.from({ length: columnCount }, (_, column) => {
    const widest = Math.max(0, ...lines.map((line) => [...(line[column] ?? '')].length));
    return Math.max(COLUMN_WIDTH_MIN, widest + COLUMN_GAP_WIDTH);
  });
  return lines.map((line) => `${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('')}\n`).join('');
}

const COLUMN_WIDTH_MIN = 6;
const COLUMN_GAP_WIDTH = 3;
