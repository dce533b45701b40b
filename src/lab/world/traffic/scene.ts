import { parseQuantity, quantityToNumber } from '../../../base/quantity.ts';
import { parseRfc3339 } from '../../../base/rfc3339.ts';
import type { Load } from '../../../core/plant/load.ts';
import type { WorkloadProfile } from '../../../core/plant/workload-profile.ts';
import { namespaceOf, type Pod, type Service } from '../objects.ts';
import { isActive, isReady } from '../workload/pod-state.ts';
import { type LoopCommand, readLoopCommand } from './request-loop-command.ts';
import { serviceOfHost } from './service-address.ts';
import type { TrafficPod, TrafficScene, TrafficService } from './traffic.ts';

/** From the pod template: the memory that the pod uses while nothing asks it, a quantity such as `27Mi`. */
export const MEMORY_ANNOTATION = 'podtide.dev/memory';

/** Cores of a pod without a CPU limit: what one busy process gets. */
const UNLIMITED_CPU_MILLI = 1_000;

/** A running pod that asks for ever, and whom it reaches. */
export interface LoopClient {
  readonly pod: Pod;
  readonly container: string;
  readonly command: LoopCommand;
  /** Undefined when nothing has that name. */
  readonly service: Service | undefined;
}

export interface SceneInput {
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  /** Loads from outside by Service key. */
  readonly loads: ReadonlyMap<string, { readonly load: Load; readonly sinceMs: number }>;
  readonly profileOfImage: (image: string) => WorkloadProfile;
}

/** Who loads whom, from the objects of the cluster. */
export function sceneOf(input: SceneInput): { readonly scene: TrafficScene; readonly clients: readonly LoopClient[] } {
  const running = input.pods.filter((pod) => pod.status?.phase === 'Running');
  const clients = running.filter(isActive).flatMap((pod) => clientOf(pod, input.services));
  const byService = new Map<Service, LoopClient[]>();
  for (const client of clients) {
    if (client.service === undefined) continue;
    const known = byService.get(client.service);
    if (known === undefined) byService.set(client.service, [client]);
    else known.push(client);
  }
  const services = input.services.flatMap((service): TrafficService[] => {
    const load = input.loads.get(keyOf(service));
    const asking = byService.get(service) ?? [];
    if (load === undefined && asking.length === 0) return [];
    const loops = asking.map(({ pod, command }) => ({ podKey: keyOf(pod), loop: { pauseMs: command.pauseMs } }));
    const ready = readyPods(service, running).map((pod) => trafficPod(pod, input.profileOfImage));
    return [{ key: keyOf(service), ready, loops, load }];
  });
  return { scene: { services, running: running.map((pod) => trafficPod(pod, input.profileOfImage)) }, clients };
}

/** `namespace/name` */
export function keyOf(object: Pod | Service): string {
  return `${namespaceOf(object)}/${object.metadata.name}`;
}

function clientOf(pod: Pod, services: readonly Service[]): readonly LoopClient[] {
  return pod.spec.containers.flatMap((container) => {
    const command = readLoopCommand(container);
    if (command === undefined) return [];
    const service = serviceOfHost(command.host, namespaceOf(pod), services);
    return [{ pod, container: container.name, command, service }];
  });
}

/** The running pods that answer for a Service, the oldest first. */
export function readyPods(service: Service, running: readonly Pod[]): readonly Pod[] {
  const selector = Object.entries(service.spec.selector ?? {});
  if (selector.length === 0) return [];
  return running
    .filter((pod) => namespaceOf(pod) === namespaceOf(service) && isActive(pod) && isReady(pod))
    .filter((pod) => selector.every(([key, value]) => pod.metadata.labels?.[key] === value))
    .toSorted((a, b) => (ageKey(a) < ageKey(b) ? -1 : 1));
}

function ageKey(pod: Pod): string {
  return `${pod.metadata.creationTimestamp ?? ''} ${pod.metadata.name}`;
}

function trafficPod(pod: Pod, profileOfImage: (image: string) => WorkloadProfile): TrafficPod {
  const main = pod.spec.containers[0];
  const limit = parseQuantity(main?.resources?.limits?.['cpu'] ?? '');
  return {
    key: keyOf(pod),
    profile: withMemory(profileOfImage(main?.image ?? ''), pod.metadata.annotations?.[MEMORY_ANNOTATION]),
    cpuMilliMax: limit === undefined ? UNLIMITED_CPU_MILLI : quantityToNumber(limit) * 1000,
    nodeName: pod.spec.nodeName,
    startedAtMs: startedAtMs(pod),
  };
}

/** When the pod's first container started, epoch ms; the pod's own start for one that does not say. */
export function startedAtMs(pod: Pod): number {
  const startedAt = pod.status?.containerStatuses?.[0]?.state['running']?.['startedAt'];
  return parseRfc3339(typeof startedAt === 'string' ? startedAt : (pod.status?.startTime ?? '')) ?? 0;
}

function withMemory(profile: WorkloadProfile, text: string | undefined): WorkloadProfile {
  const memory = parseQuantity(text ?? '');
  if (memory === undefined) return profile;
  const memoryBytes = quantityToNumber(memory);
  if (profile.kind === 'loopShare') return { ...profile, memoryBytes };
  return { ...profile, service: { ...profile.service, memoryBaseBytes: memoryBytes } };
}
