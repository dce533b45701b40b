import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { LabSpeed } from '../../src/app/config/lab-config.ts';
import { createLabClock, type LabClock } from '../../src/app/processes/lab-clock.ts';
import { type LabCluster, startLabCluster } from '../../src/app/processes/lab-cluster.ts';
import { type Log, SILENT_LOG } from '../../src/base/log.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/core/engine/options.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { createDeliveryLedger } from '../../src/platform/time/delivery-ledger.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';

// A metrics server in a lab whose time is not the machine's: over sockets, as it runs everywhere.

const RESOURCES: Readonly<Record<string, readonly [group: string, resource: string, isNamespaced: boolean]>> = {
  ServiceAccount: ['', 'serviceaccounts', true],
  ClusterRole: ['rbac.authorization.k8s.io', 'clusterroles', false],
  RoleBinding: ['rbac.authorization.k8s.io', 'rolebindings', true],
  ClusterRoleBinding: ['rbac.authorization.k8s.io', 'clusterrolebindings', false],
  Service: ['', 'services', true],
  Deployment: ['apps', 'deployments', true],
};
const API_SERVICES = typeOf('apiregistration.k8s.io', 'apiservices', false);
const API_SERVICE = { name: 'v1beta1.metrics.k8s.io' };
const DEPLOYMENTS = typeOf('apps', 'deployments', true);
const DEPLOYMENT = { namespace: 'kube-system', name: 'metrics-server' };
const AVAILABLE_MS_MAX = 60_000;

/** Until a node's next scrape at the latest it may be missing, where time flies. */
const NODES = ['node-1', 'node-2', 'node-3'];

interface ApiService extends KubeObject {
  readonly spec?: { readonly service?: object };
  readonly status?: { readonly conditions?: readonly { readonly status: string; readonly reason: string }[] };
}

let folder: string;
let time: LabClock;
let cluster: LabCluster;
let client: KubeClient;
let complaints: string[];
let stopping: AbortController;
let running: Promise<void>;

const log: Log = {
  ...SILENT_LOG,
  warn: (message, fields) => void complaints.push(`${message} ${JSON.stringify(fields)}`),
  error: (message, fields) => void complaints.push(`${message} ${JSON.stringify(fields)}`),
  with: () => log,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-programs-'));
  complaints = [];
  stopping = new AbortController();
});

afterEach(async () => {
  stopping.abort(new Error('the test is over'));
  await running;
  await cluster.close();
  await rm(folder, { recursive: true });
});

function typeOf(group: string, resource: string, isNamespaced: boolean): ResourceType {
  return { group, version: 'v1', resource, isNamespaced };
}

async function startAt(speed: LabSpeed): Promise<void> {
  const ioClock = createSystemClock();
  time = createLabClock(speed, ioClock);
  cluster = await startLabCluster({
    config: {
      port: 0,
      kubeconfigPath: join(folder, 'kubeconfig'),
      features: DEFAULT_ENGINE_OPTIONS.features,
      kubernetesVersion: '1.36',
      isReal: false,
    },
    stories: [],
    clock: time.clock,
    ioClock,
    ledger: createDeliveryLedger(time.clock),
    log,
    programVersion: '0.0.0',
  });
  client = createKubeClient(await cluster.openClient('test/v1'));
  running = time.run(stopping.signal);
}

async function applyComponents(): Promise<void> {
  const text = readFileSync('test/fixtures/metrics-server-components.yaml', 'utf8');
  for (const document of parseAllDocuments(text)) {
    const object: ApiService & { kind: string } = document.toJS();
    const [group, resource, isNamespaced] = RESOURCES[object.kind] ?? [];
    if (group === undefined || resource === undefined) {
      await client.patch(API_SERVICES, API_SERVICE, { kind: 'merge', body: object });
    } else await client.create(typeOf(group, resource, isNamespaced ?? false), object);
  }
}

async function availability(): Promise<string> {
  const { spec, status } = await client.get<ApiService>(API_SERVICES, API_SERVICE);
  return `${spec?.service === undefined ? 'local' : 'remote'} ${status?.conditions?.[0]?.reason}`;
}

async function measuredNodes(): Promise<readonly string[]> {
  const list = (await client.getJson('/apis/metrics.k8s.io/v1beta1/nodes')) as { items: readonly KubeObject[] };
  return list.items.map(({ metadata }) => metadata.name);
}

test.each<readonly [why: string, speed: LabSpeed]>([
  ['as fast as possible', { kind: 'max' }],
  ['sixty times as fast', { kind: 'factor', factor: 60 }],
])(
  '%s, a metrics server of the lab serves, ends and serves again',
  async (_why, speed) => {
    await startAt(speed);
    await applyComponents();
    await expect.poll(availability, { timeout: AVAILABLE_MS_MAX }).toBe('remote Passed');
    await expect.poll(measuredNodes, { timeout: AVAILABLE_MS_MAX }).toEqual(NODES);

    await client.patch(DEPLOYMENTS, DEPLOYMENT, { kind: 'merge', body: { spec: { replicas: 0 } } });
    await expect.poll(availability, { timeout: AVAILABLE_MS_MAX }).toBe('remote MissingEndpoints');
    const beforeMs = time.clock.nowMs();
    await client.patch(DEPLOYMENTS, DEPLOYMENT, { kind: 'merge', body: { spec: { replicas: 1 } } });
    await expect.poll(availability, { timeout: AVAILABLE_MS_MAX }).toBe('remote Passed');
    await expect.poll(measuredNodes, { timeout: AVAILABLE_MS_MAX }).toEqual(NODES);
    // The probe's initial delay, the least that must have passed.
    expect(time.clock.nowMs() - beforeMs).toBeGreaterThan(20_000);
    expect(complaints).toEqual([]);
  },
  180_000,
);
