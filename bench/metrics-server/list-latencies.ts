import { type Spread, spreadOf } from '../scale/quantiles.ts';
import type { Asker } from './asker.ts';
import { LISTED_NAMESPACE } from './measured-cluster.ts';

/** How long lists of one kind take, and how large they are. */
export interface ListFigures {
  readonly name: ListName;
  readonly latencyMs: Spread;
  readonly answerBytes: number;
}

/** A namespace of 1,000 pods as plain JSON and as the HPA controller asks, and all pods of the cluster. */
export type ListName = 'namespace' | 'namespaceAsHpa' | 'cluster';

const LISTS: Readonly<
  Record<ListName, { readonly namespace: string | null; readonly headers: Readonly<Record<string, string>> }>
> = {
  namespace: { namespace: LISTED_NAMESPACE, headers: { accept: 'application/json' } },
  namespaceAsHpa: {
    namespace: LISTED_NAMESPACE,
    headers: { accept: 'application/vnd.kubernetes.protobuf, */*', 'accept-encoding': 'gzip' },
  },
  cluster: { namespace: null, headers: { accept: 'application/json' } },
};

/** Of all pods fewer lists are asked for: they are many times as large. */
const CLUSTER_LIST_SHARE = 5;

/** Asks for each list so many times, one after the other. */
export async function measureLists(asker: Asker, requestCount: number): Promise<readonly ListFigures[]> {
  const figures: ListFigures[] = [];
  for (const [name, { namespace, headers }] of Object.entries(LISTS) as [ListName, (typeof LISTS)[ListName]][]) {
    const count = namespace === null ? Math.ceil(requestCount / CLUSTER_LIST_SHARE) : requestCount;
    const latenciesMs: number[] = [];
    let answerBytes = 0;
    for (let request = 0; request < count; request += 1) {
      const { tookMs, bytes } = await asker.listPods(namespace, headers);
      latenciesMs.push(tookMs);
      answerBytes = bytes.length;
    }
    figures.push({ name, latencyMs: spreadOf(latenciesMs), answerBytes });
  }
  return figures;
}
