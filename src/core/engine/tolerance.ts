import { parseQuantity, quantityToNumber } from '../../base/quantity.ts';
import type { Behavior } from '../autoscaling/types.ts';
import type { EngineOptions } from './options.ts';

/** How far a usage ratio may be from 1 before anything moves, as fractions (0.1 means 10 %). */
export interface Tolerance {
  readonly down: number;
  readonly up: number;
}

/**
 * The tolerances of an HPA: the flag's, each replaced by the one in `behavior` where it is set and the gate is on
 * (specification 2.9; upstream: Tolerances).
 */
export function toleranceOf(behavior: Behavior | undefined, options: EngineOptions): Tolerance {
  const { tolerance, features } = options;
  if (behavior === undefined || !features.HPAConfigurableTolerance) return { down: tolerance, up: tolerance };
  return {
    down: readTolerance(behavior.scaleDown?.tolerance, tolerance),
    up: readTolerance(behavior.scaleUp?.tolerance, tolerance),
  };
}

/** Whether the ratio is near enough to 1 to stay. Both ends belong to the range; NaN and infinity never do. */
export function isWithinTolerance(tolerance: Tolerance, usageRatio: number): boolean {
  return 1 - tolerance.down <= usageRatio && usageRatio <= 1 + tolerance.up;
}

function readTolerance(text: unknown, fallback: number): number {
  const quantity = typeof text === 'string' ? parseQuantity(text) : undefined;
  return quantity === undefined ? fallback : quantityToNumber(quantity);
}
