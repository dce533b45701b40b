import { keyText } from '../../base/object-key.ts';
import {
  type ApiStanding,
  apisOf,
  apiText,
  askedByHpas,
  type KnownApi,
  serverText,
  standingOfApi,
  summaryOf,
} from './doctor-apis.ts';
import { availabilityProblem } from './doctor-availability.ts';
import { type DoctorFacts, type GroupFact, type MetricsGroup, type Sight, seenOr } from './doctor-facts.ts';
import type { DoctorFinding, DoctorProblem, Unseen, UnseenThing } from './doctor-finding.ts';
import { hpaCountOf, missingApi, type NeededGroup, needsOf, takenPlace, unlistedMetrics } from './doctor-metrics.ts';

/** How the metrics APIs of a cluster stand, and what is wrong with them. */
export interface Diagnosis {
  /** Every version of the three groups, in their order; a group that nobody has registered is there once. */
  readonly apis: readonly ApiStanding[];
  /** Problems first, then notes, then what was not seen. */
  readonly findings: readonly DoctorFinding[];
}

/** What the facts say about the metrics APIs and the HPAs that need them. */
export function diagnose(facts: DoctorFacts): Diagnosis {
  const hpas = seenOr(facts.hpas, []);
  const groups = facts.groups.map((each): NeededGroup => {
    const isSeen = each.versions.kind === 'seen';
    return { group: each.group, isSeen, apis: apisOf(each, facts), needs: needsOf(each.group, hpas) };
  });
  return {
    apis: groups.flatMap(standingsOf),
    findings: [
      ...groups.flatMap((group) => problemsOf(group, facts)),
      ...groups.flatMap(({ apis }) => apis.flatMap(notesOf)),
      ...unseenOf(facts),
    ],
  };
}

function standingsOf({ group, isSeen, apis }: NeededGroup): readonly ApiStanding[] {
  if (apis.length > 0) return apis.map(standingOfApi);
  return [{ group, version: null, state: isSeen ? 'missing' : 'unseen', reason: '', server: null }];
}

function problemsOf(needed: NeededGroup, facts: DoctorFacts): readonly DoctorProblem[] {
  const { group, apis, needs } = needed;
  const taken = group === 'external.metrics.k8s.io' ? takenPlace(facts, needed) : undefined;
  // What KEDA's own HPAs lack then has been told, once for all of them.
  const others = taken === undefined ? needs : needs.filter(({ hpa }) => !hpa.isOfScaledObject);
  return [
    missingApi(needed),
    ...apis.map((api) => availabilityProblem(api, hpaCountOf(needs))),
    versionsDiffer(group, apis),
    taken,
    ...unlistedMetrics({ ...needed, needs: others }),
  ].filter((problem) => problem !== undefined);
}

function versionsDiffer(group: MetricsGroup, apis: readonly KnownApi[]): DoctorProblem | undefined {
  const registered = apis.filter(({ apiService }) => apiService !== null);
  const services = new Set(registered.map(({ apiService }) => serviceText(apiService?.service ?? null)));
  if (services.size < 2) return undefined;
  const owners = registered.map((api) => ({ version: api.version, server: serverText(summaryOf(api)) }));
  return { code: 'VersionsDiffer', group, owners, used: askedByHpas(group, apis)?.version ?? null };
}

function serviceText(service: { readonly namespace: string; readonly name: string } | null): string {
  return service === null ? '' : keyText(service);
}

function notesOf(api: KnownApi): readonly DoctorFinding[] {
  const { apiService } = api;
  if (apiService === null || apiService.service === null || !apiService.isVerificationSkipped) return [];
  return [{ code: 'VerificationSkipped', api: apiText(api), service: keyText(apiService.service) }];
}

/** A namespace with several servers is told once. */
function unseenOf({ namespace, apiServices, groups, servers, hpas, scaledObjects }: DoctorFacts): readonly Unseen[] {
  const everywhere = namespace ?? '';
  const all = [
    ...unseen('apiServices', '', apiServices),
    ...groups.flatMap(unseenInGroup),
    ...servers.flatMap(({ service, labels, deployments, pods }) => [
      ...unseen('service', keyText(service), labels),
      ...unseen('deployments', service.namespace, deployments),
      ...unseen('pods', service.namespace, pods),
    ]),
    ...unseen('hpas', everywhere, hpas),
    ...unseen('scaledObjects', everywhere, scaledObjects),
  ];
  return [...new Map(all.map((each) => [`${each.what} ${each.where}`, each])).values()];
}

/** A list that fails is a problem of its own; one that may not be read is not seen. */
function unseenInGroup({ group, versions }: GroupFact): readonly Unseen[] {
  return [
    ...unseen('group', group, versions),
    ...seenOr(versions, []).flatMap(({ version, resources }) =>
      resources.kind === 'unseen' && resources.isDenied ? unseen('listing', `${group}/${version}`, resources) : [],
    ),
  ];
}

function unseen(what: UnseenThing, where: string, sight: Sight<unknown>): readonly Unseen[] {
  if (sight.kind === 'seen') return [];
  return [{ code: 'Unseen', what, where, isDenied: sight.isDenied, message: sight.message }];
}
