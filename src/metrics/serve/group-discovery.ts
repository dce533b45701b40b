import { documentAnswer, methodNotAllowed, notAcceptable } from './answer.ts';
import { groupListDocument } from './discovery.ts';
import { taggedAnswer, tagOf } from './entity-tag.ts';
import type { MetricsApis } from './metrics-apis.ts';
import { acceptClauses, matchesRange, negotiate, type Offer } from './negotiation.ts';

const OFFER: Offer = { mediaTypes: ['application/json', 'application/yaml'], canTransform: false };

/**
 * Answers `GET /apis`: the list of groups, or everything that every group has in one document for clients that ask for that
 * form (`apidiscovery.k8s.io`), which they keep with its tag. Throws RefusedRequest.
 */
export async function answerGroups(
  apis: Pick<MetricsApis, 'groups'>,
  aggregated: AggregatedDocument,
  request: Request,
): Promise<Response> {
  if (request.method !== 'GET') throw methodNotAllowed();
  const accept = request.headers.get('accept');
  const version = aggregatedVersion(accept);
  if (version !== undefined) return aggregated.answer(request, version);
  const representation = negotiate(accept, OFFER);
  if (representation === undefined) throw notAcceptable(accept, OFFER);
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

/**
 * Everything in one document, made anew when some group has other entries than before: with ten thousand metrics it is
 * larger than all else that is served here, and the aggregation layer asks for it again and again.
 */
export class AggregatedDocument {
  readonly #apis: Pick<MetricsApis, 'aggregatedDiscovery'>;
  #made: { readonly of: readonly object[]; readonly itemsText: string; readonly tag: string } | undefined;

  constructor(apis: Pick<MetricsApis, 'aggregatedDiscovery'>) {
    this.#apis = apis;
  }

  async answer(request: Request, version: 'v2' | 'v2beta1'): Promise<Response> {
    const { itemsText, tag } = await this.#current(request.signal);
    const apiVersion = `apidiscovery.k8s.io/${version}`;
    const head = JSON.stringify({ kind: 'APIGroupDiscoveryList', apiVersion, metadata: {} }).slice(0, -1);
    return taggedAnswer(request, {
      text: `${head},"items":${itemsText}}\n`,
      tag,
      headers: {
        'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
        'cache-control': 'public',
        vary: 'Accept',
      },
    });
  }

  async #current(signal: AbortSignal): Promise<{ readonly itemsText: string; readonly tag: string }> {
    const items = await this.#apis.aggregatedDiscovery(signal);
    const made = this.#made;
    const isSame = made?.of.length === items.length && items.every((item, index) => item === made.of[index]);
    if (made !== undefined && isSame) return made;
    const itemsText = JSON.stringify(items);
    this.#made = { of: items, itemsText, tag: tagOf(itemsText) };
    return this.#made;
  }
}
