import type { AuditedCall } from './audit-trail.ts';
import type { FleetLoad, Member } from './fleet.ts';
import { type Spread, spreadOf } from './quantiles.ts';

/** What the API server saw of one controller within a window. */
export interface CallFigures {
  /** Seconds from one read of an HPA's scale to the next: the period as it really is. */
  readonly periodSeconds: Spread;
  /** Seconds from an HPA's step of load to its scale write. */
  readonly reactionSeconds: Spread;
  /** Steps of the window that had time to be answered and were not. */
  readonly unansweredStepCount: number;
  /** By `verb resource.group/subresource`, per minute. */
  readonly callsPerMinute: Readonly<Record<string, number>>;
  /** Those that were answered with an error, per minute. */
  readonly failuresPerMinute: number;
}

export interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

const SCALE_READ = 'get workloads.stories.podtide.dev/scale';
const SCALE_WRITE = 'update workloads.stories.podtide.dev/scale';
/** A step less than the longest period and this before the end of the window may be answered after it. */
const ANSWER_MARGIN_SECONDS = 5;

/** What a call is counted under. */
export function kindOf({ verb, subject }: AuditedCall): string {
  return `${verb} ${subject}`;
}

/** Whether a call is the read of a scale that every sync begins with, under either controller. */
export function isScaleRead(call: AuditedCall): boolean {
  return kindOf(call) === SCALE_READ;
}

/** Goes through the calls of one controller since its start, of which the window counts. */
export function callFigures(
  calls: readonly AuditedCall[],
  window: Window,
  fleet: { readonly members: readonly Member[]; readonly load: FleetLoad; readonly roundStartAtMs: number },
): CallFigures {
  const minutes = (window.untilMs - window.fromMs) / 60_000;
  const within = calls.filter(({ atMs }) => atMs >= window.fromMs && atMs < window.untilMs);
  const counts = Map.groupBy(within, kindOf);
  const callsPerMinute = [...counts].map(([kind, { length }]) => [kind, length / minutes] as const).sort();
  const periodSeconds = spreadOf(periodsOf(calls, window));
  const answerMs = ((periodSeconds.max ?? 0) + ANSWER_MARGIN_SECONDS) * 1000;
  const reactions = reactionsOf(calls, { ...window, untilMs: window.untilMs - answerMs }, fleet);
  return {
    periodSeconds,
    reactionSeconds: spreadOf(reactions.filter((seconds) => seconds !== null)),
    unansweredStepCount: reactions.filter((seconds) => seconds === null).length,
    callsPerMinute: Object.fromEntries(callsPerMinute),
    failuresPerMinute: within.filter(({ statusCode }) => statusCode >= 400).length / minutes,
  };
}

/** Periods that end within the window; those that began before it count whole. */
function periodsOf(calls: readonly AuditedCall[], window: Window): number[] {
  const byTarget = Map.groupBy(calls.filter(isScaleRead), ({ namespace, name }) => `${namespace}/${name}`);
  const periods: number[] = [];
  for (const reads of byTarget.values()) {
    const instants = reads.map(({ atMs }) => atMs).sort((left, right) => left - right);
    for (const [index, atMs] of instants.entries()) {
      const before = instants[index - 1];
      if (before === undefined || atMs < window.fromMs || atMs >= window.untilMs) continue;
      periods.push((atMs - before) / 1000);
    }
  }
  return periods;
}

/** For each step of the window how long its scale write took, null without one. */
function reactionsOf(
  calls: readonly AuditedCall[],
  window: Window,
  { members, load, roundStartAtMs }: Parameters<typeof callFigures>[2],
): (number | null)[] {
  const writes = Map.groupBy(
    calls.filter((call) => kindOf(call) === SCALE_WRITE && call.statusCode < 300),
    ({ namespace, name }) => `${namespace}/${name}`,
  );
  const steps = members
    .map((member) => ({ member, atMs: roundStartAtMs + load.stepAtMs(member.index) }))
    .filter(({ atMs }) => atMs >= window.fromMs && atMs < window.untilMs);
  return steps.map(({ member, atMs }) => {
    const write = writes.get(`${member.namespace}/${member.name}`)?.find((candidate) => candidate.atMs >= atMs);
    return write === undefined ? null : (write.atMs - atMs) / 1000;
  });
}
