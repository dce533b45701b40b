import type { IoClock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import type { Sight } from '../../../core/explain/doctor-facts.ts';
import { accessByRecipe } from '../../../platform/kube/access-recipe.ts';
import { ApiFailure, isApiFailure } from '../../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../../platform/kube/client.ts';
import { createKubeClient, type KubeClientOptions } from '../../../platform/kube/kube-client.ts';
import { createSystemClock } from '../../../platform/time/system-clock.ts';
import type { DoctorConfig } from '../../config/doctor-config.ts';
import type { Environment } from '../../config/environment.ts';
import { clusterRecipe, connectCluster } from '../cluster-connection.ts';

/** The cluster that `podtide doctor` looks at. */
export interface DoctorCluster {
  readonly kube: KubeClientOptions;
  readonly client: KubeClient;
  readonly ioClock: IoClock;
}

/** For one answer of the API server, real ms. */
export const DOCTOR_CALL_MS_MAX = 15_000;

/** Makes the cluster of its parts. The transport stays the caller's to close. */
export function createDoctorCluster(kube: KubeClientOptions): DoctorCluster {
  const options = { deadlineMs: DOCTOR_CALL_MS_MAX, ...kube };
  return { kube: options, client: createKubeClient(options), ioClock: kube.ioClock };
}

/** Does something with the cluster that the configuration names, and closes the connections to it. */
export async function withDoctorCluster<T>(
  config: Pick<DoctorConfig, 'kubeconfig' | 'context'>,
  environment: Environment,
  work: (cluster: DoctorCluster) => Promise<T>,
): Promise<T> {
  const ioClock = createSystemClock();
  const access = await accessByRecipe(clusterRecipe(config, environment), ioClock);
  const transport = connectCluster(access, environment, ioClock);
  try {
    return await work(createDoctorCluster({ transport, ioClock, userAgent: 'podtide-doctor/v1' }));
  } finally {
    await transport.close();
  }
}

/**
 * What a read brings, or why nothing is seen: a right that is missing, or no answer. A credential that the server does not
 * accept is nobody's missing right: it is thrown, and so is what is no Failure.
 */
export async function sightOf<Value>(read: Promise<Value>, signal: AbortSignal): Promise<Sight<Value>> {
  try {
    return { kind: 'seen', value: await read };
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof Failure) || isApiFailure(thrown, 401)) throw thrown;
    return { kind: 'unseen', isDenied: thrown.kind === 'denied', message: thrown.message };
  }
}

/** The same for what is read first: that no answer comes is then the end. */
export async function firstSightOf<Value>(read: Promise<Value>, signal: AbortSignal): Promise<Sight<Value>> {
  try {
    return { kind: 'seen', value: await read };
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof ApiFailure) || thrown.status === 401) throw thrown;
    if (thrown.kind === 'unavailable') throw thrown;
    return { kind: 'unseen', isDenied: thrown.kind === 'denied', message: thrown.message };
  }
}

/** What a read brings; something else where there is no such thing. */
export async function foundOr<Value, Other>(read: Promise<Value>, otherwise: Other): Promise<Value | Other> {
  try {
    return await read;
  } catch (thrown) {
    if (isApiFailure(thrown, 404)) return otherwise;
    throw thrown;
  }
}
