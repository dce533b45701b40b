/** Answers a request instead of the cluster, or changes what the cluster answers; undefined lets it pass. */
export type Interception = (path: string, pass: () => Promise<Response>) => Promise<Response> | undefined;

/** A Status as the API server words it. */
export function statusAnswer(code: number, reason: string, message: string, details: object = {}): Promise<Response> {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
  return Promise.resolve(Response.json(body, { status: code }));
}

/** Whether the metrics API is asked. */
export const isMetrics = (path: string): boolean => path.startsWith('/apis/metrics.k8s.io');
const notFoundPage = (): Promise<Response> => Promise.resolve(new Response('404 page not found', { status: 404 }));
/** Nobody serves the metrics API. */
export const withoutApi: Interception = (path) => (isMetrics(path) ? notFoundPage() : undefined);

/** Each interception may answer; the first that does. */
export function together(...interceptions: readonly Interception[]): Interception {
  return (path, pass) => {
    for (const each of interceptions) {
      const answer = each(path, pass);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}

/** Answers what ends so. */
export function at(ending: string, answer: (pass: () => Promise<Response>) => Promise<Response>): Interception {
  return (path, pass) => (path.endsWith(ending) ? answer(pass) : undefined);
}

/** Changes an object on its way. */
export function changed(
  change: (object: Record<string, object>) => object,
): (pass: () => Promise<Response>) => Promise<Response> {
  return async (pass) => Response.json(change((await (await pass()).json()) as Record<string, object>));
}

/** Changes the kubelet's page on its way. */
export function page(change: (text: string) => string): Interception {
  return at('/proxy/metrics/resource', async (pass) => new Response(change(await (await pass()).text())));
}

/** The metrics server answers, and has nothing of the pod. */
export const notServed: Interception = (path) =>
  isMetrics(path) && path.includes('/pods/')
    ? statusAnswer(404, 'NotFound', 'podmetrics.metrics.k8s.io "default/web" not found', {
        kind: 'podmetrics',
        causes: [{ reason: 'FirstSample', message: 'one sample only' }],
      })
    : undefined;

/** The kubelet's first page, again and again. */
export function frozenPage(): Interception {
  let first: string | undefined;
  return at('/proxy/metrics/resource', async (pass) => {
    first ??= await (await pass()).text();
    return new Response(first);
  });
}
