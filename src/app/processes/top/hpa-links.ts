import { Failure } from '../../../base/failure.ts';
import { matchesSelector } from '../../../base/label-selector.ts';
import type { UsageLink } from '../../../core/explain/usage-chain.ts';
import { createHttpMetricsSource } from '../../../metrics/source/http-source.ts';
import { createDiscovery } from '../../../platform/kube/discovery.ts';
import { decideCurrently, type WatchedCluster } from '../current-decisions.ts';
import { metricLinks } from './metric-links.ts';
import { TOP_CALL_MS_MAX, type TopCluster, type TopPod } from './top-cluster.ts';

/**
 * What the HPAs that target a pod make of its usage: the facts that the controller would gather now, and the engine's
 * arithmetic. Windows and policies need the controller's memory, so only the metrics are told, and no count.
 */
export async function hpaLinks(pod: TopPod, cluster: TopCluster, signal: AbortSignal): Promise<readonly UsageLink[]> {
  try {
    const { hpas, refusal } = await decideCurrently(
      pod.metadata.namespace ?? '',
      (_, podSelector) => podSelector !== undefined && matchesSelector(podSelector, pod.metadata.labels ?? {}),
      watched(cluster),
      signal,
    );
    const unseen: UsageLink[] = refusal === undefined ? [] : [{ code: 'HpasUnseen', message: refusal }];
    if (hpas.length === 0) return unseen.length > 0 ? unseen : [{ code: 'NoHpa' }];
    return [...hpas.flatMap(({ decision, facts }) => metricLinks(pod.metadata.name, decision, facts)), ...unseen];
  } catch (thrown) {
    if (!(thrown instanceof Failure) || signal.aborted) throw thrown;
    return [{ code: 'HpasUnseen', message: thrown.message }];
  }
}

function watched({ kube, client, clock, ioClock }: TopCluster): WatchedCluster {
  const discovery = createDiscovery(kube);
  const source = createHttpMetricsSource({
    client,
    discovery,
    clock,
    discoveryMs: TOP_CALL_MS_MAX,
    deadlineMs: TOP_CALL_MS_MAX,
  });
  return { client, discovery, source, clock, ioClock };
}
