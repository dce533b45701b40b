import type { ResourceType } from '../../platform/kube/client.ts';

/**
 * Finds the resources of a kind through discovery, whatever version the reference named (upstream's
 * `RESTMapper.RESTMappings`). Throws Failure with client-go's text when there are none: `no matches for kind "X" in
 * group "Y"`.
 */
export interface KindMapper {
  mappings(group: string, kind: string, signal: AbortSignal): Promise<readonly ResourceType[]>;
}
