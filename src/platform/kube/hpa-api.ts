import { type IoClock, sleep } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { defaultHpa } from '../../core/autoscaling/defaulting.ts';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import { hpaOfV1, hpaToV1 } from '../../core/autoscaling/v1-conversion.ts';
import { withoutImpliedZeros } from '../../core/autoscaling/v1-metric.ts';
import type { HorizontalPodAutoscalerV1 } from '../../core/autoscaling/v1-types.ts';
import { hpaOfV2beta2, hpaToV2beta2 } from '../../core/autoscaling/v2beta2-conversion.ts';
import type { HorizontalPodAutoscalerV2beta2 } from '../../core/autoscaling/v2beta2-types.ts';
import { isApiFailure } from './api-failure.ts';
import { Backoff } from './backoff.ts';
import type { KubeClient, KubeObject, ResourceType } from './client.ts';

/** The version of `autoscaling` that a server's HPAs are read and written in, and what they are in v2. */
export interface HpaApi {
  readonly type: ResourceType;
  /** `autoscaling/v2beta2`, as references name it. */
  readonly apiVersion: string;
  /** An object as the server sends it, also from a list, as defaulted v2. It must have a spec with a target. */
  readonly decode: (object: KubeObject) => HorizontalPodAutoscaler;
  /** The way back, whole: a server takes labels and annotations that are missing for removed. */
  readonly encode: (hpa: HorizontalPodAutoscaler) => KubeObject;
}

/** Kubernetes 1.23 and later. The server has filled in the defaults. */
export const HPA_API_V2: HpaApi = {
  ...offeredAs('v2'),
  decode: (object) => ({
    ...(object as HorizontalPodAutoscaler),
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
  }),
  encode: (hpa) => hpa,
};

/**
 * Kubernetes 1.12 to 1.25. The server knows no tolerance, so that a behaviour which an annotation made has no defaults
 * yet.
 */
const HPA_API_V2BETA2: HpaApi = {
  ...offeredAs('v2beta2'),
  decode: (object) => defaultHpa(hpaOfV2beta2(object as HorizontalPodAutoscalerV2beta2)),
  encode: hpaToV2beta2,
};

/**
 * Where the newer versions are switched off. What v1 has no field for comes and goes in annotations, which the server
 * converts as it does its own; a second metric of CPU utilization is lost there, and CPU comes last.
 */
const HPA_API_V1: HpaApi = {
  ...offeredAs('v1'),
  decode: (object) => {
    const hpa = defaultHpa(hpaOfV1(object as HorizontalPodAutoscalerV1));
    const { status } = hpa;
    if (!status?.currentMetrics) return hpa;
    return { ...hpa, status: { ...status, currentMetrics: status.currentMetrics.map(withoutImpliedZeros) } };
  },
  encode: hpaToV1,
};

/** Best first. */
const HPA_APIS: readonly HpaApi[] = [HPA_API_V2, HPA_API_V2BETA2, HPA_API_V1];

/** What finding out takes. */
export interface HpaApiSearch {
  readonly client: Pick<KubeClient, 'getJson'>;
  readonly ioClock: IoClock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

const RETRY_INITIAL_MS = 800;
const RETRY_MS_MAX = 30_000;

/**
 * Asks the server which versions of `autoscaling` it has, until it answers, and chooses the best. A server keeps a
 * version for several releases after a better one has come, so that an upgrade does not take it away from a process that
 * runs. Throws Failure `notFound` when it has none.
 */
export async function findHpaApi(search: HpaApiSearch): Promise<HpaApi> {
  const { ioClock, random, log, signal } = search;
  const backoff = new Backoff({ initialMs: RETRY_INITIAL_MS, maxMs: RETRY_MS_MAX, random });
  for (;;) {
    try {
      return chooseApi(await search.client.getJson('/apis/autoscaling', signal === undefined ? {} : { signal }));
    } catch (thrown) {
      if (isApiFailure(thrown, 404)) throw noHpas();
      if (!(thrown instanceof Failure) || thrown.kind !== 'unavailable' || signal?.aborted) throw thrown;
      const waitMs = backoff.nextMs();
      log.warn('the API server does not say which HPAs it has; asking again', { error: thrown.message, waitMs });
      await sleep(ioClock, waitMs, signal);
    }
  }
}

function chooseApi(group: unknown): HpaApi {
  const { versions } = group as { readonly versions?: readonly { readonly version: string }[] };
  const offered = new Set((versions ?? []).map(({ version }) => version));
  const api = HPA_APIS.find(({ type }) => offered.has(type.version));
  if (api === undefined) throw noHpas();
  return api;
}

function noHpas(): Failure {
  const names = HPA_APIS.map(({ type }) => type.version).join(', ');
  return new Failure('notFound', `the API server has no HorizontalPodAutoscalers in any of ${names}`);
}

function offeredAs(version: string): Pick<HpaApi, 'type' | 'apiVersion'> {
  const type = { group: 'autoscaling', version, resource: 'horizontalpodautoscalers', isNamespaced: true };
  return { type, apiVersion: `autoscaling/${version}` };
}
