/** One thing that must be well. */
export interface HealthCheck {
  /** Lower case with dashes; the check alone is at `/readyz/<name>`. */
  readonly name: string;
  /** `live`: only a restart helps, so it fails `/livez` and `/healthz` too. `ready`: it passes by itself. */
  readonly kind: 'live' | 'ready';
  /** What is wrong, in one sentence; undefined when all is well. */
  readonly problem: () => string | undefined;
}

/** The health endpoints of a process, in the form of Kubernetes' own components. */
export interface Health {
  add(check: HealthCheck): void;
  /** The answer to `/healthz`, `/livez`, `/readyz` (`?verbose`), and to one check below them; undefined for other paths. */
  answer(url: URL): Response | undefined;
}

const ENDPOINTS: ReadonlySet<string> = new Set(['healthz', 'livez', 'readyz']);

/** Makes health endpoints without any check: alive and ready. */
export function createHealth(): Health {
  const checks: HealthCheck[] = [];
  return {
    add: (check) => {
      checks.push(check);
    },
    answer: (url) => {
      const [, endpoint = '', name, ...rest] = url.pathname.split('/');
      if (!ENDPOINTS.has(endpoint) || rest.length > 0) return undefined;
      const concerned = checks.filter((check) => endpoint === 'readyz' || check.kind === 'live');
      if (name !== undefined && !concerned.some((check) => check.name === name))
        return text(`404 no check ${JSON.stringify(name)}\n`, 404);
      const asked = name === undefined ? concerned : concerned.filter((check) => check.name === name);
      return verdict(endpoint, asked, url.searchParams.has('verbose'));
    },
  };
}

function verdict(endpoint: string, checks: readonly HealthCheck[], isVerbose: boolean): Response {
  const results = checks.map((check) => ({ name: check.name, problem: check.problem() }));
  const isWell = results.every((result) => result.problem === undefined);
  if (isWell && !isVerbose) return text('ok', 200);
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  return text(`${[...lines, `${endpoint} check ${isWell ? 'passed' : 'failed'}`].join('\n')}\n`, isWell ? 200 : 500);
}

function text(body: string, status: number): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  });
}
