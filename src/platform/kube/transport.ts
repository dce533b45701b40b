/**
 * How a request reaches an API server: over sockets in production, or straight into the embedded API server's `handle`
 * in `test/whole`. A transport throws Failure('unavailable') when no answer came, and never sends a request
 * twice, except after a 401 with a renewed credential.
 */
export interface KubeTransport {
  send(request: WireRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query, percent-encoded. */
  readonly path: string;
  /** Names in lower case; credentials are the transport's affair. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
  /** How long to wait for the answer's head. */
  readonly headDeadlineMs: number;
  /** How long a pause inside the body may be; 0 for as long as it takes (a watch has its own watchdog). */
  readonly idleDeadlineMs: number;
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}
