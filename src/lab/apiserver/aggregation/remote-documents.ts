import { Failure } from '../../../base/failure.ts';
import { REMOTE_DOCUMENT_BYTES_MAX } from '../../../base/limits.ts';
import { readBody } from '../../../platform/http/body.ts';
import type { User } from '../authentication.ts';
import { listAt, recordAt, textAt, valueAt } from '../kinds/field-path.ts';
import { AGGREGATOR } from './backend-check.ts';
import type { Backends } from './backends.ts';
import { deriveOpenApi } from './derived-openapi.ts';
import { discoveryPath, type RemoteApiService } from './remote-api-service.ts';

/** One version of a group in the aggregated discovery document. */
export interface RemoteVersion {
  readonly version: string;
  readonly resources?: readonly unknown[];
  /** `Stale` while the backend does not tell. */
  readonly freshness: 'Current' | 'Stale';
}

interface Known {
  readonly resources: readonly unknown[] | undefined;
  readonly freshness: 'Current' | 'Stale';
  readonly openApi: KnownOpenApi;
}

interface KnownOpenApi {
  /** Entries of the OpenAPI v3 index that belong to the group version. */
  readonly paths: Readonly<Record<string, unknown>>;
  /** What stands there, when the server made it itself; the backend's to answer when undefined. */
  readonly derived: object | undefined;
}

const NO_OPEN_API: KnownOpenApi = { paths: {}, derived: undefined };

const DEADLINE_MS = 5_000;
const AGGREGATED_TYPES =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';
const OPEN_API_USER: User = { name: 'system:aggregator', groups: [] };

/**
 * What the backends of APIServices say that they serve, as last heard: discovery and OpenAPI in the newer forms, or made of
 * the older ones. A backend that does not answer keeps its entries, marked stale.
 */
export class RemoteDocuments {
  readonly #backends: Backends;
  readonly #known = new Map<string, Known>();

  constructor(backends: Backends) {
    this.#backends = backends;
  }

  versionOf({ name, version }: RemoteApiService): RemoteVersion {
    const known = this.#known.get(name);
    return {
      version,
      ...(known?.resources === undefined ? {} : { resources: known.resources }),
      freshness: known?.freshness ?? 'Stale',
    };
  }

  openApiPathsOf({ name }: RemoteApiService): Readonly<Record<string, unknown>> {
    return this.#known.get(name)?.openApi.paths ?? {};
  }

  /** The OpenAPI v3 document that was made for a backend; undefined for one that has its own, or none. */
  derivedOpenApiOf({ name }: RemoteApiService): object | undefined {
    return this.#known.get(name)?.openApi.derived;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  /** Asks the backend again when it passes its checks; marks what is known as stale when it does not. */
  async refresh(remote: RemoteApiService, signal: AbortSignal): Promise<void> {
    const before = this.#known.get(remote.name);
    const resources = remote.isAvailable ? await this.#orUndefined(() => this.#resources(remote, signal)) : undefined;
    const openApi = remote.isAvailable ? await this.#orUndefined(() => this.#openApi(remote, signal)) : undefined;
    this.#known.set(remote.name, {
      resources: resources ?? before?.resources,
      freshness: resources === undefined ? 'Stale' : 'Current',
      openApi: openApi ?? before?.openApi ?? NO_OPEN_API,
    });
  }

  /** A backend that cannot be asked, or answers nonsense, has said nothing. */
  async #orUndefined<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (thrown) {
      if (thrown instanceof Failure || thrown instanceof SyntaxError) return undefined;
      throw thrown;
    }
  }

  async #resources(remote: RemoteApiService, signal: AbortSignal): Promise<readonly unknown[] | undefined> {
    const newer = await this.#read(remote, '/apis', AGGREGATOR, signal, { accept: AGGREGATED_TYPES });
    if (textAt(newer, 'kind') === 'APIGroupDiscoveryList') {
      const group = listAt(newer, 'items').find((item) => textAt(item, 'metadata', 'name') === remote.group);
      const version = listAt(group, 'versions').find((each) => textAt(each, 'version') === remote.version);
      return version === undefined ? undefined : listAt(version, 'resources').map(withResponseKinds);
    }
    const older = await this.#read(remote, discoveryPath(remote), AGGREGATOR, signal, { accept: 'application/json' });
    return textAt(older, 'kind') === 'APIResourceList' ? aggregatedResources(remote, older) : undefined;
  }

  async #openApi(remote: RemoteApiService, signal: AbortSignal): Promise<KnownOpenApi | undefined> {
    const path = discoveryPath(remote).slice(1);
    const read = (target: string) => this.#read(remote, target, OPEN_API_USER, signal, { accept: 'application/json' });
    const index = await read('/openapi/v3');
    if (index !== undefined) {
      const entry = valueAt(recordAt(index, 'paths'), path);
      return entry === undefined ? NO_OPEN_API : { paths: { [path]: entry }, derived: undefined };
    }
    const older = await read('/openapi/v2');
    if (older === undefined) return undefined;
    const derived = deriveOpenApi(older, path);
    if (derived === undefined) return NO_OPEN_API;
    const entry = { serverRelativeURL: `/openapi/v3/${path}?hash=${derived.hash}` };
    return { paths: { [path]: entry }, derived: derived.document };
  }

  /** Undefined for any answer but a JSON document with status 200. */
  async #read(
    remote: RemoteApiService,
    target: string,
    user: User,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const request = { method: 'GET', target, user, headers, signal, headDeadlineMs: DEADLINE_MS };
    const { status, body } = await this.#backends.send(remote, request);
    const bytes = await readBody(body, REMOTE_DOCUMENT_BYTES_MAX);
    return status === 200 ? JSON.parse(Buffer.from(bytes).toString('utf8')) : undefined;
  }
}

const NO_KIND = { group: '', version: '', kind: '' };

/** Old clients fall over a resource without a `responseKind`: kubernetes/kubernetes#118361. */
function withResponseKinds(resource: unknown): unknown {
  const subresources = listAt(resource, 'subresources').map((each) => ({ responseKind: NO_KIND, ...(each as object) }));
  return {
    responseKind: NO_KIND,
    ...(resource as object),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

/** The newer form of an `APIResourceList`: subresources inside the resources that they belong to. */
function aggregatedResources({ group, version }: RemoteApiService, list: unknown): readonly unknown[] {
  const entries = listAt(list, 'resources');
  const nameOf = (entry: unknown): string => textAt(entry, 'name');
  const kindOf = (entry: unknown) => ({
    group: textAt(entry, 'group') || group,
    version: textAt(entry, 'version') || version,
    kind: textAt(entry, 'kind'),
  });
  const optional = (entry: unknown, field: string) => {
    const values = listAt(entry, field);
    return values.length === 0 ? {} : { [field]: values };
  };
  return entries
    .filter((entry) => !nameOf(entry).includes('/'))
    .map((entry) => {
      const prefix = `${nameOf(entry)}/`;
      const subresources = entries
        .filter((each) => nameOf(each).startsWith(prefix))
        .map((each) => ({
          subresource: nameOf(each).slice(prefix.length),
          responseKind: kindOf(each),
          verbs: listAt(each, 'verbs'),
        }));
      return {
        resource: nameOf(entry),
        responseKind: kindOf(entry),
        scope: valueAt(entry, 'namespaced') === true ? 'Namespaced' : 'Cluster',
        singularResource: textAt(entry, 'singularName'),
        verbs: listAt(entry, 'verbs'),
        ...optional(entry, 'shortNames'),
        ...optional(entry, 'categories'),
        ...(subresources.length === 0 ? {} : { subresources }),
      };
    });
}
