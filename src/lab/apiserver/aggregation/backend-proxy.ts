import { Failure } from '../../../base/failure.ts';
import { textAnswer } from '../answer.ts';
import type { User } from '../authentication.ts';
import { forwardedHeaders, reencodedTarget, returnedHeaders } from './backend-request.ts';
import type { Backends } from './backends.ts';
import type { RemoteApiService } from './remote-api-service.ts';

/** A request on its way to a backend. */
export interface ProxiedRequest {
  readonly request: Request;
  readonly body: Uint8Array;
  readonly user: User;
}

/** How long a discovery document may take, and anything else until its answer begins. */
const DISCOVERY_DEADLINE_MS = 5_000;
const HEAD_DEADLINE_MS = 60_000;
const REDIRECT_TEXT = 'the backend attempted to redirect this request, which is not permitted';

/**
 * Passes a request on to the backend of an APIService and its answer back, untouched. Without a backend that passes its
 * checks the answer is upstream's plain 503, and nobody is asked.
 */
export async function proxyToBackend(
  backends: Backends,
  remote: RemoteApiService,
  { request, body, user }: ProxiedRequest,
): Promise<Response> {
  if (!remote.isAvailable || backends.urlOf(remote) === undefined) return unavailable('service unavailable');
  const url = new URL(request.url);
  const isDiscovery = url.pathname.split('/').filter((part) => part !== '').length === 3;
  try {
    const answer = await backends.send(remote, {
      method: request.method,
      target: reencodedTarget(url),
      user,
      headers: forwardedHeaders(request.headers),
      body,
      signal: request.signal,
      headDeadlineMs: isDiscovery ? DISCOVERY_DEADLINE_MS : HEAD_DEADLINE_MS,
      isBodyRaw: true,
    });
    const isRedirect = answer.status >= 300 && answer.status <= 399 && answer.headers['location'] !== undefined;
    if (isRedirect) {
      await drop(answer.body);
      return textAnswer(REDIRECT_TEXT, 502);
    }
    const hasBody = answer.status !== 204 && answer.status !== 304 && request.method !== 'HEAD';
    if (!hasBody) await drop(answer.body);
    return new Response(hasBody ? ReadableStream.from(answer.body) : null, {
      status: answer.status,
      headers: returnedHeaders(answer.headers),
    });
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return unavailable(`error trying to reach service: ${withoutUrl(thrown.message)}`);
  }
}

/** A body that is never read would keep its connection. */
async function drop(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of body) return;
}

/** What went wrong, without the request that Go's client puts before it and its transport does not. */
function withoutUrl(message: string): string {
  return message.replace(/^[A-Z][a-z]+ "[^"]*": /, '');
}

function unavailable(text: string): Response {
  return textAnswer(`${text}\n`, 503);
}
