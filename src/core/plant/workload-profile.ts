import type { ServiceModel } from './service.ts';

/** How the pods of an image turn load into usage. */
export type WorkloadProfile =
  /**
   * Each request loop on the Service costs so much CPU in all, shared by its ready pods and not capped by their limit.
   * It is what recordings of the official walkthrough show, whatever the machine.
   */
  | { readonly kind: 'loopShare'; readonly cpuMilliPerLoop: number; readonly memoryBytes: number }
  /** A real service: CPU saturates at its limit, requests wait and are dropped. */
  | { readonly kind: 'saturating'; readonly service: ServiceModel };

const MEBIBYTE = 1024 * 1024;

/** The walkthrough's `hpa-example` image: 305 % of 200m on one pod, 76 % on four, 43 % on seven. */
export const WALKTHROUGH_PROFILE: WorkloadProfile = {
  kind: 'loopShare',
  cpuMilliPerLoop: 610,
  memoryBytes: 64 * MEBIBYTE,
};

/** Any other image: one loop without a pause wants some 700m, one that sleeps 10 ms between requests some 400m. */
export const DEFAULT_SERVICE_MODEL: ServiceModel = {
  cpuMsPerRequest: 10,
  idleCpuMilli: 1,
  memoryBaseBytes: 32 * MEBIBYTE,
  memoryBytesPerRequest: 64 * 1024,
  queueCountPerPodMax: 256,
};

export const DEFAULT_PROFILE: WorkloadProfile = { kind: 'saturating', service: DEFAULT_SERVICE_MODEL };

/** The profile of an image name, whatever its tag or digest. */
export function profileOfImage(image: string): WorkloadProfile {
  return /(^|\/)hpa-example([:@].*)?$/.test(image) ? WALKTHROUGH_PROFILE : DEFAULT_PROFILE;
}

/**
 * What each of the ready pods uses of a shared amount of CPU: whole millicores that add up to it, the first pods taking
 * the remainder.
 */
export function shareMilli(totalMilli: number, podCount: number): readonly number[] {
  if (podCount === 0) return [];
  const evenMilli = Math.floor(totalMilli / podCount);
  const remainder = totalMilli - evenMilli * podCount;
  return Array.from({ length: podCount }, (_, index) => evenMilli + (index < remainder ? 1 : 0));
}
