import { ACCESS_REVIEW_CACHED_TEXT_LENGTH_MAX } from '../../base/access-limits.ts';
import type { KubeObject, ResourceType } from '../kube/client.ts';
import type { RequestAttributes, SelectorRequirementAttributes } from './request-attributes.ts';
import { ReviewCache } from './review-cache.ts';
import { askReview, type ReviewPorts } from './review-call.ts';
import type { AccessUser } from './user.ts';

/** What the API server's authorizers say. */
export interface AccessVerdict {
  readonly isAllowed: boolean;
  /** Their reason, often empty. */
  readonly reason: string;
}

/** Finds out whether a user may do something. Rejects with a Failure when the API server could not be asked. */
export type AccessReviewer = (
  user: AccessUser,
  attributes: RequestAttributes,
  signal: AbortSignal,
) => Promise<AccessVerdict>;

/** What access reviews need beside the API server. */
export interface AccessReviewOptions extends ReviewPorts {
  /** How long a yes stands: as long as a revoked right may still work; upstream's 10 s when absent. */
  readonly allowedMs?: number;
  /** How long a no stands: as long as a granted right may not work yet; upstream's 10 s when absent. */
  readonly deniedMs?: number;
}

const KEPT_MS = 10_000;

const ACCESS_REVIEWS: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  isNamespaced: false,
};

interface SubjectAccessReview extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: { readonly allowed?: boolean; readonly denied?: boolean; readonly reason?: string };
}

/** Asks by SubjectAccessReview, with the attributes that upstream's delegated authorization sends. */
export function createAccessReviewer(options: AccessReviewOptions): AccessReviewer {
  const { ioClock, allowedMs = KEPT_MS, deniedMs = KEPT_MS } = options;
  const verdicts = new ReviewCache<AccessVerdict>({
    ioClock,
    keptMs: ({ isAllowed }) => (isAllowed ? allowedMs : deniedMs),
  });
  return (user, attributes, signal) => {
    const spec = specOf(user, attributes);
    const ask = (): Promise<AccessVerdict> => reviewAccess(options, spec);
    return isCached(attributes) ? verdicts.find(JSON.stringify(spec), ask, signal) : ask();
  };
}

async function reviewAccess(ports: ReviewPorts, spec: SubjectAccessReview['spec']): Promise<AccessVerdict> {
  const review: SubjectAccessReview = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { name: '' },
    spec,
  };
  const { status = {} } = await askReview(ports, ACCESS_REVIEWS, review);
  return { isAllowed: status.allowed === true && status.denied !== true, reason: status.reason ?? '' };
}

/** What whoever asks chooses freely must not fill the memory. */
function isCached(attributes: RequestAttributes): boolean {
  const texts =
    attributes.kind === 'path'
      ? [attributes.verb, attributes.path]
      : [
          attributes.namespace,
          attributes.verb,
          attributes.group,
          attributes.version,
          attributes.resource,
          attributes.subresource,
          attributes.name,
          // Upstream forgets to count these, and they are as free as the others.
          JSON.stringify([attributes.fieldRequirements, attributes.labelRequirements]),
        ];
  return texts.reduce((length, text) => length + text.length, 0) < ACCESS_REVIEW_CACHED_TEXT_LENGTH_MAX;
}

function specOf({ name, uid, groups, extra }: AccessUser, attributes: RequestAttributes): SubjectAccessReview['spec'] {
  return {
    user: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
    ...(attributes.kind === 'path'
      ? { nonResourceAttributes: { path: attributes.path, verb: attributes.verb } }
      : { resourceAttributes: resourceAttributesOf(attributes) }),
  };
}

function resourceAttributesOf(attributes: RequestAttributes & { readonly kind: 'resource' }) {
  const { namespace, verb, group, version, resource, subresource, name, fieldRequirements, labelRequirements } =
    attributes;
  const texts = Object.entries({ namespace, verb, group, version, resource, subresource, name });
  return {
    ...Object.fromEntries(texts.filter(([, text]) => text !== '')),
    ...selectorOf('fieldSelector', fieldRequirements),
    ...selectorOf('labelSelector', labelRequirements),
  };
}

function selectorOf(field: string, requirements: readonly SelectorRequirementAttributes[]) {
  return requirements.length === 0 ? {} : { [field]: { requirements } };
}
