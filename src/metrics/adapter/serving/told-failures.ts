import type { Clock } from '../../../base/clock.ts';
import type { Failure } from '../../../base/failure.ts';
import { ADAPTER_TOLD_FAILURES_COUNT_MAX } from '../../../base/limits.ts';
import type { Log } from '../../../base/log.ts';
import type { PrometheusProblem } from '../../../core/explain/prometheus-problem.ts';
import { PrometheusFailure, shownQuery } from '../../prometheus/prometheus-failure.ts';
import { MetricFailure, type MetricFailureReason } from '../../source/metric-failure.ts';

/** How something that has failed stands. */
interface Standing {
  /** Which failure it was. */
  code: string;
  toldAtMs: number;
  isFailing: boolean;
  /** Whether this failure was told, so that its end is. */
  isTold: boolean;
}

/** What comes and goes within this time is told once. */
const GAP_MS = 60_000;

/** Before the name of a backend: Prometheus itself, whatever it is asked; no metric is called so. */
const SERVER = ' server ';
/** Its warnings. */
const WARNINGS = ' warnings';

/**
 * Tells the log of requests that brought nothing: when that begins and when it is over, not each time. What is wrong with
 * a Prometheus itself is told once for all its metrics. Who asked gets upstream's few words, so that this is where the cause stands.
 */
export class ToldFailures {
  readonly #log: Log;
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** By metric, in the order in which they were told. */
  readonly #standings = new Map<string, Standing>();
  /** By metric the backend whose fault it is that it has no values. */
  readonly #backends = new Map<string, string>();

  constructor(log: Log, clock: Pick<Clock, 'nowMs'>) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Tells of a request for a metric what it has come to, and hands that on. */
  async watch<Value>(metric: string, asking: Promise<Value>, signal: AbortSignal): Promise<Value> {
    try {
      const value = await asking;
      this.answered(metric);
      return value;
    } catch (thrown) {
      if (!signal.aborted && thrown instanceof MetricFailure && isTold(thrown)) this.failed(metric, thrown);
      throw thrown;
    }
  }

  /** The metric has values. */
  answered(metric: string): void {
    const backend = this.#backends.get(metric);
    if (backend !== undefined) this.#reached(backend);
    if (this.#isOver(metric)) this.#log.info('the metric has values again', { metric });
  }

  /** A backend answers that did not, and all that was its fault is over. */
  #reached(backend: string): void {
    for (const [metric, each] of this.#backends) if (each === backend) this.#backends.delete(metric);
    if (this.#isOver(`${SERVER}${backend}`)) this.#log.info('Prometheus answers again', { backend });
  }

  /** The metric has none. */
  failed(metric: string, failure: Failure): void {
    const { cause, message, hint } = failure;
    const problem = cause instanceof PrometheusFailure ? cause.problem.code : undefined;
    const backend =
      cause instanceof PrometheusFailure && SERVER_PROBLEMS.has(cause.problem.code) ? cause.backend : null;
    const code = problem ?? (failure instanceof MetricFailure ? failure.reason : failure.kind);
    if (backend !== null && this.#backends.size < ADAPTER_TOLD_FAILURES_COUNT_MAX) this.#backends.set(metric, backend);
    if (!this.#isNew(backend === null ? metric : `${SERVER}${backend}`, code)) return;
    const why = { error: message, ...(hint === undefined ? {} : { hint }) };
    if (backend !== null) this.#log.warn('Prometheus cannot be asked; metrics have no values until it can', why);
    else this.#log.warn('a metric has no values', { metric, ...why });
  }

  /** Prometheus has answered, and says that its answer may not be whole. */
  warned(query: string, warnings: readonly string[]): void {
    if (warnings.length === 0) {
      this.#isOver(WARNINGS);
      return;
    }
    if (!this.#isNew(WARNINGS, 'warned')) return;
    this.#log.warn('Prometheus warns of its answers; values made of them may be too low', {
      query: shownQuery(query),
      warnings: warnings.slice(0, SHOWN_WARNINGS_COUNT),
    });
  }

  /** Whether a failure begins that is to be told. */
  #isNew(subject: string, code: string): boolean {
    const nowMs = this.#clock.nowMs();
    const before = this.#standings.get(subject);
    if (before?.isFailing === true && before.code === code) return false;
    const isTold = before === undefined || before.code !== code || nowMs - before.toldAtMs >= GAP_MS;
    if (before === undefined && !this.#hasRoom()) return false;
    const toldAtMs = isTold ? nowMs : before.toldAtMs;
    this.#standings.delete(subject);
    this.#standings.set(subject, { code, toldAtMs, isFailing: true, isTold });
    return isTold;
  }

  /** Whether a failure that was told is over. */
  #isOver(subject: string): boolean {
    const standing = this.#standings.get(subject);
    if (standing?.isFailing !== true) return false;
    standing.isFailing = false;
    return standing.isTold;
  }

  /** Those that are over give way; while as many fail as are remembered, further ones are only counted by telemetry. */
  #hasRoom(): boolean {
    if (this.#standings.size < ADAPTER_TOLD_FAILURES_COUNT_MAX) return true;
    for (const [subject, { isFailing }] of this.#standings) {
      if (isFailing) continue;
      this.#standings.delete(subject);
      return true;
    }
    return false;
  }
}

const SHOWN_WARNINGS_COUNT = 3;

/** That a metric is not there, or has no value, is an answer and no failure. */
const TOLD_REASONS: ReadonlySet<MetricFailureReason> = new Set<MetricFailureReason>([
  'unlistedObjects',
  'unfetched',
  'unreadResult',
]);

/** Of a metric that is not there nothing is told, unless there is something to do about it: its rule makes no query. */
function isTold({ reason, hint }: MetricFailure): boolean {
  return TOLD_REASONS.has(reason) || (reason === 'unknownMetric' && hint !== undefined);
}

/** Every other problem may be that of one query. */
const SERVER_PROBLEMS: ReadonlySet<PrometheusProblem['code']> = new Set<PrometheusProblem['code']>([
  'NameUnknown',
  'Refused',
  'Unreachable',
  'CertificateNames',
  'UnknownAuthority',
  'CertificateExpired',
  'NoCredential',
  'Unauthorized',
  'Forbidden',
  'PathNotFound',
  'Redirected',
  'NotPrometheus',
]);
