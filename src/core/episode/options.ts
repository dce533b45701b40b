/** How long things must last before people are told, and what counts as much. All durations in domain time. */
export interface DetectOptions {
  /** As long as all pods must have been there for a scaling to be complete. */
  readonly settleMs: number;
  /** How long after a step a scaling stays open whose controller says that it only waits to take the next one. */
  readonly stepHoldMs: number;
  /** A scaling up that takes longer is stuck: longer than this, and than three times what it usually took. */
  readonly stuckAfterMs: number;
  /** Between two notices of the same stuck scaling. */
  readonly stuckRepeatMs: number;
  /** A fall that is taken back within it is never told. */
  readonly downDebounceMs: number;
  /** Longest wait for the HPA's status to say that a change of the count was its own, and why. */
  readonly confirmMs: number;
  readonly atMaxHoldMs: number;
  readonly atMaxClearMs: number;
  readonly unreachableHoldMs: number;
  readonly metricsLostHoldMs: number;
  readonly metricsPartialHoldMs: number;
  /** As long as a target or metrics must have been back. */
  readonly recoveryHoldMs: number;
  /** Between two notices of a limit, lost metrics, their provider or a target out of reach that stands on; 0: told once. */
  readonly levelRepeatMs: number;
  /** Of an HPA or target this young, missing metrics are not told. */
  readonly startUpMs: number;
  readonly flap: FlapOptions;
  readonly providerDown: ProviderDownOptions;
  /** What happened longer ago than this while nobody watched is not told any more. */
  readonly catchUpMs: number;
  /** Whether changes of the count by others than autoscalers are told (`scale.manual`). */
  readonly tellsManualChanges: boolean;
}

/** When an HPA goes to and fro so often that only digests are told of its scalings. */
export interface FlapOptions {
  /** This many changes of direction within the window. */
  readonly reversalCount: number;
  /** Or more than this many scalings begun. */
  readonly startCount: number;
  readonly windowMs: number;
  readonly digestMs: number;
  /** As many digests' times without a change of direction end it. */
  readonly quietWindowCount: number;
}

/** When lost metrics are the cluster's trouble rather than that of each HPA. */
export interface ProviderDownOptions {
  /** More than this share of all HPAs, from 0 to 1, … */
  readonly shareRatio: number;
  /** … and no fewer than this many, … */
  readonly hpaCountMin: number;
  /** … lost their metrics within this time … */
  readonly onsetMs: number;
  /** … and stay without them for this time. */
  readonly holdMs: number;
}

/** What a configuration that says nothing means. */
export const DEFAULT_DETECT_OPTIONS: DetectOptions = {
  settleMs: 10_000,
  // A minute of a policy, a window of 30 s, and a sync or two.
  stepHoldMs: 120_000,
  stuckAfterMs: 300_000,
  stuckRepeatMs: 1_800_000,
  downDebounceMs: 30_000,
  confirmMs: 2_000,
  atMaxHoldMs: 60_000,
  atMaxClearMs: 120_000,
  unreachableHoldMs: 60_000,
  metricsLostHoldMs: 120_000,
  metricsPartialHoldMs: 300_000,
  recoveryHoldMs: 60_000,
  levelRepeatMs: 14_400_000,
  startUpMs: 180_000,
  flap: { reversalCount: 4, startCount: 6, windowMs: 1_800_000, digestMs: 900_000, quietWindowCount: 2 },
  providerDown: { shareRatio: 0.3, hpaCountMin: 5, onsetMs: 120_000, holdMs: 30_000 },
  catchUpMs: 3_600_000,
  tellsManualChanges: false,
};
