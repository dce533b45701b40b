import type { KubeClient } from '../../platform/kube/client.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';

const AUTHENTICATION_GROUP = 'authentication.k8s.io';

/**
 * Asks each kind of review where its flag says: TokenReviews of `--authentication-kubeconfig`'s cluster, and
 * SubjectAccessReviews of `--authorization-kubeconfig`'s.
 */
export function createReviewClient(reviews: {
  readonly authentication: KubeClientOptions;
  readonly authorization: KubeClientOptions;
}): Pick<KubeClient, 'create'> {
  const authentication = createKubeClient(reviews.authentication);
  const authorization = createKubeClient(reviews.authorization);
  return {
    create: (type, object, call) =>
      (type.group === AUTHENTICATION_GROUP ? authentication : authorization).create(type, object, call),
  };
}
