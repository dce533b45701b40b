import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { ruleText } from '../../platform/access/access-rules.ts';
import type { KubeObject, ResourceType } from '../../platform/kube/client.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { KubeletConfig } from '../config/metrics-server-config.ts';

/** Whose rights are looked at. */
export interface MeasuringRightsOptions {
  readonly client: KubeClientOptions;
  readonly reviews: { readonly authentication: KubeClientOptions; readonly authorization: KubeClientOptions };
  readonly kubelet: Pick<KubeletConfig, 'connection'>;
  readonly log: Log;
}

/** A right, and what comes of its absence. */
interface Right {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  /** What cannot be done without it. */
  readonly need: string;
  /** Whether there is nothing to serve, or nobody to serve it to, without it. */
  readonly isNeeded: boolean;
}

const REVIEWS: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
  isNamespaced: false,
};

interface SelfReview extends KubeObject {
  readonly spec: { readonly resourceAttributes: object };
  readonly status?: { readonly allowed?: boolean };
}

const CALL_MS_MAX = 10_000;

/**
 * Asks the API server whether this account has the rights that measuring needs, all at once. Throws Failure('denied') with
 * every rule that is missing; what there is a way without is a warning. A cluster that does not answer such questions is
 * not asked further: what is missing shows later.
 */
export async function requireMeasuringRights(options: MeasuringRightsOptions): Promise<void> {
  const { client, reviews, kubelet, log } = options;
  const listed = (resource: string) =>
    ['list', 'watch'].map((verb): Right => {
      return { group: '', resource, verb, need: `${resource} are not known`, isNeeded: true };
    });
  const scraped: Right = {
    group: '',
    resource: 'nodes',
    subresource: 'metrics',
    verb: 'get',
    need: 'kubelets answer 403',
    isNeeded: false,
  };
  const tokens: Right = {
    group: 'authentication.k8s.io',
    resource: 'tokenreviews',
    verb: 'create',
    need: 'nobody with a bearer token is recognised',
    isNeeded: false,
  };
  const access: Right = {
    group: 'authorization.k8s.io',
    resource: 'subjectaccessreviews',
    verb: 'create',
    need: 'nobody is let in',
    isNeeded: true,
  };
  const own = [...listed('nodes'), ...listed('pods'), ...(kubelet.connection.kind === 'tls' ? [scraped] : [])];
  const missing = (
    await Promise.all([
      missingRights(client, own, log),
      missingRights(reviews.authentication, [tokens], log),
      missingRights(reviews.authorization, [access], log),
    ])
  ).flat();
  const needed = missing.filter(({ isNeeded }) => isNeeded);
  if (needed.length > 0) throw new Failure('denied', describe(needed), { hint: hintOf(needed) });
  if (missing.length > 0) log.warn(describe(missing), { hint: hintOf(missing) });
}

async function missingRights(kube: KubeClientOptions, rights: readonly Right[], log: Log): Promise<readonly Right[]> {
  const client = createKubeClient(kube);
  const verdicts = await Promise.all(
    rights.map(async ({ group, resource, subresource, verb }) => {
      const resourceAttributes = { group, resource, verb, ...(subresource === undefined ? {} : { subresource }) };
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: { name: '' } };
      const asked: SelfReview = { ...review, spec: { resourceAttributes } };
      return await client.create<SelfReview>(REVIEWS, asked, { deadlineMs: CALL_MS_MAX });
    }),
  ).catch((thrown: unknown) => {
    if (!(thrown instanceof Failure) || (thrown.kind !== 'denied' && thrown.kind !== 'notFound')) throw thrown;
    log.debug('the API server does not say what this account may', { error: thrown.message });
    return null;
  });
  return verdicts === null ? [] : rights.filter((_right, index) => verdicts[index]?.status?.allowed !== true);
}

function describe(rights: readonly Right[]): string {
  const texts = rights.map(({ group, resource, subresource, verb, need }) => {
    const name = [resource, subresource].filter(Boolean).join('/');
    return `${verb} ${group === '' ? name : `${name}.${group}`} (${need})`;
  });
  return `this account may not: ${texts.join(', ')}`;
}

function hintOf(rights: readonly Right[]): string {
  const rules = rights.map(({ group, resource, subresource, verb }) => {
    return { apiGroups: [group], resources: [[resource, subresource].filter(Boolean).join('/')], verbs: [verb] };
  });
  return `a ClusterRole must grant ${ruleText(rules)}; deploy/metrics-server.yaml has them all`;
}
