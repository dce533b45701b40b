import { matchesSelector, selectorOfObject } from '../../../base/label-selector.ts';
import type { SeriesLabels } from '../../../metrics/prometheus/answers.ts';
import { targetPort } from '../../world/node/endpoints.ts';
import { namespaceOf, type Pod, type Service } from '../../world/objects.ts';
import { isActive } from '../../world/workload/pod-state.ts';
import { readPrometheusDuration } from '../promql/literals.ts';
import type { MonitorEndpoint, PodMonitor, ServiceMonitor } from './monitors.ts';
import type { ScrapeTarget } from './scrape-target.ts';

/** What a cluster has to be scraped, and who asks for it. */
export interface MonitoredObjects {
  readonly serviceMonitors: readonly ServiceMonitor[];
  readonly podMonitors: readonly PodMonitor[];
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
}

/** What monitors come to. */
export interface MonitorTargets {
  readonly targets: readonly ScrapeTarget[];
  /** Why an endpoint of a monitor is not scraped, each beginning with the monitor's name. */
  readonly problems: readonly string[];
}

/** Prometheus' of the operator, where a monitor does not say. */
const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * The pods that monitors mean, with the labels that the Prometheus Operator would give their samples. Every monitor counts,
 * whatever its own labels are. An endpoint that asks for what is not done here is not scraped, and reported.
 */
export function targetsOf(objects: MonitoredObjects): MonitorTargets {
  const found = [
    ...objects.serviceMonitors.flatMap((monitor) => serviceMonitorTargets(monitor, objects)),
    ...objects.podMonitors.flatMap((monitor) => podMonitorTargets(monitor, objects)),
  ];
  return {
    targets: found.filter((each) => typeof each !== 'string'),
    problems: found.filter((each) => typeof each === 'string'),
  };
}

/** Targets, or why there are none. */
type Found = readonly (ScrapeTarget | string)[];

function serviceMonitorTargets(monitor: ServiceMonitor, { services, pods }: MonitoredObjects): Found {
  const pool = `serviceMonitor/${namespaceOf(monitor)}/${monitor.metadata.name}`;
  const { spec } = monitor;
  const selected = selectedBy(monitor, services);
  if (typeof selected === 'string') return [`${pool}: ${selected}`];
  return (spec.endpoints ?? []).flatMap((endpoint, index): Found => {
    const settings = settingsOf(endpoint, `${pool}/${index}`);
    if (typeof settings === 'string') return [settings];
    return selected.flatMap((service) =>
      podsOf(service, pods).flatMap((pod) => {
        const port = servicePort(endpoint, service, pod);
        if (port === undefined) return [];
        return targetAt(settings, pod, port, {
          ...copied(service, spec.targetLabels),
          ...copied(pod, spec.podTargetLabels),
          job: labelOf(service, spec.jobLabel) ?? service.metadata.name,
          service: service.metadata.name,
          endpoint: endpoint.port ?? String(endpoint.targetPort),
        });
      }),
    );
  });
}

function podMonitorTargets(monitor: PodMonitor, { pods }: MonitoredObjects): Found {
  const pool = `podMonitor/${namespaceOf(monitor)}/${monitor.metadata.name}`;
  const { spec } = monitor;
  const selected = selectedBy(monitor, pods);
  if (typeof selected === 'string') return [`${pool}: ${selected}`];
  return (spec.podMetricsEndpoints ?? []).flatMap((endpoint, index): Found => {
    const settings = settingsOf(endpoint, `${pool}/${index}`);
    if (typeof settings === 'string') return [settings];
    return selected.filter(isScrapable).flatMap((pod) => {
      const port = endpoint.portNumber ?? podPort(pod, endpoint.port ?? endpoint.targetPort);
      if (port === undefined) return [];
      return targetAt(settings, pod, port, {
        ...copied(pod, spec.podTargetLabels),
        job: labelOf(pod, spec.jobLabel) ?? `${namespaceOf(monitor)}/${monitor.metadata.name}`,
        endpoint: endpoint.port ?? String(port),
      });
    });
  });
}

type Settings = Pick<ScrapeTarget, 'pool' | 'path' | 'intervalMs' | 'timeoutMs' | 'honorsLabels'>;

/** What is known of an endpoint's fields; any other would change what its samples are. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set<keyof MonitorEndpoint>([
  'port',
  'targetPort',
  'portNumber',
  'path',
  'scheme',
  'interval',
  'scrapeTimeout',
  'honorLabels',
]);

/** How an endpoint is scraped, or why it is not. */
function settingsOf(endpoint: MonitorEndpoint, pool: string): Settings | string {
  const unknown = Object.keys(endpoint).filter((field) => !KNOWN_FIELDS.has(field));
  if (unknown.length > 0) return `${pool}: the lab's Prometheus does not know ${unknown.join(', ')}; a real one does`;
  if (endpoint.scheme !== undefined && endpoint.scheme.toLowerCase() !== 'http')
    return `${pool}: scheme ${JSON.stringify(endpoint.scheme)}: the lab's Prometheus scrapes over http`;
  const intervalMs = readPrometheusDuration(endpoint.interval ?? '') ?? DEFAULT_INTERVAL_MS;
  const timeoutMs = readPrometheusDuration(endpoint.scrapeTimeout ?? '') ?? Math.min(DEFAULT_TIMEOUT_MS, intervalMs);
  const durations = [endpoint.interval, endpoint.scrapeTimeout].filter((text) => text !== undefined);
  const wrong = durations.find((text) => (readPrometheusDuration(text) ?? 0) <= 0);
  if (wrong !== undefined) return `${pool}: ${JSON.stringify(wrong)} must be a duration such as 10s`;
  if (timeoutMs > intervalMs) return `${pool}: scrapeTimeout must not be longer than the interval of ${intervalMs} ms`;
  const { path = '/metrics', honorLabels = false } = endpoint;
  return { pool, path: path.startsWith('/') ? path : `/${path}`, intervalMs, timeoutMs, honorsLabels: honorLabels };
}

/** The objects that a monitor selects in the namespaces that it looks at, or why it selects none. */
function selectedBy<Selected extends Service | Pod>(
  monitor: ServiceMonitor | PodMonitor,
  objects: readonly Selected[],
): readonly Selected[] | string {
  const { selector, namespaceSelector } = monitor.spec;
  const read = selectorOfObject(selector ?? {});
  if (read.kind === 'invalid') return `selector: ${read.message}`;
  const namespaces = namespaceSelector?.matchNames ?? [namespaceOf(monitor)];
  return objects.filter(
    (object) =>
      (namespaceSelector?.any === true || namespaces.includes(namespaceOf(object))) &&
      matchesSelector(read.selector, object.metadata.labels),
  );
}

function podsOf(service: Service, pods: readonly Pod[]): readonly Pod[] {
  const selector = Object.entries(service.spec.selector ?? {});
  if (selector.length === 0) return [];
  return pods.filter(
    (pod) =>
      isScrapable(pod) &&
      namespaceOf(pod) === namespaceOf(service) &&
      selector.every(([label, text]) => pod.metadata.labels?.[label] === text),
  );
}

function isScrapable(pod: Pod): boolean {
  return isActive(pod) && pod.status?.phase === 'Running' && pod.status.podIP !== undefined;
}

/** The pod's port behind an endpoint: by the name of the Service's port, or by the pod's own. */
function servicePort(endpoint: MonitorEndpoint, service: Service, pod: Pod): number | undefined {
  if (endpoint.port === undefined) return podPort(pod, endpoint.targetPort);
  const port = service.spec.ports?.find(({ name }) => name === endpoint.port);
  return port === undefined ? undefined : targetPort(port, pod);
}

function podPort(pod: Pod, wanted: number | string | undefined): number | undefined {
  return portsOf(pod).find(({ name, containerPort }) => wanted === name || wanted === containerPort)?.containerPort;
}

function portsOf(pod: Pod) {
  return pod.spec.containers.flatMap(({ name: container, ports = [] }) =>
    ports.map(({ name, containerPort }) => ({ container, name, containerPort })),
  );
}

function targetAt(settings: Settings, pod: Pod, port: number, labels: SeriesLabels): readonly ScrapeTarget[] {
  const address = pod.status?.podIP;
  if (address === undefined) return [];
  const container = portsOf(pod).find(({ containerPort }) => containerPort === port)?.container;
  const own = {
    namespace: namespaceOf(pod),
    pod: pod.metadata.name,
    instance: `${address}:${port}`,
    ...(container === undefined ? {} : { container }),
  };
  return [{ ...settings, address, port, labels: { ...labels, ...own } }];
}

/** Labels of an object by the names that a label of Prometheus may have. */
function copied({ metadata }: Service | Pod, names: readonly string[] = []): SeriesLabels {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = metadata.labels?.[name];
      return text === undefined ? [] : [[name.replaceAll(/[^a-zA-Z0-9_]/g, '_'), text]];
    }),
  );
}

function labelOf({ metadata }: Service | Pod, name: string | undefined): string | undefined {
  return name === undefined ? undefined : metadata.labels?.[name] || undefined;
}
