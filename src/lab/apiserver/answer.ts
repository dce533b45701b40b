import { stringify as stringifyYaml } from 'yaml';
import { Failure } from '../../base/failure.ts';
import type { AnswerForm } from './negotiation.ts';
import { StatusError } from './status.ts';

const NOT_CACHED = { 'cache-control': 'no-cache, private' };

/** An answer with a body in JSON or, when asked for, YAML. */
export function objectAnswer(
  body: unknown,
  form: AnswerForm,
  options: { readonly code?: number; readonly warnings?: readonly string[] } = {},
): Response {
  const headers = new Headers(NOT_CACHED);
  headers.set('content-type', form === 'yaml' ? 'application/yaml' : 'application/json');
  // One header line for each, as upstream sends them; clients join them by commas.
  for (const warning of options.warnings ?? []) headers.append('warning', `299 - ${quoted(warning)}`);
  const text = form === 'yaml' ? stringifyYaml(body) : `${JSON.stringify(body)}\n`;
  return new Response(text, { status: options.code ?? 200, headers });
}

/** Header values carry visible ASCII only. */
function quoted(text: string): string {
  const visible = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return `"${visible.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The answer of a request that failed. */
export function failureAnswer(failure: StatusError): Response {
  return new Response(`${JSON.stringify(failure.status)}\n`, {
    status: failure.status.code,
    headers: { ...NOT_CACHED, 'content-type': 'application/json', ...failure.headers },
  });
}

/** A plain text. */
export function textAnswer(text: string, code = 200): Response {
  return new Response(text, {
    status: code,
    headers: { ...NOT_CACHED, 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  });
}

/** A path that nothing serves: upstream's answer is plain text. */
export function unknownPathAnswer(): Response {
  return textAnswer('404 page not found\n', 404);
}

/** Whatever was thrown, as a failure Status: a full store is a 503, a bug of ours a 500 that names itself. */
export function toStatusError(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  if (thrown instanceof Failure && thrown.kind === 'unavailable') {
    return new StatusError(503, 'ServiceUnavailable', thrown.message);
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, {
    details: { causes: [{ reason: '', message }] },
  });
}
