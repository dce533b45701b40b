import type { ObjectMetricValue } from '../source/port.ts';

/** Windows of custom and external metrics travel in whole seconds. */
export function windowSeconds(windowMs: number): number {
  return Math.round(windowMs / 1000);
}

/** The core group is spelt `/v1` here: adapters join group and version, and the empty group leaves its slash. */
export function describedApiVersion({ apiVersion }: ObjectMetricValue['describedObject']): string {
  return apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
}

/** Labels in the order in which Go writes a map. */
export function sortedLabels(labels: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}
