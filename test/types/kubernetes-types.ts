import type {
  CoreV1Event,
  V1Lease,
  V1ObjectMeta,
  V1Pod,
  V1Scale,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
  V2MetricSpec,
  V2MetricStatus,
} from '@kubernetes/client-node';
import type {
  Behavior,
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  ObjectMeta,
  Scale,
} from '../../src/core/autoscaling/types.ts';
import type { KubeObject } from '../../src/platform/kube/client.ts';
import type { Lease } from '../../src/platform/kube/leader-election.ts';

/**
 * Our narrow types against those generated from the API's own schema, at compile time: whatever the official client calls an
 * object of a kind must be one of ours. The official types hold times as `Date` and call everything that a server may leave
 * out optional; both are put on the wire's footing first.
 */
type OnWire<T> = T extends Date
  ? string
  : T extends readonly (infer E)[]
    ? readonly OnWire<E>[]
    : T extends object
      ? { [K in keyof T]: OnWire<T[K]> }
      : T;

/** With its metadata and the fields that every stored object has. */
type Stored<T, K extends keyof T> = OnWire<Omit<T, K> & Required<Pick<T, K>>> & {
  metadata: OnWire<V1ObjectMeta> & { name: string };
};

type Assignable<_From extends To, To> = true;

export type Checks = [
  Assignable<OnWire<V1ObjectMeta> & { name: string }, ObjectMeta>,
  Assignable<Stored<V1Pod, 'spec'>, KubeObject>,
  Assignable<OnWire<V2MetricSpec>, MetricSpec>,
  Assignable<OnWire<V2MetricStatus>, MetricStatus>,
  Assignable<OnWire<V2HorizontalPodAutoscalerBehavior>, Behavior>,
  Assignable<Stored<Omit<V2HorizontalPodAutoscaler, 'status'>, 'spec'>, Omit<HorizontalPodAutoscaler, 'status'>>,
  Assignable<Stored<V1Scale, 'spec'>, Scale>,
  Assignable<Stored<V1Lease, 'spec'>, Lease>,
  Assignable<Stored<CoreV1Event, 'reason'>, KubeObject>,
];
