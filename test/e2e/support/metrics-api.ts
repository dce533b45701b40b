import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { createAuthority } from '../../../scripts/cluster/pki.ts';
import type { PodMetrics, ResourceMetricsSource } from '../../../src/metrics/source/port.ts';

const SERVICE = { namespace: 'kube-system', name: 'metrics-server' };
const GROUP_VERSION = 'metrics.k8s.io/v1beta1';

/**
 * Serves `metrics.k8s.io/v1beta1` from the source, behind the cluster's aggregation layer: its own authority goes into
 * the APIService, the API server proves itself with its front-proxy certificate, and the Service is an alias of
 * localhost, since Endpoints refuse loopback addresses. Returns when `kubectl get --raw` would be answered.
 */
export async function serveMetricsApi(
  cluster: Cluster,
  source: ResourceMetricsSource,
): Promise<{ stop(): Promise<void> }> {
  const authority = await createAuthority('metrics-api');
  const dnsNames = [`${SERVICE.name}.${SERVICE.namespace}.svc`];
  const { certificate, key } = await authority.issue({ commonName: 'metrics-api', usage: 'server', dnsNames });
  const frontProxyAuthority = await readFile(join(cluster.folder, 'pki', 'front-proxy-ca.crt'), 'utf8');
  const server = createServer(
    { cert: certificate, key, ca: frontProxyAuthority, requestCert: true, rejectUnauthorized: true },
    (request, response) => void answer(source, request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(registration(port, authority.certificate)));
  await cluster.kubectl(['wait', '--for=condition=Available', 'apiservice/v1beta1.metrics.k8s.io', '--timeout=60s']);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function registration(port: number, caCertificate: string) {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: SERVICE,
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  };
  const apiService = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      caBundle: Buffer.from(caCertificate).toString('base64'),
      service: { ...SERVICE, port },
    },
  };
  return { apiVersion: 'v1', kind: 'List', items: [service, apiService] };
}

async function answer(
  source: ResourceMetricsSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://localhost');
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const root = `/apis/${GROUP_VERSION}`;
  const list = new RegExp(`^${root}(?:/namespaces/([^/]+))?/pods$`).exec(url.pathname);
  if (url.pathname === root) {
    send(200, RESOURCES);
  } else if (list === null) {
    send(404, {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'NotFound',
      code: 404,
      message: url.pathname,
    });
  } else {
    const query = { namespace: list[1] ?? null, labelSelector: url.searchParams.get('labelSelector') ?? '' };
    const pods = await source.listPods(query, AbortSignal.timeout(10_000));
    send(200, { kind: 'PodMetricsList', apiVersion: GROUP_VERSION, metadata: {}, items: pods.map(podMetrics) });
  }
}

const RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: GROUP_VERSION,
  resources: [{ name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] }],
};

function podMetrics({ namespace, name, labels, atMs, windowMs, containers }: PodMetrics) {
  return {
    metadata: { namespace, name, labels, creationTimestamp: wireTime(atMs) },
    timestamp: wireTime(atMs),
    window: `${windowMs / 1000}s`,
    containers,
  };
}

function wireTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
