import type { AccessUser } from '../../platform/access/user.ts';

/**
 * The port that every number comes through, whether over HTTP, from kubelets of this process, from Prometheus or from
 * the lab's world. Values are Kubernetes quantity strings in the wire's rounding, so that the same numbers come out
 * whichever way they travel. A source throws Failure: `unavailable` when it cannot answer, `notFound` when it does not
 * know the metric.
 */
export interface MetricsSource {
  readonly resource?: ResourceMetricsSource;
  readonly custom?: CustomMetricsSource;
  readonly external?: ExternalMetricsSource;
  /** Numbers of PromQL that HPAs bring along; absent where nobody puts it to Prometheus. */
  readonly query?: QuerySource;
}

/** What `metrics.k8s.io` serves. An empty selector matches everything; a null namespace means all of them. */
export interface ResourceMetricsSource {
  listPods(query: PodMetricsQuery, signal: AbortSignal): Promise<readonly PodMetrics[]>;
  listNodes(query: NodeMetricsQuery, signal: AbortSignal): Promise<readonly NodeMetrics[]>;
  /** One pod, or why there are no numbers of it; a source that cannot tell why leaves this out. */
  findPod?(
    ref: { readonly namespace: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<SoughtMetrics<PodMetrics>>;
  /** The same for a node. */
  findNode?(name: string, signal: AbortSignal): Promise<SoughtMetrics<NodeMetrics>>;
}

/** Which pods are meant. */
export interface PodMetricsQuery {
  readonly namespace: string | null;
  readonly labelSelector: string;
  /** Whether there is a use for a pod's numbers: a source may spare itself the others, and whoever asks leaves them out. */
  readonly isWanted?: (pod: Pick<PodMetrics, 'namespace' | 'name' | 'nodeName'>) => boolean;
}

/** Which nodes are meant. */
export interface NodeMetricsQuery {
  readonly labelSelector: string;
  /** As of pods. */
  readonly isWanted?: (node: Pick<NodeMetrics, 'name'>) => boolean;
}

/**
 * What is known of one object. `absent`: the cluster has no such object, or not one that is measured; `unsampled`: it is
 * there, and its numbers are not, with the reasons that are known.
 */
export type SoughtMetrics<T> =
  | { readonly kind: 'found'; readonly metrics: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unsampled'; readonly causes: readonly MissingCause[] };

/** Why an object has no numbers; `reason` is a word for programs, such as `ScrapeFailed`. */
export interface MissingCause {
  readonly reason: string;
  readonly message: string;
}

export interface PodMetrics {
  readonly namespace: string;
  readonly name: string;
  /** Of the node that it runs on, where the source knows it. */
  readonly nodeName?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** End of the interval that the usage is the rate over, epoch ms of the domain clock. */
  readonly atMs: number;
  readonly windowMs: number;
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

export interface NodeMetrics {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly atMs: number;
  readonly windowMs: number;
  readonly usage: Readonly<Record<string, string>>;
}

/** What `custom.metrics.k8s.io` serves. */
export interface CustomMetricsSource {
  /**
   * The metrics there are, for discovery. The same array for as long as nothing changes: what is made of it is kept until
   * another one comes.
   */
  listMetrics(signal: AbortSignal): Promise<readonly CustomMetric[]>;
  /**
   * Whether this source is the one to answer for the metric, with values or without. Asked where sources stand in a list;
   * a source without it takes whatever comes to it.
   */
  owns?(query: CustomMetricsQuery): boolean;
  /** One value for each matching object. Throws MetricFailure where upstream's server has words for what is wrong. */
  getValues(query: CustomMetricsQuery, signal: AbortSignal): Promise<readonly ObjectMetricValue[]>;
}

/** A metric of objects of a kind: `resource` is `pods`, `services`, `ingresses.networking.k8s.io`, … */
export interface CustomMetric {
  readonly resource: string;
  readonly isNamespaced: boolean;
  readonly metric: string;
}

/** `resource` as it stands in the path; `name` is `*` for all objects that the label selector matches. */
export interface CustomMetricsQuery {
  /** Null for objects without a namespace, and for namespaces themselves. */
  readonly namespace: string | null;
  readonly resource: string;
  readonly name: string;
  readonly labelSelector: string;
  readonly metric: string;
  readonly metricSelector: string;
  /** Who asks, for a source that asks somebody else in their name; absent in process. */
  readonly caller?: AccessUser;
}

export interface ObjectMetricValue {
  readonly describedObject: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  };
  readonly metric: string;
  readonly atMs: number;
  /** Null when the metric has no window. */
  readonly windowMs: number | null;
  readonly value: string;
}

/** What `external.metrics.k8s.io` serves. */
export interface ExternalMetricsSource {
  /** The names of all metrics; the same array for as long as nothing changes. */
  listMetrics(signal: AbortSignal): Promise<readonly string[]>;
  /** As of custom metrics. */
  owns?(query: ExternalMetricsQuery): boolean;
  /** One value for each matching series. Throws MetricFailure where upstream's server has words for what is wrong. */
  getValues(query: ExternalMetricsQuery, signal: AbortSignal): Promise<readonly ExternalMetricValue[]>;
}

export interface ExternalMetricsQuery {
  /** Empty for series of all namespaces. */
  readonly namespace: string;
  readonly metric: string;
  readonly metricSelector: string;
  /** Who asks, for a source that asks somebody else in their name; absent in process. */
  readonly caller?: AccessUser;
}

export interface ExternalMetricValue {
  readonly metric: string;
  /** Null for a value that is of no series, such as a scalar. */
  readonly labels: Readonly<Record<string, string>> | null;
  readonly atMs: number;
  readonly windowMs: number | null;
  readonly value: string;
}

/** Who puts the queries that HPAs bring along for their External metrics to Prometheus (docs/specification/options.md, 1.6). */
export interface QuerySource {
  /**
   * One value for each element of what the query comes to now, as far as the metric's selector matches its labels; none for
   * what is no number. Throws Failure: `invalid` for a query that cannot be read or makes no numbers, `denied` in a namespace
   * that may bring none.
   */
  getValues(query: HpaQuery, signal: AbortSignal): Promise<readonly ExternalMetricValue[]>;
}

/** A query as it stands on the HPA, and the metric that it makes. */
export interface HpaQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly metricSelector: string;
  readonly promql: string;
}
