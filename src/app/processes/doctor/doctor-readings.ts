import { type DoctorFacts, seenOr } from '../../../core/explain/doctor-facts.ts';
import { readApiServices, readGroups } from './api-readings.ts';
import type { DoctorCluster } from './doctor-cluster.ts';
import { readHpas, readScaledObjects } from './hpa-readings.ts';
import { readServers } from './server-readings.ts';

/**
 * Everything that a doctor looks at, by reads alone. What may not be read is there as unseen. Throws Failure when the API
 * server does not answer, or does not know who asks.
 *
 * @param namespace whose HPAs and ScaledObjects; null for all
 */
export async function readDoctorFacts(
  cluster: DoctorCluster,
  namespace: string | null,
  signal: AbortSignal,
): Promise<DoctorFacts> {
  const apiServices = await readApiServices(cluster, signal);
  const registered = seenOr(apiServices, []);
  const [groups, servers, hpas, scaledObjects] = await Promise.all([
    readGroups(cluster, registered, signal),
    readServers(cluster, registered, signal),
    readHpas(cluster, namespace, signal),
    readScaledObjects(cluster, namespace, signal),
  ]);
  return { namespace, apiServices, groups, servers, hpas, scaledObjects };
}
