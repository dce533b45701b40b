import type { HorizontalPodAutoscaler, HpaSpec, HpaStatus } from '../autoscaling/types.ts';
import type { Int64 } from '../engine/facts.ts';
import type { Recommendation, ScaleEvent } from '../engine/memory.ts';
import type { EngineOptions } from '../engine/options.ts';

/**
 * A scenario: the story of one HPA, reconcile by reconcile, with scripted answers of everything around the controller. One
 * JSON object a line; times are epoch milliseconds, metric numbers milli values, everything else is as in the API. Absent
 * keys mean the default, or what was so in the step before.
 */
export interface Scenario {
  readonly name: string;
  /** The rule's place in the specification; for random stories their kind. */
  readonly section?: string;
  readonly rule?: string;
  readonly tags?: readonly string[];
  readonly apiValid?: boolean;
  readonly options?: Partial<Omit<EngineOptions, 'features' | 'scaleDownBreaker' | 'queryNamespaces'>> & {
    readonly features?: Partial<EngineOptions['features']>;
    readonly clockTickNs?: number;
  };
  readonly podDefaults?: PodEntry;
  readonly hpa: HorizontalPodAutoscaler;
  readonly initialState?: Partial<ScenarioState>;
  readonly steps: readonly ScenarioStep[];
}

/** One reconcile. */
export interface ScenarioStep {
  readonly atMs: number;
  /** The controller starts anew: its memory is lost. */
  readonly restart?: boolean;
  /** The HPA is created anew before the step; the memory stays. */
  readonly hpa?: HorizontalPodAutoscaler;
  readonly hpaSpec?: HpaSpec;
  readonly hpaDeleted?: boolean;
  readonly hpaGetError?: ScenarioError;
  readonly unregistered?: boolean;
  readonly otherHpas?: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly selector: string | null;
  }[];
  readonly mapperError?: ScenarioError;
  /** `resource.group` of every mapping of the target's kind. */
  readonly mappings?: readonly string[];
  readonly scale?: ScaleAnswer;
  readonly scales?: readonly ScaleAnswer[];
  readonly scaleUpdate?: {
    readonly errors?: readonly (ScenarioError | null)[];
    readonly refetch?: readonly (ScaleAnswer | null)[];
  };
  readonly statusUpdateError?: ScenarioError;
  readonly pods?: readonly PodEntry[];
  /** The result of the i-th listing of pods in this step. */
  readonly podListErrors?: readonly (ScenarioError | null)[];
  /** One for each metric of the spec; null or empty where nothing is asked for. */
  readonly metrics?: readonly (MetricEntry | null)[];
  readonly expect?: StepExpectation;
}

export interface ScenarioError {
  readonly message: string;
  readonly conflict?: boolean;
}

export interface ScaleAnswer {
  readonly specReplicas?: number;
  readonly statusReplicas?: number;
  readonly selector?: string;
  readonly error?: ScenarioError;
}

/** A pod, or `count` of them; null means that the pod has none although the defaults do. */
export interface PodEntry {
  readonly name?: string;
  readonly count?: number;
  readonly prefix?: string;
  readonly from?: number;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly phase?: string | null;
  readonly startMs?: number | null;
  readonly ready?: { readonly status: string; readonly sinceMs: number } | null;
  readonly deletedMs?: number | null;
  /** `Job/migrate`: who owns it instead of the target, for HPAs that select by owner. */
  readonly owner?: string | null;
  readonly containers?: readonly ContainerEntry[] | null;
  readonly initContainers?: readonly ContainerEntry[] | null;
  readonly podRequests?: Readonly<Record<string, string>> | null;
  readonly overhead?: Readonly<Record<string, string>> | null;
}

export interface ContainerEntry {
  readonly name: string;
  readonly requests?: Readonly<Record<string, string>> | null;
  /** `Always` makes an init container a sidecar. */
  readonly restartPolicy?: string;
}

/** What a metric's query brought. */
export interface MetricEntry {
  readonly error?: ScenarioError;
  readonly samples?: Readonly<Record<string, Int64 | SampleEntry>>;
  readonly values?: readonly Int64[];
  readonly atMs?: number;
  readonly windowMs?: number;
}

export interface SampleEntry {
  readonly milli: Int64;
  readonly atMs?: number;
  readonly windowMs?: number;
}

/** The lists that the controller keeps, in slot order. */
export interface ScenarioState {
  readonly recommendations: readonly Recommendation[];
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
}

/** What the real controller did. */
export interface StepExpectation {
  readonly scaledTo?: number | null;
  readonly scaleWrites?: readonly number[];
  readonly statusWritten?: boolean;
  readonly status?: HpaStatus | null;
  readonly storedStatus?: HpaStatus;
  readonly events?: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
  readonly error?: string | null;
  readonly deleted?: boolean;
  readonly queries?: readonly string[];
  readonly telemetry?: unknown;
  readonly state?: ScenarioState;
  /** Numbers that the platform decides: `replicaCount`, `statusAverage`. */
  readonly platformDependent?: readonly string[];
}
