import { Agent, get } from 'node:http';
import type { Clock, Release } from '../../base/clock.ts';
import { REAL_LOAD_IN_FLIGHT_COUNT_MAX } from '../../base/limits.ts';
import { createLoad, type LoadProfile } from '../../core/plant/load.ts';

export interface OutsideLoadOptions {
  readonly clock: Clock;
  readonly profile: LoadProfile;
  /** Where the requests go now; undefined while there is no such Service. */
  target(): { readonly address: string; readonly port: number } | undefined;
  /** A request was left out: there is nobody to ask, or too many wait for their answers. */
  onLeftOut(): void;
}

/** Requests go out in bunches this far apart. */
const STEP_MS = 20;
const ANSWER_MS_MAX = 30_000;

/**
 * Sends the requests of a profile to a Service, each at its instant whether or not earlier ones are answered, as visitors
 * come. Those beyond what may be under way are left out.
 */
export class OutsideLoad {
  readonly #options: OutsideLoadOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: REAL_LOAD_IN_FLIGHT_COUNT_MAX });
  #inFlightCount = 0;
  #cancel: Release = () => undefined;

  constructor(options: OutsideLoadOptions) {
    this.#options = options;
    const { clock, profile } = options;
    const load = createLoad(profile);
    const startedAtMs = clock.nowMs();
    let sentUntilMs = 0;
    const step = (): void => {
      const untilMs = clock.nowMs() - startedAtMs;
      const count = load.requestCount(sentUntilMs, untilMs);
      sentUntilMs = untilMs;
      for (let number = 0; number < count; number++) this.#send();
      this.#cancel = clock.after(STEP_MS, step);
    };
    step();
  }

  stop(): void {
    this.#cancel();
    this.#agent.destroy();
  }

  #send(): void {
    const target = this.#options.target();
    if (target === undefined || this.#inFlightCount >= REAL_LOAD_IN_FLIGHT_COUNT_MAX) {
      this.#options.onLeftOut();
      return;
    }
    this.#inFlightCount++;
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const sent = get({ host: target.address, port: target.port, agent: this.#agent, signal }, (response) =>
      response.resume(),
    );
    // The Service's load balancer counts what fails; here it only matters that it is over.
    sent.on('error', () => undefined);
    sent.once('close', () => {
      this.#inFlightCount--;
    });
  }
}
