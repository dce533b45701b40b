import { z } from 'zod';
import { DNS_LABEL, durationMs, namespaceName, truth } from './flag-values.ts';

/** Whose Lease a process strives for, and how long what takes. */
export interface LeaderElectionConfig {
  readonly namespace: string;
  readonly name: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

/** The flags of an election, called and defaulted as in kube-controller-manager but for the Lease itself. */
export const leaderElectionFlags = (leaseName: string) => ({
  'leader-elect': truth.default(true),
  'leader-elect-lease-duration': durationMs('positive').default(15_000),
  'leader-elect-renew-deadline': durationMs('positive').default(10_000),
  'leader-elect-retry-period': durationMs('positive').default(2_000),
  'leader-elect-resource-name': z.string().regex(DNS_LABEL, 'must be the name of a Lease').default(leaseName),
  'leader-elect-resource-namespace': namespaceName.default('podtide-system'),
});

type ElectionFlags = z.output<z.ZodObject<ReturnType<typeof leaderElectionFlags>>>;

/** Rules that span the flags, those that are broken. */
export function leaderElectionProblems(flags: ElectionFlags): readonly string[] {
  const problems: string[] = [];
  const leaseMs = flags['leader-elect-lease-duration'];
  const renewMs = flags['leader-elect-renew-deadline'];
  const retryMs = flags['leader-elect-retry-period'];
  if (leaseMs <= renewMs) {
    problems.push('--leader-elect-lease-duration: must be longer than --leader-elect-renew-deadline');
  }
  // client-go's jitter factor: a retry may take up to 1.2 times its period.
  if (renewMs <= 1.2 * retryMs) {
    problems.push('--leader-elect-renew-deadline: must be longer than 1.2 times --leader-elect-retry-period');
  }
  return problems;
}

/** What the flags ask for; null: no election, the process acts from the start. */
export function leaderElectionOf(flags: ElectionFlags): LeaderElectionConfig | null {
  if (!flags['leader-elect']) return null;
  return {
    namespace: flags['leader-elect-resource-namespace'],
    name: flags['leader-elect-resource-name'],
    leaseDurationMs: flags['leader-elect-lease-duration'],
    renewDeadlineMs: flags['leader-elect-renew-deadline'],
    retryPeriodMs: flags['leader-elect-retry-period'],
  };
}
