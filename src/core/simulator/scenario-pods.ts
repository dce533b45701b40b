import type { PodFact, PodRequests } from '../engine/facts.ts';
import { type ContainerTexts, projectPodRequests } from '../engine/pod-requests.ts';
import type { ContainerEntry, PodEntry } from './scenario-format.ts';

/** A pod of a story with the labels that selectors look at. */
export interface ScenarioPod {
  readonly fact: PodFact;
  readonly labels: Readonly<Record<string, string>>;
  /** Who owns it instead of the target; null when the target does. */
  readonly owner: string | null;
}

/**
 * The pods of a step: every entry merged over the defaults key by key, entries with a count unfolded. Pods whose entries
 * ask for nothing of their own share one requests object.
 */
export function unfoldPods(entries: readonly PodEntry[], defaults: PodEntry): readonly ScenarioPod[] {
  const pods: ScenarioPod[] = [];
  let shared: PodRequests | undefined;
  for (const entry of entries) {
    const merged = { ...defaults, ...entry };
    let requests: PodRequests;
    if (hasOwnRequests(entry)) requests = projectRequests(merged);
    else {
      shared ??= projectRequests(defaults);
      requests = shared;
    }
    for (const name of namesOf(entry))
      pods.push({ fact: projectPod(name, merged, requests), labels: merged.labels ?? {}, owner: merged.owner ?? null });
  }
  return pods;
}

const REQUEST_FIELDS = ['containers', 'initContainers', 'podRequests', 'overhead'];

function hasOwnRequests(entry: PodEntry): boolean {
  return REQUEST_FIELDS.some((field) => Object.hasOwn(entry, field));
}

function namesOf({ name, count, prefix = 'p', from = 1 }: PodEntry): readonly string[] {
  if (count === undefined) return [name ?? ''];
  return Array.from({ length: count }, (_, index) => `${prefix}${from + index}`);
}

function projectPod(name: string, entry: PodEntry, requests: PodRequests): PodFact {
  return {
    name,
    phase: entry.phase ?? '',
    isDeleted: typeof entry.deletedMs === 'number',
    startAtMs: entry.startMs ?? null,
    ready: entry.ready ?? null,
    requests,
  };
}

function projectRequests({ containers, initContainers, podRequests, overhead }: PodEntry): PodRequests {
  return projectPodRequests({
    containers: (containers ?? []).map(containerTexts),
    initContainers: (initContainers ?? []).map((container) => ({
      ...containerTexts(container),
      isSidecar: container.restartPolicy === 'Always',
    })),
    pod: podRequests ?? null,
    overhead: overhead ?? null,
  });
}

function containerTexts({ name, requests }: ContainerEntry): ContainerTexts {
  return { name, requests: requests ?? {} };
}
