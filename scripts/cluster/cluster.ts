import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { type Api, createApi } from './api.ts';
import { buildPrograms } from './build.ts';
import { cacheFolder } from './cache.ts';
import {
  apiServerCommand,
  auditPolicyFile,
  type Command,
  controllerManagerCommand,
  controllerManagerOf,
  etcdCommand,
  kwokCommand,
  type Layout,
  type Ports,
  schedulerCommand,
} from './commands.ts';
import { componentsOf, type KubernetesRelease } from './components.ts';
import { endCluster, runningProcesses } from './end.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { runKubectl, watchKubectl } from './kubectl.ts';
import { createPki } from './pki.ts';
import { findFreePorts } from './ports.ts';
import { type ProcessRecord, startProcess } from './process.ts';
import type { Report } from './report.ts';
import { type ClusterState, clusterFolder, readState, writeState } from './state.ts';
import { waitUntil } from './wait.ts';

const READY_TIMEOUT_MS = 90_000;

export interface ClusterOptions {
  /** Default: a name of its own, so that clusters can run side by side. */
  readonly name?: string;
  /** 1.36 when absent; 1.25 is an API server alone. */
  readonly kubernetes?: KubernetesRelease;
  /** An API server with its etcd and nobody else: no nodes, no controllers but those that are run later. */
  readonly isApiServerAlone?: boolean;
  /** Leaves upstream's own HPA controller on; off by default, because Podtide is to act alone. */
  readonly withHpaController?: boolean;
  /** Keeps `logs/audit.jsonl`, one line per finished request with its metadata. */
  readonly withAuditLog?: boolean;
  /** Nodes played by kwok, 64 cores and 256 GiB each; default 2. */
  readonly nodeCount?: number;
  readonly serviceClusterIpRange?: string;
  readonly apiServerFlags?: readonly string[];
  readonly controllerManagerFlags?: readonly string[];
  /** Whether the cluster goes on when the process that started it ends; default false. */
  readonly outlivesStarter?: boolean;
  readonly cache?: string;
  readonly report?: Report;
}

/** A running control plane on 127.0.0.1. */
export interface Cluster {
  readonly name: string;
  /** Scratch folder: `logs`, `pki`, kubeconfigs. */
  readonly folder: string;
  readonly serverUrl: string;
  readonly caFile: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly api: Api;
  /** The standard output of a kubectl command; throws Failure with its error output unless it ends with 0. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Hands over each line of a kubectl command that goes on, such as `get -w`, until stopped. */
  watch(args: readonly string[], onLine: (line: string) => void): { stop(): void };
  /** Starts a further process that is shown with the cluster and ends with it; its log is `logs/NAME.log`. */
  run(command: Command): Promise<ProcessRecord>;
  /** Starts a kube-controller-manager of nothing but the controllers named: of one at a time, its port is the cluster's. */
  runControllers(controllers: string, flags: readonly string[]): Promise<ProcessRecord>;
  /** A bearer token of the ServiceAccount, good for an hour. */
  tokenFor(serviceAccount: ServiceAccountName): Promise<string>;
  /** Path of a kubeconfig that speaks as the ServiceAccount and defaults to its namespace; over another way if given. */
  kubeconfigFor(serviceAccount: ServiceAccountName, serverUrl?: string): Promise<string>;
  stop(): Promise<void>;
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Starts etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok, building them first when the cache
 * lacks them, and returns when Deployments can be created. The cluster ends with `stop`, or with the starting process.
 * Throws Failure `conflict` when a cluster of that name runs, `unavailable` when a part does not come up.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  if (process.platform !== 'linux') throw new Failure('unavailable', 'the real control plane is run on Linux only');
  const cache = options.cache ?? cacheFolder(process.env);
  const report = options.report ?? (() => {});
  const release = options.kubernetes ?? '1.36';
  const programs = await buildPrograms(cache, report, componentsOf(release));
  const name = options.name ?? `cluster-${randomBytes(4).toString('hex')}`;
  const folder = clusterFolder(cache, name);
  await requireFree(name, folder);
  const layout = await prepare({ name, folder, options, release, programs });
  const run = new Run({ ...layout, name });
  const keeper = options.outlivesStarter === true ? undefined : startKeeper(folder);
  try {
    const api = await run.start(options.nodeCount ?? 2, report);
    return clusterOf(run, api, () => keeper?.stdin.end());
  } catch (error) {
    // A cluster that somebody named leaves its logs to be read until `down`.
    await endCluster(folder, { keepsFolder: options.outlivesStarter === true });
    keeper?.stdin.end();
    throw error;
  }
}

/** One start of a cluster: the processes so far, written down as they come. */
class Run {
  readonly layout: Layout & { readonly name: string };
  state: ClusterState;

  constructor(layout: Layout & { readonly name: string }) {
    this.layout = layout;
    this.state = {
      name: layout.name,
      folder: layout.folder,
      dataFolder: layout.dataFolder,
      serverUrl: `https://127.0.0.1:${layout.ports.apiServer}`,
      kubeconfig: join(layout.folder, 'admin.kubeconfig'),
      kubectl: layout.programs.kubectl,
      processes: [],
    };
  }

  async start(nodeCount: number, report: Report): Promise<Api> {
    const startedAtMs = performance.now();
    const milestone = (text: string): void =>
      report(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(5)} s  ${text}`);
    await writeState(this.state);
    await this.spawn(etcdCommand(this.layout));
    await this.spawn(apiServerCommand(this.layout));
    const api = await createApi(this.state.serverUrl, this.layout.pki);
    try {
      await this.wait('the API server is ready', 'kube-apiserver', async () => (await api.get('/readyz')) === 'ok');
      milestone('the API server is ready');
      if (this.layout.isApiServerAlone) return api;
      for (const command of [controllerManagerCommand, schedulerCommand, kwokCommand])
        await this.spawn(command(this.layout));
      for (let index = 1; index <= nodeCount; index += 1) await api.post('/api/v1/nodes', node(`node-${index}`));
      await this.wait('all nodes are Ready', 'kwok', async () => (await countReadyNodes(api)) === nodeCount);
      milestone(`${nodeCount} nodes are Ready`);
      await this.wait('the default ServiceAccount exists', 'kube-controller-manager', async () => {
        await api.get('/api/v1/namespaces/default/serviceaccounts/default');
        return true;
      });
      milestone('pods can be created');
      return api;
    } catch (error) {
      await api.close();
      throw error;
    }
  }

  async spawn(command: Command): Promise<ProcessRecord> {
    const logFile = join(this.layout.folder, 'logs', `${command.name}.log`);
    const record = await startProcess({ ...command, folder: this.layout.folder, logFile });
    this.state = { ...this.state, processes: [...this.state.processes, record] };
    await writeState(this.state);
    return record;
  }

  private wait(what: string, blame: string, isReady: () => Promise<boolean>): Promise<void> {
    return waitUntil(what, { blame, processes: this.state.processes, timeoutMs: READY_TIMEOUT_MS, isReady });
  }
}

async function requireFree(name: string, folder: string): Promise<void> {
  const state = await readState(folder);
  if (state !== undefined && (await runningProcesses(state.processes)).length > 0) {
    throw new Failure('conflict', `a cluster named ${name} is running`, {
      hint: `end it: npm run cluster -- down --name ${name}`,
    });
  }
  if (state !== undefined) await endCluster(folder);
  await rm(folder, { recursive: true, force: true });
}

async function prepare(given: {
  readonly name: string;
  readonly folder: string;
  readonly options: ClusterOptions;
  readonly release: KubernetesRelease;
  readonly programs: Layout['programs'];
}): Promise<Layout> {
  const { folder, options, release, programs } = given;
  await mkdir(join(folder, 'logs'), { recursive: true, mode: 0o700 });
  const pki = await createPki(join(folder, 'pki'));
  const ports = await choosePorts();
  const kubeconfigOf = async (user: string): Promise<string> => {
    const file = join(folder, `${user}.kubeconfig`);
    await writeKubeconfig(file, {
      serverUrl: `https://127.0.0.1:${ports.apiServer}`,
      caFile: pki.file('ca.crt'),
      user: { certificateFile: pki.file(`${user}.crt`), keyFile: pki.file(`${user}.key`) },
    });
    return file;
  };
  await kubeconfigOf('admin');
  if (options.withAuditLog === true) await writeFile(auditPolicyFile({ folder }), JSON.stringify(AUDIT_POLICY));
  return {
    release,
    programs,
    folder,
    pki,
    ports,
    dataFolder: await chooseDataFolder(given.name, folder),
    kubeconfigs: {
      'controller-manager': await kubeconfigOf('controller-manager'),
      scheduler: await kubeconfigOf('scheduler'),
      kwok: await kubeconfigOf('kwok'),
    },
    hasHpaController: options.withHpaController === true,
    isApiServerAlone: release === '1.25' || options.isApiServerAlone === true,
    hasAuditLog: options.withAuditLog === true,
    serviceClusterIpRange: options.serviceClusterIpRange ?? '10.96.0.0/16',
    apiServerFlags: options.apiServerFlags ?? [],
    controllerManagerFlags: options.controllerManagerFlags ?? [],
  };
}

const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

async function choosePorts(): Promise<Ports> {
  const [etcdClient, etcdPeer, apiServer, controllerManager, scheduler, kwok] = (await findFreePorts(6)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { etcdClient, etcdPeer, apiServer, controllerManager, scheduler, kwok };
}

/** In memory when there is such a place: etcd's writes are what a cluster on disk waits for. */
async function chooseDataFolder(name: string, folder: string): Promise<string> {
  const isWritable = await access('/dev/shm', constants.W_OK).then(
    () => true,
    () => false,
  );
  return isWritable ? `/dev/shm/podtide-etcd-${name}-${randomBytes(4).toString('hex')}` : join(folder, 'etcd');
}

function startKeeper(folder: string) {
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts'), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
  return keeper;
}

function node(name: string) {
  const room = { cpu: '64', memory: '256Gi', pods: '1000' };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { allocatable: room, capacity: room } };
}

interface NodeList {
  readonly items: readonly {
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

async function countReadyNodes(api: Api): Promise<number> {
  const { items } = (await api.get('/api/v1/nodes')) as NodeList;
  return items.filter(({ status }) =>
    status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  ).length;
}

function clusterOf(run: Run, api: Api, release: () => void): Cluster {
  const { layout, state } = run;
  const { folder, pki } = layout;
  const tokenFor = async ({ namespace, name }: ServiceAccountName): Promise<string> => {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    return ((await api.post(path, body)) as { status: { token: string } }).status.token;
  };
  return {
    name: layout.name,
    folder,
    serverUrl: state.serverUrl,
    caFile: pki.file('ca.crt'),
    kubeconfig: state.kubeconfig,
    api,
    kubectl: (args, input) =>
      runKubectl(state.kubectl, {
        kubeconfig: state.kubeconfig,
        folder,
        args,
        ...(input === undefined ? {} : { input }),
      }),
    watch: (args, onLine) => watchKubectl(state.kubectl, { kubeconfig: state.kubeconfig, folder, args }, onLine),
    run: (command) => run.spawn(command),
    runControllers: (controllers, flags) => run.spawn(controllerManagerOf(layout, controllers, flags)),
    tokenFor,
    async kubeconfigFor(serviceAccount, serverUrl = state.serverUrl) {
      const file = join(folder, `${serviceAccount.namespace}.${serviceAccount.name}.kubeconfig`);
      const user = { token: await tokenFor(serviceAccount) };
      const { namespace } = serviceAccount;
      await writeKubeconfig(file, { serverUrl, caFile: pki.file('ca.crt'), user, namespace });
      return file;
    },
    async stop() {
      await api.close();
      await endCluster(folder);
      release();
    },
  };
}
