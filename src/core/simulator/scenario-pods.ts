import type { Int64 } from '../../base/int64.ts';
import { parseQuantity, quantityMilli } from '../../base/quantity.ts';
import type { PodFact, PodRequests } from '../engine/facts.ts';
import type { ContainerEntry, PodEntry } from './scenario-format.ts';

/** A pod of a story with the labels that selectors look at. */
export interface ScenarioPod {
  readonly fact: PodFact;
  readonly labels: Readonly<Record<string, string>>;
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
      pods.push({ fact: projectPod(name, merged, requests), labels: merged.labels ?? {} });
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
  return {
    containers: (containers ?? []).map(projectContainer),
    initContainers: (initContainers ?? []).map((container) => ({
      ...projectContainer(container),
      isSidecar: container.restartPolicy === 'Always',
    })),
    pod: podRequests ? milliOf(podRequests) : null,
    overhead: overhead ? milliOf(overhead) : null,
  };
}

function projectContainer({ name, requests }: ContainerEntry): PodRequests['containers'][number] {
  return { name, requests: milliOf(requests ?? {}) };
}

function milliOf(quantities: Readonly<Record<string, string>>): Readonly<Record<string, Int64>> {
  const milli: [string, Int64][] = [];
  for (const [resource, text] of Object.entries(quantities)) {
    const quantity = parseQuantity(text);
    if (quantity !== undefined) milli.push([resource, quantityMilli(quantity)]);
  }
  return Object.fromEntries(milli);
}
