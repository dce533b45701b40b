import type { ApiGroup, ApiVersion, Discovery } from '../../../platform/kube/discovery.ts';
import { createKindMapper, type KindMapper } from '../kinds.ts';

/** What these groups list are values, most of them ours: they say nothing about which objects there are. */
const VALUE_GROUPS: ReadonlySet<string> = new Set(['custom.metrics.k8s.io', 'external.metrics.k8s.io']);

/**
 * The kinds that a cluster has, read again when asked to. Of a version whose server does not answer, what was known before
 * stays: metrics of its objects must not go because somebody else's server is restarted.
 */
export class ClusterKinds {
  readonly #discovery: Discovery;
  #groups: readonly ApiGroup[] = [];
  #text = '';
  #mapper: KindMapper = createKindMapper([]);

  constructor(discovery: Discovery) {
    this.#discovery = discovery;
  }

  /** Knows nothing before the first reading. */
  get mapper(): KindMapper {
    return this.#mapper;
  }

  /** Whether there are other kinds than before. Throws as every call of the cluster does. */
  async read(signal: AbortSignal): Promise<boolean> {
    const discovered = await this.#discovery.read({ signal });
    const groups = discovered
      .filter(({ name }) => !VALUE_GROUPS.has(name))
      .map(({ name, versions }) => ({ name, versions: versions.map((version) => this.#known(name, version)) }));
    const text = JSON.stringify(groups);
    this.#groups = groups;
    if (text === this.#text) return false;
    this.#text = text;
    this.#mapper = createKindMapper(groups);
    return true;
  }

  #known(group: string, version: ApiVersion): ApiVersion {
    if (version.problem === undefined || version.resources.length > 0) return version;
    const before = this.#groups.find(({ name }) => name === group)?.versions;
    return before?.find((each) => each.version === version.version) ?? version;
  }
}
