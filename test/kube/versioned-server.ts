import type { KubeObject } from '../../src/platform/kube/client.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import type { KubeTransport } from '../../src/platform/kube/transport.ts';

/** What may happen to one request. */
export type Fault =
  | 'none'
  | 'refused'
  | 'hangs'
  | 'answers 500'
  | 'answers 429'
  | 'is cut'
  | 'ends at once'
  | 'http 410';

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly object: KubeObject;
}

interface Follower {
  readonly send: (text: string) => void;
  readonly end: (how: 'cleanly' | 'broken') => void;
}

/** A list and watch server of one type, as small as it can be: versions, history, compaction, pages, and faults on demand. */
export class VersionedServer {
  readonly transport: KubeTransport = createHandleTransport((request) => this.#handle(request));
  /** The fault of each coming request; none when empty. */
  faults: Fault[] = [];
  isListStreamed = true;
  readonly #objects = new Map<string, KubeObject>();
  readonly #followers = new Set<Follower>();
  #history: Change[] = [];
  #version = 1;
  #compactedVersion = 0;

  put(name: string): KubeObject {
    this.#version += 1;
    const object: KubeObject = { metadata: { name, resourceVersion: String(this.#version) } };
    this.#publish({ type: this.#objects.has(name) ? 'MODIFIED' : 'ADDED', version: this.#version, object });
    this.#objects.set(name, object);
    return object;
  }

  delete(name: string): void {
    if (!this.#objects.delete(name)) return;
    this.#version += 1;
    this.#publish({
      type: 'DELETED',
      version: this.#version,
      object: { metadata: { name, resourceVersion: String(this.#version) } },
    });
  }

  /** Forgets all history: watches from an older version are too late, continue tokens too. */
  compact(): void {
    this.#compactedVersion = this.#version;
    this.#history = [];
  }

  breakWatches(how: 'cleanly' | 'broken'): void {
    for (const follower of [...this.#followers]) follower.end(how);
  }

  /** `name@version` of everything there is, sorted. */
  content(): string[] {
    return [...this.#objects.values()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();
  }

  #publish(change: Change): void {
    this.#history.push(change);
    for (const follower of this.#followers) follower.send(eventLine(change.type, change.object));
  }

  async #handle(request: Request): Promise<Response> {
    const fault = this.faults.shift() ?? 'none';
    const query = new URL(request.url).searchParams;
    if (fault === 'refused') throw new Error('connect ECONNREFUSED');
    if (fault === 'hangs') return new Promise<Response>(() => {});
    if (fault === 'answers 500') return refusal(500, 'InternalError');
    if (fault === 'answers 429') return refusal(429, 'TooManyRequests');
    if (fault === 'http 410') return refusal(410, 'Expired');
    return query.get('watch') === 'true' ? this.#watch(query, fault, request.signal) : this.#list(query, fault);
  }

  #list(query: URLSearchParams, fault: Fault): Response {
    const [startText = '0', versionText = String(this.#version)] = (query.get('continue') ?? '')
      .split('@')
      .filter((part) => part !== '');
    if (Number(versionText) < this.#compactedVersion) return refusal(410, 'Expired');
    // Pages are of the present content: any change since would make them inconsistent, so it expires the token.
    if (versionText !== String(this.#version)) return refusal(410, 'Expired');
    const names = [...this.#objects.keys()].sort();
    const start = Number(startText);
    const end = query.has('limit') ? start + 2 : names.length;
    const items = names.slice(start, end).map((name) => this.#objects.get(name));
    const body = JSON.stringify({
      metadata: { resourceVersion: versionText, ...(end < names.length ? { continue: `${end}@${versionText}` } : {}) },
      items,
    });
    return new Response(fault === 'is cut' ? body.slice(0, body.length / 2) : body);
  }

  #watch(query: URLSearchParams, fault: Fault, signal: AbortSignal): Response {
    const isList = query.get('sendInitialEvents') === 'true';
    if (isList && !this.isListStreamed) return refusal(422, 'Invalid');
    const from = Number(query.get('resourceVersion') ?? 0);
    let follower: Follower | undefined;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send = (text: string): void => controller.enqueue(new TextEncoder().encode(text));
        const leave = (): void => {
          if (follower !== undefined) this.#followers.delete(follower);
        };
        const end = (how: 'cleanly' | 'broken'): void => {
          leave();
          if (how === 'cleanly') controller.close();
          else controller.error(new Error('read ECONNRESET'));
        };
        if (!isList && from < this.#compactedVersion) {
          send(
            eventLine('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }),
          );
          controller.close();
          return;
        }
        if (isList) this.#sendList(send);
        else for (const change of this.#history) if (change.version > from) send(eventLine(change.type, change.object));
        if (fault === 'is cut') send('{"type":"ADDED","obj');
        if (fault === 'is cut' || fault === 'ends at once') {
          controller.close();
          return;
        }
        follower = { send, end };
        this.#followers.add(follower);
        signal.addEventListener('abort', leave);
      },
      cancel: () => {
        if (follower !== undefined) this.#followers.delete(follower);
      },
    });
    return new Response(stream);
  }

  #sendList(send: (text: string) => void): void {
    for (const object of this.#objects.values()) send(eventLine('ADDED', object));
    const metadata = { resourceVersion: String(this.#version), annotations: { 'k8s.io/initial-events-end': 'true' } };
    send(eventLine('BOOKMARK', { metadata }));
  }
}

function eventLine(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function refusal(code: number, reason: string): Response {
  return Response.json({ kind: 'Status', status: 'Failure', message: reason, reason, code }, { status: code });
}
