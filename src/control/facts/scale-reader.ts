import { errorText, Failure } from '../../base/failure.ts';
import type { CrossVersionObjectReference, Scale } from '../../core/autoscaling/types.ts';
import type { ScaleFact } from '../../core/engine/facts.ts';
import type { KubeClient, ResourceType } from '../../platform/kube/client.ts';
import type { KindMapper } from './kind-mapper.ts';

/** A scale that was read, with what writing it back needs. */
export interface ScaleTarget {
  readonly type: ResourceType;
  readonly scale: Scale;
}

/** The fact for the engine, and the target when there is one. */
export interface ScaleReading {
  readonly fact: ScaleFact;
  readonly target: ScaleTarget | null;
}

/** Reads the scale that a reference names, in the HPA's own namespace. Failures become facts. */
export type ScaleReader = (
  namespace: string,
  reference: CrossVersionObjectReference,
  signal: AbortSignal,
) => Promise<ScaleReading>;

/**
 * Reads scales as upstream does (specification 1.5, 1.12): the version of the reference is ignored, all mappings of the
 * kind are tried in order, and when all fail the error of the first is reported.
 */
export function createScaleReader(client: Pick<KubeClient, 'getScale'>, mapper: KindMapper): ScaleReader {
  return async (namespace, reference, signal) => {
    const group = parseGroup(reference.apiVersion ?? '');
    if (group === undefined) return failed('parse', `unexpected GroupVersion string: ${reference.apiVersion}`);
    let types: readonly ResourceType[];
    try {
      types = await mapper.mappings(group, reference.kind, signal);
    } catch (thrown) {
      return failed('mapping', failureText(thrown, signal));
    }
    let firstError: string | undefined;
    for (const type of types) {
      try {
        const scale = await client.getScale(type, { namespace, name: reference.name }, { signal });
        return { fact: foundFact(type, scale), target: { type, scale } };
      } catch (thrown) {
        firstError ??= failureText(thrown, signal);
      }
    }
    return failed('read', firstError ?? 'unrecognized resource');
  };
}

function foundFact(type: ResourceType, scale: Scale): ScaleFact {
  return {
    kind: 'found',
    resource: resourceText(type),
    specReplicas: scale.spec?.replicas ?? 0,
    statusReplicas: scale.status?.replicas ?? 0,
    selector: scale.status?.selector ?? '',
  };
}

/** `deployments.apps`, or the bare resource in the core group. */
export function resourceText(type: ResourceType): string {
  return type.group === '' ? type.resource : `${type.resource}.${type.group}`;
}

function failed(stage: 'parse' | 'mapping' | 'read', message: string): ScaleReading {
  return { fact: { kind: 'failed', stage, message }, target: null };
}

function failureText(thrown: unknown, signal: AbortSignal): string {
  if (!(thrown instanceof Failure) && !signal.aborted) throw thrown;
  return signal.aborted ? 'context deadline exceeded' : errorText(thrown);
}

/** The group of `group/version` or `version`; undefined for any other form (Go's `ParseGroupVersion`). */
function parseGroup(apiVersion: string): string | undefined {
  if (apiVersion === '' || apiVersion === '/') return '';
  const parts = apiVersion.split('/');
  if (parts.length > 2) return undefined;
  return parts.length === 1 ? '' : (parts[0] ?? '');
}
