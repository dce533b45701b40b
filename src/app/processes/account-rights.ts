import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { ruleText } from '../../platform/access/access-rules.ts';
import type { KubeObject, ResourceType } from '../../platform/kube/client.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';

/** A right, and what comes of its absence. */
export interface AccountRight {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  /** Of a single object; of all when absent. */
  readonly name?: string;
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

/** Rights that are asked for in one cluster. */
export interface AskedRights {
  readonly client: KubeClientOptions;
  readonly rights: readonly AccountRight[];
}

/** To recognise bearer tokens. */
export const TOKEN_REVIEWS: AccountRight = {
  group: 'authentication.k8s.io',
  resource: 'tokenreviews',
  verb: 'create',
  need: 'nobody with a bearer token is recognised',
  isNeeded: false,
};

/** To let anybody in. */
export const ACCESS_REVIEWS: AccountRight = {
  group: 'authorization.k8s.io',
  resource: 'subjectaccessreviews',
  verb: 'create',
  need: 'nobody is let in',
  isNeeded: true,
};

/**
 * Asks API servers whether this account has rights, all at once. Throws Failure('denied') with every rule that is missing;
 * what there is a way without is a warning. A cluster that does not answer such questions is not asked further: what is
 * missing shows later.
 *
 * @param manifest the file that grants all of them
 */
export async function requireRights(
  asked: readonly AskedRights[],
  { log, manifest }: { readonly log: Log; readonly manifest: string },
): Promise<void> {
  const found = await Promise.all(asked.map(({ client, rights }) => missingRights(client, rights, log)));
  const missing = found.flatMap((rights) => rights ?? []);
  const needed = missing.filter(({ isNeeded }) => isNeeded);
  if (needed.length > 0) throw new Failure('denied', rightsText(needed), { hint: rightsHint(needed, manifest) });
  if (missing.length > 0) log.warn(rightsText(missing), { hint: rightsHint(missing, manifest) });
}

/**
 * Those of the rights that this account has not; null when the cluster does not answer such questions.
 *
 * @param namespace where; in the whole cluster when absent
 */
export async function missingRights(
  kube: KubeClientOptions,
  rights: readonly AccountRight[],
  log: Log,
  namespace?: string,
): Promise<readonly AccountRight[] | null> {
  const client = createKubeClient(kube);
  const place = namespace === undefined ? {} : { namespace };
  const verdicts = await Promise.all(
    rights.map(async ({ group, resource, subresource, verb, name }) => {
      const part = { ...(subresource === undefined ? {} : { subresource }), ...(name === undefined ? {} : { name }) };
      const resourceAttributes = { group, resource, verb, ...part, ...place };
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: { name: '' } };
      const asked: SelfReview = { ...review, spec: { resourceAttributes } };
      return await client.create<SelfReview>(REVIEWS, asked, { deadlineMs: CALL_MS_MAX });
    }),
  ).catch((thrown: unknown) => {
    if (!(thrown instanceof Failure) || (thrown.kind !== 'denied' && thrown.kind !== 'notFound')) throw thrown;
    log.debug('the API server does not say what this account may', { error: thrown.message });
    return null;
  });
  return verdicts === null ? null : rights.filter((_right, index) => verdicts[index]?.status?.allowed !== true);
}

/** What the account may not, each with what cannot be done without it. */
export function rightsText(rights: readonly AccountRight[]): string {
  const texts = rights.map(({ group, resource, subresource, verb, need }) => {
    const name = [resource, subresource].filter(Boolean).join('/');
    return `${verb} ${group === '' ? name : `${name}.${group}`} (${need})`;
  });
  return `this account may not: ${texts.join(', ')}`;
}

/** The rules that would grant them, and the file that has them. */
export function rightsHint(rights: readonly AccountRight[], manifest: string): string {
  const rules = rights.map(({ group, resource, subresource, verb, name }) => ({
    apiGroups: [group],
    resources: [[resource, subresource].filter(Boolean).join('/')],
    ...(name === undefined ? {} : { resourceNames: [name] }),
    verbs: [verb],
  }));
  return `a ClusterRole must grant ${ruleText(rules)}; ${manifest} has them all`;
}
