import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { ApiGroup } from '../../../src/metrics/serve/discovery.ts';
import { createMetricsApis } from '../../../src/metrics/serve/metrics-apis.ts';
import type { MetricsSource, ResourceMetricsSource } from '../../../src/metrics/source/port.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../../src/platform/http/certificates.ts';

const SERVICE = { namespace: 'kube-system', name: 'metrics-server' };

/** A request of the aggregation layer with what it was answered. */
export interface MetricsAnswer {
  /** The audit log's name of the request, which the API server hands on. */
  readonly auditId: string;
  readonly status: number;
  readonly body: string;
}

/** Serves `metrics.k8s.io/v1beta1` alone. */
export function serveMetricsApi(cluster: Cluster, resource: ResourceMetricsSource): Promise<{ stop(): Promise<void> }> {
  return serveMetricsApis(cluster, { resource });
}

/**
 * Serves the metrics APIs that the source has, behind the cluster's aggregation layer: its own authority goes into the
 * APIServices, the API server proves itself with its front-proxy certificate, and the Service is an alias of localhost,
 * since Endpoints refuse loopback addresses. Returns when `kubectl get --raw` would be answered.
 */
export async function serveMetricsApis(
  cluster: Cluster,
  source: MetricsSource,
  onAnswer?: (answer: MetricsAnswer) => void,
): Promise<{ stop(): Promise<void> }> {
  const lifetime = { nowMs: Date.now(), validityMs: 24 * 3600 * 1000 };
  const authority = await createCertificateAuthority({ commonName: 'metrics-api-ca', ...lifetime });
  const { certificate, privateKey } = await issueServingCertificate(
    authority,
    { commonName: 'metrics-api', ...lifetime },
    { dnsNames: [`${SERVICE.name}.${SERVICE.namespace}.svc`], addresses: [] },
  );
  const frontProxyAuthority = await readFile(join(cluster.folder, 'pki', 'front-proxy-ca.crt'), 'utf8');
  const metricsApis = createMetricsApis(source, { nowMs: Date.now });
  const handle = async (request: Request): Promise<Response> => {
    const response = await metricsApis.handle(request);
    if (onAnswer === undefined) return response;
    const body = await response.text();
    onAnswer({ auditId: request.headers.get('audit-id') ?? '', status: response.status, body });
    return new Response(body, response);
  };
  const server = createServer(
    { cert: certificate, key: privateKey, ca: frontProxyAuthority, requestCert: true, rejectUnauthorized: true },
    getRequestListener(handle),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const apiServices = metricsApis.groups.flatMap((group) => apiServicesOf(group, port, authority.certificate));
  const items = [serviceOf(port), ...apiServices];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const names = apiServices.map(({ metadata }) => `apiservice/${metadata.name}`);
  await cluster.kubectl(['wait', '--for=condition=Available', ...names, '--timeout=60s']);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serviceOf(port: number) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: SERVICE,
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  };
}

function apiServicesOf({ name, versions }: ApiGroup, port: number, caCertificate: string) {
  return versions.map((version, index) => ({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${name}` },
    spec: {
      group: name,
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100 - index,
      caBundle: Buffer.from(caCertificate).toString('base64'),
      service: { ...SERVICE, port },
    },
  }));
}
