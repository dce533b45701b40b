import { Failure } from '../../base/failure.ts';
import type { PrometheusProblem } from '../../core/explain/prometheus-problem.ts';
import { connectionFault } from '../../platform/http/connection-fault.ts';
import { AnswerProblem } from './answer-problem.ts';
import { type DataReader, readPrometheusAnswer } from './answer-reader.ts';
import type { PrometheusAnswer } from './answers.ts';
import type { PrometheusBackend } from './backend.ts';
import { type ApiRequest, BackendConnection, type ConnectionOptions } from './backend-connection.ts';
import { PrometheusFailure, type RequestSubject } from './prometheus-failure.ts';
import type { RequestQueue } from './request-queue.ts';

/** What clients of backends have in common. */
export interface ApiCallerOptions extends ConnectionOptions {
  /** Told about every request that was answered or broke, for telemetry. */
  readonly onRequest?: (request: RequestRecord) => void;
}

/** One request as telemetry counts it. */
export interface RequestRecord {
  readonly backend: string;
  /** The backend's URL, which holds no user. */
  readonly server: string;
  /** `/api/v1/query`; of label values without the label: `/api/v1/label/…/values`. */
  readonly endpoint: string;
  readonly durationMs: number;
  /** Null: the answer was what it should be. */
  readonly problem: PrometheusProblem | null;
  /** The server says that its answer may not be whole. */
  readonly isWarned: boolean;
}

/** One call of the API: what is sent, how it is named, and what its answer becomes. */
export interface ApiCall<Value> extends ApiRequest {
  readonly subject: RequestSubject;
  /** A new one for each answer. */
  readonly reader: () => DataReader<Value>;
}

/** Carries out calls of one backend, each within its deadline. */
export class ApiCaller {
  readonly #backend: PrometheusBackend;
  readonly #options: ApiCallerOptions;
  readonly #connection: BackendConnection;

  constructor(backend: PrometheusBackend, options: ApiCallerOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#connection = new BackendConnection(backend, options);
  }

  /** Throws PrometheusFailure, or the signal's own reason when that aborted. */
  async call<Value>(call: ApiCall<Value>, queue: RequestQueue, signal: AbortSignal): Promise<PrometheusAnswer<Value>> {
    signal.throwIfAborted();
    const { ioClock } = this.#options;
    const { deadlineMs = this.#backend.deadlineMs } = call;
    const controller = new AbortController();
    const cancelDeadline = ioClock.after(deadlineMs, () =>
      controller.abort(new AnswerProblem({ code: 'TimedOut', afterMs: deadlineMs })),
    );
    const follow = (): void => controller.abort(signal.reason);
    signal.addEventListener('abort', follow, { once: true });
    try {
      return await this.#callWithin(call, queue, controller.signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw this.#failureOf(call, controller.signal.aborted ? controller.signal.reason : thrown);
    } finally {
      cancelDeadline();
      signal.removeEventListener('abort', follow);
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #callWithin<Value>(
    call: ApiCall<Value>,
    queue: RequestQueue,
    signal: AbortSignal,
  ): Promise<PrometheusAnswer<Value>> {
    const leave = await queue.enter(signal);
    if (leave === undefined) throw new AnswerProblem({ code: 'QueueFull', waitingCountMax: queue.waitingCount });
    const startedAtMs = this.#options.ioClock.monotonicMs();
    try {
      const answer = await this.#ask(call, signal);
      this.#record(call, startedAtMs, null, answer.warnings.length > 0);
      return answer;
    } catch (thrown) {
      // Who gave up has learnt nothing about the server.
      const problem = this.#problemOf(call, signal.aborted ? signal.reason : thrown);
      if (problem !== null && (!signal.aborted || signal.reason instanceof AnswerProblem))
        this.#record(call, startedAtMs, problem, false);
      throw thrown;
    } finally {
      leave();
    }
  }

  async #ask<Value>(call: ApiCall<Value>, signal: AbortSignal): Promise<PrometheusAnswer<Value>> {
    const { answer, finish } = await this.#connection.send(call, signal);
    try {
      return await readPrometheusAnswer(answer, call.reader());
    } finally {
      finish();
    }
  }

  #failureOf(call: ApiCall<unknown>, thrown: unknown): unknown {
    const problem = this.#problemOf(call, thrown);
    return problem === null ? thrown : new PrometheusFailure(this.#backend.name, call.subject, problem, thrown);
  }

  /** Null: a bug of ours, or a caller who gave up. */
  #problemOf({ endpoint }: ApiRequest, thrown: unknown): PrometheusProblem | null {
    const url = this.#connection.urlOf(endpoint);
    if (thrown instanceof AnswerProblem) {
      const { problem } = thrown;
      return problem.code === 'PathNotFound' ? { ...problem, path: url.pathname } : problem;
    }
    return thrown instanceof Failure ? connectionFault(thrown, url) : null;
  }

  #record({ endpoint }: ApiRequest, startedAtMs: number, problem: PrometheusProblem | null, isWarned: boolean): void {
    this.#options.onRequest?.({
      backend: this.#backend.name,
      server: this.#backend.url,
      endpoint: endpoint.replace(/^\/api\/v1\/label\/.*\/values$/, '/api/v1/label/…/values'),
      durationMs: this.#options.ioClock.monotonicMs() - startedAtMs,
      problem,
      isWarned,
    });
  }
}
