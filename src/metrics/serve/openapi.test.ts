import { describe, expect, test } from 'vitest';
import { createOpenApi } from './openapi.ts';

const GROUPS = [
  { name: 'custom.metrics.k8s.io', versions: ['v1beta2', 'v1beta1'] },
  { name: 'external.metrics.k8s.io', versions: ['v1beta1'] },
  { name: 'metrics.k8s.io', versions: ['v1', 'v1beta1'] },
] as const;

const openApi = createOpenApi(GROUPS, { title: 'Podtide', version: 'v1.2.3' });

const get = (path: string, headers: Record<string, string> = {}) =>
  openApi.answer(new Request(`https://x${path}`, { headers }));

/** Every `$ref` of a document. */
function references(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = '$ref' in value && typeof value.$ref === 'string' ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

/** What a JSON pointer (`#/definitions/X`) leads to. */
function follow(document: unknown, reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document);
}

const V3_PATHS = GROUPS.flatMap(({ name, versions }) =>
  versions.map((version) => `/openapi/v3/apis/${name}/${version}`),
);

describe('schema documents', () => {
  test.each(['/openapi/v2', ...V3_PATHS])(
    '%s: each reference leads somewhere, each place in a path is a parameter',
    async (path) => {
      const document = (await (await get(path)).json()) as {
        readonly paths: Readonly<
          Record<
            string,
            {
              readonly get: { readonly operationId: string };
              readonly parameters: readonly {
                readonly name: string;
                readonly in: string;
                readonly required?: boolean;
              }[];
            }
          >
        >;
      };
      const targets = references(document);
      expect(targets.length).toBeGreaterThan(5);
      expect(targets.filter((target) => follow(document, target) === undefined)).toEqual([]);
      for (const [template, { parameters }] of Object.entries(document.paths)) {
        const places = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const named = parameters.filter((each) => each.in === 'path' && each.required === true).map(({ name }) => name);
        expect(named).toEqual(places);
      }
      const ids = Object.values(document.paths).map((each) => each.get.operationId);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  test('kinds are found by group, version and kind', async () => {
    const { components } = (await (await get('/openapi/v3/apis/metrics.k8s.io/v1')).json()) as {
      readonly components: { readonly schemas: Readonly<Record<string, Record<string, unknown>>> };
    };
    const schema = components.schemas['io.k8s.metrics.pkg.apis.metrics.v1.PodMetrics'];
    expect(schema?.['x-kubernetes-group-version-kind']).toEqual([
      { group: 'metrics.k8s.io', kind: 'PodMetrics', version: 'v1' },
    ]);
  });

  test('the root names each document by its hash, and the hash of another time leads to the present one', async () => {
    const root = await get('/openapi/v3');
    const { paths } = (await root.json()) as {
      readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
    };
    expect(Object.keys(paths)).toEqual(V3_PATHS.map((path) => path.replace('/openapi/v3/', '')));
    const url = paths['apis/metrics.k8s.io/v1']?.serverRelativeURL ?? '';
    const kept = await get(url);
    expect([kept.status, kept.headers.get('cache-control')]).toEqual([200, 'public, immutable']);
    const old = await get('/openapi/v3/apis/metrics.k8s.io/v1?hash=OLD');
    expect([old.status, old.headers.get('location')]).toEqual([301, url]);
  });

  test.each(['/openapi/v2', '/openapi/v3', '/openapi/v3/apis/metrics.k8s.io/v1beta1'])(
    '%s is kept by its tag',
    async (path) => {
      const etag = (await get(path)).headers.get('etag') ?? '';
      expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
      expect((await get(path, { 'if-none-match': `W/${etag}, "x"` })).status).toBe(304);
      expect((await get(path, { 'if-none-match': '"x"' })).status).toBe(200);
    },
  );

  test('JSON is what there is', async () => {
    expect(
      (await get('/openapi/v2', { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' })).status,
    ).toBe(406);
    expect((await get('/openapi/v2', { accept: 'text/html, application/*' })).status).toBe(200);
  });
});
