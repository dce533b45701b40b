import { POD_TROUBLE_CAUSES, type PodTroubleCause } from '../../../core/episode/notice.ts';
import type { PodsSight, PodTrouble } from '../../../core/episode/observation.ts';
import type { PodStanding } from './pod-trouble.ts';

/**
 * The pods of one workload, counted as they come and go, so that no change of one looks at all of them. Keys are
 * `namespace/name`.
 */
export class PodCrowd {
  readonly #troubles = new Map<PodTroubleCause, Map<string, PodTrouble>>();
  #podCount = 0;
  #readyCount = 0;

  add(key: string, standing: PodStanding): void {
    this.#count(standing, 1);
    const { trouble } = standing;
    if (trouble === null) return;
    const sufferers = this.#troubles.get(trouble.cause);
    if (sufferers === undefined) this.#troubles.set(trouble.cause, new Map([[key, trouble]]));
    else sufferers.set(key, trouble);
  }

  /** One that stays in the same trouble keeps its place there. */
  change(key: string, before: PodStanding, after: PodStanding): void {
    const isSameTrouble = before.trouble !== null && before.trouble.cause === after.trouble?.cause;
    if (isSameTrouble) this.#count(before, -1);
    else this.remove(key, before);
    this.add(key, after);
  }

  remove(key: string, standing: PodStanding): void {
    this.#count(standing, -1);
    if (standing.trouble !== null) this.#troubles.get(standing.trouble.cause)?.delete(key);
  }

  /** The worst is the pod that has been in the trouble that comes first for longest. */
  sight(): Extract<PodsSight, { kind: 'seen' }> {
    return { kind: 'seen', podCount: this.#podCount, readyCount: this.#readyCount, worst: this.#worst() };
  }

  #worst(): PodTrouble | undefined {
    for (const cause of POD_TROUBLE_CAUSES) {
      for (const trouble of this.#troubles.get(cause)?.values() ?? []) return trouble;
    }
    return undefined;
  }

  #count({ isActive, isReady }: PodStanding, sign: 1 | -1): void {
    if (isActive) this.#podCount += sign;
    if (isReady) this.#readyCount += sign;
  }
}
