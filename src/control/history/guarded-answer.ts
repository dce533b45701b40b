import type { AccessQuestion, DecisionAccess } from './decision-access.ts';

/** The answer to somebody who may not see what was asked for; undefined for whoever may. */
export async function refusalOf(
  request: Request,
  question: AccessQuestion,
  access: DecisionAccess,
): Promise<Response | undefined> {
  const verdict = await access(request, question, request.signal);
  switch (verdict.kind) {
    case 'allowed':
      return undefined;
    case 'unauthenticated':
      return refusal(401, 'a bearer token of the cluster is needed', { 'www-authenticate': 'Bearer' });
    case 'forbidden': {
      const where = question.namespace === null ? 'all namespaces' : `namespace ${question.namespace}`;
      return refusal(
        403,
        `user ${verdict.user} cannot ${question.verb} horizontalpodautoscalers.autoscaling in ${where}`,
      );
    }
  }
}

/** A document that no cache on the way may keep. */
export function json(body: unknown): Response {
  return Response.json(body, { headers: { 'cache-control': 'no-store' } });
}

/** A no with its reason. */
export function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ message }, { status, headers: { 'cache-control': 'no-store', ...headers } });
}
