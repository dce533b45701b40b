import { Random } from '../../../../base/random.ts';

/** From one sample of a cgroup to the next: 12.5 s on average, 10 s to 15 s apart. */
const PERIOD_MS = 12_500;
const JITTER_MS = 2_500;

/** How long before its first process a container's cgroup is made, whose age is what a kubelet calls the container's start. */
export const CGROUP_LEAD_MS = 500;

/** The instants of a cgroup's last two samples; `before` is undefined when there was one only. */
export interface SampleInstants {
  readonly atMs: number;
  readonly beforeMs: number | undefined;
}

/**
 * When cAdvisor has last looked at a cgroup, as of an instant: it looks within 2.5 s of the start and then every 10 s to
 * 15 s, at instants of the cgroup's own that follow from the seed. Undefined before the first look.
 */
export function lastSamples(
  seed: number,
  cgroup: string,
  startedAtMs: number,
  nowMs: number,
): SampleInstants | undefined {
  const instantOf = (index: number): number => {
    const jitter = Random.ofSeed(seed, `cadvisor/${cgroup}/${index}`).nextFraction() * JITTER_MS;
    // Whole milliseconds, as the page shows them.
    return Math.floor(startedAtMs + index * PERIOD_MS + jitter);
  };
  const started = Math.floor((nowMs - startedAtMs) / PERIOD_MS);
  if (started < 0) return undefined;
  const index = instantOf(started) <= nowMs ? started : started - 1;
  if (index < 0) return undefined;
  return { atMs: instantOf(index), beforeMs: index === 0 ? undefined : instantOf(index - 1) };
}
