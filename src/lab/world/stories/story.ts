import type { LoadProfile } from '../../../core/plant/load.ts';
import type { WorkloadProfile } from '../../../core/plant/workload-profile.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';

/** Something that happens to the cluster, and when: milliseconds of domain time since the story began. */
export type StoryAction = { readonly atMs: number } & (
  | { readonly kind: 'create'; readonly object: StoryObject }
  | { readonly kind: 'delete'; readonly object: StoryObject }
  /** A merge patch of what stands. */
  | { readonly kind: 'patch'; readonly object: StoryObject; readonly body: Readonly<Record<string, unknown>> }
  /** A load from outside on a Service (`namespace/name`); null takes it away. */
  | { readonly kind: 'load'; readonly service: string; readonly profile: LoadProfile | null }
);

/** An object as a manifest has it, namespace included. */
export interface StoryObject extends KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A workload, its autoscaler and what happens to them, all of it data. */
export interface Story {
  readonly name: string;
  /** What it shows, in one sentence. */
  readonly summary: string;
  /** In order of time. */
  readonly actions: readonly StoryAction[];
  /** How its own images behave, by name without tag. */
  readonly profiles?: Readonly<Record<string, WorkloadProfile>>;
  /** When there is nothing more to see, domain milliseconds. */
  readonly durationMs: number;
  /** The HPAs to watch, `namespace/name`. */
  readonly hpas: readonly string[];
}
