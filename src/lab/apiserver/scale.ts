import type { Scale } from '../../core/autoscaling/types.ts';
import { validateScale } from '../../core/autoscaling/validation.ts';
import { type Column, causesOf, type Kind, type ScaleSubresource } from './kind.ts';
import { AGE_COLUMN } from './kinds/columns.ts';
import type { ApiObject } from './object.ts';
import type { ExpectedBody } from './request-body.ts';
import { invalid } from './status.ts';

/** What a body of `/scale` must be. */
export const SCALE_BODY: ExpectedBody = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  schema: 'autoscaling.v1.Scale',
  isProtobufAccepted: true,
};

/** Columns of `kubectl get deployment web --subresource=scale`. */
export const SCALE_COLUMNS: readonly Column[] = [
  {
    name: 'Name',
    type: 'string',
    description: 'Name of the object that is scaled.',
    cell: (object) => object.metadata.name,
  },
  {
    name: 'Desired',
    type: 'integer',
    description: 'How many pods are wanted.',
    cell: (object) => numberOf((object['spec'] as { readonly replicas?: number } | undefined)?.replicas),
  },
  {
    name: 'Available',
    type: 'integer',
    description: 'How many pods there are.',
    cell: (object) => numberOf((object['status'] as { readonly replicas?: number } | undefined)?.replicas),
  },
  AGE_COLUMN,
];

function numberOf(value: number | undefined): number {
  return value ?? 0;
}

/** `autoscaling/v1 Scale` of an object. Counts of zero are left out of the spec, as upstream leaves them out. */
export function scaleOf(scale: ScaleSubresource, stored: ApiObject): ApiObject {
  const { specReplicas, statusReplicas, selector } = scale.read(stored);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = stored.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: specReplicas === 0 ? {} : { replicas: specReplicas },
    status: { replicas: statusReplicas, ...(selector === undefined || selector === '' ? {} : { selector }) },
  };
}

/** The object with the count of a Scale that a client sent. Throws a 422 Status for what is wrong with it. */
export function withScale(kind: Kind, scale: ScaleSubresource, object: ApiObject, sent: ApiObject): ApiObject {
  const { name, namespace } = object.metadata;
  const spec = (sent['spec'] ?? {}) as Scale['spec'];
  const specReplicas = spec.replicas ?? 0;
  // The request has named both already; a Scale of a cluster-scoped object has no namespace to find wrong.
  const named = { ...sent.metadata, name, namespace: namespace ?? 'default' };
  const errors = causesOf(validateScale({ metadata: named, spec }));
  if (errors.length > 0) throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, errors);
  const { uid, resourceVersion } = sent.metadata;
  const scaled = scale.write(structuredClone(object), specReplicas);
  const { resourceVersion: _resourceVersion, ...metadata } = scaled.metadata;
  // The Scale's preconditions are the object's.
  return {
    ...scaled,
    kind: kind.kind,
    metadata: {
      ...metadata,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}
