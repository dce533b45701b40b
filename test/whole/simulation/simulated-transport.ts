import { orAborted } from '../../../src/base/cancellation.ts';
import { errorText, Failure } from '../../../src/base/failure.ts';
import type { KubeTransport, WireRequest, WireResponse } from '../../../src/platform/kube/transport.ts';
import { NAMESPACE } from './cluster.ts';
import type { CallEffect, CallSubject } from './faults.ts';
import type { NodeClock } from './node-clock.ts';
import type { WatchLine } from './watch-line.ts';

/** A request as the simulation tells it from others. */
export interface Call {
  readonly subject: CallSubject;
  readonly method: WireRequest['method'];
  readonly path: string;
  /** The target of a scale, the HPA of a status; empty otherwise. */
  readonly name: string;
  readonly body: string | undefined;
}

/** What the world does with the requests of a process. */
export interface TransportPorts {
  readonly clock: NodeClock;
  readonly headers: Readonly<Record<string, string>>;
  readonly handle: (request: Request) => Promise<Response>;
  /** What befalls the request; undefined when it passes. */
  readonly effectOf: (call: Call) => CallEffect | undefined;
  /** Called before a request leaves, and after its answer came; the process may die there. */
  readonly passing: (call: Call, place: 'before' | 'after') => void;
  /** Called when the server has done it. */
  readonly onServed: (call: Call, status: number, answer: unknown) => void;
  /** Called when the process gets the answer; status 0 when none came. */
  readonly onAnswered: (call: Call, status: number, answer: unknown) => void;
  readonly openLine: (subject: CallSubject, signal: AbortSignal) => WatchLine;
}

const ORIGIN = 'https://kubernetes.default.svc';
/** A promise of its own each time: one that stands for ever would remember everyone who waits for it. */
const never = (): Promise<never> => new Promise<never>(() => {});

/** A process's way to the API server, with everything on it that can go wrong. A dead process gets no answer ever. */
export function createSimulatedTransport(ports: TransportPorts): KubeTransport {
  return { send: (request) => send(ports, request), close: async () => {} };
}

async function send(ports: TransportPorts, request: WireRequest): Promise<WireResponse> {
  const { clock } = ports;
  request.signal.throwIfAborted();
  const call = callOf(request);
  ports.passing(call, 'before');
  if (clock.isDead) return never();
  const wait = new AbortController();
  const follow = (): void => wait.abort(request.signal.reason);
  request.signal.addEventListener('abort', follow, { once: true });
  const cancelDeadline = clock.after(request.headDeadlineMs, () => wait.abort(new Error('context deadline exceeded')));
  try {
    const effect = ports.effectOf(call);
    const answer = isWatch(call)
      ? await watched(ports, request, call, effect, wait.signal)
      : await orAborted(answered(ports, request, call, effect), wait.signal);
    await clock.awake();
    ports.passing(call, 'after');
    if (clock.isDead) return never();
    return answer;
  } catch (thrown) {
    await clock.awake();
    ports.onAnswered(call, 0, null);
    throw new Failure('unavailable', `${request.method} "${request.path}": ${errorText(thrown)}`, {
      cause: thrown instanceof ConnectionBroken ? { code: 'ECONNRESET' } : thrown,
    });
  } finally {
    cancelDeadline();
    request.signal.removeEventListener('abort', follow);
  }
}

class ConnectionBroken extends Error {
  constructor() {
    super('read ECONNRESET');
  }
}

async function answered(
  ports: TransportPorts,
  request: WireRequest,
  call: Call,
  effect: CallEffect | undefined,
): Promise<WireResponse> {
  if (effect?.kind === 'reset') throw new ConnectionBroken();
  if (effect?.kind === 'hang') return never();
  if (effect?.kind === 'status') {
    const refusal = refusalOf(effect);
    ports.onAnswered(call, effect.code, null);
    return refusal;
  }
  // What has left the process reaches the server whatever becomes of the process.
  if (effect?.kind === 'late') await delay(ports, effect.delayMs);
  const answer = await ports.handle(requestOf(ports, request));
  const text = await answer.text();
  const parsed = call.subject === 'other' || call.subject === 'event' ? null : JSON.parse(text);
  ports.onServed(call, answer.status, parsed);
  if (effect?.kind === 'lost') throw new ConnectionBroken();
  if (effect?.kind === 'slow') await delay(ports, effect.delayMs);
  await ports.clock.awake();
  if (effect?.kind === 'truncated') {
    ports.onAnswered(call, 0, null);
    return wireResponse(answer, brokenBody(text));
  }
  ports.onAnswered(call, answer.status, parsed);
  return wireResponse(answer, wholeBody(text));
}

async function watched(
  ports: TransportPorts,
  request: WireRequest,
  call: Call,
  effect: CallEffect | undefined,
  signal: AbortSignal,
): Promise<WireResponse> {
  if (effect?.kind === 'hang') return orAborted(never(), signal);
  if (effect?.kind === 'status') return refusalOf(effect);
  if (effect !== undefined && effect.kind !== 'slow' && effect.kind !== 'late') throw new ConnectionBroken();
  if (effect !== undefined) await orAborted(delay(ports, effect.delayMs), signal);
  const line = ports.openLine(call.subject, request.signal);
  const answer = await ports.handle(requestOf(ports, request, line.signal));
  if (answer.status !== 200 || answer.body === null) return wireResponse(answer, wholeBody(await answer.text()));
  return wireResponse(
    answer,
    line.carry(answer.body, () => new ConnectionBroken()),
  );
}

function requestOf(ports: TransportPorts, request: WireRequest, signal?: AbortSignal): Request {
  return new Request(`${ORIGIN}${request.path}`, {
    method: request.method,
    headers: { ...request.headers, ...ports.headers },
    ...(request.body === undefined ? {} : { body: request.body as string }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The network's time, not the process's: it passes while the process stands still. */
function delay({ clock }: TransportPorts, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.world.after(delayMs, resolve));
}

function wireResponse(answer: Response, body: AsyncIterable<Uint8Array>): WireResponse {
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
}

function refusalOf({ code, reason, retryAfterSeconds }: Extract<CallEffect, { kind: 'status' }>): WireResponse {
  const text = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: reason, reason, code });
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status: code, headers: { 'content-type': 'application/json', ...retry }, body: wholeBody(text) };
}

const ENCODER = new TextEncoder();

async function* wholeBody(text: string): AsyncGenerator<Uint8Array> {
  yield ENCODER.encode(text);
}

async function* brokenBody(text: string): AsyncGenerator<Uint8Array> {
  yield ENCODER.encode(text.slice(0, text.length >> 1));
  throw new ConnectionBroken();
}

function isWatch({ subject }: Call): boolean {
  return subject === 'hpaWatch' || subject === 'podWatch';
}

const TARGET = new RegExp(`/namespaces/${NAMESPACE}/(deployments|horizontalpodautoscalers)/([^/]+)/(scale|status)$`);

function callOf(request: WireRequest): Call {
  const [path = '', query = ''] = request.path.split('?');
  const match = TARGET.exec(path);
  const { method } = request;
  const body = request.body as string | undefined;
  return { subject: subjectOf(method, path, query, match), method, path, name: match?.[2] ?? '', body };
}

function subjectOf(
  method: WireRequest['method'],
  path: string,
  query: string,
  match: RegExpExecArray | null,
): CallSubject {
  if (match?.[3] === 'scale') return method === 'GET' ? 'scaleRead' : 'scaleWrite';
  if (match?.[3] === 'status') return 'statusWrite';
  if (path.includes('/leases')) return 'lease';
  if (path.includes('/configmaps')) return method === 'GET' ? 'memoryRead' : 'memoryWrite';
  if (path.includes('/events')) return 'event';
  if (query.includes('watch=true')) return path.includes('/pods') ? 'podWatch' : 'hpaWatch';
  return path === '/api' || path === '/apis' ? 'discovery' : 'other';
}
