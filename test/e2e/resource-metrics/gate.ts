import type { Cluster } from '../../../scripts/cluster/cluster.ts';

/** Refuses a request, or lets it through with undefined. */
export type Gate = (request: Request) => Promise<Response | undefined>;

const OPEN_PATHS = ['/healthz', '/livez', '/readyz'];

interface Review {
  readonly status: {
    readonly authenticated?: boolean;
    readonly allowed?: boolean;
    readonly user?: { readonly username: string; readonly uid?: string; readonly groups?: readonly string[] };
  };
}

/**
 * Asks the cluster itself who comes with a bearer token and whether they may, so that the same users may do the same at both
 * servers. What a refusal says is the business of delegated access and is compared there; here it is a bare status.
 */
export function createGate(cluster: Cluster): Gate {
  const review = async (kind: string, group: string, spec: object): Promise<Review['status']> => {
    const path = `/apis/${group}/v1/${kind.toLowerCase()}s`;
    return ((await cluster.api.post(path, { apiVersion: `${group}/v1`, kind, spec })) as Review).status;
  };
  return async (request) => {
    const url = new URL(request.url);
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
    let user = { user: 'system:anonymous', groups: ['system:unauthenticated'] as readonly string[] };
    if (token !== '') {
      const { authenticated, user: found } = await review('TokenReview', 'authentication.k8s.io', { token });
      if (authenticated !== true || found === undefined) return new Response(null, { status: 401 });
      user = { user: found.username, groups: found.groups ?? [] };
    }
    if (OPEN_PATHS.includes(url.pathname)) return undefined;
    const spec = { ...user, ...attributesOf(request.method, url) };
    const { allowed } = await review('SubjectAccessReview', 'authorization.k8s.io', spec);
    return allowed === true ? undefined : new Response(null, { status: 403 });
  };
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

function attributesOf(method: string, url: URL): object {
  const [root, group, version, ...rest] = url.pathname.split('/').filter(Boolean);
  const path = url.pathname;
  if (root !== 'apis' || rest.length === 0) return { nonResourceAttributes: { path, verb: method.toLowerCase() } };
  const [first, namespace, ...below] = rest;
  const isNamespaced = first === 'namespaces' && below.length > 0;
  const [resource, name = ''] = isNamespaced ? below : rest;
  const verb = VERBS[method] ?? (name === '' ? 'list' : 'get');
  return {
    resourceAttributes: { verb, group, version, resource, name, ...(isNamespaced ? { namespace } : {}) },
  };
}
