import { readFile } from 'node:fs/promises';
import type { IoClock } from '../../base/clock.ts';
import { errorText, FAILURE_RULES, Failure, type FailureKind } from '../../base/failure.ts';
import { RESPONSE_BODY_BYTES_MAX } from '../../base/limits.ts';
import type { ObjectKey } from '../../base/object-key.ts';
import type { Observation } from '../../control/history/observation-log.ts';
import { readBody } from '../../platform/http/body.ts';
import { createOutbound } from '../../platform/http/outbound.ts';
import { proxyChoice } from '../../platform/http/proxy-settings.ts';
import { accessByRecipe } from '../../platform/kube/access-recipe.ts';
import type { WireResponse } from '../../platform/kube/transport.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { Environment } from '../config/environment.ts';
import type { ObserveReportConfig, ObserverPlace } from '../config/observe-report-config.ts';
import { type ClusterChoice, clusterRecipe, connectCluster, proxiesOf } from './cluster-connection.ts';

/** How long an observer may take to answer, and to pause, real ms. */
const DEADLINE_MS = 15_000;

const TOKEN_HINT =
  'give a token of the cluster with --token-file, for example: kubectl create token NAME > FILE; its user must be allowed to list HorizontalPodAutoscalers';

/**
 * Asks an observer what it has found out. Throws Failure: `denied` without the right to see it, `notFound` where no
 * observer answers, `unavailable` when nobody does; each with what to do.
 */
export async function readObservation(
  config: Pick<ObserveReportConfig, 'where' | 'tokenFile' | 'namespace'>,
  environment: Environment,
  signal: AbortSignal,
): Promise<Observation> {
  const ioClock = createSystemClock();
  const { where, tokenFile, namespace } = config;
  const query = namespace === null ? '' : `?namespace=${encodeURIComponent(namespace)}`;
  const token = tokenFile === null ? null : await readToken(tokenFile);
  const request = { path: `/observation${query}`, token };
  return where.kind === 'url'
    ? askAddress(where, request, environment, ioClock, signal)
    : askService(where, request, environment, ioClock, signal);
}

interface ObserverRequest {
  readonly path: string;
  readonly token: string | null;
}

async function askAddress(
  { url, caFile }: Extract<ObserverPlace, { kind: 'url' }>,
  { path, token }: ObserverRequest,
  environment: Environment,
  ioClock: IoClock,
  signal: AbortSignal,
): Promise<Observation> {
  const tls = caFile === null ? {} : { tls: { certificateAuthority: await readText(caFile) } };
  const outbound = createOutbound({ ioClock, ...tls, proxy: proxyChoice(proxiesOf(environment)) });
  try {
    const answer = await outbound.request({
      method: 'GET',
      url: `${url.href.replace(/\/+$/, '')}${path}`,
      headers: { accept: 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      signal,
      headDeadlineMs: DEADLINE_MS,
      idleDeadlineMs: DEADLINE_MS,
    });
    return await observationOf(answer, url.origin);
  } catch (thrown) {
    throw withHint(thrown, 'is podtide controller --mode observe running there? name its address with --url');
  } finally {
    await outbound.close();
  }
}

async function askService(
  { service, ...choice }: { readonly service: ObjectKey } & ClusterChoice,
  { path, token }: ObserverRequest,
  environment: Environment,
  ioClock: IoClock,
  signal: AbortSignal,
): Promise<Observation> {
  const access = await accessByRecipe(clusterRecipe(choice, environment), ioClock);
  const shown = token ?? (await access.credentials.current()).token;
  if (shown === undefined) {
    throw new Failure('denied', 'the kubeconfig’s user has no token to show to the observer', { hint: TOKEN_HINT });
  }
  const transport = connectCluster(access, environment, ioClock);
  const { namespace, name } = service;
  try {
    const answer = await transport.send({
      method: 'GET',
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/https:${encodeURIComponent(name)}:https/proxy${path}`,
      // The API server keeps `Authorization` to itself.
      headers: { accept: 'application/json', 'podtide-authorization': `Bearer ${shown}` },
      signal,
      headDeadlineMs: DEADLINE_MS,
      idleDeadlineMs: DEADLINE_MS,
    });
    return await observationOf(answer, `service ${namespace}/${name}`);
  } catch (thrown) {
    throw withHint(
      thrown,
      'is the observer of deploy/controller.yaml running? name its Service with --service NAMESPACE/NAME; whoever asks needs the verb get on services/proxy there',
    );
  } finally {
    await transport.close();
  }
}

/** The document of an answer; throws the Failure that its status stands for, with the message of its body. */
async function observationOf(answer: WireResponse, who: string): Promise<Observation> {
  const text = new TextDecoder().decode(await readBody(answer.body, RESPONSE_BODY_BYTES_MAX));
  const body = parsedObject(text);
  if (answer.status === 200) {
    if (body?.['kind'] === 'Observation' && body['apiVersion'] === 'podtide.dev/v1') {
      return body as unknown as Observation;
    }
    throw new Failure('unavailable', `${who} answers with something else than an observation of podtide.dev/v1`);
  }
  const message = typeof body?.['message'] === 'string' ? body['message'] : `HTTP ${answer.status}`;
  const kind = kindOf(answer.status);
  throw new Failure(kind, `${who}: ${message}`, kind === 'denied' ? { hint: TOKEN_HINT } : {});
}

function kindOf(status: number): FailureKind {
  if (status === 401) return 'denied';
  const kinds = Object.keys(FAILURE_RULES) as FailureKind[];
  return kinds.find((kind) => FAILURE_RULES[kind].httpStatus === status) ?? 'unavailable';
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // A page of some other server: its status says enough.
    return undefined;
  }
}

/** The same failure with what to do, unless it says so already; a bug stays what it is. */
function withHint(thrown: unknown, hint: string): unknown {
  if (!(thrown instanceof Failure) || thrown.hint !== undefined) return thrown;
  return new Failure(thrown.kind, thrown.message, { hint, cause: thrown.cause });
}

async function readToken(path: string): Promise<string> {
  const token = (await readText(path)).trim();
  if (!/^\S+$/.test(token)) throw new Failure('invalid', `${path}: must hold one token and nothing else`);
  return token;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new Failure('notFound', `${path}: ${errorText(thrown)}`, { cause: thrown });
  }
}
