import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { createMetricsApis } from '../../../src/metrics/serve/metrics-apis.ts';
import type { ResourceMetricsSource } from '../../../src/metrics/source/port.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../../src/platform/http/certificates.ts';

const SERVICE = { namespace: 'kube-system', name: 'metrics-server' };

/**
 * Serves `metrics.k8s.io/v1beta1` from the source, behind the cluster's aggregation layer: its own authority goes into
 * the APIService, the API server proves itself with its front-proxy certificate, and the Service is an alias of
 * localhost, since Endpoints refuse loopback addresses. Returns when `kubectl get --raw` would be answered.
 */
export async function serveMetricsApi(
  cluster: Cluster,
  source: ResourceMetricsSource,
): Promise<{ stop(): Promise<void> }> {
  const lifetime = { nowMs: Date.now(), validityMs: 24 * 3600 * 1000 };
  const authority = await createCertificateAuthority({ commonName: 'metrics-api-ca', ...lifetime });
  const { certificate, privateKey } = await issueServingCertificate(
    authority,
    { commonName: 'metrics-api', ...lifetime },
    { dnsNames: [`${SERVICE.name}.${SERVICE.namespace}.svc`], addresses: [] },
  );
  const frontProxyAuthority = await readFile(join(cluster.folder, 'pki', 'front-proxy-ca.crt'), 'utf8');
  const metricsApis = createMetricsApis({ resource: source }, { nowMs: Date.now });
  const server = createServer(
    { cert: certificate, key: privateKey, ca: frontProxyAuthority, requestCert: true, rejectUnauthorized: true },
    getRequestListener((request) => metricsApis.handle(request)),
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
