import type { MetricTrace } from './trace.ts';

/**
 * When each metric's present run of failures began, by name. Ours, not upstream's: a metric that works or is no longer in
 * the spec is forgotten, and a reconcile that computes no metric leaves everything as it was.
 */
export function noteFailures(
  before: Readonly<Record<string, number>>,
  metrics: readonly MetricTrace[],
  nowMs: number,
): Readonly<Record<string, number>> {
  const failing = metrics.filter(({ code }) => code === 'MetricFailed');
  if (failing.length === 0) return NOTHING_FAILS;
  const names = failing.map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, (Object.hasOwn(before, name) && before[name]) || nowMs]));
}

const NOTHING_FAILS: Readonly<Record<string, number>> = {};
