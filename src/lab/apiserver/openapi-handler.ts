import type { MetricsApis } from '../../metrics/serve/metrics-apis.ts';
import { createOpenApi as createMountedOpenApi } from '../../metrics/serve/openapi.ts';
import type { Aggregator } from './aggregation/aggregator.ts';
import { objectAnswer, unknownPathAnswer } from './answer.ts';
import type { KindRegistry } from './kind-registry.ts';
import { createOpenApi, type OpenApi, openApiV2Answer } from './openapi.ts';
import type { SchemaBook } from './schema.ts';
import { unknownResource } from './status.ts';

export interface OpenApiHandlerOptions {
  readonly registry: KindRegistry;
  readonly book: SchemaBook;
  readonly metricsApis: MetricsApis | null;
  readonly aggregator: Pick<Aggregator, 'openApiPaths' | 'find'>;
  readonly version: string;
}

const INDEX_URL = 'https://kubernetes.default.svc/openapi/v3';

/** Answers `/openapi…`: documents of the server's own kinds and of the metrics APIs that it mounts, indexed with backends'. */
export class OpenApiHandler {
  readonly #options: OpenApiHandlerOptions;
  readonly #own: OpenApi;
  readonly #mounted: ReturnType<typeof createMountedOpenApi>;

  constructor(options: OpenApiHandlerOptions) {
    this.#options = options;
    const { registry, book, metricsApis, version } = options;
    this.#own = createOpenApi(registry, book, version);
    this.#mounted = createMountedOpenApi(metricsApis?.groups ?? [], { title: 'Podtide', version });
  }

  /** Throws StatusError for what is no document at all. */
  async answer(request: Request, path: string): Promise<Response> {
    if (path === '/openapi/v2') return openApiV2Answer();
    if (path === '/openapi/v3') return objectAnswer({ paths: await this.#index() }, 'json');
    if (!path.startsWith('/openapi/v3/')) throw unknownResource();
    const [, , , root, name, version = ''] = path.split('/');
    const mounted =
      root === 'apis' ? this.#options.metricsApis?.groups.find((group) => group.name === name) : undefined;
    if (mounted?.versions.includes(version) === true) return this.#mounted.answer(request);
    return this.#ownDocument(new URL(request.url));
  }

  async #index(): Promise<Readonly<Record<string, unknown>>> {
    const mounted = await this.#mounted.answer(new Request(INDEX_URL));
    const { paths } = (await mounted.json()) as { readonly paths: Readonly<Record<string, unknown>> };
    const { aggregator } = this.#options;
    // Where a backend answers for a group version, its document counts.
    const local = Object.entries(paths).filter(([path]) => {
      const [, group = '', version = ''] = path.split('/');
      return aggregator.find(group, version) === undefined;
    });
    return { ...this.#own.index().paths, ...Object.fromEntries(local), ...aggregator.openApiPaths() };
  }

  #ownDocument(url: URL): Response {
    const document = this.#own.document(url.pathname.slice('/openapi/v3/'.length));
    if (document === undefined) return unknownPathAnswer();
    const response = objectAnswer(document, 'json');
    // The hash names this very document, so that it never changes.
    if (url.searchParams.has('hash')) response.headers.set('cache-control', 'public, immutable');
    return response;
  }
}
