import { Agent, request } from 'undici';
import { PROBE_NAMESPACE, USAGE_MILLI_MAX } from './measured-cluster.ts';

const API = '/apis/metrics.k8s.io/v1beta1';
const DEADLINE_MS = 60_000;
const JSON_FORM = { accept: 'application/json' };

/** An answer and what it took, from the request to the last byte. */
export interface TimedAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly tookMs: number;
}

/** A probe as the API has it. */
export interface ServedProbe {
  readonly name: string;
  /** Whether a step of its counter is in its rate. */
  readonly isStepped: boolean;
}

/** Asks a server over one connection kept alive, or several, as the bearer of a token. */
export class Asker {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor(url: string, token: string, connectionsCount = 1) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ connect: { rejectUnauthorized: false }, connections: connectionsCount });
  }

  async ask(path: string, headers: Readonly<Record<string, string>> = JSON_FORM): Promise<TimedAnswer> {
    const startedMs = performance.now();
    const answer = await request(this.#url + path, {
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#token}`, ...headers },
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, bytes, tookMs: performance.now() - startedMs };
  }

  /** The pods of a namespace, or all; throws when they are not served. */
  async listPods(namespace: string | null, headers?: Readonly<Record<string, string>>): Promise<TimedAnswer> {
    const answer = await this.ask(`${API}${namespace === null ? '' : `/namespaces/${namespace}`}/pods`, headers);
    if (answer.status !== 200) throw new Error(`a list of pods was answered with ${answer.status}: ${answer.bytes}`);
    return answer;
  }

  /** The probes that have numbers; none as long as the server does not answer. */
  async probes(): Promise<readonly ServedProbe[]> {
    const answer = await this.listPods(PROBE_NAMESPACE).catch(() => undefined);
    if (answer === undefined) return [];
    const { items } = JSON.parse(answer.bytes.toString()) as { readonly items: readonly PodItem[] };
    return items.map(({ metadata, containers }) => ({
      name: metadata.name,
      isStepped: milliOf(containers.find(({ name }) => name === 'app')?.usage.cpu ?? '0') > STEPPED_MILLI_MIN,
    }));
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

interface PodItem {
  readonly metadata: { readonly name: string };
  readonly containers: readonly { readonly name: string; readonly usage: { readonly cpu: string } }[];
}

/** Above whatever a pod uses without a step, and below what a step adds over a window of 20 s. */
const STEPPED_MILLI_MIN = USAGE_MILLI_MAX + 100;

const NANO_PER_MILLI = 1e6;

/** Of rates as both servers write them: whole nanocores, or millicores where that says the same. */
function milliOf(quantity: string): number {
  const value = Number.parseFloat(quantity);
  if (quantity.endsWith('n')) return value / NANO_PER_MILLI;
  if (quantity.endsWith('u')) return value / 1000;
  return quantity.endsWith('m') ? value : value * 1000;
}
