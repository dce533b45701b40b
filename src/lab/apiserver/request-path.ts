/** What a request is about, as authorization and routing see it. */
export type RequestTarget = ResourceTarget | PathTarget;

/** Objects, a subresource of one, or a discovery document below a group version. */
export interface ResourceTarget {
  readonly isResource: true;
  /** get, list, watch, create, update, patch, delete, deletecollection */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** Null for cluster-scoped resources and for requests across all namespaces. */
  readonly namespace: string | null;
  /** Plural. */
  readonly resource: string;
  /** Null for a collection. */
  readonly name: string | null;
  readonly subresource: string | null;
  /** What follows the subresource, for proxies; starts with a slash or is empty. */
  readonly rest: string;
  readonly path: string;
}

/** Everything else: `/version`, `/healthz`, `/apis`, `/openapi/…`. */
export interface PathTarget {
  readonly isResource: false;
  /** The method in lower case. */
  readonly verb: string;
  readonly path: string;
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

/** Reads a URL's path; never fails: what is no resource is a plain path. */
export function parseTarget(method: string, url: URL): RequestTarget {
  const path = url.pathname;
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodePart);
  const plain: PathTarget = { isResource: false, verb: method.toLowerCase(), path };
  const afterVersion = parts[0] === 'api' ? 2 : parts[0] === 'apis' ? 3 : Number.POSITIVE_INFINITY;
  if (parts.length <= afterVersion) return plain;
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const version = parts[afterVersion - 1] ?? '';
  const { namespace, remaining } = splitNamespace(parts.slice(afterVersion));
  const [resource = '', name = null, subresource = null, ...rest] = remaining;
  return {
    isResource: true,
    verb: resourceVerb(method, name, url.searchParams),
    group,
    version,
    namespace,
    resource,
    name,
    subresource,
    rest: rest.length === 0 ? '' : `/${rest.join('/')}`,
    path,
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `namespaces/a/pods/b` is a pod; `namespaces/a`, `namespaces/a/status` and `namespaces/a/finalize` are the namespace. */
function splitNamespace(parts: readonly string[]): {
  readonly namespace: string | null;
  readonly remaining: readonly string[];
} {
  if (parts[0] !== 'namespaces' || parts.length < 2) return { namespace: null, remaining: parts };
  const namespace = parts[1] ?? '';
  if (parts.length === 2 || (parts.length === 3 && (parts[2] === 'status' || parts[2] === 'finalize'))) {
    return { namespace, remaining: parts };
  }
  return { namespace, remaining: parts.slice(2) };
}

function resourceVerb(method: string, name: string | null, query: URLSearchParams): string {
  if (method === 'GET' || method === 'HEAD') {
    const isWatch = ['true', '1', ''].includes(query.get('watch') ?? 'false');
    if (name === null) return isWatch ? 'watch' : 'list';
    return 'get';
  }
  if (method === 'DELETE') return name === null ? 'deletecollection' : 'delete';
  return VERBS[method] ?? method.toLowerCase();
}
