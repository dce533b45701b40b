import { Failure } from '../../../base/failure.ts';
import { matchesSelector } from '../../../base/label-selector.ts';
import type { NodeMetrics, PodMetrics, ResourceMetricsSource, SoughtMetrics } from '../../source/port.ts';
import type { QueryResult } from '../metrics-query.ts';
import { type ResourceQueries, usageQuantity } from '../resource-queries.ts';
import type { ResultRow } from '../result-rows.ts';
import { askNow, type QueryPorts, vectorRows } from './instant-rows.ts';
import type { MeasuredObject, MeasuredObjects } from './measured-objects.ts';
import { requestedSelector } from './requested-selector.ts';
import type { RuleBook } from './rule-book.ts';

/** What usage is answered from. */
export interface ResourceSourcePorts extends QueryPorts {
  /** The rules as they are now. */
  readonly book: () => RuleBook;
  readonly objects: MeasuredObjects;
  /** Told of each query that has brought nothing; the objects it was about are left out. */
  readonly onFailure: (failure: Failure) => void;
  /** Told of each query that has been answered. */
  readonly onAnswer: () => void;
}

type Rows = ReadonlyMap<string, readonly ResultRow[]>;

/** The rows of both resources by the name of their object. */
interface UsageRows {
  readonly cpu: Rows;
  readonly memory: Rows;
}

/**
 * `metrics.k8s.io` by `resourceRules`: two queries for the pods of each namespace, two for nodes. What Prometheus has no rows
 * for, and what it does not answer for, is left out of lists, as upstream's.
 */
export function createResourceSource(ports: ResourceSourcePorts): ResourceMetricsSource {
  const source = new ResourceSource(ports);
  return {
    listPods: ({ namespace, labelSelector, isWanted = () => true }, signal) => {
      const selector = requestedSelector('labelSelector', labelSelector);
      const pods = ports.objects.pods().filter((pod) => namespace === null || pod.namespace === namespace);
      return source.podMetrics(
        pods.filter((pod) => matchesSelector(selector, pod.labels) && isWanted(pod)),
        signal,
      );
    },
    listNodes: ({ labelSelector, isWanted = () => true }, signal) => {
      const selector = requestedSelector('labelSelector', labelSelector);
      return source.nodeMetrics(
        ports.objects.nodes().filter((node) => matchesSelector(selector, node.labels) && isWanted(node)),
        signal,
      );
    },
    findPod: async ({ namespace, name }, signal) =>
      sought(ports.objects.pod(namespace, name), (pod) => source.podMetrics([pod], signal)),
    findNode: async (name, signal) => sought(ports.objects.node(name), (node) => source.nodeMetrics([node], signal)),
  };
}

async function sought<Metrics>(
  object: MeasuredObject | undefined,
  measure: (object: MeasuredObject) => Promise<readonly Metrics[]>,
): Promise<SoughtMetrics<Metrics>> {
  if (object === undefined) return { kind: 'absent' };
  const [metrics] = await measure(object);
  return metrics === undefined ? { kind: 'unsampled', causes: [] } : { kind: 'found', metrics };
}

class ResourceSource {
  readonly #ports: ResourceSourcePorts;

  constructor(ports: ResourceSourcePorts) {
    this.#ports = ports;
  }

  async podMetrics(pods: readonly MeasuredObject[], signal: AbortSignal): Promise<readonly PodMetrics[]> {
    const rules = this.#ports.book().compiled.resource;
    if (rules === null) return [];
    const byNamespace = [...Map.groupBy(pods, ({ namespace }) => namespace)];
    const measured = await Promise.all(
      byNamespace.map(async ([namespace, each]) => {
        const names = each.map(({ name }) => name);
        const rowsOf = (queries: ResourceQueries) =>
          this.#rows(queries, queries.pods(namespace, names), (rows) => queries.rowsByPod(rows), signal);
        const [cpu, memory] = await Promise.all([rowsOf(rules.cpu), rowsOf(rules.memory)]);
        return each.flatMap((pod) => podOf(pod, { cpu, memory }, rules));
      }),
    );
    return measured.flat();
  }

  async nodeMetrics(nodes: readonly MeasuredObject[], signal: AbortSignal): Promise<readonly NodeMetrics[]> {
    const rules = this.#ports.book().compiled.resource;
    if (rules === null || nodes.length === 0) return [];
    const names = nodes.map(({ name }) => name);
    const rowsOf = (queries: ResourceQueries) =>
      this.#rows(queries, queries.nodes(names), (rows) => queries.rowsByNode(rows), signal);
    const [cpu, memory] = await Promise.all([rowsOf(rules.cpu), rowsOf(rules.memory)]);
    return nodes.flatMap((node) => nodeOf(node, { cpu, memory }, rules.windowMs));
  }

  /** No rows where there is no answer: the other namespaces and nodes are not hidden by one bad query. */
  async #rows(
    { backend }: ResourceQueries,
    asked: QueryResult,
    group: (rows: readonly ResultRow[]) => Rows,
    signal: AbortSignal,
  ): Promise<Rows> {
    try {
      if (asked.kind === 'none') throw new Failure('invalid', `a resource rule makes no query: ${asked.reason}`);
      const rows = group(vectorRows(await askNow(this.#ports, { backend, query: asked.query }, signal), asked.query));
      this.#ports.onAnswer();
      return rows;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Failure)) throw thrown;
      this.#ports.onFailure(thrown);
      return new Map();
    }
  }
}

/**
 * A pod without rows of one of the two is no measured pod, nor is one with a row that is no number; a container without a row of
 * one of them uses nothing of it.
 */
function podOf(
  { namespace, name, labels, nodeName }: MeasuredObject,
  rows: UsageRows,
  rules: NonNullable<RuleBook['compiled']['resource']>,
): readonly PodMetrics[] {
  const cpu = rows.cpu.get(name) ?? [];
  const memory = rows.memory.get(name) ?? [];
  if (cpu.length === 0 || memory.length === 0) return [];
  const containers = new Map<string, { cpu: string; memory: string }>();
  const take = (resource: 'cpu' | 'memory', taken: readonly ResultRow[]): boolean => {
    for (const row of taken) {
      const quantity = usageQuantity(row.value, resource);
      if (quantity === undefined) return false;
      const { containerLabel } = rules[resource];
      const container = Object.hasOwn(row.labels, containerLabel) ? (row.labels[containerLabel] ?? '') : '';
      const usage = containers.get(container) ?? { cpu: '0', memory: '0' };
      usage[resource] = quantity;
      containers.set(container, usage);
    }
    return true;
  };
  if (!take('cpu', cpu) || !take('memory', memory)) return [];
  return [
    {
      namespace,
      name,
      labels,
      ...(nodeName === undefined ? {} : { nodeName }),
      atMs: earliest([...cpu, ...memory]),
      windowMs: rules.windowMs,
      containers: [...containers].map(([container, usage]) => ({ name: container, usage })),
    },
  ];
}

function nodeOf({ name, labels }: MeasuredObject, rows: UsageRows, windowMs: number): readonly NodeMetrics[] {
  const [cpuRow] = rows.cpu.get(name) ?? [];
  const [memoryRow] = rows.memory.get(name) ?? [];
  if (cpuRow === undefined || memoryRow === undefined) return [];
  const cpu = usageQuantity(cpuRow.value, 'cpu');
  const memory = usageQuantity(memoryRow.value, 'memory');
  if (cpu === undefined || memory === undefined) return [];
  return [{ name, labels, atMs: earliest([cpuRow, memoryRow]), windowMs, usage: { cpu, memory } }];
}

/** The oldest, so that nobody takes the numbers for newer than all of them are. */
function earliest(rows: readonly ResultRow[]): number {
  return rows.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
}
