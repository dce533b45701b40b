import type { ServerResponse } from 'node:http';

/** What Prometheus does with a query of a series of that name. */
export type Fault = { readonly why: string } & (
  | { readonly kind: 'answer'; readonly status: number; readonly contentType?: string; readonly body: string }
  /** The connection is closed without an answer. */
  | { readonly kind: 'close' }
  /** Nothing is answered as long as somebody waits. */
  | { readonly kind: 'silence' }
);

const error = (errorType: string, message: string): string =>
  JSON.stringify({ status: 'error', errorType, error: message });

/** Bad answers by the name of the series that has them. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  fault_bad_data: {
    why: 'a query that does not parse',
    kind: 'answer',
    status: 400,
    body: error('bad_data', 'parse error'),
  },
  fault_execution: {
    why: 'a query that cannot be run',
    kind: 'answer',
    status: 422,
    body: error('execution', 'too many samples'),
  },
  fault_unavailable: {
    why: 'a query that timed out',
    kind: 'answer',
    status: 503,
    body: error('timeout', 'query timed out'),
  },
  fault_internal: { why: 'Prometheus itself fails', kind: 'answer', status: 500, body: error('internal', 'broken') },
  fault_unauthorized: {
    why: 'a proxy wants to know who asks',
    kind: 'answer',
    status: 401,
    contentType: 'text/plain',
    body: 'who?',
  },
  fault_gateway: {
    why: 'a proxy without Prometheus',
    kind: 'answer',
    status: 502,
    contentType: 'text/html',
    body: '<h1>502</h1>',
  },
  fault_truncated: {
    why: 'an answer that ends too soon',
    kind: 'answer',
    status: 200,
    body: '{"status":"success","data":{"resultType":"vec',
  },
  fault_html: {
    why: 'a page in the place of an answer',
    kind: 'answer',
    status: 200,
    contentType: 'text/html',
    body: '<h1>Login</h1>',
  },
  fault_error_in_200: {
    why: 'an error with a good status',
    kind: 'answer',
    status: 200,
    body: error('execution', 'half done'),
  },
  fault_null_data: {
    why: 'an answer without data',
    kind: 'answer',
    status: 200,
    body: '{"status":"success","data":null}',
  },
  fault_no_status: {
    why: 'an answer that does not say how it went',
    kind: 'answer',
    status: 200,
    body: '{"data":{"resultType":"vector","result":[]}}',
  },
  fault_odd_type: {
    why: 'a result of a kind that nobody knows',
    kind: 'answer',
    status: 200,
    body: '{"status":"success","data":{"resultType":"tensor","result":[]}}',
  },
  fault_odd_value: {
    why: 'a value that is no number',
    kind: 'answer',
    status: 200,
    body: '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod":"web-1"},"value":[1700000000,"many"]}]}}',
  },
  fault_warnings: {
    why: 'an answer with warnings',
    kind: 'answer',
    status: 200,
    body: '{"status":"success","warnings":["partial"],"data":{"resultType":"vector","result":[{"metric":{"pod":"web-1"},"value":[1700000000,"3"]}]}}',
  },
  fault_closed: { why: 'a connection that is closed', kind: 'close' },
  fault_silent: { why: 'no answer at all', kind: 'silence' },
};

/** The fault whose series a query asks for. */
export function faultIn(question: string): string | undefined {
  return /\bfault_[a-z0-9_]+/.exec(question)?.[0];
}

/** Does to a request what the fault is. */
export async function giveFault(name: string, outgoing: ServerResponse): Promise<void> {
  const fault = FAULTS[name];
  switch (fault?.kind) {
    case 'answer':
      outgoing.writeHead(fault.status, { 'content-type': fault.contentType ?? 'application/json' }).end(fault.body);
      return;
    case 'close':
      outgoing.destroy();
      return;
    case 'silence':
      await new Promise((resolve) => outgoing.once('close', resolve));
      return;
    case undefined:
      throw new Error(`${name} is no fault of test/adapter/faults.ts`);
  }
}
