import { describe, expect, test } from 'vitest';
import type { Pod, Service } from '../../world/objects.ts';
import { type MonitoredObjects, targetsOf } from './monitor-targets.ts';
import type { PodMonitor, ServiceMonitor } from './monitors.ts';

const LABELS = { app: 'web' };

const POD: Pod = {
  metadata: { namespace: 'default', name: 'web-1', labels: { ...LABELS, 'app.kubernetes.io/part-of': 'shop' } },
  spec: {
    containers: [
      { name: 'side', image: 'side', ports: [{ containerPort: 9000, name: 'side' }] },
      { name: 'web', image: 'web', ports: [{ containerPort: 8080, name: 'http' }] },
    ],
  },
  status: { phase: 'Running', podIP: '10.244.1.5' },
};

const SERVICE: Service = {
  metadata: { namespace: 'default', name: 'web-service', labels: { ...LABELS, team: 'sales' } },
  spec: { selector: LABELS, ports: [{ name: 'prometheus-port', port: 80, targetPort: 'http' }] },
};

function serviceMonitor(spec: Partial<ServiceMonitor['spec']> = {}): ServiceMonitor {
  const endpoints = [{ port: 'prometheus-port', interval: '10s' }];
  return {
    metadata: { namespace: 'default', name: 'web' },
    spec: { selector: { matchLabels: LABELS }, endpoints, ...spec },
  };
}

function podMonitor(spec: Partial<PodMonitor['spec']> = {}): PodMonitor {
  const podMetricsEndpoints = [{ port: 'http' }];
  return {
    metadata: { namespace: 'default', name: 'web' },
    spec: { selector: { matchLabels: LABELS }, podMetricsEndpoints, ...spec },
  };
}

function found(objects: Partial<MonitoredObjects>) {
  return targetsOf({ serviceMonitors: [], podMonitors: [], services: [SERVICE], pods: [POD], ...objects });
}

const TARGET = {
  pool: 'serviceMonitor/default/web/0',
  address: '10.244.1.5',
  port: 8080,
  path: '/metrics',
  intervalMs: 10_000,
  timeoutMs: 10_000,
  honorsLabels: false,
  labels: {
    job: 'web-service',
    service: 'web-service',
    endpoint: 'prometheus-port',
    namespace: 'default',
    pod: 'web-1',
    container: 'web',
    instance: '10.244.1.5:8080',
  },
};

const POD_TARGET = {
  ...TARGET,
  pool: 'podMonitor/default/web/0',
  intervalMs: 30_000,
  labels: {
    job: 'default/web',
    endpoint: 'http',
    namespace: 'default',
    pod: 'web-1',
    container: 'web',
    instance: '10.244.1.5:8080',
  },
};

describe('targetsOf', () => {
  test('a ServiceMonitor as the tutorial has it', () => {
    expect(found({ serviceMonitors: [serviceMonitor()] })).toEqual({ targets: [TARGET], problems: [] });
  });

  test('a PodMonitor', () => {
    expect(found({ podMonitors: [podMonitor()] })).toEqual({ targets: [POD_TARGET], problems: [] });
  });

  test.each([
    {
      why: 'another path, its own times, labels of the page first',
      spec: {
        endpoints: [{ port: 'prometheus-port', path: 'stats', interval: '1m', scrapeTimeout: '5s', honorLabels: true }],
      },
      target: { ...TARGET, path: '/stats', intervalMs: 60_000, timeoutMs: 5_000, honorsLabels: true },
    },
    {
      why: 'a port of the pod by its name',
      spec: { endpoints: [{ targetPort: 'side', interval: '10s' }] },
      target: {
        ...TARGET,
        port: 9000,
        labels: { ...TARGET.labels, endpoint: 'side', container: 'side', instance: '10.244.1.5:9000' },
      },
    },
    {
      why: 'a port of the pod by its number',
      spec: { endpoints: [{ targetPort: 8080, interval: '10s' }] },
      target: { ...TARGET, labels: { ...TARGET.labels, endpoint: '8080' } },
    },
    {
      why: "the job by a label of the Service, and labels of Service and pod taken over, but never the target's own",
      spec: {
        jobLabel: 'team',
        targetLabels: ['team', 'missing'],
        podTargetLabels: ['app.kubernetes.io/part-of', 'pod'],
      },
      target: {
        ...TARGET,
        labels: { ...TARGET.labels, job: 'sales', team: 'sales', app_kubernetes_io_part_of: 'shop' },
      },
    },
    {
      why: 'namespaces by name',
      spec: { namespaceSelector: { matchNames: ['default', 'other'] } },
      target: TARGET,
    },
    { why: 'all namespaces', spec: { namespaceSelector: { any: true } }, target: TARGET },
    { why: 'everything', spec: { selector: {} }, target: TARGET },
  ])('a ServiceMonitor: $why', ({ spec, target }) => {
    expect(found({ serviceMonitors: [serviceMonitor(spec)] })).toEqual({ targets: [target], problems: [] });
  });

  test.each([
    {
      why: 'another namespace',
      objects: { serviceMonitors: [serviceMonitor({ namespaceSelector: { matchNames: ['other'] } })] },
    },
    {
      why: 'other labels',
      objects: { serviceMonitors: [serviceMonitor({ selector: { matchLabels: { app: 'api' } } })] },
    },
    { why: 'no port of that name', objects: { serviceMonitors: [serviceMonitor({ endpoints: [{ port: 'http' }] })] } },
    {
      why: 'no port of the pod of that name',
      objects: { podMonitors: [podMonitor({ podMetricsEndpoints: [{ port: 'x' }] })] },
    },
    { why: 'a pod that waits', pods: [{ ...POD, status: { phase: 'Pending', podIP: '10.244.1.5' } }] },
    { why: 'a pod that has ended', pods: [{ ...POD, status: { phase: 'Succeeded', podIP: '10.244.1.5' } }] },
    { why: 'a pod without an address', pods: [{ ...POD, status: { phase: 'Running' } }] },
    {
      why: 'a pod that goes',
      pods: [{ ...POD, metadata: { ...POD.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    },
    { why: 'a pod of another namespace', pods: [{ ...POD, metadata: { ...POD.metadata, namespace: 'other' } }] },
    {
      why: 'a Service without a selector',
      objects: { serviceMonitors: [serviceMonitor()], services: [{ ...SERVICE, spec: {} }] },
    },
  ])('nothing: $why', ({ objects, pods }) => {
    const both = { serviceMonitors: [serviceMonitor()], podMonitors: [podMonitor()] };
    expect(found(objects ?? { ...both, pods: pods ?? [] })).toEqual({ targets: [], problems: [] });
  });

  test.each([
    {
      why: 'a field that changes samples',
      spec: { endpoints: [{ port: 'prometheus-port', relabelings: [] }] },
      problem: "serviceMonitor/default/web/0: the lab's Prometheus does not know relabelings; a real one does",
    },
    {
      why: 'another way of speaking',
      spec: { endpoints: [{ port: 'prometheus-port', scheme: 'HTTPS' }] },
      problem: 'serviceMonitor/default/web/0: scheme "HTTPS": the lab\'s Prometheus scrapes over http',
    },
    {
      why: 'no duration',
      spec: { endpoints: [{ port: 'prometheus-port', interval: 'often' }] },
      problem: 'serviceMonitor/default/web/0: "often" must be a duration such as 10s',
    },
    {
      why: 'a timeout beyond the interval',
      spec: { endpoints: [{ port: 'prometheus-port', interval: '5s', scrapeTimeout: '6s' }] },
      problem: 'serviceMonitor/default/web/0: scrapeTimeout must not be longer than the interval of 5000 ms',
    },
    {
      why: 'no selector',
      spec: { selector: { matchExpressions: [{ key: 'app', operator: 'Is' }] } },
      problem: 'serviceMonitor/default/web: selector: "Is" is not a valid label selector operator',
    },
  ])('reported: $why', ({ spec, problem }) => {
    expect(found({ serviceMonitors: [serviceMonitor(spec)] })).toEqual({ targets: [], problems: [problem] });
  });
});
