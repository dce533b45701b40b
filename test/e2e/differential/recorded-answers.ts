import { parseQuantity, quantityMilli } from '../../../src/base/quantity.ts';
import type { HpaStatus } from '../../../src/core/autoscaling/types.ts';
import { compareValues } from '../../../src/core/simulator/comparison.ts';
import type { KubeTransport, WireRequest, WireResponse } from '../../../src/platform/kube/transport.ts';
import type { MetricsAnswer } from '../support/metrics-api.ts';
import type { AuditEntry } from './audit-trail.ts';
import { isStatusWrite, type Reconcile } from './reconciles.ts';

/**
 * The API server of one recorded reconcile: it answers what it answered then. Whoever asks otherwise than upstream asked,
 * writes otherwise than upstream wrote, or leaves something out, is told so in `differences`.
 */
export class RecordedAnswers implements KubeTransport {
  readonly #reconcile: Reconcile;
  readonly #answers: ReadonlyMap<string, MetricsAnswer>;
  readonly #waiting: AuditEntry[];
  readonly #found: string[] = [];

  constructor(reconcile: Reconcile, answers: ReadonlyMap<string, MetricsAnswer>) {
    this.#reconcile = reconcile;
    this.#answers = answers;
    this.#waiting = reconcile.requests.slice();
  }

  async send(request: WireRequest): Promise<WireResponse> {
    const index = this.#waiting.findIndex(
      (entry) => textOf(METHODS[entry.verb], entry.path) === textOf(request.method, request.path),
    );
    const [entry] = index === -1 ? [] : this.#waiting.splice(index, 1);
    if (entry === undefined) {
      this.#found.push(`upstream did not ${textOf(request.method, request.path)} ${bodyText(request)}`);
      return answer(503, '');
    }
    if (request.method === 'PUT') this.#compareBodies(entry, JSON.parse(String(request.body)));
    const recorded = this.#answers.get(entry.auditId);
    return recorded === undefined
      ? answer(entry.status, JSON.stringify(entry.responseObject))
      : answer(recorded.status, recorded.body);
  }

  async close(): Promise<void> {}

  /** What was done otherwise, once everything was done. */
  get differences(): readonly string[] {
    const left = this.#waiting.map(
      (entry) =>
        `only upstream: ${textOf(METHODS[entry.verb], entry.path)} ${JSON.stringify(entry.requestObject ?? '')}`,
    );
    return [...this.#found, ...left];
  }

  #compareBodies(entry: AuditEntry, ours: PutBody): void {
    const theirs = entry.requestObject as PutBody;
    const part = isStatusWrite(entry) ? this.#statusForm : specReplicasOf;
    compareValues(part(theirs, ours), part(ours, theirs), entry.subject, (path, expected, actual) =>
      this.#found.push(`${path}: upstream ${JSON.stringify(expected)}, ours ${JSON.stringify(actual)}`),
    );
    if (theirs.metadata.resourceVersion !== ours.metadata.resourceVersion)
      this.#found.push(`${entry.subject}: another version`);
  }

  /** A status with one word for every instant within the reconcile that both give as theirs. */
  readonly #statusForm = ({ status }: PutBody, { status: other }: PutBody): unknown => {
    const { lastScaleTime, conditions = [] } = status ?? {};
    return withoutEmpty({
      ...status,
      lastScaleTime: this.#instant(lastScaleTime, other?.lastScaleTime),
      conditions: conditions.map((condition, index) => ({
        ...condition,
        lastTransitionTime: this.#instant(condition.lastTransitionTime, other?.conditions?.[index]?.lastTransitionTime),
      })),
    });
  };

  /** Upstream reads its clock several times in a reconcile, and a new second may begin in between. */
  #instant(text: string | undefined, other: string | undefined): string | undefined {
    const isWithin = (candidate: string | undefined): boolean => {
      const atMs = Date.parse(candidate ?? '');
      return atMs > this.#reconcile.startMs - 1_000 && atMs <= this.#reconcile.endMs;
    };
    return isWithin(text) && isWithin(other) ? 'within this reconcile' : text;
  }
}

interface PutBody {
  readonly metadata: { readonly resourceVersion?: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: HpaStatus;
}

function specReplicasOf({ spec }: PutBody): unknown {
  return { replicas: spec?.replicas ?? 0 };
}

const METHODS: Readonly<Record<string, string>> = { get: 'GET', list: 'GET', update: 'PUT' };

/** Parameters in one order, characters escaped one way. */
function textOf(method: string | undefined, path: string): string {
  const url = new URL(path, 'https://server');
  url.searchParams.sort();
  return `${method} ${decodeURIComponent(url.pathname)}?${url.searchParams}`;
}

function bodyText({ body }: WireRequest): string {
  return body === undefined ? '' : String(body);
}

function answer(status: number, body: string): WireResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: inOnePiece(body) };
}

async function* inOnePiece(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** Without what is empty, and with quantities as the server stores them: `70M` for `70000000`. */
function withoutEmpty(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutEmpty(item));
  if (typeof value === 'string' && QUANTITY_FIELDS.has(name)) return milliText(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, withoutEmpty(item, key)] as const)
    .filter(
      ([, item]) => item !== undefined && item !== null && item !== '' && !(Array.isArray(item) && item.length === 0),
    );
  return Object.fromEntries(entries);
}

const QUANTITY_FIELDS: ReadonlySet<string> = new Set(['value', 'averageValue']);

function milliText(text: string): string {
  const quantity = parseQuantity(text);
  return quantity === undefined ? text : `${quantityMilli(quantity)} milli`;
}
