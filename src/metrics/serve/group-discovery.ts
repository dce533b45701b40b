import { Buffer } from 'node:buffer';
import type { ReadingRequest } from '../../platform/http/reading-request.ts';
import { documentAnswer, methodNotAllowed, notAcceptable } from './answer.ts';
import { type DiscoveredGroup, groupListDocument } from './discovery.ts';
import { type KeptText, taggedAnswer, tagOf } from './entity-tag.ts';
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
  request: ReadingRequest,
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
function aggregatedVersion(accept: string | null): AggregatedVersion | undefined {
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
  readonly #apis: Pick<MetricsApis, 'discoveredGroups'>;
  #made: AggregatedTexts | undefined;

  constructor(apis: Pick<MetricsApis, 'discoveredGroups'>) {
    this.#apis = apis;
  }

  async answer(request: ReadingRequest, version: AggregatedVersion): Promise<Response> {
    const { groups, texts } = await this.#current(request.signal);
    const kept = texts.get(version) ?? makeText(groups, version);
    texts.set(version, kept);
    return taggedAnswer(request, {
      ...kept,
      headers: {
        'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
        'cache-control': 'public',
        vary: 'Accept',
      },
    });
  }

  async #current(signal: AbortSignal): Promise<AggregatedTexts> {
    const groups = await this.#apis.discoveredGroups(signal);
    const made = this.#made;
    const isSame =
      made?.groups.length === groups.length && groups.every((group, index) => group === made.groups[index]);
    if (made !== undefined && isSame) return made;
    this.#made = { groups, texts: new Map() };
    return this.#made;
  }
}

type AggregatedVersion = 'v2' | 'v2beta1';

/** All groups, and what was made of them so far. */
interface AggregatedTexts {
  readonly groups: readonly DiscoveredGroup[];
  readonly texts: Map<AggregatedVersion, KeptText>;
}

function makeText(groups: readonly DiscoveredGroup[], version: AggregatedVersion): KeptText {
  const items = groups.map((group) => group.entry());
  const apiVersion = `apidiscovery.k8s.io/${version}`;
  const document = { kind: 'APIGroupDiscoveryList', apiVersion, metadata: {}, items };
  return { text: Buffer.from(`${JSON.stringify(document)}\n`), tag: tagOf(JSON.stringify(items)) };
}
