import type { Severity } from './notice.ts';

const WEIGHTS: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** How much a severity weighs beside others: more is graver. */
export function weightOf(severity: Severity): number {
  return WEIGHTS[severity];
}

/** The gravest severity among notices; `info` where there are none. */
export function gravestOf(notices: Iterable<{ readonly severity: Severity }>): Severity {
  let gravest: Severity = 'info';
  for (const { severity } of notices) if (weightOf(severity) > weightOf(gravest)) gravest = severity;
  return gravest;
}
