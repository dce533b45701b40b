import type { AccessUser } from '../../platform/access/user.ts';
import type { ReadingRequest } from '../../platform/http/reading-request.ts';
import type { Health } from '../../platform/telemetry/health.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import { failureAnswer, methodNotAllowed, unknownPath } from './answer.ts';
import type { ApiGroup } from './discovery.ts';
import { AggregatedDocument, answerGroups } from './group-discovery.ts';
import type { MetricsApis } from './metrics-apis.ts';
import { createOpenApi, type OpenApi } from './openapi.ts';

/** What `/version` says: upstream's `version.Info`, in the order in which it is written. */
export interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  /** `v0.9.0` */
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  /** `linux/amd64` */
  readonly platform: string;
}

export interface AggregatedServerOptions {
  readonly apis: MetricsApis;
  /** Its endpoints are open to everybody. */
  readonly health: Health;
  /** What `/metrics` shows. */
  readonly telemetry: Pick<Telemetry, 'expose'>;
  readonly version: ServerVersion;
}

/**
 * The whole surface of an aggregated API server: the metrics APIs that the source has, their discovery and OpenAPI
 * documents, `/version`, `/healthz`, `/livez`, `/readyz`, `/metrics`, and the index of paths. Answers any request, errors
 * included; it never rejects. Who asks and what they may do is settled in front of it (`guardWithDelegatedAccess`): whatever
 * reaches it is answered. The caller is for sources that ask somebody else in their name.
 */
export function createAggregatedServer(
  options: AggregatedServerOptions,
): (request: ReadingRequest, caller?: AccessUser) => Promise<Response> {
  const server = new AggregatedServer(options);
  return (request, caller) => server.handle(request, caller);
}

/** What the index lists beside the paths of the groups and of the health checks. */
const OWN_PATHS: readonly string[] = ['/apis', '/metrics', '/openapi/v2', '/openapi/v3', '/version'];

const RAW_HEADERS = { 'cache-control': 'no-cache, private', 'x-content-type-options': 'nosniff' };

class AggregatedServer {
  readonly #options: AggregatedServerOptions;
  #openApi: { readonly of: readonly ApiGroup[]; readonly made: OpenApi } | undefined;
  readonly #aggregated: AggregatedDocument;

  constructor(options: AggregatedServerOptions) {
    this.#options = options;
    this.#aggregated = new AggregatedDocument(options.apis);
  }

  async handle(request: ReadingRequest, caller: AccessUser | undefined): Promise<Response> {
    try {
      return await this.#answer(request, caller);
    } catch (thrown) {
      return await failureAnswer(request, thrown);
    }
  }

  async #answer(request: ReadingRequest, caller: AccessUser | undefined): Promise<Response> {
    const { apis, health, telemetry, version } = this.#options;
    const url = new URL(request.url);
    const [, root = '', second, ...rest] = url.pathname.split('/');
    const isAlone = second === undefined;
    switch (root) {
      case '':
      case 'index.html':
        return this.#index(isAlone ? 200 : 404);
      case 'version':
        if (!isAlone && second !== '') throw unknownPath();
        if (request.method !== 'GET') throw methodNotAllowed();
        return rawJson(version, 200);
      case 'healthz':
      case 'livez':
      case 'readyz':
        return this.#known(health.answer(url));
      case 'metrics':
        return isAlone ? exposition(telemetry) : this.#index(404);
      case 'openapi':
        return isAlone ? this.#index(404) : this.#currentOpenApi().answer(request);
      case 'apis':
        if (isAlone || (second === '' && rest.length === 0)) return answerGroups(apis, this.#aggregated, request);
        return apis.serves(second) ? apis.handle(request, caller) : this.#index(404);
      default:
        return this.#index(404);
    }
  }

  /** Made anew when other groups are served than before. */
  #currentOpenApi(): OpenApi {
    const { apis, version } = this.#options;
    const { groups } = apis;
    if (this.#openApi?.of !== groups) {
      const made = createOpenApi(groups, { title: 'Podtide', version: version.gitVersion });
      this.#openApi = { of: groups, made };
    }
    return this.#openApi.made;
  }

  /** Of a health check that there is; upstream knows no others. */
  #known(answer: Response | undefined): Response {
    if (answer === undefined || answer.status === 404) return this.#index(404);
    for (const [name, value] of Object.entries(RAW_HEADERS)) answer.headers.set(name, value);
    return answer;
  }

  /** Every path that there is: upstream's answer to `/`, and with 404 to a path that nobody serves. */
  #index(status: 200 | 404): Response {
    const { apis, health } = this.#options;
    const paths = [...OWN_PATHS, ...health.paths(), ...apis.groups.flatMap(pathsOfGroup)];
    return rawJson({ paths: paths.sort() }, status);
  }
}

async function exposition(telemetry: Pick<Telemetry, 'expose'>): Promise<Response> {
  const { contentType, text } = await telemetry.expose();
  return new Response(text, { headers: { ...RAW_HEADERS, 'content-type': contentType } });
}

function pathsOfGroup({ name, versions }: ApiGroup): readonly string[] {
  const paths = versions.map((version) => `apis/${name}/${version}`);
  return [`/apis/${name}`, ...paths.flatMap((path) => [`/${path}`, `/openapi/v3/${path}`])];
}

/** Indented, and without a line end, as upstream writes what is no object of an API. */
function rawJson(value: object, status: number): Response {
  return new Response(JSON.stringify(value, null, 2), {
    status,
    headers: { ...RAW_HEADERS, 'content-type': 'application/json' },
  });
}
