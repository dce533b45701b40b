import type { ObjectMeta } from './types.ts';

const PREFIX = 'autoscaling.alpha.kubernetes.io/';

/** Where older versions of the API carry what they have no field for (specification 7.1 and 7.5). */
export const METRICS = `${PREFIX}metrics`;
export const CURRENT_METRICS = `${PREFIX}current-metrics`;
export const CONDITIONS = `${PREFIX}conditions`;
export const BEHAVIOR = `${PREFIX}behavior`;
export const SCALE_DOWN_TOLERANCE = `${PREFIX}scale-down-tolerance`;
export const SCALE_UP_TOLERANCE = `${PREFIX}scale-up-tolerance`;

const ROUND_TRIP_ANNOTATIONS: readonly string[] = [
  ...[METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR],
  ...[SCALE_DOWN_TOLERANCE, SCALE_UP_TOLERANCE],
];

/**
 * The object without these annotations, by default without all that only conversions may set; the API server drops them
 * from v2 as well.
 */
export function dropRoundTripAnnotations<T extends { readonly metadata: ObjectMeta }>(
  object: T,
  dropped: readonly string[] = ROUND_TRIP_ANNOTATIONS,
): T {
  const { annotations } = object.metadata;
  if (annotations === undefined || !dropped.some((key) => Object.hasOwn(annotations, key))) return object;
  const kept = Object.entries(annotations).filter(([key]) => !dropped.includes(key));
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(kept) } };
}

/** Metadata with these annotations beside its own. */
export function withAnnotations(metadata: ObjectMeta, added: Readonly<Record<string, string>>): ObjectMeta {
  if (Object.keys(added).length === 0) return metadata;
  return { ...metadata, annotations: { ...metadata.annotations, ...added } };
}
