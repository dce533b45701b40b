import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { PASS_THROUGH_ANSWER_BYTES_MAX, PASS_THROUGH_REQUESTS_COUNT_MAX } from '../../base/limits.ts';
import { identityHeaders } from '../../platform/access/identity-headers.ts';
import type { AccessUser } from '../../platform/access/user.ts';
import { readBody } from '../../platform/http/body.ts';
import type { Outbound, OutboundAnswer } from '../../platform/http/outbound.ts';
import { readRefusalText } from '../../platform/kube/answer-body.ts';
import { failureOfAnswer } from '../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import { subjectOfPath } from '../../platform/kube/request-subject.ts';
import { createVersionedCustomMetricsClient } from './custom-client.ts';
import type { CustomMetricsVersion } from './custom-versions.ts';
import { createExternalMetricsClient } from './external-client.ts';
import { KeptList } from './kept-list.ts';
import { MetricFailure } from './metric-failure.ts';
import type { CustomMetricsSource, ExternalMetricsSource } from './port.ts';

/** Another server of the metrics APIs (KEDA's, Datadog's), and as whom it is asked. */
export interface PassThroughOptions {
  /** What people know it by. */
  readonly name: string;
  /** Where it listens, without a slash at the end: `https://keda-operator-metrics-apiserver.keda.svc`. */
  readonly url: string;
  /** Connections to it, which show a certificate of ours where it wants one. They stay the caller's to close. */
  readonly outbound: Pick<Outbound, 'request'>;
  /** A bearer token of ours; asked for with every request, so that one that was renewed is taken. */
  readonly token?: () => Promise<string>;
  /**
   * Whether who asks is named in X-Remote-* headers, as the aggregation layer does: for a server that takes our certificate
   * for a front proxy's. Otherwise it is asked in our own name.
   */
  readonly isCallerNamed: boolean;
  /** Which version of `custom.metrics.k8s.io` it is asked for; v1beta1, which every known server has, when absent. */
  readonly customVersion?: CustomMetricsVersion;
  readonly ioClock: IoClock;
  /** Longest wait for one answer. */
  readonly deadlineMs: number;
  readonly userAgent: string;
}

/** For how long a list of metrics stands; the aggregation layer asks for it every half minute. */
const LISTED_MS = 30_000;

/**
 * A way to another server for metrics that nobody here has. What it says of a metric, also that there is none, is passed on;
 * that it does not know us, or says nothing, is a Failure of ours. Its list of metrics is asked for behind the scenes: once
 * known, nobody waits for it.
 */
export function createPassThrough(options: PassThroughOptions): {
  readonly custom: CustomMetricsSource;
  readonly external: ExternalMetricsSource;
} {
  const way = new PassThrough(options);
  const { customVersion = 'v1beta1', deadlineMs, ioClock } = options;
  const custom = (caller: AccessUser | undefined): CustomMetricsSource =>
    createVersionedCustomMetricsClient(
      { client: way.clientOf(caller), deadlineMs },
      { current: async () => customVersion },
    );
  const external = (caller: AccessUser | undefined): ExternalMetricsSource =>
    createExternalMetricsClient({ client: way.clientOf(caller), deadlineMs });
  const kept = { keptMs: LISTED_MS, deadlineMs, ioClock };
  const customList = new KeptList({ ...kept, read: (signal) => custom(undefined).listMetrics(signal) });
  const externalList = new KeptList({ ...kept, read: (signal) => external(undefined).listMetrics(signal) });
  return {
    custom: {
      listMetrics: (signal) => customList.current(signal),
      getValues: (query, signal) => custom(query.caller).getValues(query, signal),
    },
    external: {
      listMetrics: (signal) => externalList.current(signal),
      getValues: (query, signal) => external(query.caller).getValues(query, signal),
    },
  };
}

class PassThrough {
  readonly #options: PassThroughOptions;
  #requestCount = 0;

  constructor(options: PassThroughOptions) {
    this.#options = options;
  }

  /** A client in the name of the caller. */
  clientOf(caller: AccessUser | undefined): Pick<KubeClient, 'getJson'> {
    return { getJson: (path, call) => this.#get(path, caller, call?.signal) };
  }

  async #get(path: string, caller: AccessUser | undefined, signal: AbortSignal | undefined): Promise<unknown> {
    const { name, ioClock, deadlineMs } = this.#options;
    if (hasDotSegment(path)) throw new MetricFailure('unknownMetric', `${path} is no path of a metric`);
    if (this.#requestCount >= PASS_THROUGH_REQUESTS_COUNT_MAX) {
      throw new Failure(
        'unavailable',
        `${PASS_THROUGH_REQUESTS_COUNT_MAX} requests to ${this.#server()} are under way`,
        {
          hint: `look at why ${name} answers slowly`,
        },
      );
    }
    this.#requestCount += 1;
    const ending = new AbortController();
    const cancelDeadline = ioClock.after(deadlineMs, () =>
      ending.abort(this.#silent(`no answer within ${deadlineMs} ms`)),
    );
    const follow = (): void => ending.abort(signal?.reason);
    signal?.addEventListener('abort', follow, { once: true });
    try {
      signal?.throwIfAborted();
      return await this.#ask(path, caller, ending.signal);
    } catch (thrown) {
      ending.signal.throwIfAborted();
      throw thrown instanceof MetricFailure ? thrown : this.#silent(errorText(thrown), thrown);
    } finally {
      this.#requestCount -= 1;
      cancelDeadline();
      signal?.removeEventListener('abort', follow);
    }
  }

  async #ask(path: string, caller: AccessUser | undefined, signal: AbortSignal): Promise<unknown> {
    const { outbound, token, url, userAgent, isCallerNamed, deadlineMs } = this.#options;
    const credential = token === undefined ? {} : { authorization: `Bearer ${await orAborted(token(), signal)}` };
    const identity = isCallerNamed && caller !== undefined ? identityHeaders(caller) : {};
    const answer = await outbound.request({
      method: 'GET',
      url: `${url}${path}`,
      headers: { accept: 'application/json', 'user-agent': userAgent, ...credential, ...identity },
      signal,
      headDeadlineMs: deadlineMs,
      idleDeadlineMs: deadlineMs,
    });
    if (answer.status < 200 || answer.status > 299) throw await this.#refusal(path, answer);
    const body = await readBody(answer.body, PASS_THROUGH_ANSWER_BYTES_MAX);
    return JSON.parse(new TextDecoder().decode(body));
  }

  async #refusal(path: string, answer: OutboundAnswer): Promise<Failure> {
    const { status, headers } = answer;
    const bodyText = await readRefusalText(answer.body);
    const said = failureOfAnswer(
      { status, contentType: headers['content-type'] ?? '', bodyText },
      subjectOfPath('GET', path),
    );
    const isOfUs = status === 401 || (status === 403 && !this.#options.isCallerNamed);
    if (isOfUs || status < 400)
      return new Failure('unavailable', `HTTP status ${status}: ${said.message}`, { cause: said });
    return new MetricFailure('refused', `${this.#server()}: ${said.message}`, { cause: said, answer: said });
  }

  #silent(why: string, cause?: unknown): Failure {
    return new Failure('unavailable', `${this.#server()} gave no answer: ${withoutUrl(why)}`, { cause });
  }

  #server(): string {
    return `the metrics server ${this.#options.name}`;
  }
}

/** Segments that clients and servers take out of a path, so that it leads somewhere else. */
function hasDotSegment(path: string): boolean {
  return path
    .replace(/\?.*/s, '')
    .split('/')
    .some((segment) => segment === '.' || segment === '..');
}

/** Without the request that Go's wording begins with: where the server listens is not for everybody. */
function withoutUrl(message: string): string {
  return message.replace(/^[A-Z][a-z]+ "[^"]*": /, '');
}
