import type { LabelSelector } from '../../../core/autoscaling/types.ts';
import type { KubeObject, ResourceType } from '../../../platform/kube/client.ts';

/** An endpoint of a monitor: which port of whatever it selects shows metrics. */
export interface MonitorEndpoint {
  readonly port?: string;
  readonly targetPort?: number | string;
  /** Of a PodMonitor. */
  readonly portNumber?: number;
  readonly path?: string;
  readonly scheme?: string;
  readonly interval?: string;
  readonly scrapeTimeout?: string;
  readonly honorLabels?: boolean;
}

interface MonitorSelection {
  readonly selector?: LabelSelector;
  readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] };
  /** The label of the Service, or pod, whose text is the job. */
  readonly jobLabel?: string;
  readonly podTargetLabels?: readonly string[];
}

/** What the Prometheus Operator scrapes by Services. */
export interface ServiceMonitor extends KubeObject {
  readonly spec: MonitorSelection & {
    readonly endpoints?: readonly MonitorEndpoint[];
    readonly targetLabels?: readonly string[];
  };
}

/** What the Prometheus Operator scrapes by pods. */
export interface PodMonitor extends KubeObject {
  readonly spec: MonitorSelection & { readonly podMetricsEndpoints?: readonly MonitorEndpoint[] };
}

const GROUP = 'monitoring.coreos.com';

export const SERVICE_MONITORS = monitorType('servicemonitors');
export const POD_MONITORS = monitorType('podmonitors');

function monitorType(resource: string): ResourceType {
  return { group: GROUP, version: 'v1', resource, isNamespaced: true };
}

/** The definitions of both kinds, as an API server takes them: their own fields are not checked by it. */
export const MONITOR_DEFINITIONS: readonly KubeObject[] = [
  definition('servicemonitors', 'ServiceMonitor', 'smon'),
  definition('podmonitors', 'PodMonitor', 'pmon'),
];

function definition(plural: string, kind: string, shortName: string): KubeObject {
  const schema = {
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  };
  const object = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List`, shortNames: [shortName] },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  return object;
}
