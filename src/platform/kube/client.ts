import type { ObjectMeta, Scale } from '../../core/autoscaling/types.ts';

/** A kind as URLs name it: `{group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true}`. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case. */
  readonly resource: string;
  readonly isNamespaced: boolean;
}

/** Which object of a type; the namespace is left out for cluster-scoped types. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

/** Any object of the API, as far as the client itself looks at it. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** For the whole call, retries included; the client's default when absent. */
  readonly deadlineMs?: number;
}

export interface ListQuery {
  /** Null or absent: all namespaces. */
  readonly namespace?: string | null;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** '0' allows any cached state. */
  readonly resourceVersion?: string;
}

export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

export type Patch =
  | { readonly kind: 'merge' | 'strategic'; readonly body: unknown }
  | { readonly kind: 'json'; readonly body: readonly unknown[] }
  | { readonly kind: 'apply'; readonly body: unknown; readonly fieldManager: string; readonly isForced: boolean };

export type Subresource = 'status' | 'scale';

/**
 * Our Kubernetes client. Every call throws ApiFailure (a Failure with the Status's code and reason) when the server said
 * no, and Failure('unavailable') when it said nothing. 429 and 503 with Retry-After are obeyed within the deadline.
 */
export interface KubeClient {
  get<T extends KubeObject>(type: ResourceType, ref: ObjectRef, options?: CallOptions): Promise<T>;
  /** The whole list, page by page. */
  list<T extends KubeObject>(type: ResourceType, query?: ListQuery, options?: CallOptions): Promise<ListResult<T>>;
  create<T extends KubeObject>(type: ResourceType, object: T, options?: CallOptions): Promise<T>;
  /** PUT; the object carries its resourceVersion. */
  replace<T extends KubeObject>(
    type: ResourceType,
    object: T,
    options?: CallOptions & { readonly subresource?: Subresource },
  ): Promise<T>;
  patch<T extends KubeObject>(
    type: ResourceType,
    ref: ObjectRef,
    patch: Patch,
    options?: CallOptions & { readonly subresource?: Subresource },
  ): Promise<T>;
  delete(
    type: ResourceType,
    ref: ObjectRef,
    options?: CallOptions & {
      readonly propagationPolicy?: string;
      readonly gracePeriodSeconds?: number;
      readonly uid?: string;
    },
  ): Promise<void>;
  getScale(type: ResourceType, ref: ObjectRef, options?: CallOptions): Promise<Scale>;
  replaceScale(type: ResourceType, scale: Scale, options?: CallOptions): Promise<Scale>;
  /** The answer's JSON for any path, for example the metrics APIs. */
  getJson(path: string, options?: CallOptions): Promise<unknown>;
}

/** `v1 Status`: how the server says no. Its `reason` is for machines: `NotFound`, `Conflict`. */
export interface StatusBody {
  readonly kind: 'Status';
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: unknown;
  readonly code?: number;
}
