import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import { PROMETHEUS_REDIRECTS_COUNT_MAX, PROMETHEUS_URL_LENGTH_MAX } from '../../base/limits.ts';
import { isConnectionLost } from '../../platform/http/connection-fault.ts';
import { createOutbound, type Outbound, type OutboundAnswer } from '../../platform/http/outbound.ts';
import { type ProxyChoice, type ProxySettings, proxyChoice } from '../../platform/http/proxy-settings.ts';
import { readRefusalText } from '../../platform/kube/answer-body.ts';
import { AnswerProblem } from './answer-problem.ts';
import type { NamedText, PrometheusBackend } from './backend.ts';
import { BackendAccess, type ShownAccess } from './backend-access.ts';

/** What the connections to backends have in common. */
export interface ConnectionOptions {
  readonly ioClock: IoClock;
  readonly userAgent: string;
  /** Of the environment; none when absent. */
  readonly proxies?: ProxySettings;
  /** Handed to credential programs of kubeconfigs. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One request of the API. */
export interface ApiRequest {
  /** Behind the backend's URL: `/api/v1/query`. */
  readonly endpoint: string;
  readonly parameters: readonly NamedText[];
  /** Whether the endpoint takes its parameters in the body of a POST too. */
  readonly isPostable: boolean;
  /** Instead of the backend's. */
  readonly deadlineMs?: number;
}

/** An answer, where it came from, and what to call when its body has been read or left. */
export interface ApiAnswer {
  readonly answer: OutboundAnswer;
  readonly url: URL;
  readonly finish: () => void;
}

/** A request as it travels; one without a body is a GET. */
interface WireForm {
  readonly url: URL;
  readonly body: string | undefined;
  readonly deadlineMs: number;
}

/** Connections made with the same trust, and how many requests use them. */
interface Connections {
  readonly outbound: Outbound;
  readonly trust: ShownAccess['trust'];
  useCount: number;
}

/** The connections to one backend. */
export class BackendConnection {
  readonly #backend: PrometheusBackend;
  readonly #options: ConnectionOptions;
  readonly #access: BackendAccess;
  readonly #retired = new Set<Connections>();
  #held: Connections | undefined;

  constructor(backend: PrometheusBackend, options: ConnectionOptions) {
    this.#backend = backend;
    this.#options = options;
    this.#access = new BackendAccess(backend, options.ioClock, options.environment ?? {});
  }

  /** Where a request goes first, without its parameters: for messages. */
  urlOf(endpoint: string): URL {
    const url = new URL(this.#backend.url);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${endpoint}`;
    return url;
  }

  /**
   * Sends a request and brings the answer's head. A credential that the server refuses is read again, and the request sent once
   * more when there is another one; so is one whose kept-alive connection broke under it: queries change nothing.
   *
   * @throws AnswerProblem for a credential that cannot be read and a redirect that is not followed; what the connection throws.
   */
  async send(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    const shown = await orAborted(this.#access.current(), signal);
    const first = await this.#attemptTwice(request, shown, signal);
    if (first.answer.status !== 401 || !(await this.#renew(shown, first, signal))) return first;
    await drop(first);
    return await this.#attemptTwice(request, await orAborted(this.#access.current(), signal), signal);
  }

  async close(): Promise<void> {
    const all = [...this.#retired, ...(this.#held === undefined ? [] : [this.#held])];
    this.#retired.clear();
    this.#held = undefined;
    await Promise.all(all.map(({ outbound }) => outbound.close()));
  }

  /** What cannot be read anew leaves the refusal as it is. */
  async #renew(shown: ShownAccess, refused: ApiAnswer, signal: AbortSignal): Promise<boolean> {
    try {
      return await orAborted(this.#access.renew(shown), signal);
    } catch (thrown) {
      await drop(refused);
      throw thrown;
    }
  }

  async #attemptTwice(request: ApiRequest, shown: ShownAccess, signal: AbortSignal): Promise<ApiAnswer> {
    try {
      return await this.#attempt(request, shown, signal);
    } catch (thrown) {
      if (signal.aborted || !isConnectionLost(thrown)) throw thrown;
      return await this.#attempt(request, shown, signal);
    }
  }

  async #attempt(request: ApiRequest, shown: ShownAccess, signal: AbortSignal): Promise<ApiAnswer> {
    let form = this.#wireForm(request);
    for (let redirectsCount = 0; ; redirectsCount += 1) {
      const sent = await this.#sendOnce(form, shown, signal);
      const { status, headers } = sent.answer;
      if (!REDIRECTS.has(status)) return sent;
      const location = headers['location'] ?? '';
      await drop(sent);
      const next = URL.parse(location, form.url.href);
      if (next === null || !isFollowed(form.url, next) || redirectsCount >= PROMETHEUS_REDIRECTS_COUNT_MAX)
        throw new AnswerProblem({ code: 'Redirected', status, location: next === null ? location : bare(next) });
      // Go's client, which upstream uses, turns a POST into a GET without a body but for 307 and 308.
      const isBodyKept = status === 307 || status === 308;
      form = { ...form, url: next, body: isBodyKept ? form.body : undefined };
    }
  }

  async #sendOnce({ url, body, deadlineMs }: WireForm, shown: ShownAccess, signal: AbortSignal): Promise<ApiAnswer> {
    const connections = this.#connectionsFor(shown);
    connections.useCount += 1;
    let isFinished = false;
    const finish = (): void => {
      if (isFinished) return;
      isFinished = true;
      connections.useCount -= 1;
      this.#closeUnused();
    };
    try {
      const answer = await connections.outbound.request({
        method: body === undefined ? 'GET' : 'POST',
        url: url.href,
        headers: this.#headersFor(shown, body),
        ...(body === undefined ? {} : { body }),
        signal,
        headDeadlineMs: SPARE_DEADLINES * deadlineMs,
        idleDeadlineMs: SPARE_DEADLINES * deadlineMs,
      });
      return { answer, url, finish };
    } catch (thrown) {
      finish();
      throw thrown;
    }
  }

  /** The backend's own parameters stand in the URL always, where authorising proxies read them. */
  #wireForm({ endpoint, parameters, isPostable, deadlineMs = this.#backend.deadlineMs }: ApiRequest): WireForm {
    const { verb, parameters: own } = this.#backend;
    const url = this.urlOf(endpoint);
    url.search = encode([...own, ...parameters]);
    const isPost = isPostable && (verb === 'POST' || (verb === 'auto' && url.href.length > PROMETHEUS_URL_LENGTH_MAX));
    if (!isPost) return { url, body: undefined, deadlineMs };
    url.search = encode(own);
    return { url, body: encode(parameters), deadlineMs };
  }

  #headersFor(shown: ShownAccess, body: string | undefined): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    for (const { name, value } of this.#backend.headers) {
      const before = headers[name];
      headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    }
    for (const [name, value] of Object.entries(shown.headers))
      headers[name] = typeof value === 'string' ? value : [...value];
    if (shown.authorization !== undefined) headers['authorization'] ??= shown.authorization;
    headers['accept'] = 'application/json';
    headers['accept-encoding'] = 'gzip';
    headers['user-agent'] ??= this.#options.userAgent;
    if (body !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
    return headers;
  }

  /** Trust is shown at the handshake, so another certificate or authority needs other connections. */
  #connectionsFor(shown: ShownAccess): Connections {
    if (this.#held?.trust === shown.trust) return this.#held;
    if (this.#held !== undefined) this.#retired.add(this.#held);
    const { ioClock } = this.#options;
    const outbound = createOutbound({
      ioClock,
      ...shown.trust,
      ...this.#proxyFor(shown),
      connectDeadlineMs: SPARE_DEADLINES * this.#backend.deadlineMs,
    });
    this.#held = { outbound, trust: shown.trust, useCount: 0 };
    this.#closeUnused();
    return this.#held;
  }

  #proxyFor({ proxyUrl }: ShownAccess): { readonly proxy?: ProxyChoice } {
    if (proxyUrl !== undefined) return { proxy: () => proxyUrl };
    const { proxies } = this.#options;
    return this.#backend.isProxied && proxies !== undefined ? { proxy: proxyChoice(proxies) } : {};
  }

  /** Connections of an earlier trust end with the last request that began on them. */
  #closeUnused(): void {
    for (const connections of this.#retired) {
      if (connections.useCount > 0) continue;
      this.#retired.delete(connections);
      // Nobody waits for anything on them.
      connections.outbound.close().catch(() => undefined);
    }
  }
}

/** The whole request has a deadline of its own; those of single steps only bound a caller that forgot it. */
const SPARE_DEADLINES = 2;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Within the same host, and never away from TLS: a credential goes where the backend's URL says, and nowhere else. */
function isFollowed(from: URL, to: URL): boolean {
  return to.hostname === from.hostname && (to.protocol === from.protocol || to.protocol === 'https:');
}

/** Without user and query, which may hold secrets. */
function bare(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function encode(parameters: readonly NamedText[]): string {
  return new URLSearchParams(parameters.map(({ name, value }): [string, string] => [name, value])).toString();
}

/** Reads what is left of a refusal, so that its connection can be used again. */
async function drop({ answer, finish }: ApiAnswer): Promise<void> {
  try {
    await readRefusalText(answer.body);
  } finally {
    finish();
  }
}
