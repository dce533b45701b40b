import { keyText } from '../../base/object-key.ts';
import { apiText, isLeftOver, type KnownApi } from './doctor-apis.ts';
import { type ConditionFact, type ServerFact, seenOr } from './doctor-facts.ts';
import type { DoctorProblem } from './doctor-finding.ts';

/**
 * Why an API does not answer; undefined when it does, or when that is not known. The reasons and messages are those that
 * kube-aggregator gives an APIService.
 */
export function availabilityProblem(api: KnownApi, hpaCount: number): DoctorProblem | undefined {
  const { apiService, listing } = api;
  const lost = { api: apiText(api), hpaCount };
  const listingFailure = listing.kind === 'unseen' && !listing.isDenied ? listing.message : undefined;
  if (apiService === null) {
    return listingFailure === undefined ? undefined : { code: 'ListingFails', ...lost, message: listingFailure };
  }
  if (isLeftOver(api))
    return { code: 'ApiServiceLeftOver', ...lost, apiService: `${apiService.version}.${apiService.group}` };
  const { available, service } = apiService;
  if (available?.status === 'True') {
    return listingFailure === undefined ? undefined : { code: 'ListingFails', ...lost, message: listingFailure };
  }
  const condition = available ?? { status: 'Unknown', reason: '', message: '' };
  if (service === null)
    return { code: 'ApiUnavailable', ...lost, reason: condition.reason, message: condition.message };
  return serverProblem(condition, api, { ...lost, service: keyText(service) });
}

/** What a problem of a server has in common with the others. */
interface Lost {
  readonly api: string;
  readonly hpaCount: number;
  readonly service: string;
}

function serverProblem(condition: ConditionFact, api: KnownApi, lost: Lost): DoctorProblem {
  const { reason, message } = condition;
  switch (reason) {
    case 'ServiceNotFound':
      return { code: 'ServiceMissing', ...lost };
    case 'ServicePortError':
      return { code: 'ServicePortMissing', ...lost, port: api.apiService?.service?.port ?? 0 };
    case 'EndpointsNotFound':
    case 'MissingEndpoints':
      return endpointsProblem(api.server, lost, message);
    case 'FailedDiscoveryCheck':
      return discoveryProblem(message, api, lost);
    default:
      return { code: 'ApiUnavailable', api: lost.api, hpaCount: lost.hpaCount, reason, message };
  }
}

/** A Service has no endpoints because there are no pods, because none is ready, or because a port's name differs. */
function endpointsProblem(server: ServerFact | null, lost: Lost, message: string): DoctorProblem {
  const pods = server === null || server.pods.kind === 'unseen' ? null : server.pods.value;
  const deployments = server === null ? [] : seenOr(server.deployments, []);
  const [asleep] = deployments.filter(({ specReplicas }) => specReplicas === 0);
  if (pods?.length === 0) {
    return asleep !== undefined && deployments.length === 1
      ? { code: 'ServerScaledToZero', ...lost, deployment: asleep.name }
      : { code: 'ServerHasNoPods', ...lost };
  }
  if (pods?.some(({ isReady }) => isReady) !== false) return { code: 'EndpointsMissing', ...lost, message };
  const [{ name, trouble } = { name: '', trouble: '' }] = pods;
  return { code: 'ServerPodsNotReady', ...lost, podCount: pods.length, pod: name, trouble };
}

/** kube-aggregator quotes Go's errors, whose wording has stood for years. */
const EXPIRED = /x509: certificate has expired or is not yet valid/;
const WRONG_NAME = /x509: certificate is (?:not )?valid for|x509: certificate relies on legacy Common Name/;
const UNKNOWN_AUTHORITY = /x509: certificate (?:signed by unknown authority|is not authorized)|x509: /;
const REFUSED = /connect: connection refused/;
const SILENT =
  /context deadline exceeded|Client\.Timeout|i\/o timeout|no route to host|network is unreachable|TLS handshake timeout|no such host/;
const BAD_STATUS = /bad status from .*: (\d{3})$/;

function discoveryProblem(message: string, { apiService }: KnownApi, lost: Lost): DoctorProblem {
  const { service, hasCaBundle = false } = apiService ?? {};
  const status = Number(BAD_STATUS.exec(message)?.[1] ?? 0);
  if (status === 401 || status === 403) return { code: 'ServerDenies', ...lost, status };
  if (status === 404) return { code: 'ServerLacksApi', ...lost };
  if (status !== 0) return { code: 'ServerFails', ...lost, status };
  if (EXPIRED.test(message)) return { code: 'CertificateExpired', ...lost, message };
  if (WRONG_NAME.test(message)) {
    const serverName = `${service?.name ?? ''}.${service?.namespace ?? ''}.svc`;
    return { code: 'CertificateNames', ...lost, serverName, message };
  }
  if (UNKNOWN_AUTHORITY.test(message)) return { code: 'AuthorityUnknown', ...lost, hasCaBundle, message };
  if (REFUSED.test(message)) return { code: 'ConnectionRefused', ...lost, message };
  if (SILENT.test(message)) return { code: 'ServerSilent', ...lost, message };
  return { code: 'ApiUnavailable', api: lost.api, hpaCount: lost.hpaCount, reason: 'FailedDiscoveryCheck', message };
}
