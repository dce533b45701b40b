import { DOCTOR_METRICS_COUNT_MAX } from '../../base/limits.ts';
import { keyText } from '../../base/object-key.ts';
import { apiText, askedByHpas, isApiAvailable, type KnownApi, serverText, summaryOf } from './doctor-apis.ts';
import { type DoctorFacts, type DoctorHpa, type MetricsGroup, type NeededMetric, seenOr } from './doctor-facts.ts';
import type { DoctorProblem } from './doctor-finding.ts';
import { isExternalPassedOn } from './metrics-server-signs.ts';

/** What HPAs need of one group, and what there is of it. */
export interface NeededGroup {
  readonly group: MetricsGroup;
  /** Whether the group's versions were seen; what was not seen is not missing. */
  readonly isSeen: boolean;
  readonly apis: readonly KnownApi[];
  readonly needs: readonly Need[];
}

/** A metric and the HPA that needs it. */
export interface Need {
  readonly hpa: DoctorHpa;
  readonly metric: NeededMetric;
}

/** What HPAs need of a group. */
export function needsOf(group: MetricsGroup, hpas: readonly DoctorHpa[]): readonly Need[] {
  return hpas.flatMap((hpa) =>
    hpa.metrics.filter((metric) => metric.group === group).map((metric) => ({ hpa, metric })),
  );
}

/** How many HPAs these needs are of. */
export function hpaCountOf(needs: readonly Need[]): number {
  return new Set(needs.map(({ hpa }) => keyText(hpa))).size;
}

/** HPAs need the group, and nobody has registered the version that they ask. */
export function missingApi({ group, isSeen, apis, needs }: NeededGroup): DoctorProblem | undefined {
  if (!isSeen || needs.length === 0 || askedByHpas(group, apis) !== undefined) return undefined;
  const metrics = needs.slice(0, NAMED_METRICS_COUNT).map(needText);
  return {
    code: 'ApiMissing',
    api: `${group}/v1beta1`,
    hpaCount: hpaCountOf(needs),
    metricCount: needs.length,
    metrics,
  };
}

/** Enough to find them. */
const NAMED_METRICS_COUNT = 3;

function needText({ hpa, metric }: Need): string {
  return `${keyText(hpa)}: ${metric.name}`;
}

/** A server that lists this answers for metrics that it does not list. */
const STANDS_FOR_ALL = 'externalmetrics';

/**
 * Metrics that an available API does not list. Only servers that are known to list all they have are taken at their word;
 * of others it must be the HPA itself that says that it fails. What the HPA has read is there, listed or not.
 */
export function unlistedMetrics({ group, apis, needs }: NeededGroup): readonly DoctorProblem[] {
  const api = askedByHpas(group, apis);
  if (api === undefined || !isApiAvailable(api) || api.listing.kind === 'unseen') return [];
  const listed = new Set(api.listing.value);
  if (listed.has(STANDS_FOR_ALL)) return [];
  const summary = summaryOf(api);
  const isComplete = summary.known !== null && summary.known !== 'keda';
  const lost = needs.filter(({ hpa, metric: { listedAs, isRead } }) => {
    if (listedAs === null || isRead || listed.has(listedAs)) return false;
    return isComplete || hpa.failure !== '';
  });
  const found = lost.slice(0, DOCTOR_METRICS_COUNT_MAX).map(({ hpa, metric }): DoctorProblem => {
    return {
      code: 'MetricNotListed',
      api: apiText(api),
      hpa: keyText(hpa),
      metric: metric.listedAs ?? metric.name,
      server: serverText(summary),
      known: summary.known,
      failure: hpa.failure,
    };
  });
  const count = lost.length - found.length;
  return count === 0 ? found : [...found, { code: 'MoreMetricsNotListed', count }];
}

/**
 * KEDA's ScaledObjects, while external metrics are another server's who does not ask KEDA for what it does not have itself, and
 * HPAs of KEDA's lack theirs. Nobody at all is another finding.
 */
export function takenPlace(facts: DoctorFacts, { apis, needs }: NeededGroup): DoctorProblem | undefined {
  const [first, ...others] = seenOr(facts.scaledObjects, []);
  const api = askedByHpas('external.metrics.k8s.io', apis);
  if (first === undefined || api === undefined || api.apiService === null) return undefined;
  const summary = summaryOf(api);
  if (summary.known === 'keda' || isPassedOn(api)) return undefined;
  // Somebody unknown who lists what KEDA lists may well be KEDA behind another name.
  if (summary.known === null && seenOr(api.listing, []).includes(STANDS_FOR_ALL)) return undefined;
  const lacking = needs.filter(({ hpa, metric }) => hpa.isOfScaledObject && !metric.isRead);
  // Those of CPU and memory need nothing of KEDA's.
  if (facts.hpas.kind === 'seen' && lacking.length === 0) return undefined;
  return {
    code: 'ExternalPlaceTaken',
    server: serverText(summary),
    known: summary.known,
    scaledObjectCount: others.length + 1,
    first: keyText(first),
    hpaCount: hpaCountOf(lacking),
  };
}

function isPassedOn({ server }: KnownApi): boolean {
  if (server === null) return false;
  const behind = [...seenOr(server.pods, []), ...seenOr(server.deployments, [])];
  return behind.some(({ containers }) => containers.some(({ words }) => isExternalPassedOn(words)));
}
