import type { IoClock } from '../../base/clock.ts';
import {
  type ClusterAccess,
  type InClusterOptions,
  inClusterAccess,
  type KubeconfigAccessOptions,
  kubeconfigAccess,
} from './cluster-access.ts';

/** How to find access to a cluster, as plain data: a thread of its own finds it anew. */
export type AccessRecipe =
  | { readonly kind: 'kubeconfig'; readonly options: Omit<KubeconfigAccessOptions, 'ioClock'> }
  | { readonly kind: 'inCluster'; readonly options: Omit<InClusterOptions, 'ioClock'> };

/** Follows a recipe. Throws what the two ways of access throw. */
export function accessByRecipe(recipe: AccessRecipe, ioClock: IoClock): Promise<ClusterAccess> {
  return recipe.kind === 'kubeconfig'
    ? kubeconfigAccess({ ...recipe.options, ioClock })
    : inClusterAccess({ ...recipe.options, ioClock });
}
