/** What a kubelet of the lab serves. */
export const KUBELET_PATHS = [
  '/healthz',
  '/metrics',
  '/metrics/cadvisor',
  '/metrics/resource',
  '/pods',
  '/stats/summary',
] as const;

export type KubeletPath = (typeof KUBELET_PATHS)[number];

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The verb of the API that a method stands for; empty for any other, as upstream has it. */
export function kubeletVerb(method: string): string {
  return VERBS[method] ?? '';
}

/** Subresources of nodes that have rights of their own, by path, before `proxy` is tried (KEP-2862). */
const FINE_GRAINED: readonly (readonly [path: string, subresource: string])[] = [
  ['/pods', 'pods'],
  ['/healthz', 'healthz'],
  ['/configz', 'configz'],
  ['/runningpods', 'pods'],
];
const OWN: readonly (readonly [path: string, subresource: string])[] = [
  ['/stats', 'stats'],
  ['/metrics', 'metrics'],
  ['/logs', 'log'],
  ['/checkpoint', 'checkpoint'],
  ['/statusz', 'statusz'],
  ['/flagz', 'configz'],
];

/** The subresources of nodes of which one must be granted for a path, in the order in which a kubelet 1.36 asks for them. */
export function nodeSubresources(path: string): readonly string[] {
  const isBelow = ([parent]: readonly [string, string]): boolean => path === parent || path.startsWith(`${parent}/`);
  const fine = FINE_GRAINED.find(isBelow)?.[1];
  const own = OWN.find(isBelow)?.[1] ?? 'proxy';
  return fine === undefined ? [own] : [fine, own];
}

/** What a 404 says: upstream's words, the path that comes nearest, and all that there are. */
export function unknownPathText(path: string): string {
  const nearest = KUBELET_PATHS.toSorted((a, b) => distance(path, a) - distance(path, b))[0] ?? '';
  return `404 page not found: ${path} is not served by this kubelet; try ${nearest} (it serves ${KUBELET_PATHS.join(', ')})\n`;
}

/** How many letters must be changed, added or left out. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + Number(from[line - 1] !== to[column - 1]);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
