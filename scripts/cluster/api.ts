import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { Failure } from '../../src/base/failure.ts';
import type { Pki } from './pki.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** The cluster's API as its administrator, by plain requests: independent of any Kubernetes client. */
export interface Api {
  /** The answer's JSON, or its text when it is not JSON. Throws Failure when the answer is not 2xx. */
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Speaks to the API server with the administrator's certificate. */
export async function createApi(serverUrl: string, pki: Pick<Pki, 'file'>): Promise<Api> {
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map((name) => readFile(pki.file(name), 'utf8')),
  );
  const dispatcher = new Agent({ connect: { ca, cert, key } as never });
  const send = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> => {
    const answer = await request(serverUrl + path, {
      dispatcher,
      method,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) {
      throw new Failure('unavailable', `${method} ${path} was answered with ${answer.statusCode}: ${text}`);
    }
    return answer.headers['content-type']?.includes('json') ? JSON.parse(text) : text;
  };
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    close: () => dispatcher.close(),
  };
}
