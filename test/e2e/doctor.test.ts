import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { createCertificateAuthority } from '../../src/platform/http/certificates.ts';
import { frontProxyAuthorityFile, listenForMetrics, registerMetricsApis } from './support/metrics-api.ts';

const CUSTOM = 'custom.metrics.k8s.io';

let cluster: Cluster;
let metrics: Awaited<ReturnType<typeof listenForMetrics>>;

beforeAll(async () => {
  cluster = await startCluster({ isApiServerAlone: true });
  const resource = { listPods: async () => [], listNodes: async () => [] };
  metrics = await listenForMetrics({ resource }, frontProxyAuthorityFile(cluster));
});
afterAll(async () => {
  await metrics?.stop();
  await cluster?.stop();
});

interface Ending {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `podtide doctor` as a process of its own. */
function doctor(kubeconfig: string, ...words: readonly string[]): Promise<Ending> {
  const command = ['src/app/cli/main.ts', 'doctor', '--kubeconfig', kubeconfig, '--lang', 'en', ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Codes of what it finds, with the exit code. */
async function found(): Promise<readonly (string | number)[]> {
  const { exitCode, stdout, stderr } = await doctor(cluster.kubeconfig, '-o', 'json');
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly { readonly code: string }[] };
  return [exitCode, ...findings.map(({ code }) => code)];
}

/** An APIService of custom metrics, once the API server has this to say of it. */
async function register(reason: string, spec: object): Promise<void> {
  const name = `v1beta1.${CUSTOM}`;
  const object = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: { group: CUSTOM, version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100, ...spec },
  };
  await cluster.kubectl(['delete', 'apiservice', name, '--ignore-not-found']);
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const wanted = `--for=jsonpath={.status.conditions[0].reason}=${reason}`;
  await cluster.kubectl(['wait', wanted, '--timeout=60s', `apiservice/${name}`]);
}

describe('podtide doctor before a real API server', () => {
  test('nobody serves anything, and nobody needs it', async () => {
    expect(await doctor(cluster.kubeconfig)).toEqual({
      exitCode: 0,
      stdout:
        'metrics.k8s.io           nobody\ncustom.metrics.k8s.io    nobody\nexternal.metrics.k8s.io  nobody\n\nno problem found\n',
      stderr: '',
    });
  });

  test('a server that answers, by the name of its Service', async () => {
    await registerMetricsApis(cluster, metrics);
    const { exitCode, stdout } = await doctor(cluster.kubeconfig);
    expect(stdout).toMatch(
      /^v1beta1\.metrics\.k8s\.io +available +metrics-server \(by the name of the Service metrics-server\), Service kube-system\/metrics-server\n/m,
    );
    expect(exitCode).toBe(0);
  });

  test('why one does not answer is read from the API server’s own words', async () => {
    const service = { namespace: 'kube-system', name: 'metrics-server', port: metrics.port };
    const caBundle = Buffer.from(metrics.caCertificate).toString('base64');
    const lifetime = { nowMs: Date.now(), validityMs: 3_600_000 };
    const other = await createCertificateAuthority({ commonName: 'other', ...lifetime });
    await register('ServiceNotFound', { caBundle, service: { ...service, name: 'nobody' } });
    expect(await found()).toEqual([1, 'ServiceMissing']);
    await register('FailedDiscoveryCheck', { caBundle, service });
    expect(await found()).toEqual([1, 'ServerLacksApi']);
    await register('FailedDiscoveryCheck', {
      caBundle: Buffer.from(other.certificate).toString('base64'),
      service,
    });
    expect(await found()).toEqual([1, 'AuthorityUnknown']);
    await register('FailedDiscoveryCheck', { caBundle, service: { ...service, port: 1 } });
    expect(await found()).toEqual([1, 'ConnectionRefused']);
    await cluster.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'kube-system', name: 'renamed' },
        spec: { type: 'ExternalName', externalName: 'localhost' },
      }),
    );
    await register('FailedDiscoveryCheck', { caBundle, service: { ...service, name: 'renamed' } });
    expect(await found()).toEqual([1, 'CertificateNames']);
    await register('Local', {});
    expect(await found()).toEqual([1, 'ApiServiceLeftOver']);
  });

  test('an account without rights is told each of them, and sees what discovery tells everybody', async () => {
    await cluster.kubectl(['delete', 'apiservice', `v1beta1.${CUSTOM}`]);
    await cluster.kubectl(['create', 'serviceaccount', 'poor', '-n', 'default']);
    const kubeconfig = await cluster.kubeconfigFor({ namespace: 'default', name: 'poor' });
    const { exitCode, stdout } = await doctor(kubeconfig);
    expect(stdout).toMatch(/^not seen: the APIServices could not be looked at: .*poor.* cannot list resource/m);
    expect(stdout).toMatch(/^not seen: the HPAs of all namespaces could not be looked at: /m);
    expect(stdout).toMatch(/^v1beta1\.metrics\.k8s\.io +available$/m);
    expect(exitCode).toBe(3);
  });
});
