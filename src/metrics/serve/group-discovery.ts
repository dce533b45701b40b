import { documentAnswer, methodNotAllowed, notAcceptable } from './answer.ts';
import { groupListDocument } from './discovery.ts';
import { taggedAnswer, tagOf } from './entity-tag.ts';
import type { MetricsApis } from './metrics-apis.ts';
import { acceptClauses, type MediaType, matchesRange, negotiate } from './negotiation.ts';

const MEDIA_TYPES: readonly MediaType[] = ['application/json', 'application/yaml'];

/**
 * Answers `GET /apis`: the list of groups, or everything that every group has in one document for clients that ask for that
 * form (`apidiscovery.k8s.io`), which they keep with its tag. Throws RefusedRequest.
 */
export async function answerGroups(apis: MetricsApis, request: Request): Promise<Response> {
  if (request.method !== 'GET') throw methodNotAllowed();
  const accept = request.headers.get('accept');
  const version = aggregatedVersion(accept);
  if (version !== undefined) return aggregatedAnswer(apis, request, version);
  const representation = negotiate(accept, { mediaTypes: MEDIA_TYPES, canTransform: false });
  if (representation === undefined) throw notAcceptable(accept, MEDIA_TYPES);
  return documentAnswer(request, { kind: 'object', object: groupListDocument(apis.groups) }, representation);
}

/** The version of the aggregated form that an Accept header asks for; it comes before every other form, as upstream. */
function aggregatedVersion(accept: string | null): 'v2' | 'v2beta1' | undefined {
  for (const clause of acceptClauses(accept ?? '')) {
    const { parameters } = clause;
    const version = parameters.get('v');
    if (!matchesRange(clause, 'application/json') || parameters.get('g') !== 'apidiscovery.k8s.io') continue;
    if (parameters.get('as') !== 'APIGroupDiscoveryList') continue;
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}

async function aggregatedAnswer(apis: MetricsApis, request: Request, version: 'v2' | 'v2beta1'): Promise<Response> {
  const items = await apis.aggregatedDiscovery(request.signal);
  const apiVersion = `apidiscovery.k8s.io/${version}`;
  const text = `${JSON.stringify({ kind: 'APIGroupDiscoveryList', apiVersion, metadata: {}, items })}\n`;
  return taggedAnswer(request, {
    text,
    tag: tagOf(JSON.stringify(items)),
    headers: {
      'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      'cache-control': 'public',
      vary: 'Accept',
    },
  });
}
