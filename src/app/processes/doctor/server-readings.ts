import { matchesSelector, type Selector, selectorOfObject, selectorText } from '../../../base/label-selector.ts';
import { keyText, type ObjectKey } from '../../../base/object-key.ts';
import type {
  ApiServiceFact,
  ContainerFact,
  DeploymentFact,
  ServerFact,
  ServerPod,
} from '../../../core/explain/doctor-facts.ts';
import type { KubeObject, ResourceType } from '../../../platform/kube/client.ts';
import { type DoctorCluster, foundOr, sightOf } from './doctor-cluster.ts';

const SERVICES: ResourceType = { group: '', version: 'v1', resource: 'services', isNamespaced: true };
const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };

type Labels = Readonly<Record<string, string>>;

interface Service extends KubeObject {
  readonly spec?: { readonly selector?: Labels | null };
}

interface Container {
  readonly image?: string;
  readonly command?: readonly string[] | null;
  readonly args?: readonly string[] | null;
}

interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly metadata?: { readonly labels?: Labels };
      readonly spec?: { readonly containers?: readonly Container[] };
    };
  };
}

interface Pod extends KubeObject {
  readonly spec?: { readonly containers?: readonly Container[] };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly containerStatuses?: readonly {
      readonly state?: {
        readonly waiting?: { readonly reason?: string };
        readonly terminated?: { readonly reason?: string };
      };
    }[];
  };
}

/** The Services that APIServices name, and what runs behind them. */
export function readServers(
  cluster: DoctorCluster,
  apiServices: readonly ApiServiceFact[],
  signal: AbortSignal,
): Promise<readonly ServerFact[]> {
  const services = apiServices.flatMap(({ service }) => (service === null ? [] : [service]));
  const keys = new Map(services.map(({ namespace, name }) => [keyText({ namespace, name }), { namespace, name }]));
  return Promise.all([...keys.values()].map((service) => readServer(cluster, service, signal)));
}

async function readServer(cluster: DoctorCluster, service: ObjectKey, signal: AbortSignal): Promise<ServerFact> {
  const { client } = cluster;
  const found = await sightOf(foundOr(client.get<Service>(SERVICES, service, { signal }), null), signal);
  if (found.kind === 'unseen') return { service, labels: found, deployments: NOTHING, pods: NOTHING };
  const labels = found.value === null ? null : (found.value.metadata.labels ?? {});
  const selector = selectorOfObject({ matchLabels: found.value?.spec?.selector ?? {} });
  // A Service without a selector leads where it says, and not to pods that could be known.
  if (selector.kind !== 'selector' || selectorText(selector.selector) === '')
    return { service, labels: { kind: 'seen', value: labels }, deployments: NOTHING, pods: NOTHING };
  const [deployments, pods] = await Promise.all([
    sightOf(readDeployments(cluster, service.namespace, selector.selector, signal), signal),
    sightOf(readPods(cluster, service.namespace, selector.selector, signal), signal),
  ]);
  return { service, labels: { kind: 'seen', value: labels }, deployments, pods };
}

const NOTHING = { kind: 'seen', value: [] } as const;

async function readDeployments(
  { client }: DoctorCluster,
  namespace: string,
  selector: Selector,
  signal: AbortSignal,
): Promise<readonly DeploymentFact[]> {
  const { items } = await client.list<Deployment>(DEPLOYMENTS, { namespace }, { signal });
  return items.flatMap(({ metadata, spec }) => {
    const labels = spec?.template?.metadata?.labels ?? {};
    if (!matchesSelector(selector, labels)) return [];
    const containers = containersOf(spec?.template?.spec?.containers);
    return [{ name: metadata.name, specReplicas: spec?.replicas ?? 1, labels, containers }];
  });
}

async function readPods(
  { client }: DoctorCluster,
  namespace: string,
  selector: Selector,
  signal: AbortSignal,
): Promise<readonly ServerPod[]> {
  const { items } = await client.list<Pod>(PODS, { namespace, labelSelector: selectorText(selector) }, { signal });
  const alive = items.filter(({ status }) => !ENDED.has(status?.phase ?? ''));
  return alive.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    isReady: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true,
    trouble: troubleOf(status),
    labels: metadata.labels ?? {},
    containers: containersOf(spec?.containers),
  }));
}

/** Pods that were evicted or have ended stand behind no Service any more. */
const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

/** What a container waits for says more than that the pod is not ready. */
function troubleOf(status: Pod['status']): string {
  const states = (status?.containerStatuses ?? []).map(
    ({ state }) => state?.waiting?.reason ?? state?.terminated?.reason,
  );
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const unscheduled = scheduled?.status === 'False' ? scheduled.reason : undefined;
  return states.find((reason) => reason !== undefined) ?? unscheduled ?? status?.phase ?? 'Pending';
}

function containersOf(containers: readonly Container[] = []): readonly ContainerFact[] {
  return containers.map(({ image = '', command, args }) => ({ image, words: [...(command ?? []), ...(args ?? [])] }));
}
