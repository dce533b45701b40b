import { Buffer } from 'node:buffer';
import { jsonText } from '../../base/go-text.ts';
import {
  type ApiGroup,
  type ApiResource,
  type DiscoveredGroup,
  discoverable,
  groupDiscovery,
  resourceListDocument,
} from './discovery.ts';
import { encodeResourceList } from './discovery-protobuf.ts';
import type { ObjectDocument } from './document.ts';
import { type KeptText, tagOf } from './entity-tag.ts';
import { protobufBody } from './protobuf.ts';

/** What discovery tells of one group. Texts are kept, and nothing of what they are made from. */
export interface GroupDocuments extends DiscoveredGroup {
  /** `GET /apis/<group>/<version>` */
  resourceList(version: string): ObjectDocument;
  /** The same as the JSON text that is sent. */
  resourceListText(version: string): KeptText;
}

/**
 * A group's documents, made anew when its source lists other metrics than before, which it shows by another array. Ten
 * thousand metrics are a megabyte that is asked for every few seconds.
 */
export class GroupListing<Metric> {
  readonly #group: ApiGroup;
  readonly #list: (signal: AbortSignal) => Promise<readonly Metric[]>;
  readonly #toResources: (metrics: readonly Metric[]) => readonly ApiResource[];
  #made: { readonly of: readonly Metric[]; readonly documents: GroupDocuments } | undefined;

  constructor(
    group: ApiGroup,
    list: (signal: AbortSignal) => Promise<readonly Metric[]>,
    toResources: (metrics: readonly Metric[]) => readonly ApiResource[],
  ) {
    this.#group = group;
    this.#list = list;
    this.#toResources = toResources;
  }

  /** Throws what the source throws. */
  async current(signal: AbortSignal): Promise<GroupDocuments> {
    const metrics = await this.#list(signal);
    if (this.#made?.of === metrics) return this.#made.documents;
    const documents = makeDocuments(this.#group, () => discoverable(this.#toResources(metrics)));
    this.#made = { of: metrics, documents };
    return documents;
  }
}

function makeDocuments(group: ApiGroup, makeResources: () => readonly ApiResource[]): GroupDocuments {
  const texts = new Map<string, KeptText>();
  const resourceList = (version: string): ObjectDocument => {
    const groupVersion = `${group.name}/${version}`;
    const resources = makeResources();
    return {
      kind: 'object',
      object: resourceListDocument(groupVersion, resources),
      protobuf: () => protobufBody('v1', 'APIResourceList', encodeResourceList(groupVersion, resources)),
    };
  };
  return {
    name: group.name,
    entry: () => groupDiscovery(group, makeResources()),
    resourceList,
    resourceListText: (version) => {
      const known = texts.get(version);
      if (known !== undefined) return known;
      const text = Buffer.from(`${jsonText(resourceList(version).object)}\n`);
      const made = { text, tag: tagOf(text) };
      texts.set(version, made);
      return made;
    },
  };
}
