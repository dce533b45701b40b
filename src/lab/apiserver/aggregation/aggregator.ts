import type { IoClock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { ApiState } from '../api-state.ts';
import { groupVersion } from '../kind.ts';
import { AvailabilityController } from './availability-controller.ts';
import { type ProxiedRequest, proxyToBackend } from './backend-proxy.ts';
import { Backends } from './backends.ts';
import { type GroupEntry, mergeGroups } from './merged-groups.ts';
import { API_SERVICES, type RemoteApiService, readRemote } from './remote-api-service.ts';
import { RemoteDocuments } from './remote-documents.ts';
import type { AggregationOptions } from './service-network.ts';

export interface AggregatorOptions {
  readonly state: ApiState;
  /** Null when no Service leads anywhere: then APIServices with a Service are checked, and never available. */
  readonly aggregation: AggregationOptions | null;
  readonly ioClock: IoClock;
  readonly log: Log;
}

interface VersionOfGroup {
  readonly version: string;
}

interface NamedVersion extends VersionOfGroup {
  readonly groupVersion: string;
}

/** The APIServices that name a Service: who they are, whether they answer, what they serve, and the way to them. */
export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #backends: Backends;
  readonly #documents: RemoteDocuments;
  readonly #controller: AvailabilityController;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    const { state, ioClock, log } = options;
    this.#backends = new Backends(options.aggregation, ioClock);
    this.#documents = new RemoteDocuments(this.#backends);
    this.#controller = new AvailabilityController({
      state,
      backends: this.#backends,
      ioClock,
      log,
      onChecked: (remote, signal) => this.#documents.refresh(remote, signal),
      onGone: (name) => {
        this.#documents.forget(name);
        void this.#backends.forget(name);
      },
    });
  }

  /** The APIService whose backend answers for a group version; undefined when this server does. */
  find(group: string, version: string): RemoteApiService | undefined {
    const object = this.#options.state.store.get(API_SERVICES, '', `${version}.${group}`);
    return object === undefined ? undefined : readRemote(object);
  }

  /** Passes a request on to a backend; never rejects for what the backend does. */
  proxy(remote: RemoteApiService, proxied: ProxiedRequest): Promise<Response> {
    return proxyToBackend(this.#backends, remote, proxied);
  }

  /** The older form of discovery: the server's groups and those of backends, available or not. */
  mergeGroupVersions(own: readonly GroupEntry<NamedVersion>[]): readonly GroupEntry<NamedVersion>[] {
    const remotes = this.#remotes().map((remote) => {
      const { group, version } = remote;
      return { remote, entry: { groupVersion: groupVersion(group, version), version } };
    });
    return mergeGroups(this.#options.state.store, own, remotes);
  }

  /** The newer form: versions with their resources, of backends as last heard. */
  mergeResources(own: readonly GroupEntry<VersionOfGroup>[]): readonly GroupEntry<VersionOfGroup>[] {
    const remotes = this.#remotes().map((remote) => ({ remote, entry: this.#documents.versionOf(remote) }));
    return mergeGroups<VersionOfGroup>(this.#options.state.store, own, remotes);
  }

  /** Entries of the OpenAPI v3 index that backends have, by path. */
  openApiPaths(): Readonly<Record<string, unknown>> {
    return Object.assign({}, ...this.#remotes().map((remote) => this.#documents.openApiPathsOf(remote)));
  }

  /** The OpenAPI v3 document that was made for a backend that has an older one only. */
  derivedOpenApi(remote: RemoteApiService): object | undefined {
    return this.#documents.derivedOpenApiOf(remote);
  }

  /** Ends checks and connections. */
  async close(): Promise<void> {
    this.#controller.stop();
    await this.#backends.close();
  }

  #remotes(): readonly RemoteApiService[] {
    return this.#options.state.store.list(API_SERVICES, null).flatMap((object) => readRemote(object) ?? []);
  }
}
