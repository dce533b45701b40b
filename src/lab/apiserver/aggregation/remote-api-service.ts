import { listAt, numberAt, recordAt, textAt, valueAt } from '../kinds/field-path.ts';
import type { ApiObject } from '../object.ts';
import type { ServicePort } from './service-network.ts';

/** Where APIServices are in the store. */
export const API_SERVICES = 'apiregistration.k8s.io/apiservices';

/** An APIService whose requests are answered by a backend. */
export interface RemoteApiService {
  /** `v1beta1.metrics.k8s.io` */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: ServicePort;
  /** PEM; empty for the system's authorities. */
  readonly caBundle: string;
  readonly isVerified: boolean;
  readonly groupPriorityMin: number;
  readonly versionPriority: number;
  readonly isAvailable: boolean;
}

/** Reads an APIService; undefined for a local one. */
export function readRemote(object: ApiObject): RemoteApiService | undefined {
  if (valueAt(object, 'spec', 'service') === undefined) return undefined;
  const spec = recordAt(object, 'spec');
  return {
    name: object.metadata.name,
    group: textAt(spec, 'group'),
    version: textAt(spec, 'version'),
    service: {
      namespace: textAt(spec, 'service', 'namespace'),
      name: textAt(spec, 'service', 'name'),
      port: numberAt(spec, 'service', 'port'),
    },
    caBundle: Buffer.from(textAt(spec, 'caBundle'), 'base64').toString('utf8'),
    isVerified: valueAt(spec, 'insecureSkipTLSVerify') !== true,
    groupPriorityMin: numberAt(spec, 'groupPriorityMinimum'),
    versionPriority: numberAt(spec, 'versionPriority'),
    isAvailable: textAt(availableCondition(object), 'status') === 'True',
  };
}

/** The condition `Available`; undefined before the first check. */
export function availableCondition(object: ApiObject): unknown {
  return listAt(object, 'status', 'conditions').find((condition) => textAt(condition, 'type') === 'Available');
}

/** Where an APIService's own documents are: `/apis/metrics.k8s.io/v1beta1`, and `/api/v1` for the core group's. */
export function discoveryPath({ group, version }: Pick<RemoteApiService, 'group' | 'version'>): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The name that a backend's certificate must carry. */
export function serverNameOf({ service }: RemoteApiService): string {
  return `${service.name}.${service.namespace}.svc`;
}
