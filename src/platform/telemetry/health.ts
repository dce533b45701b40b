/** One thing that must be well. */
export interface HealthCheck {
  /** Lower case with dashes, in upstream's own also slashes; the check alone is at `/readyz/<name>`. */
  readonly name: string;
  /**
   * `live`: only a restart helps, so it fails all three endpoints. `timely`: the same, told at `/livez` alone. `ready`: it
   * passes by itself, so it fails `/readyz` alone.
   */
  readonly kind: 'live' | 'timely' | 'ready';
  /** What is wrong, in one sentence; undefined when all is well. */
  readonly problem: () => string | undefined;
}

/** The health endpoints of a process, in the form of Kubernetes' own components. */
export interface Health {
  add(check: HealthCheck): void;
  /**
   * The answer to `/healthz`, `/livez`, `/readyz` (`?verbose`, `?exclude=NAME`), and to one check below them; undefined for
   * other paths.
   */
  answer(url: URL): Response | undefined;
  /** The paths of all endpoints and checks, unsorted. */
  paths(): readonly string[];
}

export interface HealthOptions {
  /**
   * Whether the endpoints are open to everybody: then they say which check fails, as upstream's, and only the check's own
   * path, which is not open, says why.
   */
  readonly isOpen?: boolean;
}

const ENDPOINTS: Readonly<Record<string, readonly HealthCheck['kind'][]>> = {
  healthz: ['live'],
  livez: ['live', 'timely'],
  readyz: ['live', 'ready'],
};

/** Makes health endpoints without any check: alive and ready. */
export function createHealth(options: HealthOptions = {}): Health {
  const checks: HealthCheck[] = [];
  return {
    add: (check) => {
      checks.push(check);
    },
    answer: (url) => {
      const [, endpoint = '', ...rest] = url.pathname.split('/');
      if (!Object.hasOwn(ENDPOINTS, endpoint)) return undefined;
      const concerned = checks.filter((check) => ENDPOINTS[endpoint]?.includes(check.kind));
      const name = rest.join('/');
      if (rest.length === 0) return verdict(endpoint, concerned, url.searchParams, options.isOpen === true);
      const check = concerned.find((each) => each.name === name);
      return check === undefined ? text(`404 no check ${JSON.stringify(name)}\n`, 404) : single(check);
    },
    paths: () =>
      Object.entries(ENDPOINTS).flatMap(([endpoint, kinds]) => [
        `/${endpoint}`,
        ...checks.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => `/${endpoint}/${name}`),
      ]),
  };
}

function single(check: HealthCheck): Response {
  const problem = check.problem();
  return problem === undefined ? text('ok', 200) : text(`internal server error: ${problem}\n`, 500);
}

function verdict(endpoint: string, checks: readonly HealthCheck[], query: URLSearchParams, isOpen: boolean): Response {
  const excluded = new Set(query.getAll('exclude'));
  let isWell = true;
  const lines = checks.map(({ name, problem }) => {
    if (excluded.delete(name)) return `[+]${name} excluded: ok`;
    const reason = problem();
    if (reason === undefined) return `[+]${name} ok`;
    isWell = false;
    return `[-]${name} failed: ${isOpen ? 'reason withheld' : reason}`;
  });
  if (excluded.size > 0) {
    const unknown = [...excluded].sort().map((name) => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(', ')}`);
  }
  if (isWell && !query.has('verbose')) return text('ok', 200);
  return text(`${[...lines, `${endpoint} check ${isWell ? 'passed' : 'failed'}`].join('\n')}\n`, isWell ? 200 : 500);
}

function text(body: string, status: number): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  });
}
