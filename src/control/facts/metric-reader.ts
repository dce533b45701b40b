import type { IoClock } from '../../base/clock.ts';
import { assert, Failure } from '../../base/failure.ts';
import { CONTROLLER_METRICS_CALL_MS_MAX } from '../../base/limits.ts';
import type { MetricQuery } from '../../core/engine/decision.ts';
import type { MetricSamples, SampleSet } from '../../core/engine/facts.ts';
import { queryAnnotation } from '../../core/engine/hpa-options.ts';
import type { MetricsSource, PodMetrics } from '../../metrics/source/port.ts';
import { withDeadline } from './deadline.ts';
import type { KindMapper } from './kind-mapper.ts';
import { containerSamples, customPodSamples, podSamples, type SampleValues, valueSamples } from './samples.ts';

/** Where the resource metrics of one selector's pods come from: a call of its own, or a list that several share. */
export interface PodMetricsReader {
  read(namespace: string, podSelector: string, signal: AbortSignal): Promise<readonly PodMetrics[]>;
}

/** Answers one metric query. Failures become facts with upstream's complete client error text (specification 6). */
export interface MetricReader {
  read(query: MetricQuery, signal: AbortSignal): Promise<MetricSamples>;
}

export interface MetricReaderPorts {
  readonly podMetrics: PodMetricsReader;
  readonly source: MetricsSource;
  readonly mapper: KindMapper;
  readonly ioClock: Pick<IoClock, 'after'>;
  /** Which values count; any when absent. */
  readonly values?: SampleValues;
}

/** Makes a reader over the ports; in-process sources and the HTTP clients are read alike. */
export function createMetricReader(ports: MetricReaderPorts): MetricReader {
  return {
    read: async (query, signal) => {
      try {
        return { kind: 'values', samples: await readSamples(ports, query, signal) };
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        return { kind: 'metricFailed', message: thrown.message };
      }
    },
  };
}

/** One call for each selector: for commands that look at one HPA. */
export function createPodMetricsReader(source: MetricsSource): PodMetricsReader {
  return {
    read: async (namespace, podSelector, signal) => {
      if (source.resource === undefined) throw new Failure('notFound', NO_RESOURCE_API_TEXT);
      return source.resource.listPods({ namespace, labelSelector: podSelector }, signal);
    },
  };
}

/** What client-go says when a server does not know the resource metrics API. */
export const NO_RESOURCE_API_TEXT = 'the server could not find the requested resource (get pods.metrics.k8s.io)';

const NO_CUSTOM_API_TEXT = 'no custom metrics API (custom.metrics.k8s.io) registered';

/** Upstream's wrap of a client's error, by metrics API; a query of the HPA's own is named by its annotation. */
function clientText(query: MetricQuery, text: string): string {
  if (isOwnQuery(query)) return `${queryAnnotation(query.metric)}: ${text}`;
  const api = query.kind === 'pods' || query.kind === 'object' ? 'custom' : query.kind;
  return `unable to fetch metrics from ${api} metrics API: ${text}`;
}

async function readSamples(ports: MetricReaderPorts, query: MetricQuery, signal: AbortSignal): Promise<SampleSet> {
  switch (query.kind) {
    case 'resource': {
      const items = await asked(ports, query, signal, (deadline) =>
        ports.podMetrics.read(query.namespace, query.podSelector, deadline),
      );
      refuseEmpty(query, items);
      if (query.container !== '')
        return wrapped(query, async () => containerSamples(items, query.resource, query.container, ports.values));
      return wrapped(query, async () => podSamples(items, query.resource, ports.values));
    }
    case 'pods':
      return readPodsMetric(ports, query, signal);
    case 'object':
      return asked(ports, query, signal, (deadline) => readObjectMetric(ports, query, deadline));
    case 'external': {
      const values = await asked(ports, query, signal, async (deadline) =>
        readExternalValues(ports.source, query, deadline),
      );
      refuseEmpty(query, values);
      return wrapped(query, async () => valueSamples(values, ports.values));
    }
  }
}

async function readPodsMetric(
  ports: MetricReaderPorts,
  query: MetricQuery & { readonly kind: 'pods' },
  signal: AbortSignal,
): Promise<SampleSet> {
  const { namespace, podSelector: labelSelector, metric, metricSelector } = query;
  const values = await asked(ports, query, signal, async (deadline) =>
    customOf(ports.source).getValues(
      { namespace, resource: 'pods', name: '*', labelSelector, metric, metricSelector },
      deadline,
    ),
  );
  refuseEmpty(query, values);
  return wrapped(query, async () => customPodSamples(values, ports.values));
}

async function readObjectMetric(
  ports: MetricReaderPorts,
  query: MetricQuery & { readonly kind: 'object' },
  signal: AbortSignal,
): Promise<SampleSet> {
  const custom = customOf(ports.source);
  const { metric, metricSelector } = query;
  const group = groupOf(query.apiVersion);
  const common = { labelSelector: '', metric, metricSelector };
  // Upstream reads the HPA's own namespace whatever the reference says, so that nobody looks into another's.
  const isNamespace = query.objectKind === 'Namespace' && group === '';
  const values = isNamespace
    ? await custom.getValues({ ...common, namespace: null, resource: 'namespaces', name: query.namespace }, signal)
    : await custom.getValues(
        {
          ...common,
          namespace: query.namespace,
          resource: await objectResource(ports.mapper, group, query.objectKind, signal),
          name: query.objectName,
        },
        signal,
      );
  if (values.length !== 1) {
    throw new Failure(
      'unavailable',
      `the custom metrics API server returned ${values.length} results when we asked for exactly one`,
    );
  }
  return valueSamples(values, ports.values);
}

async function objectResource(mapper: KindMapper, group: string, kind: string, signal: AbortSignal): Promise<string> {
  try {
    const [mapping] = await mapper.mappings(group, kind, signal);
    if (mapping === undefined) throw new Failure('notFound', 'unrecognized resource');
    return mapping.group === '' ? mapping.resource : `${mapping.resource}.${mapping.group}`;
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const groupKind = group === '' ? kind : `${kind}.${group}`;
    throw new Failure(thrown.kind, `unable to map kind ${groupKind} to resource: ${thrown.message}`, { cause: thrown });
  }
}

function readExternalValues(
  source: MetricsSource,
  query: MetricQuery & { readonly kind: 'external' },
  signal: AbortSignal,
): ReturnType<NonNullable<MetricsSource['external']>['getValues']> {
  const { namespace, metric, metricSelector } = query;
  if (isOwnQuery(query)) {
    assert(source.query !== undefined, 'a query was planned, and nobody puts it to Prometheus');
    return source.query.getValues({ namespace, metric, metricSelector, promql: query.promql }, signal);
  }
  if (source.external === undefined) {
    const text = `the server could not find the requested resource (get ${metric}.external.metrics.k8s.io)`;
    throw new Failure('notFound', text);
  }
  return source.external.getValues({ namespace, metric, metricSelector }, signal);
}

function customOf(source: MetricsSource): NonNullable<MetricsSource['custom']> {
  if (source.custom === undefined) throw new Failure('notFound', NO_CUSTOM_API_TEXT);
  return source.custom;
}

/** A call to a metrics API within its deadline, its error wrapped as upstream wraps it. */
function asked<T>(
  ports: MetricReaderPorts,
  query: MetricQuery,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return wrapped(query, () => withDeadline(ports.ioClock, CONTROLLER_METRICS_CALL_MS_MAX, signal, ask));
}

async function wrapped<T>(query: MetricQuery, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    throw new Failure(thrown.kind, clientText(query, thrown.message), { cause: thrown });
  }
}

/** The empty answer is refused outside the wrap: its text stands alone. */
function refuseEmpty(query: MetricQuery, found: readonly unknown[]): void {
  if (found.length > 0) return;
  if (isOwnQuery(query)) throw new Failure('notFound', clientText(query, 'the query came to no number'));
  const api = query.kind === 'pods' || query.kind === 'object' ? 'custom' : query.kind;
  throw new Failure('notFound', `no metrics returned from ${api} metrics API`);
}

/** Whether the HPA brings the query along that Prometheus is to be asked. */
function isOwnQuery(query: MetricQuery): query is MetricQuery & { readonly kind: 'external'; readonly promql: string } {
  return query.kind === 'external' && query.promql !== undefined;
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}
