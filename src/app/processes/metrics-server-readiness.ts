import type { IoClock, Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { explainScrapeProblem } from '../../core/explain/scrape-problem.ts';
import type { KubeletStanding } from '../../metrics/kubelet/standing.ts';
import { isApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../platform/kube/client.ts';

/** What readiness goes by. */
export interface ReadinessOptions {
  readonly standing: () => KubeletStanding;
  readonly resolutionMs: number;
  readonly requestTimeoutMs: number;
  /** `--strict-upstream-readiness` */
  readonly isUpstreams: boolean;
  /** Asked whether another replica serves already. */
  readonly client: Pick<KubeClient, 'get'>;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** Of the nodes, before a replica is as good as one that has been there for long. */
const SHARE_MIN = 0.8;
const LOOK_MS = 1_000;
/** The aggregator looks at least as often. */
const OTHERS_LOOK_MS = 5_000;
const CALL_MS_MAX = 5_000;

const API_SERVICES: ResourceType = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  resource: 'apiservices',
  isNamespaced: false,
};

/** The version that every client knows. */
const API_SERVICE_NAME = 'v1beta1.metrics.k8s.io';

interface ApiService extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/**
 * Whether the numbers are good enough to be served.
 *
 * Upstream's rule is that some node and some pod have a rate, at every moment. It keeps a replica without numbers from
 * sharing the load of one that has them, and stops the rollout of flags that reach no kubelet. But where nothing can be
 * measured at all, the whole API is away, and all that a user is told is MissingEndpoints.
 *
 * Ours: first every node is tried. Then four of five nodes must have a rate, and some pod. Two resolutions later some rate
 * is enough, as upstream; and none at all is enough when nobody else serves the API, that is, when its APIService is not
 * Available: then answers are empty, each missing number says why, and the rest of the cluster sees a healthy API. Once
 * ready it stays so: numbers that age out later are missing in every replica.
 */
export class MetricsServerReadiness {
  readonly #options: ReadinessOptions;
  #isReady = false;
  #isEnding = false;
  #triedAtMs: number | undefined;
  #othersAskedAtMs = Number.NEGATIVE_INFINITY;
  /** Null until it is known. */
  #isServedByOthers: boolean | null = null;
  #cancelLook: Release = () => {};
  readonly #first = Promise.withResolvers<void>();

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Resolves when the numbers are good enough for the first time. */
  get reached(): Promise<void> {
    return this.#first.promise;
  }

  /** What there is to wait for, in one sentence; undefined when the numbers are good enough. */
  problem(): string | undefined {
    const { standing, isUpstreams } = this.#options;
    if (isUpstreams) return hasRates(standing()) ? undefined : waitText(standing());
    return this.#isReady ? undefined : waitText(standing());
  }

  /** Begins to look, once scraping has begun. */
  start(): void {
    this.#schedule();
  }

  beginShutdown(): void {
    this.#isEnding = true;
  }

  stop(): void {
    this.#isEnding = true;
    this.#cancelLook();
  }

  #schedule(): void {
    if (!this.#isEnding) this.#cancelLook = this.#options.ioClock.after(LOOK_MS, () => this.#look());
  }

  async #look(): Promise<void> {
    const { standing, log } = this.#options;
    const now = standing();
    this.#isReady = this.#options.isUpstreams ? hasRates(now) : await this.#isGoodEnough(now);
    if (!this.#isReady) return this.#schedule();
    this.#first.resolve();
    const fields = { nodeCount: now.nodes.length, measuredNodeCount: measuredCount(now) };
    if (hasRates(now)) log.info('the metrics server has numbers', fields);
    else log.warn('the metrics server is ready without numbers', { ...fields, waitsFor: waitText(now) });
  }

  async #isGoodEnough(now: KubeletStanding): Promise<boolean> {
    const { ioClock, resolutionMs, requestTimeoutMs } = this.#options;
    if (!now.isTried) return false;
    this.#triedAtMs ??= ioClock.monotonicMs();
    if (hasRates(now) && measuredCount(now) >= SHARE_MIN * now.nodes.length) return true;
    if (ioClock.monotonicMs() - this.#triedAtMs < 2 * resolutionMs + requestTimeoutMs) return false;
    if (hasRates(now)) return true;
    if (ioClock.monotonicMs() - this.#othersAskedAtMs >= OTHERS_LOOK_MS) await this.#askForOthers();
    return this.#isServedByOthers === false;
  }

  /** While this one is not ready, an APIService that is Available is served by another. Never rejects. */
  async #askForOthers(): Promise<void> {
    const { client, ioClock, log } = this.#options;
    this.#othersAskedAtMs = ioClock.monotonicMs();
    try {
      const call = { deadlineMs: CALL_MS_MAX };
      const { status } = await client.get<ApiService>(API_SERVICES, { name: API_SERVICE_NAME }, call);
      this.#isServedByOthers =
        status?.conditions?.some((each) => each.type === 'Available' && each.status === 'True') ?? false;
    } catch (thrown) {
      // Nobody can be asked through an API that is not registered; what is not known is as upstream takes it.
      this.#isServedByOthers = isApiFailure(thrown, 404) ? false : null;
      if (this.#isServedByOthers === null) {
        log.debug('whether another replica serves is not known', { error: errorText(thrown) });
      }
    }
  }
}

function hasRates({ hasNodeRate, hasPodRate }: KubeletStanding): boolean {
  return hasNodeRate && hasPodRate;
}

function measuredCount({ nodes }: KubeletStanding): number {
  return nodes.filter(({ goodBeforeAtMs }) => goodBeforeAtMs !== null).length;
}

function waitText(standing: KubeletStanding): string {
  const { nodes } = standing;
  const failing = nodes.find(({ problem }) => problem !== null);
  const counts = `${measuredCount(standing)} of ${nodes.length} nodes have numbers`;
  if (failing === undefined || failing.problem === null)
    return standing.hasNodeRate ? `${counts}, and no pod has` : counts;
  const { text, remedy } = explainScrapeProblem(failing.problem, 'en');
  return `${counts}; node ${failing.name}: ${[text, remedy].filter(Boolean).join('; ')}`;
}
