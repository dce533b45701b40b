import type { Clock, IoClock, Release } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { createOutbound, type Outbound } from '../../../platform/http/outbound.ts';
import type { Container, Probe } from '../objects.ts';

export interface ReadinessProbeOptions {
  /** Time between probes. */
  readonly clock: Pick<Clock, 'after'>;
  /** Time of their answers. */
  readonly ioClock: IoClock;
  readonly container: Container;
  /** Where a port of the container is reached on this machine; undefined while nothing listens there. */
  urlOf(port: number): string | undefined;
  onChange(): void;
}

/** Defaults of the API server; in the lab, not every pod has passed through one that fills them in. */
const PERIOD_SECONDS = 10;
const TIMEOUT_SECONDS = 1;
const FAILURE_THRESHOLD_COUNT = 3;

/**
 * Asks a container over HTTP whether it is ready, as its `readinessProbe` says: after the initial delay, then in every
 * period. Certificates are not looked at, and redirects are good answers, as with a kubelet. A container without such a
 * probe is ready when it runs.
 */
export class ReadinessProbe {
  readonly #options: ReadinessProbeOptions;
  readonly #probe: Probe;
  readonly #stopping = new AbortController();
  #outbound: Outbound | undefined;
  #cancelNext: Release = () => undefined;
  #failedCount = 0;
  #succeededCount = 0;
  isReady = false;

  constructor(options: ReadinessProbeOptions) {
    this.#options = options;
    this.#probe = options.container.readinessProbe ?? {};
    this.isReady = this.#probe.httpGet === undefined;
    if (!this.isReady) this.#schedule(this.#probe.initialDelaySeconds ?? 0);
  }

  stop(): void {
    this.#stopping.abort(new Failure('unavailable', 'the container ends'));
    this.#cancelNext();
    // Breaks what is under way, which the probe takes for a failure that nobody asks about any more.
    void this.#outbound?.close();
  }

  /** The promise goes to the clock, which a probe holds until it is answered. */
  #schedule(delaySeconds: number): void {
    this.#cancelNext = this.#options.clock.after(delaySeconds * 1000, () => this.#look());
  }

  async #look(): Promise<void> {
    const isGood = await this.#ask();
    if (this.#stopping.signal.aborted) return;
    this.#count(isGood);
    this.#schedule(this.#probe.periodSeconds ?? PERIOD_SECONDS);
  }

  #count(isGood: boolean): void {
    this.#failedCount = isGood ? 0 : this.#failedCount + 1;
    this.#succeededCount = isGood ? this.#succeededCount + 1 : 0;
    const { failureThreshold = FAILURE_THRESHOLD_COUNT, successThreshold = 1 } = this.#probe;
    const wasReady = this.isReady;
    if (this.#succeededCount >= successThreshold) this.isReady = true;
    if (this.#failedCount >= failureThreshold) this.isReady = false;
    if (this.isReady !== wasReady) this.#options.onChange();
  }

  async #ask(): Promise<boolean> {
    const url = this.#url();
    if (url === undefined) return false;
    this.#outbound ??= createOutbound({ ioClock: this.#options.ioClock, tls: { isVerified: false } });
    try {
      const { status, body } = await this.#outbound.request({
        method: 'GET',
        url,
        headers: { 'user-agent': 'kube-probe/1.36', accept: '*/*' },
        signal: this.#stopping.signal,
        headDeadlineMs: (this.#probe.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000,
        idleDeadlineMs: 0,
      });
      // The words of the answer are of no use; leaving gives the connection back.
      for await (const _chunk of body) break;
      return status >= 200 && status < 400;
    } catch (thrown) {
      // No answer is a bad answer.
      if (thrown instanceof Failure) return false;
      throw thrown;
    }
  }

  #url(): string | undefined {
    const { container, urlOf } = this.#options;
    const { path = '/', port = 0, scheme = 'HTTP' } = this.#probe.httpGet ?? {};
    const declared = container.ports?.find(({ name }) => name === port)?.containerPort;
    const base = urlOf(typeof port === 'number' ? port : (declared ?? 0));
    if (base === undefined) return undefined;
    return `${scheme.toLowerCase()}://${new URL(base).host}${path.startsWith('/') ? '' : '/'}${path}`;
  }
}
