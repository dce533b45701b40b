import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { untilAvailable } from '../../../scripts/cluster/available-apis.ts';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { ApiGroup } from '../../../src/metrics/serve/discovery.ts';
import { createMetricsApis, type MetricsApis } from '../../../src/metrics/serve/metrics-apis.ts';
import type { MetricsSource, ResourceMetricsSource } from '../../../src/metrics/source/port.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../../src/platform/http/certificates.ts';
import { listenOnLoopback } from './loopback-server.ts';

const SERVICE = { namespace: 'kube-system', name: 'metrics-server' };

/** A request of the aggregation layer with what it was answered. */
export interface MetricsAnswer {
  /** The audit log's name of the request, which the API server hands on. */
  readonly auditId: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** How a source is served. */
export interface MetricsServing {
  readonly onAnswer?: (answer: MetricsAnswer) => void;
  /** The server around the APIs; the APIs alone when absent. */
  readonly serve?: (apis: MetricsApis) => (request: Request) => Promise<Response>;
}

/** Serves `metrics.k8s.io/v1beta1` alone. */
export function serveMetricsApi(cluster: Cluster, resource: ResourceMetricsSource): Promise<{ stop(): Promise<void> }> {
  return serveMetricsApis(cluster, { resource });
}

/**
 * Serves the metrics APIs that the source has, behind the cluster's aggregation layer. Returns when `kubectl get --raw`
 * would be answered.
 */
export async function serveMetricsApis(
  cluster: Cluster,
  source: MetricsSource,
  onAnswer?: (answer: MetricsAnswer) => void,
): Promise<{ stop(): Promise<void> }> {
  const listener = await listenForMetrics(source, frontProxyAuthorityFile(cluster), {
    ...(onAnswer === undefined ? {} : { onAnswer }),
  });
  await registerMetricsApis(cluster, listener);
  return listener;
}

/** What a cluster must know of a metrics server to ask it. */
export interface MetricsAddress {
  readonly port: number;
  /** PEM text of the authority that its certificate is of. */
  readonly caCertificate: string;
  readonly groups: readonly ApiGroup[];
}

/** The authority of the certificate that the cluster's API server shows to those whom it aggregates. */
export function frontProxyAuthorityFile(cluster: Cluster): string {
  return join(cluster.folder, 'pki', 'front-proxy-ca.crt');
}

/** Listens on loopback for an API server that shows a certificate of the front-proxy authority; no cluster knows of it yet. */
export async function listenForMetrics(
  source: MetricsSource,
  frontProxyAuthority: string,
  { onAnswer, serve }: MetricsServing = {},
): Promise<MetricsAddress & { stop(): Promise<void> }> {
  const lifetime = { nowMs: Date.now(), validityMs: 24 * 3600 * 1000 };
  const authority = await createCertificateAuthority({ commonName: 'metrics-api-ca', ...lifetime });
  const { certificate, privateKey } = await issueServingCertificate(
    authority,
    { commonName: 'metrics-api', ...lifetime },
    { dnsNames: [`${SERVICE.name}.${SERVICE.namespace}.svc`], addresses: ['127.0.0.1'] },
  );
  const metricsApis = createMetricsApis(source, { nowMs: Date.now });
  const answer =
    serve?.(metricsApis) ?? ((request: Request) => metricsApis.handle(onAnswer ? askedForJson(request) : request));
  const handle = async (request: Request): Promise<Response> => {
    const response = await answer(request);
    if (onAnswer === undefined) return response;
    const { pathname, search } = new URL(request.url);
    const bytes = await response.arrayBuffer();
    onAnswer({
      auditId: request.headers.get('audit-id') ?? '',
      path: `${pathname}${search}`,
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      body: new TextDecoder().decode(bytes),
    });
    const isBodiless = response.status === 204 || response.status === 304;
    return new Response(isBodiless ? null : bytes, response);
  };
  const ca = await readFile(frontProxyAuthority, 'utf8');
  const server = createServer(
    { cert: certificate, key: privateKey, ca, requestCert: true, rejectUnauthorized: true },
    getRequestListener(handle),
  );
  return {
    ...(await listenOnLoopback(server)),
    caCertificate: authority.certificate,
    groups: metricsApis.groups,
  };
}

/** What is written down is read again as text: no protobuf, which kube-controller-manager would rather have. */
function askedForJson(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.set('accept', 'application/json');
  return new Request(request.url, { method: request.method, headers, signal: request.signal });
}

/**
 * Makes a metrics server known: its authority goes into the APIServices, and the Service is an alias of localhost, since
 * Endpoints refuse loopback addresses. Returns when the API server hands requests on.
 */
export async function registerMetricsApis(cluster: Cluster, address: MetricsAddress): Promise<void> {
  const { port, caCertificate, groups } = address;
  const apiServices = groups.flatMap((group) => apiServicesOf(group, port, caCertificate));
  const items = [serviceOf(port), ...apiServices];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const names = apiServices.map(({ metadata }) => metadata.name);
  await untilAvailable(cluster, names);
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
