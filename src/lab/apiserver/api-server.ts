import { randomBytes } from 'node:crypto';
import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import {
  API_SERVER_BODY_BYTES_MAX,
  API_SERVER_EVENTS_PER_RESOURCE_MAX,
  API_SERVER_OBJECTS_MAX,
} from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import { SILENT_LOG } from '../../base/log.ts';
import type { MetricsApis } from '../../metrics/serve/metrics-apis.ts';
import { Aggregator } from './aggregation/aggregator.ts';
import { registerLocalApiServices } from './aggregation/local-api-services.ts';
import { publishTrust } from './aggregation/published-trust.ts';
import type { RemoteApiService } from './aggregation/remote-api-service.ts';
import type { AggregationOptions } from './aggregation/service-network.ts';
import { failureAnswer, objectAnswer, textAnswer, toStatusError, unknownPathAnswer } from './answer.ts';
import type { ApiState } from './api-state.ts';
import type { Authenticator, User } from './authentication.ts';
import { createAuthenticator } from './authentication.ts';
import type { AccessRequest } from './authorization.ts';
import { denialText, isAllowed } from './authorization.ts';
import { serveCustomResources } from './custom-resources.ts';
import { createDefaultRoles } from './default-roles.ts';
import { DiscoveryHandler } from './discovery-handler.ts';
import type { FaultInjector } from './fault.ts';
import { answerWithFault, ConnectionReset } from './fault.ts';
import type { FieldOwnership } from './field-ownership.ts';
import { createFieldOwnership } from './field-ownership.ts';
import { selectedName } from './field-query.ts';
import type { GarbageCollector } from './garbage.ts';
import { createGarbageCollector } from './garbage.ts';
import { createIdentitySource } from './identity.ts';
import type { Kind } from './kind.ts';
import { KindRegistry, storeResource } from './kind-registry.ts';
import { createSystemNamespaces, fillNamespaces } from './namespace-content.ts';
import type { NodeProxy } from './node-proxy.ts';
import { answerNodeProxy } from './node-proxy.ts';
import { OpenApiHandler } from './openapi-handler.ts';
import type { PodConsole } from './pod-console.ts';
import { answerPodSubresource } from './pod-subresource.ts';
import { decodeBody } from './request-body.ts';
import type { RequestTarget, ResourceTarget } from './request-path.ts';
import { parseTarget } from './request-path.ts';
import { handleResource } from './resource-handler.ts';
import { answerReview, answerTokenRequest, expectedReview, REVIEW_KINDS } from './reviews.ts';
import type { SchemaBook } from './schema.ts';
import type { ServiceProxy } from './service-proxy.ts';
import { answerServiceProxy } from './service-proxy.ts';
import { forbidden, methodNotAllowed, notFound, StatusError, unauthorized, unknownResource } from './status.ts';
import type { Store } from './store.ts';
import { createStore } from './store.ts';
import { PATCH_RELEASES, versionDocument } from './version.ts';

export interface ApiServerOptions {
  /** Domain time: timestamps, ages, grace periods. */
  readonly clock: Clock;
  /** Time of timeouts, bookmarks and tokens. */
  readonly ioClock: IoClock;
  readonly kinds: readonly Kind[];
  readonly schemaBook: SchemaBook;
  /** Bearer tokens and their users; a user in the group `system:masters` may do everything. */
  readonly tokens: Readonly<Record<string, User>>;
  readonly log?: Log;
  readonly metricsApis?: MetricsApis;
  /** Told of each event that a watch with a token was sent, so that a clock at full speed waits for it. */
  readonly ledger?: DeliveryLedger;
  /** Logs and terminals of pods. */
  readonly console?: PodConsole;
  /** Answers for Services behind `services/NAME/proxy`. */
  readonly serviceProxy?: ServiceProxy;
  /** Answers for kubelets behind `nodes/NAME/proxy`. */
  readonly nodeProxy?: NodeProxy;
  /** The way to the backends of APIServices; without it none of them is ever available. */
  readonly aggregation?: AggregationOptions;
  /** What `/version` says, for example `1.36.3`. */
  readonly version?: string;
  /** Of uids and generated names; 1 when absent. */
  readonly seed?: number;
  /** PEM that each namespace's `kube-root-ca.crt` carries. */
  readonly authorityCertificate?: string;
  /** A token that nobody can guess; random when absent. */
  readonly newToken?: () => string;
  /** Breaks requests on purpose, for tests of clients. */
  readonly faults?: FaultInjector;
  readonly objectsMax?: number;
  /** Changes kept for each resource. */
  readonly eventsMax?: number;
}

/** No seed of a story. */
const DEFAULT_ROLES_SEED = 0xffff_ffff;

/** The embedded API server, in process. */
export interface ApiServer {
  /** Answers a request as a real API server would; rejects only where a fault says that the connection breaks. */
  handle(request: Request): Promise<Response>;
  /** The user of a request; undefined when its token is none. For upgrades, which do not pass through `handle`. */
  authenticate(headers: Headers): User | undefined;
  isAllowed(user: User, target: ResourceTarget): boolean;
  readonly console: PodConsole | undefined;
  readonly store: Store;
  /** Forgets past changes: watches and pages from before are answered with 410. */
  compact(): void;
  /** Ends the checks of APIServices and the connections to their backends; requests are still answered. */
  close(): Promise<void>;
}

/** Makes a server with its system namespaces and nothing else in it. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  return new EmbeddedApiServer(options);
}

class EmbeddedApiServer implements ApiServer {
  readonly store: Store;
  readonly console: PodConsole | undefined;
  readonly #options: ApiServerOptions;
  readonly #log: Log;
  readonly #state: ApiState;
  readonly #garbage: GarbageCollector;
  readonly #ownership: FieldOwnership;
  readonly #authenticator: Authenticator;
  readonly #aggregator: Aggregator;
  readonly #discovery: DiscoveryHandler;
  readonly #openApi: OpenApiHandler;
  readonly #version: string;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#log = options.log ?? SILENT_LOG;
    this.console = options.console;
    this.#version = options.version ?? PATCH_RELEASES['1.36'];
    this.store = createStore({
      objectsMax: options.objectsMax ?? API_SERVER_OBJECTS_MAX,
      eventsMax: options.eventsMax ?? API_SERVER_EVENTS_PER_RESOURCE_MAX,
    });
    this.#state = {
      store: this.store,
      registry: new KindRegistry(options.kinds),
      identity: createIdentitySource(options.seed ?? 1),
      book: options.schemaBook,
      clock: options.clock,
    };
    this.#garbage = createGarbageCollector(this.#state);
    this.#ownership = createFieldOwnership(this.store, options.schemaBook);
    this.#authenticator = createAuthenticator({
      tokens: options.tokens,
      ioClock: options.ioClock,
      newToken: options.newToken ?? (() => randomBytes(32).toString('base64url')),
      isPresent: ({ namespace, name, uid }) =>
        this.store.get('/serviceaccounts', namespace, name)?.metadata.uid === uid,
    });
    const { metricsApis = null, aggregation = null, ioClock } = options;
    this.#aggregator = new Aggregator({ state: this.#state, aggregation, ioClock, log: this.#log });
    this.#discovery = new DiscoveryHandler(this.#state.registry, metricsApis, this.#aggregator, this.#version);
    this.#openApi = new OpenApiHandler({
      registry: this.#state.registry,
      book: options.schemaBook,
      metricsApis,
      aggregator: this.#aggregator,
      version: this.#version,
    });
    serveCustomResources(this.#state);
    fillNamespaces(this.#state, options.authorityCertificate ?? '');
    createSystemNamespaces(this.#state);
    registerLocalApiServices(this.#state, metricsApis?.groups ?? [], this.#log);
    // A sequence of uids of their own: what a story's objects are called does not depend on how many of these there are.
    createDefaultRoles({ ...this.#state, identity: createIdentitySource(DEFAULT_ROLES_SEED) });
    publishTrust(this.#state, aggregation);
  }

  handle(request: Request): Promise<Response> {
    const fault = this.#options.faults?.(request);
    const answer = (): Promise<Response> => this.#answer(request);
    return fault === undefined ? answer() : answerWithFault(fault, request, this.#options.ioClock, answer);
  }

  authenticate(headers: Headers): User | undefined {
    return this.#authenticator.identify(headers.get('authorization'));
  }

  isAllowed(user: User, target: ResourceTarget): boolean {
    return isAllowed(this.store, user, accessRequest(target));
  }

  compact(): void {
    this.store.compact();
  }

  close(): Promise<void> {
    return this.#aggregator.close();
  }

  async #answer(request: Request): Promise<Response> {
    try {
      const url = new URL(request.url);
      const target = parseTarget(request.method, url);
      const open = this.#answerOpenPath(target.path);
      if (open !== undefined) return open;
      const user = this.authenticate(request.headers);
      if (user === undefined) throw unauthorized();
      this.#authorize(user, target, url.searchParams);
      return target.isResource
        ? await this.#answerResource(request, url, target, user)
        : await this.#answerPath(request, target.path, user);
    } catch (thrown) {
      if (thrown instanceof ConnectionReset) throw thrown;
      if (!(thrown instanceof StatusError))
        this.#log.error('request failed', { url: request.url, error: String(thrown) });
      return failureAnswer(toStatusError(thrown));
    }
  }

  /** What upstream tells anybody. */
  #answerOpenPath(path: string): Response | undefined {
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return textAnswer('ok');
    return path === '/version' || path === '/version/'
      ? objectAnswer(versionDocument(this.#version), 'json')
      : undefined;
  }

  #authorize(user: User, target: RequestTarget, query: URLSearchParams): void {
    const access = target.isResource ? accessRequest(target, query) : target;
    if (isAllowed(this.store, user, access)) return;
    if (target.isResource) {
      throw forbidden({ group: target.group, plural: target.resource }, target.name ?? '', denialText(user, access));
    }
    throw new StatusError(403, 'Forbidden', `forbidden: ${denialText(user, access)}`, { details: {} });
  }

  async #answerPath(request: Request, path: string, user: User): Promise<Response> {
    const [root, group = '', version = ''] = path
      .replace(/^\/openapi\/v3/, '')
      .split('/')
      .slice(1);
    const remote = root === 'apis' ? this.#aggregator.find(group, version) : undefined;
    const derived = remote && path.startsWith('/openapi/') ? this.#aggregator.derivedOpenApi(remote) : undefined;
    if (derived !== undefined) return objectAnswer(derived, 'json');
    if (remote !== undefined) return this.#answerRemote(request, remote, user);
    if (/^\/apis?(\/|$)/.test(path)) {
      if (request.method !== 'GET') throw methodNotAllowed();
      return this.#discovery.handle(request, path);
    }
    if (path.startsWith('/openapi/')) return this.#openApi.answer(request, path);
    if (path === '/')
      return objectAnswer(
        { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] },
        'json',
      );
    return unknownPathAnswer();
  }

  async #answerRemote(request: Request, remote: RemoteApiService, user: User): Promise<Response> {
    return this.#aggregator.proxy(remote, { request, body: await readBytes(request), user });
  }

  async #answerResource(request: Request, url: URL, target: ResourceTarget, user: User): Promise<Response> {
    const { registry } = this.#state;
    const remote = this.#aggregator.find(target.group, target.version);
    if (remote !== undefined) return this.#answerRemote(request, remote, user);
    const review = REVIEW_KINDS.find(
      ({ group, version, plural }) =>
        group === target.group && version === target.version && plural === target.resource,
    );
    if (review !== undefined) return this.#answerReview(request, target, user, review);
    const served = registry.find(target.group, target.version, target.resource);
    if (served === undefined) {
      if (this.#options.metricsApis?.serves(target.group) === true) return this.#options.metricsApis.handle(request);
      if (!registry.hasGroup(target.group)) return unknownPathAnswer();
      throw unknownResource();
    }
    const isNamespaceObject = storeResource(served.kind) === '/namespaces' && target.name === target.namespace;
    if (!served.kind.isNamespaced && target.namespace !== null && !isNamespaceObject) throw unknownResource();
    if (target.resource === 'pods' && target.subresource !== null && target.subresource !== 'status') {
      return answerPodSubresource(this.store, this.console, target, url.searchParams, request.signal);
    }
    if (storeResource(served.kind) === '/services' && target.subresource === 'proxy') {
      return answerServiceProxy(this.store, this.#options.serviceProxy, target, request);
    }
    if (storeResource(served.kind) === '/nodes' && target.subresource === 'proxy') {
      return answerNodeProxy(this.store, this.#options.nodeProxy, target, request);
    }
    if (storeResource(served.kind) === '/serviceaccounts' && target.subresource === 'token') {
      return this.#answerTokenRequest(request, target);
    }
    return handleResource({
      state: this.#state,
      garbage: this.#garbage,
      ownership: this.#ownership,
      ioClock: this.#options.ioClock,
      ledger: this.#options.ledger ?? null,
      served,
      target,
      namespace: served.kind.isNamespaced ? target.namespace : null,
      query: url.searchParams,
      headers: request.headers,
      body: await readBytes(request),
      user,
      signal: request.signal,
    });
  }

  async #answerReview(
    request: Request,
    target: ResourceTarget,
    user: User,
    review: (typeof REVIEW_KINDS)[number],
  ): Promise<Response> {
    if (target.verb !== 'create') throw methodNotAllowed();
    const body = await readBytes(request);
    const contentType = request.headers.get('content-type');
    const { object } = decodeBody(body, contentType, expectedReview(review), this.#state.book, 'Ignore');
    const answer = answerReview(review, object, {
      store: this.store,
      authenticator: this.#authenticator,
      user,
      namespace: target.namespace ?? '',
    });
    return objectAnswer(answer, 'json', { code: 201 });
  }

  async #answerTokenRequest(request: Request, target: ResourceTarget): Promise<Response> {
    if (target.verb !== 'create') throw methodNotAllowed();
    const account = this.store.get('/serviceaccounts', target.namespace ?? '', target.name ?? '');
    if (account === undefined) throw notFound({ group: '', plural: 'serviceaccounts' }, target.name ?? '');
    const expected = {
      group: 'authentication.k8s.io',
      version: 'v1',
      kind: 'TokenRequest',
      schema: 'authentication.v1.TokenRequest',
      isProtobufAccepted: true,
    };
    const body = await readBytes(request);
    const { object } = decodeBody(body, request.headers.get('content-type'), expected, this.#state.book, 'Ignore');
    return objectAnswer(answerTokenRequest(account, object, this.#authenticator), 'json', { code: 201 });
  }
}

const NO_QUERY = new URLSearchParams();

/** A request as authorization sees it: a list or a watch of one name is about that object. */
function accessRequest(target: ResourceTarget, query: URLSearchParams = NO_QUERY): AccessRequest {
  const isNarrowed = target.verb === 'list' || target.verb === 'watch';
  const name = target.name ?? (isNarrowed ? selectedName(query.get('fieldSelector') ?? '') : null);
  return {
    isResource: true,
    // An upgrade is a GET that creates a connection, and upstream asks for the verb of the method.
    verb: target.verb,
    group: target.group,
    resource: target.resource,
    subresource: target.subresource ?? '',
    namespace: target.namespace ?? '',
    name: name ?? '',
  };
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body) {
    sizeBytes += chunk.length;
    if (sizeBytes > API_SERVER_BODY_BYTES_MAX) {
      throw new StatusError(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${API_SERVER_BODY_BYTES_MAX}`,
        { details: {} },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
