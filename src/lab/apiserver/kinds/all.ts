import type { Kind } from '../kind.ts';
import { RBAC_KINDS } from './access.ts';
import { API_SERVICE } from './api-service.ts';
import { CRON_JOB, JOB } from './batch.ts';
import { LEASE, NAMESPACE, NODE } from './cluster.ts';
import { CONFIG_MAP, SECRET, SERVICE_ACCOUNT } from './configuration.ts';
import { EVENT } from './events.ts';
import { ENDPOINT_SLICE, ENDPOINTS, INGRESS, SERVICE } from './network.ts';
import { POD } from './pods.ts';
import { POD_DISRUPTION_BUDGET } from './policy.ts';
import { CUSTOM_RESOURCE_DEFINITION } from './registration.ts';
import {
  CONTROLLER_REVISION,
  DAEMON_SET,
  DEPLOYMENT,
  REPLICA_SET,
  REPLICATION_CONTROLLER,
  STATEFUL_SET,
} from './workloads.ts';

/**
 * Every built-in kind but HorizontalPodAutoscaler, whose face depends on the version that the server plays. Groups come
 * in upstream's order of priority.
 */
export const BUILT_IN_KINDS: readonly Kind[] = [
  CONFIG_MAP,
  ENDPOINTS,
  EVENT,
  NAMESPACE,
  NODE,
  POD,
  REPLICATION_CONTROLLER,
  SECRET,
  SERVICE_ACCOUNT,
  SERVICE,
  API_SERVICE,
  CONTROLLER_REVISION,
  DAEMON_SET,
  DEPLOYMENT,
  REPLICA_SET,
  STATEFUL_SET,
  CRON_JOB,
  JOB,
  INGRESS,
  POD_DISRUPTION_BUDGET,
  ...RBAC_KINDS,
  CUSTOM_RESOURCE_DEFINITION,
  LEASE,
  ENDPOINT_SLICE,
];
