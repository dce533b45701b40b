import { z } from 'zod';
import { DEFAULT_DETECT_OPTIONS as DEFAULT, type DetectOptions } from '../../../core/episode/options.ts';
import { count, duration, truth } from './setting-values.ts';

const DAY_MS = 86_400_000;

const hold = (minMs: number, defaultMs: number) =>
  duration(minMs, DAY_MS, `must be a duration from ${minMs / 1_000}s to 24h, such as 60s`).default(defaultMs);

const REPEAT_MS_MIN = 60_000;
const REPEAT_RULE = 'must be 0s, or a duration from 1m to 24h, such as 4h';

const flap = z.strictObject(
  {
    reversals: count(2, 1_000).default(DEFAULT.flap.reversalCount),
    starts: count(1, 1_000).default(DEFAULT.flap.startCount),
    window: hold(60_000, DEFAULT.flap.windowMs),
    digest: hold(60_000, DEFAULT.flap.digestMs),
    quietWindows: count(1, 100).default(DEFAULT.flap.quietWindowCount),
  },
  'must be a mapping',
);

const providerDown = z.strictObject(
  {
    share: z
      .number('must be a number from 0 to 1')
      .min(0, 'must be a number from 0 to 1')
      .max(1, 'must be a number from 0 to 1')
      .default(DEFAULT.providerDown.shareRatio),
    hpas: count(1, 100_000).default(DEFAULT.providerDown.hpaCountMin),
    within: hold(1_000, DEFAULT.providerDown.onsetMs),
    hold: hold(0, DEFAULT.providerDown.holdMs),
  },
  'must be a mapping',
);

/** When something is worth telling. */
export const detectSettings = z
  .strictObject(
    {
      settle: hold(0, DEFAULT.settleMs),
      stepHold: hold(0, DEFAULT.stepHoldMs),
      stuckAfter: hold(10_000, DEFAULT.stuckAfterMs),
      stuckRepeat: hold(60_000, DEFAULT.stuckRepeatMs),
      downDebounce: hold(0, DEFAULT.downDebounceMs),
      confirm: hold(0, DEFAULT.confirmMs),
      atMaxHold: hold(0, DEFAULT.atMaxHoldMs),
      atMaxClear: hold(0, DEFAULT.atMaxClearMs),
      unreachableHold: hold(0, DEFAULT.unreachableHoldMs),
      metricsLostHold: hold(0, DEFAULT.metricsLostHoldMs),
      metricsPartialHold: hold(0, DEFAULT.metricsPartialHoldMs),
      recoveryHold: hold(0, DEFAULT.recoveryHoldMs),
      levelRepeat: duration(0, DAY_MS, REPEAT_RULE)
        .refine((repeatMs) => repeatMs === 0 || repeatMs >= REPEAT_MS_MIN, REPEAT_RULE)
        .default(DEFAULT.levelRepeatMs),
      startUp: hold(0, DEFAULT.startUpMs),
      flap: flap.prefault({}),
      providerDown: providerDown.prefault({}),
      catchUp: hold(0, DEFAULT.catchUpMs),
      manualChanges: truth.default(DEFAULT.tellsManualChanges),
    },
    'must be a mapping',
  )
  .transform(
    (given): DetectOptions => ({
      settleMs: given.settle,
      stepHoldMs: given.stepHold,
      stuckAfterMs: given.stuckAfter,
      stuckRepeatMs: given.stuckRepeat,
      downDebounceMs: given.downDebounce,
      confirmMs: given.confirm,
      atMaxHoldMs: given.atMaxHold,
      atMaxClearMs: given.atMaxClear,
      unreachableHoldMs: given.unreachableHold,
      metricsLostHoldMs: given.metricsLostHold,
      metricsPartialHoldMs: given.metricsPartialHold,
      recoveryHoldMs: given.recoveryHold,
      levelRepeatMs: given.levelRepeat,
      startUpMs: given.startUp,
      flap: {
        reversalCount: given.flap.reversals,
        startCount: given.flap.starts,
        windowMs: given.flap.window,
        digestMs: given.flap.digest,
        quietWindowCount: given.flap.quietWindows,
      },
      providerDown: {
        shareRatio: given.providerDown.share,
        hpaCountMin: given.providerDown.hpas,
        onsetMs: given.providerDown.within,
        holdMs: given.providerDown.hold,
      },
      catchUpMs: given.catchUp,
      tellsManualChanges: given.manualChanges,
    }),
  );
