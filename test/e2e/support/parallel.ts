const LANE_COUNT = 24;

/** Does the work for each item, so many at a time; rejects with the first failure. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  laneCount: number = LANE_COUNT,
): Promise<void> {
  const waiting = items.values();
  const lane = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: laneCount }, lane));
}
