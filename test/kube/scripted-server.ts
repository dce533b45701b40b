import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import type { KubeTransport } from '../../src/platform/kube/transport.ts';

/** What a scripted server does with one request. */
export type Answer = (request: Request) => Response | Promise<Response>;

/** A server in process that answers its requests in the order of a script, and remembers them. */
export interface ScriptedServer {
  readonly transport: KubeTransport;
  /** Method and path with query of every request so far. */
  readonly requests: string[];
  readonly bodies: unknown[];
  readonly headers: Headers[];
}

/** The last answer of the script repeats for ever. */
export function scriptedServer(script: readonly Answer[]): ScriptedServer {
  const requests: string[] = [];
  const bodies: unknown[] = [];
  const headers: Headers[] = [];
  const transport = createHandleTransport(async (request) => {
    const url = new URL(request.url);
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    headers.push(request.headers);
    const text = await request.clone().text();
    bodies.push(text === '' ? undefined : JSON.parse(text));
    const answer = script[Math.min(requests.length, script.length) - 1];
    if (answer === undefined) throw new Error('the script is empty');
    return answer(request);
  });
  return { transport, requests, bodies, headers };
}

export function json(value: unknown, init: ResponseInit = {}): Answer {
  return () => Response.json(value, init);
}

/** A Status as the API server sends it. */
export function status(code: number, reason: string, message: string, headers: Record<string, string> = {}): Answer {
  return json(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
    { status: code, headers },
  );
}

/** A watch that sends these events and then ends, hangs, or breaks. */
export function watch(events: readonly unknown[], end: 'ends' | 'hangs' | 'breaks'): Answer {
  return () =>
    new Response(
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const event of events) controller.enqueue(new TextEncoder().encode(`${JSON.stringify(event)}\n`));
          if (end === 'ends') controller.close();
        },
        // Read only once what was sent before has been read: an error at once would drop it.
        pull(controller) {
          if (end === 'breaks') controller.error(new Error('read ECONNRESET'));
        },
      }),
      { headers: { 'content-type': 'application/json' } },
    );
}
