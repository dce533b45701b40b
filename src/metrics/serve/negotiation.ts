/** How a client wants its answer: as the objects themselves, or as the rows that `kubectl get` prints. */
export type Representation = 'json' | 'table' | 'tableBeta';

/**
 * The first media type of an Accept header that these APIs can give; undefined when there is none (406). They speak JSON
 * only: clients that prefer protobuf name JSON or a wildcard too. `canBeTable` says whether rows are on offer.
 */
export function negotiate(accept: string | null, canBeTable: boolean): Representation | undefined {
  if (accept === null || accept.trim() === '') return 'json';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (type !== 'application/json' && type !== 'application/*' && type !== '*/*') continue;
    const named = new Map(parameters.map((parameter) => splitOnce(parameter)));
    const as = named.get('as');
    if (as === undefined) return 'json';
    if (as !== 'table' || !canBeTable || named.get('g') !== 'meta.k8s.io') continue;
    if (named.get('v') === 'v1') return 'table';
    if (named.get('v') === 'v1beta1') return 'tableBeta';
  }
  return undefined;
}

function splitOnce(parameter: string): readonly [string, string] {
  const equals = parameter.indexOf('=');
  return equals === -1 ? [parameter, ''] : [parameter.slice(0, equals), parameter.slice(equals + 1)];
}
