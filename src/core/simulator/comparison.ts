import type { HpaStatus } from '../autoscaling/types.ts';
import type { StepOutcome } from './scenario.ts';
import type { StepExpectation } from './scenario-format.ts';

/** One value that is not what was expected. */
export interface Difference {
  /** The engine's rule that the value belongs to. */
  readonly rule: string;
  /** Where it stands: `status.conditions[1].reason`. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/**
 * Everywhere that a step's outcome differs from what the real controller did. Numbers that the platform decides are
 * exempt where the expectation says so, and nothing else is.
 */
export function compareStep(expected: StepExpectation, outcome: StepOutcome): readonly Difference[] {
  const differences: Difference[] = [];
  const fields = expected as Readonly<Record<string, unknown>>;
  const actual = actualOf(expected, outcome);
  const flags = expected.platformDependent ?? [];
  for (const key of Object.keys(actual)) {
    const wanted = masked(Object.hasOwn(fields, key) ? fields[key] : DEFAULTS[key], key, flags);
    compareValues(wanted, masked(actual[key], key, flags), key, (path, left, right) =>
      differences.push({ rule: ruleOf(path, outcome), path, expected: left, actual: right }),
    );
  }
  return differences;
}

/** What an absent key means. */
const DEFAULTS: Readonly<Record<string, unknown>> = { deleted: false, telemetry: null };

/** The keys that are compared: those expected, and those whose absence says something. */
function actualOf(expected: StepExpectation, outcome: StepOutcome): Readonly<Record<string, unknown>> {
  const { decision, statusBefore, statusAfter, queries } = outcome;
  const status = decision.isStatusWritten ? decision.status : statusBefore;
  const hadFailure = decision.scaleWriteAttempts.length > (decision.scaledTo === null ? 0 : 1);
  const { recommendations, scaleUpEvents, scaleDownEvents } = decision.memory ?? EMPTY_STATE;
  const all: Readonly<Record<string, unknown>> = {
    scaledTo: decision.scaledTo,
    scaleWrites: hadFailure ? decision.scaleWriteAttempts : undefined,
    statusWritten: decision.isStatusWritten,
    status: status === null ? null : wireStatus(status),
    storedStatus: statusAfter,
    events: decision.events,
    error: decision.error,
    deleted: decision.isDeleted,
    queries,
    telemetry: decision.telemetry,
    state: { recommendations: recommendations ?? [], scaleUpEvents, scaleDownEvents },
  };
  const isWhole = WHOLE.every((key) => Object.hasOwn(expected, key));
  const isCompared = (key: string): boolean => Object.hasOwn(expected, key) || (isWhole && TELLING.has(key));
  return Object.fromEntries(Object.entries(all).filter(([key]) => isCompared(key)));
}

/** An expectation with all of these was recorded whole … */
const WHOLE = ['status', 'events', 'error'];

/** … and then the absence of these says something too; one written by hand may name a single value. */
const TELLING: ReadonlySet<string> = new Set(['deleted', 'scaleWrites', 'telemetry']);

const EMPTY_STATE = { recommendations: [], scaleUpEvents: [], scaleDownEvents: [] } as const;

/** A condition that never had a transition has the time null on the wire. */
function wireStatus(status: HpaStatus): unknown {
  if (status.conditions === undefined) return status;
  const conditions = status.conditions.map(({ reason, message, ...condition }) => ({
    ...condition,
    lastTransitionTime: condition.lastTransitionTime ?? null,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
  }));
  return { ...status, conditions };
}

/** Replaces the numbers that the flags exempt, wherever they appear in the value of `key`. */
function masked(value: unknown, key: string, flags: readonly string[]): unknown {
  if (flags.length === 0) return value;
  const exempt = EXEMPT_KEYS.filter(({ flag, keys }) => flags.includes(flag) && keys.includes(key));
  return exempt.reduce((rest, { mask }) => mask(rest), value);
}

interface Exemption {
  readonly flag: string;
  readonly keys: readonly string[];
  readonly mask: (value: unknown) => unknown;
}

const EXEMPT_KEYS: readonly Exemption[] = [
  {
    flag: 'replicaCount',
    keys: ['scaledTo', 'scaleWrites', 'status', 'storedStatus', 'events', 'error', 'queries', 'telemetry', 'state'],
    mask: maskCounts,
  },
  { flag: 'statusAverage', keys: ['status', 'storedStatus'], mask: maskAverages },
];

const MASK = '(left to the platform)';
const COUNT_FIELDS: ReadonlySet<string> = new Set([
  'desiredReplicas',
  'recommendations',
  'scaleUpEvents',
  'scaleDownEvents',
]);
const COUNT_TEXT = /(New size: |replicas=|update the target scale to )-?\d+/g;

function maskCounts(value: unknown): unknown {
  if (typeof value === 'number') return MASK;
  if (typeof value === 'string') return value.replace(COUNT_TEXT, `$1${MASK}`);
  if (Array.isArray(value)) return value.map(maskCounts);
  return maskFields(value, (key, item) => {
    if (COUNT_FIELDS.has(key)) return MASK;
    return typeof item === 'object' || typeof item === 'string' ? maskCounts(item) : item;
  });
}

function maskAverages(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskAverages);
  return maskFields(value, (key, item) => (key === 'averageValue' ? MASK : maskAverages(item)));
}

function maskFields(value: unknown, mask: (key: string, item: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(key, item)]));
}

type Report = (path: string, expected: unknown, actual: unknown) => void;

/** Reports the deepest places where two pieces of plain data differ. */
export function compareValues(expected: unknown, actual: unknown, path: string, report: Report): void {
  if (Object.is(expected, actual)) return;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
      compareValues(expected[index], actual[index], `${path}[${index}]`, report);
    }
    return;
  }
  if (isRecord(expected) && isRecord(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      compareValues(expected[key], actual[key], `${path}.${key}`, report);
    }
    return;
  }
  report(path, expected, actual);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const RULES: readonly (readonly [pattern: RegExp, rule: string])[] = [
  [/^(scaledTo|scaleWrites)/, 'scale write'],
  [/^statusWritten/, 'status equality'],
  [/^storedStatus/, 'stored form'],
  [/^status\.conditions/, 'conditions'],
  [/^status\.currentMetrics/, 'metric status'],
  [/^status/, 'status'],
  [/^events/, 'events'],
  [/^error/, 'error texts'],
  [/^deleted/, 'path'],
  [/^queries/, 'plan'],
  [/^telemetry/, 'telemetry'],
  [/^state\.recommendations/, 'stabilization'],
  [/^state/, 'scale events'],
];

/** A count that came out differently is named by the last rule that shaped it. */
function ruleOf(path: string, { decision }: StepOutcome): string {
  const { trace } = decision;
  if (/^(scaledTo|status\.desiredReplicas)/.test(path)) {
    if (trace.limit !== null && trace.limit.code !== 'DesiredWithinRange') return 'limits';
    if (trace.stabilization !== null && trace.stabilization.code !== 'Unchanged') return 'stabilization';
    return trace.combination === null ? 'path' : 'combination';
  }
  return RULES.find(([pattern]) => pattern.test(path))?.[1] ?? 'engine';
}
