import { readFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilAvailable } from '../../scripts/cluster/available-apis.ts';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import type { Log } from '../../src/base/log.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { apiServiceRules, servingSecretRules } from '../../src/platform/access/access-rules.ts';
import { openAggregatedListener } from '../../src/platform/access/aggregated-listener.ts';
import { keepAuthorities } from '../../src/platform/access/authority-keeper.ts';
import type { AccessGrant } from '../../src/platform/access/delegated-access.ts';
import { openServingCertificate, serviceNames } from '../../src/platform/access/serving-certificate.ts';
import { followTrust } from '../../src/platform/access/trust-source.ts';
import type { KeyPair } from '../../src/platform/http/certificates.ts';
import { kubeconfigAccess } from '../../src/platform/kube/cluster-access.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { createSocketTransport } from '../../src/platform/kube/socket-transport.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { authorityOf, clientOf } from '../fixtures/client-certificates.ts';

const NAMESPACE = 'podtide-system';
const SERVICE = { namespace: NAMESPACE, name: 'podtide-metrics-server' };
const ACCOUNT = { namespace: NAMESPACE, name: 'podtide-metrics-server' };
const SECRET = 'podtide-metrics-server-serving';
const V1BETA1 = 'v1beta1.metrics.k8s.io';
const V1 = 'v1.metrics.k8s.io';
const PODS = '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods';
const CONFIG_MAP = ['-n', 'kube-system', 'configmap/extension-apiserver-authentication'];

const ioClock = createSystemClock();

let cluster: Cluster;
let server: ServedAccess;
const served: { readonly grant: AccessGrant; readonly path: string }[] = [];
const complaints: string[] = [];
const log: Log = {
  ...SILENT_LOG,
  warn: (message, fields) => complaints.push(`${message} ${JSON.stringify(fields)}`),
  with: () => log,
};

interface ServedAccess {
  readonly port: number;
  readonly authority: () => string;
  stop(): Promise<void>;
}

beforeAll(async () => {
  cluster = await startCluster({ isApiServerAlone: true });
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: rights() }));
  server = await serve();
  await apply(serviceOf(server.port), apiServiceOf('v1beta1', server.port));
});

afterAll(async () => {
  await server?.stop();
  await cluster?.stop();
});

/** Everything with the account's own rights, which are the least. */
async function serve(): Promise<ServedAccess> {
  const access = await kubeconfigAccess({ paths: [await cluster.kubeconfigFor(ACCOUNT)], ioClock });
  const transport = createSocketTransport({ access, ioClock });
  const kube = { transport, ioClock, log, userAgent: 'podtide-test' };
  const client = createKubeClient(kube);
  const trust = await followTrust({ flags: {}, client, kube, ioClock, log });
  const keeper = keepAuthorities({ client, kube, ioClock, log, apiServices: [V1BETA1, V1], service: SERVICE });
  const serving = await openServingCertificate({
    client,
    ioClock,
    log,
    secret: { namespace: NAMESPACE, name: SECRET },
    names: serviceNames(SERVICE),
    isPublished: (caBundle) => keeper.isPublished(caBundle),
  });
  serving.subscribe(() => keeper.publish(serving.caBundle));
  keeper.publish(serving.caBundle);
  const listener = await openAggregatedListener({
    trust,
    serving,
    client,
    ioClock,
    log,
    address: '127.0.0.1',
    port: 0,
    handle: (request, grant) => {
      const { pathname } = new URL(request.url);
      served.push({ grant, path: pathname });
      return Response.json({ kind: 'Probe', user: grant.user.name, path: pathname });
    },
  });
  return {
    port: listener.port,
    authority: () => serving.caBundle,
    stop: async () => {
      await listener.close(0);
      serving.stop();
      await Promise.all([keeper.stop(), trust.stop()]);
      await transport.close();
    },
  };
}

function rights(): readonly unknown[] {
  const rbac = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', ...ACCOUNT }];
  const metadata = { name: 'podtide-metrics-server' };
  const account = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: 'default', name },
  });
  const bind = (kind: 'Role' | 'ClusterRole', name: string, where: { namespace?: string }, bound = subjects) => ({
    apiVersion: `${rbac}/v1`,
    kind: where.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { ...where, name: `podtide-${name}`.replaceAll(':', '-') },
    roleRef: { apiGroup: rbac, kind, name },
    subjects: bound,
  });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ACCOUNT },
    account('reader'),
    account('nobody'),
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules: apiServiceRules([V1BETA1, V1]) },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { ...metadata, namespace: NAMESPACE },
      rules: servingSecretRules(SECRET),
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: 'pod-metrics', namespace: 'default' },
      rules: [{ apiGroups: ['metrics.k8s.io'], resources: ['pods'], verbs: ['list'] }],
    },
    bind('ClusterRole', metadata.name, {}),
    bind('Role', metadata.name, { namespace: NAMESPACE }),
    bind('ClusterRole', 'system:auth-delegator', {}),
    bind('Role', 'extension-apiserver-authentication-reader', { namespace: 'kube-system' }),
    bind('Role', 'pod-metrics', { namespace: 'default' }, [
      { kind: 'ServiceAccount', namespace: 'default', name: 'reader' },
    ]),
  ];
}

function serviceOf(port: number) {
  const spec = { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: SERVICE, spec };
}

/** As metrics-server's own manifest has it: without verification, which is what we are to put right. */
function apiServiceOf(version: string, port: number) {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.metrics.k8s.io` },
    spec: {
      group: 'metrics.k8s.io',
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { ...SERVICE, port },
    },
  };
}

async function apply(...items: readonly unknown[]): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

interface ApiServiceSpec {
  readonly caBundle?: string;
  readonly insecureSkipTLSVerify?: boolean;
}

async function trusted(name: string): Promise<ApiServiceSpec> {
  const { spec } = JSON.parse(await cluster.kubectl(['get', 'apiservice', name, '-o', 'json']));
  const { caBundle, insecureSkipTLSVerify } = spec as ApiServiceSpec;
  return {
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(insecureSkipTLSVerify ? { insecureSkipTLSVerify } : {}),
  };
}

const right = (): ApiServiceSpec => ({ caBundle: Buffer.from(server.authority()).toString('base64') });

async function untilTrusted(name: string): Promise<void> {
  await expect.poll(() => trusted(name), { timeout: 30_000 }).toEqual(right());
  await untilAvailable(cluster, [name]);
}

/** Past the API server, straight to our listener, as curl would. */
function askDirectly(
  path: string,
  headers: Readonly<Record<string, string>>,
  certificate?: KeyPair,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  return new Promise((resolve, reject) => {
    httpsRequest(
      {
        host: '127.0.0.1',
        servername: 'localhost',
        port: server.port,
        path,
        headers,
        ca: server.authority(),
        agent: false,
        ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.privateKey }),
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
      },
    )
      .on('error', reject)
      .end();
  });
}

const bearer = async (name: string) => ({
  authorization: `Bearer ${await cluster.tokenFor({ namespace: 'default', name })}`,
});

test('an APIService without verification is given our authority and becomes available; the prober is a master', async () => {
  await untilTrusted(V1BETA1);
  const probes = served.filter(({ path }) => path === '/apis/metrics.k8s.io/v1beta1');
  expect(probes[0]?.grant.user).toMatchObject({
    name: 'system:kube-aggregator',
    groups: ['system:masters', 'system:authenticated'],
  });
});

test('discovery comes as a user without groups, who may because it is authenticated', async () => {
  const isDiscovery = ({ path, grant }: (typeof served)[number]): boolean =>
    /^\/(apis|openapi)/.test(path) && !grant.user.groups.includes('system:masters');
  await expect
    .poll(() => served.find(isDiscovery)?.grant.user.groups, { timeout: 30_000 })
    .toEqual(['system:authenticated']);
});

test('kubectl get --raw: the administrator and a reader are handed on by name', async () => {
  expect(JSON.parse(await cluster.kubectl(['get', '--raw', PODS]))).toMatchObject({ user: 'podtide-cluster-admin' });
  const reader = await cluster.kubeconfigFor({ namespace: 'default', name: 'reader' });
  expect(JSON.parse(await cluster.kubectl(['--kubeconfig', reader, 'get', '--raw', PODS]))).toMatchObject({
    user: 'system:serviceaccount:default:reader',
  });
  // The API server's own discovery asks at any time: it may have come after the reader.
  expect(served.findLast(({ path }) => path === PODS)?.grant.user.groups).toEqual([
    'system:serviceaccounts',
    'system:serviceaccounts:default',
    'system:authenticated',
  ]);
});

test('a bearer token straight to us: what may, may; what may not is told so in the API server’s words', async () => {
  expect(await askDirectly(PODS, await bearer('reader'))).toMatchObject({
    status: 200,
    body: { user: 'system:serviceaccount:default:reader' },
  });
  const nobody = await askDirectly(PODS, await bearer('nobody'));
  const kubeconfig = await cluster.kubeconfigFor({ namespace: 'default', name: 'nobody' });
  const refusal = await cluster.kubectl(['--kubeconfig', kubeconfig, 'get', '--raw', PODS]).catch((error) => error);
  expect(nobody.status).toBe(403);
  expect(String(refusal)).toContain(`Error from server (Forbidden): ${nobody.body['message']}`);
  expect((await askDirectly(PODS, { authorization: 'Bearer bad' })).status).toBe(401);
  expect((await askDirectly(PODS, { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' })).status).toBe(403);
});

test('a further front-proxy authority in the ConfigMap is believed without a restart', async () => {
  const nowMs = Date.now();
  const authority = await authorityOf('next-front-proxy-ca', nowMs);
  const proxy = await clientOf(authority, 'front-proxy-client', nowMs);
  const headers = { 'x-remote-user': 'jane', 'x-remote-group': 'system:masters' };
  expect((await askDirectly(PODS, headers, proxy)).status).toBe(401);
  const before = await readFile(join(cluster.folder, 'pki', 'front-proxy-ca.crt'), 'utf8');
  const data = { 'requestheader-client-ca-file': `${before.trim()}\n${authority.certificate.trim()}\n` };
  await cluster.kubectl(['patch', ...CONFIG_MAP, '--type=merge', '-p', JSON.stringify({ data })]);
  await expect.poll(async () => (await askDirectly(PODS, headers, proxy)).status, { timeout: 30_000 }).toBe(200);
  // The API server’s own connections were ended and come again.
  expect(JSON.parse(await cluster.kubectl(['get', '--raw', PODS]))).toMatchObject({ user: 'podtide-cluster-admin' });
});

test('what somebody breaks is put right, and an APIService that comes later is looked after too', async () => {
  const spec = { caBundle: null, insecureSkipTLSVerify: true };
  await cluster.kubectl(['patch', 'apiservice', V1BETA1, '--type=merge', '-p', JSON.stringify({ spec })]);
  await apply(apiServiceOf('v1', server.port));
  await untilTrusted(V1BETA1);
  await untilTrusted(V1);
  const refusals = complaints.filter((text) => text.startsWith('a request showed credentials and none was good'));
  expect([refusals.length, complaints]).toEqual([2, refusals]);
});
