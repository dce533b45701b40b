import type { ScrapeProblem } from '../../core/explain/scrape-problem.ts';

/** Which problem an answer with another status than 200 tells of; `answer` is the beginning of its body. */
export function statusProblem(status: number, answer: string, url: URL): ScrapeProblem {
  const text = answer.trim().replaceAll(/\s+/g, ' ');
  if (status === 401) return { code: 'Unauthorized' };
  if (status === 403) return { code: 'Forbidden', answer: text };
  if (status === 404) return { code: 'PathNotFound', path: url.pathname };
  return { code: 'HttpStatus', status, answer: text };
}

/**
 * The same for an answer through the API server's node proxy: the API server speaks in Status objects, what is none of
 * them comes from the kubelet.
 */
export function proxiedProblem(status: number, answer: string, url: URL): ScrapeProblem {
  const detail = statusMessage(answer);
  if (detail === undefined) {
    const problem = statusProblem(status, answer, url);
    if (problem.code === 'Unauthorized') return { code: 'ProxyUnauthorized' };
    return problem.code === 'Forbidden' ? { code: 'ProxyForbidden', answer: problem.answer } : problem;
  }
  if (status === 401 || status === 403) return { code: 'ProxyDenied', answer: detail };
  const reason = detail.replace(/^error trying to reach service: /, '');
  return /x509: |tls: |certificate/.test(reason)
    ? { code: 'ProxyCertificate', detail: reason }
    : { code: 'ProxyUnreached', detail: reason };
}

/** The message of a Status object, also of one whose end was cut off; undefined of any other answer. */
function statusMessage(answer: string): string | undefined {
  if (!/^\s*\{\s*"kind":\s*"Status"/.test(answer)) return undefined;
  const message = /"message":\s*("(?:[^"\\]|\\.)*")/.exec(answer)?.[1];
  return message === undefined ? '' : String(JSON.parse(message));
}
