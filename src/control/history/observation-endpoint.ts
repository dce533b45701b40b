import { FAILURE_RULES, Failure } from '../../base/failure.ts';
import type { DecisionAccess } from './decision-access.ts';
import { json, refusal, refusalOf } from './guarded-answer.ts';
import type { ObservationLog } from './observation-log.ts';

/** What serves an observation. */
export interface ObservationEndpointPorts {
  /** Null in a controller that acts: it has nobody to observe. */
  readonly log: ObservationLog | null;
  readonly access: DecisionAccess;
}

/**
 * Serves `GET /observation`, of all namespaces or of the one that `namespace` names, to whoever may list the
 * HorizontalPodAutoscalers there. Answers undefined for other paths.
 */
export function createObservationEndpoint(
  ports: ObservationEndpointPorts,
): (request: Request) => Promise<Response | undefined> {
  return async (request) => {
    const url = new URL(request.url);
    if (url.pathname !== '/observation') return undefined;
    if (request.method !== 'GET') return refusal(405, `${request.method} is not served here, only GET`);
    const namespace = url.searchParams.get('namespace');
    try {
      const refused = await refusalOf(request, { verb: 'list', namespace }, ports.access);
      if (refused !== undefined) return refused;
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      return refusal(FAILURE_RULES[thrown.kind].httpStatus, thrown.message);
    }
    if (ports.log === null)
      return refusal(404, 'this controller acts: only --mode observe compares itself with another');
    return json(ports.log.observation(namespace));
  };
}
