import { type Clock, holdWhile, sleep } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ObjectKey } from '../../base/object-key.ts';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import { isApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import type { HpaApi } from '../../platform/kube/hpa-api.ts';

/** What the proof needs. */
export interface SoleControllerPorts {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace' | 'delete'>;
  readonly hpaApi: HpaApi;
  readonly clock: Clock;
  readonly log: Log;
}

/** The HPA that shows whether somebody else acts. It has no target, so whoever controls HPAs writes that into its status. */
export interface SentinelOptions {
  /** Where it stands: Podtide's own namespace. */
  readonly key: ObjectKey;
  /** The sync period that another controller is expected to have. */
  readonly syncPeriodMs: number;
  /** How many HPAs the cluster has: upstream's default slows down to 20 a second. */
  readonly hpaCount: number;
}

/** Set once nobody wrote the sentinel's status for long enough; a successor need not wait again. */
const PROVED_ANNOTATION = 'podtide.dev/sole-controller';
const UPSTREAM_SYNCS_PER_SECOND = 20;
const LOOK_COUNT = 12;

/** How long a foreign controller may take to write the sentinel's status: twice its period, in domain ms. */
export function proofDurationMs(known: Pick<SentinelOptions, 'syncPeriodMs' | 'hpaCount'>): number {
  return 2 * actingPeriodMs(known);
}

/** The period that upstream's controller keeps with its default flags, in domain ms. */
export function actingPeriodMs({ syncPeriodMs, hpaCount }: Pick<SentinelOptions, 'syncPeriodMs' | 'hpaCount'>): number {
  return Math.max(syncPeriodMs, (hpaCount / UPSTREAM_SYNCS_PER_SECOND) * 1000);
}

/**
 * Proves that no other controller acts on this cluster's HPAs: a sentinel HPA without a target stands for twice the
 * period that another controller could have, and nobody writes its status. The sentinel stays, so that a successor knows
 * at once, and a controller that is switched on later shows itself. Throws Failure `conflict` when there is another.
 */
export async function proveSoleController(
  options: SentinelOptions,
  ports: SoleControllerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { type, encode } = ports.hpaApi;
  const standing = await readSentinel(options.key, ports, signal);
  if (standing !== undefined && !isStatusWritten(standing)) {
    if (standing.metadata.annotations?.[PROVED_ANNOTATION] === 'true') return;
  } else {
    if (standing !== undefined) await ports.client.delete(type, options.key, { signal });
    await ports.client.create(type, encode(sentinel(options.key)), { signal });
  }
  const durationMs = proofDurationMs(options);
  ports.log.info('looking whether another controller acts on HPAs', { seconds: durationMs / 1000 });
  for (let look = 0; look < LOOK_COUNT; look++) {
    await sleep(ports.clock, durationMs / LOOK_COUNT, signal);
    const seen = await holdWhile(ports.clock, 'sole-controller', () => readSentinel(options.key, ports, signal));
    if (seen !== undefined && isStatusWritten(seen)) throw anotherActs(options.key);
  }
  await markProved(options.key, ports, signal);
}

/** Whether somebody wrote the status of a sentinel. A new HPA has a status too, an empty one. */
export function isStatusWritten({ status }: Pick<HorizontalPodAutoscaler, 'status'>): boolean {
  if (status === undefined) return false;
  return (
    (status.conditions?.length ?? 0) > 0 ||
    status.observedGeneration !== undefined ||
    status.lastScaleTime !== undefined ||
    (status.currentReplicas ?? 0) !== 0
  );
}

/** The failure of a controller that found another one acting. */
export function anotherActs(key: ObjectKey): Failure {
  return new Failure(
    'conflict',
    `another controller wrote the status of ${key.namespace}/${key.name}: two controllers must not act on the same HPAs`,
    {
      hint: 'start kube-controller-manager with --controllers=*,-horizontal-pod-autoscaler-controller, or run Podtide with --mode observe',
    },
  );
}

function sentinel({ namespace, name }: ObjectKey): HorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace, name, labels: { 'app.kubernetes.io/managed-by': 'podtide' } },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `${name}-without-target` },
      minReplicas: 1,
      maxReplicas: 1,
    },
  };
}

async function readSentinel(
  key: ObjectKey,
  ports: SoleControllerPorts,
  signal: AbortSignal,
): Promise<HorizontalPodAutoscaler | undefined> {
  try {
    return ports.hpaApi.decode(await ports.client.get(ports.hpaApi.type, key, { signal }));
  } catch (thrown) {
    if (isApiFailure(thrown, 404)) return undefined;
    throw thrown;
  }
}

async function markProved(key: ObjectKey, ports: SoleControllerPorts, signal: AbortSignal): Promise<void> {
  const seen = await readSentinel(key, ports, signal);
  if (seen === undefined) {
    throw new Failure('conflict', `the sentinel ${key.namespace}/${key.name} was deleted while it stood for the proof`);
  }
  const annotations = { ...seen.metadata.annotations, [PROVED_ANNOTATION]: 'true' };
  const { type, encode } = ports.hpaApi;
  await ports.client.replace(type, encode({ ...seen, metadata: { ...seen.metadata, annotations } }), { signal });
}
