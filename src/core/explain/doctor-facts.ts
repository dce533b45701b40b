import type { ObjectKey } from '../../base/object-key.ts';

/** The groups that HPAs get their numbers from. */
export const METRICS_GROUPS = ['metrics.k8s.io', 'custom.metrics.k8s.io', 'external.metrics.k8s.io'] as const;

/** One of them. */
export type MetricsGroup = (typeof METRICS_GROUPS)[number];

/** What was seen of something; or why it was not: a right is missing, or nothing usable was answered. */
export type Sight<Value> =
  | { readonly kind: 'seen'; readonly value: Value }
  | { readonly kind: 'unseen'; readonly isDenied: boolean; readonly message: string };

/** What was seen, or something in its place. */
export function seenOr<Value>(sight: Sight<Value>, otherwise: Value): Value {
  return sight.kind === 'seen' ? sight.value : otherwise;
}

/** Everything that `podtide doctor` looks at, as plain data. */
export interface DoctorFacts {
  /** Whose HPAs and ScaledObjects are looked at; null for all. */
  readonly namespace: string | null;
  /** Those of the metrics groups. */
  readonly apiServices: Sight<readonly ApiServiceFact[]>;
  /** One for each group: the versions that discovery has, in the server's order of preference. */
  readonly groups: readonly GroupFact[];
  /** One for each Service that an APIService names. */
  readonly servers: readonly ServerFact[];
  readonly hpas: Sight<readonly DoctorHpa[]>;
  /** None where KEDA's kinds are not there. */
  readonly scaledObjects: Sight<readonly ObjectKey[]>;
}

/** An APIService of a metrics group. */
export interface ApiServiceFact {
  readonly group: MetricsGroup;
  readonly version: string;
  /** Null: the API server is to answer itself. */
  readonly service: (ObjectKey & { readonly port: number }) | null;
  readonly hasCaBundle: boolean;
  readonly isVerificationSkipped: boolean;
  /** Its condition `Available`; null before the first check. */
  readonly available: ConditionFact | null;
}

/** A condition as it stands in the API. */
export interface ConditionFact {
  /** True, False or Unknown. */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A metrics group as discovery has it. */
export interface GroupFact {
  readonly group: MetricsGroup;
  readonly versions: Sight<readonly VersionFact[]>;
}

/** A version of a group, and the resources that it lists: `pods/requests` or `queue_length`. */
export interface VersionFact {
  readonly version: string;
  readonly resources: Sight<readonly string[]>;
}

/** A Service that an APIService names, and what stands behind it. */
export interface ServerFact {
  readonly service: ObjectKey;
  /** Null: there is no such Service. */
  readonly labels: Sight<Readonly<Record<string, string>> | null>;
  /** Deployments whose pods the Service selects. */
  readonly deployments: Sight<readonly DeploymentFact[]>;
  /** Pods that the Service selects. */
  readonly pods: Sight<readonly ServerPod[]>;
}

/** Containers of a pod, as far as they tell what runs in them. */
export interface ContainerFact {
  readonly image: string;
  /** Command and arguments, as they stand in the manifest. */
  readonly words: readonly string[];
}

/** A Deployment behind a Service. */
export interface DeploymentFact {
  readonly name: string;
  readonly specReplicas: number;
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerFact[];
}

/** A pod behind a Service. */
export interface ServerPod {
  readonly name: string;
  readonly isReady: boolean;
  /** Why not, as `CrashLoopBackOff`; the phase when nothing better is known. */
  readonly trouble: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerFact[];
}

/** An HPA, as far as it needs a metrics API. */
export interface DoctorHpa extends ObjectKey {
  /** Made by KEDA for a ScaledObject. */
  readonly isOfScaledObject: boolean;
  readonly metrics: readonly NeededMetric[];
  /** What its condition ScalingActive says when that is False; empty otherwise. */
  readonly failure: string;
}

/** A metric of an HPA, and where it must come from. */
export interface NeededMetric {
  readonly group: MetricsGroup;
  /** As the HPA names it. */
  readonly name: string;
  /** What discovery calls it, `pods/requests` for example; null where the kind that it describes is unknown. */
  readonly listedAs: string | null;
  /** The HPA's status has a value of it. */
  readonly isRead: boolean;
}
