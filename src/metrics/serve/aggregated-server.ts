import type { Health } from '../../platform/telemetry/health.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import { failureAnswer, methodNotAllowed, unknownPath } from './answer.ts';
import type { ApiGroup } from './discovery.ts';
import { answerGroups } from './group-discovery.ts';
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
 * reaches it is answered.
 */
export function createAggregatedServer(options: AggregatedServerOptions): (request: Request) => Promise<Response> {
  const server = new AggregatedServer(options);
  return (request) => server.handle(request);
}

/** What the index lists beside the paths of the groups and the health checks. */
const OWN_PATHS: readonly string[] = [
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
];

class AggregatedServer {
  readonly #options: AggregatedServerOptions;
  readonly #openApi: OpenApi;
  readonly #index: string;

  constructor(options: AggregatedServerOptions) {
    const { apis, version } = options;
    this.#options = options;
    this.#openApi = createOpenApi(apis.groups, { title: 'Podtide', version: version.gitVersion });
    this.#index = indexText([...OWN_PATHS, ...apis.groups.flatMap(pathsOfGroup)]);
  }

  async handle(request: Request): Promise<Response> {
    try {
      return await this.#answer(request);
    } catch (thrown) {
      return await failureAnswer(request, thrown);
    }
  }

  async #answer(request: Request): Promise<Response> {
    const { apis, health, telemetry, version } = this.#options;
    const url = new URL(request.url);
    const [root = '', group = ''] = url.pathname.split('/').filter(Boolean);
    switch (root) {
      case '':
      case 'index.html':
        return group === '' ? rawJson(this.#index) : this.#unknown();
      case 'version':
        if (group !== '') throw unknownPath();
        if (request.method !== 'GET') throw methodNotAllowed();
        return rawJson(JSON.stringify(version, null, 2));
      case 'healthz':
      case 'livez':
      case 'readyz':
        return health.answer(url) ?? this.#unknown();
      case 'metrics':
        return group === '' ? exposition(telemetry) : this.#unknown();
      case 'openapi':
        return this.#openApi.answer(request);
      case 'apis':
        if (group === '') return answerGroups(apis, request);
        return apis.serves(group) ? apis.handle(request) : this.#unknown();
      default:
        return this.#unknown();
    }
  }

  /** Upstream's answer to a path that nobody serves. */
  #unknown(): Response {
    return plainText('404 page not found\n', 404);
  }
}

async function exposition(telemetry: Pick<Telemetry, 'expose'>): Promise<Response> {
  const { contentType, text } = await telemetry.expose();
  return new Response(text, { headers: { 'content-type': contentType } });
}

function pathsOfGroup({ name, versions }: ApiGroup): readonly string[] {
  const paths = versions.map((version) => `apis/${name}/${version}`);
  return [`/apis/${name}`, ...paths.flatMap((path) => [`/${path}`, `/openapi/v3/${path}`])];
}

function indexText(paths: readonly string[]): string {
  return JSON.stringify({ paths: paths.toSorted() }, null, 2);
}

/** Indented, and without a line end, as upstream writes what is no object. */
function rawJson(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'application/json' } });
}

function plainText(text: string, status: number): Response {
  return new Response(text, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  });
}
