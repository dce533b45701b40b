import type { MetricsApis } from '../../metrics/serve/metrics-apis.ts';
import type { Aggregator } from './aggregation/aggregator.ts';
import { objectAnswer, unknownPathAnswer } from './answer.ts';
import type { DiscoveredGroup, DiscoveredVersions } from './discovery.ts';
import {
  aggregatedDocument,
  aggregatedGroup,
  discoverGroups,
  etagOf,
  groupDocument,
  groupEntry,
  groupListDocument,
  resourceListDocument,
  versionsDocument,
} from './discovery.ts';
import type { KindRegistry } from './kind-registry.ts';
import { negotiateAnswer } from './negotiation.ts';
import { unknownResource } from './status.ts';
import { hasAggregatedDiscovery } from './version.ts';

/**
 * Answers `/api`, `/apis` and what is below them down to a group version, in both of upstream's forms, with the groups
 * that backends of APIServices have among its own. The documents of their versions are for the backends themselves.
 */
export class DiscoveryHandler {
  readonly #registry: KindRegistry;
  readonly #metricsApis: MetricsApis | null;
  readonly #aggregator: Aggregator;
  readonly #isAggregated: boolean;
  #groups: readonly DiscoveredGroup[] = [];
  #changeCount = -1;

  /** `serverVersion`, for example `1.36.3`, says whether the newer of the two forms is known. */
  constructor(registry: KindRegistry, metricsApis: MetricsApis | null, aggregator: Aggregator, serverVersion: string) {
    this.#registry = registry;
    this.#metricsApis = metricsApis;
    this.#aggregator = aggregator;
    this.#isAggregated = hasAggregatedDiscovery(serverVersion);
  }

  async handle(request: Request, path: string): Promise<Response> {
    const accept = request.headers.get('accept');
    const [root, group, version] = path.split('/').filter((part) => part !== '');
    if (root === 'api') {
      if (group === undefined) return this.#answerRoot(request, accept, true);
      if (group !== 'v1') throw unknownResource();
      return this.#answerResources('', 'v1', accept);
    }
    if (group === undefined) return this.#answerRoot(request, accept, false);
    if (version === undefined) {
      const found = this.#mergedGroups().find(({ name }) => name === group);
      return found === undefined
        ? unknownPathAnswer()
        : objectAnswer(groupDocument(found), negotiateAnswer(accept, {}));
    }
    const isOwn = this.#allGroups().some(({ name }) => name === group);
    return isOwn ? this.#answerResources(group, version, accept) : this.#answerMounted(group, request);
  }

  #allGroups(): readonly DiscoveredGroup[] {
    if (this.#changeCount !== this.#registry.changeCount) {
      this.#groups = discoverGroups(this.#registry);
      this.#changeCount = this.#registry.changeCount;
    }
    return this.#groups;
  }

  async #answerRoot(request: Request, accept: string | null, isCore: boolean): Promise<Response> {
    const form = negotiateAnswer(accept, { aggregated: this.#isAggregated });
    const groups = this.#allGroups().filter(({ name }) => (name === '') === isCore);
    if (form !== 'aggregatedV2' && form !== 'aggregatedV2Beta1') {
      const host = new URL(request.url).host;
      return objectAnswer(isCore ? versionsDocument(host) : groupListDocument(this.#mergedGroups()), form);
    }
    const version = form === 'aggregatedV2' ? 'v2' : 'v2beta1';
    const own = groups.map(aggregatedGroup);
    const all = isCore
      ? own
      : this.#aggregator.mergeResources([...own, ...(await this.#mountedResources(request.signal))]);
    return aggregatedAnswer(request, JSON.stringify(aggregatedDocument(all, version)), version);
  }

  /** Every group but the core one, as the older form names them. */
  #mergedGroups(): readonly DiscoveredVersions[] {
    const own = this.#allGroups()
      .filter(({ name }) => name !== '')
      .map(groupEntry);
    return this.#aggregator.mergeGroupVersions([...own, ...(this.#metricsApis?.groupDocuments() ?? [])]);
  }

  async #mountedResources(signal: AbortSignal) {
    const mounted = (await this.#metricsApis?.discoveredGroups(signal)) ?? [];
    return mounted.map((group) => ({ name: group.name, versions: group.entry().versions }));
  }

  #answerResources(group: string, version: string, accept: string | null): Response {
    const resources = this.#allGroups()
      .find(({ name }) => name === group)
      ?.versions.find(({ name }) => name === version)?.resources;
    if (resources === undefined) return unknownPathAnswer();
    return objectAnswer(resourceListDocument(group, version, resources), negotiateAnswer(accept, {}));
  }

  #answerMounted(group: string, request: Request): Response | Promise<Response> {
    if (this.#metricsApis?.serves(group) !== true) return unknownPathAnswer();
    return this.#metricsApis.handle(request);
  }
}

/** Clients keep the document and ask again with its tag. */
function aggregatedAnswer(request: Request, text: string, version: 'v2' | 'v2beta1'): Response {
  const etag = etagOf(text);
  const headers = {
    'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    etag,
    vary: 'Accept',
    'cache-control': 'public',
  };
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  return new Response(text, { headers });
}
