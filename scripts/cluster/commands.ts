import { join } from 'node:path';
import type { Programs } from './build.ts';
import type { KubernetesRelease } from './components.ts';
import type { Pki } from './pki.ts';

/** What the command lines of one cluster's processes are made of. */
export interface Layout {
  readonly release: KubernetesRelease;
  readonly programs: Programs;
  readonly folder: string;
  readonly dataFolder: string;
  readonly pki: Pki;
  readonly ports: Ports;
  readonly kubeconfigs: Readonly<Record<'controller-manager' | 'scheduler' | 'kwok', string>>;
  readonly hasHpaController: boolean;
  /** An API server with its etcd and nobody else. */
  readonly isApiServerAlone: boolean;
  readonly hasAuditLog: boolean;
  readonly serviceClusterIpRange: string;
  readonly apiServerFlags: readonly string[];
  readonly controllerManagerFlags: readonly string[];
}

/** One port of 127.0.0.1 for each server. */
export interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
}

export interface Command {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Variables besides PATH and HOME, which are all that a process of a cluster has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Not known in 1.25. */
const UID_HEADERS_FLAG = '--requestheader-uid-headers=X-Remote-Uid';

/** Nobody makes the ServiceAccounts that pods would otherwise have to have. */
const ALONE_FLAGS = ['--disable-admission-plugins=ServiceAccount'];

const POD_CIDR = '10.244.0.0/16';

/** Without fsync: the data lives in memory and is thrown away with the cluster. */
export function etcdCommand({ programs, dataFolder, ports }: Layout): Command {
  const client = `http://127.0.0.1:${ports.etcdClient}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: 'etcd',
    program: programs.etcd,
    args: [
      `--data-dir=${dataFolder}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--log-level=warn',
      '--unsafe-no-fsync',
    ],
  };
}

/** The endpoint reconciler is off because Endpoints refuse loopback addresses. */
export function apiServerCommand(layout: Layout): Command {
  const { programs, pki, ports } = layout;
  const auditLog = [
    `--audit-policy-file=${auditPolicyFile(layout)}`,
    `--audit-log-path=${join(layout.folder, 'logs', 'audit.jsonl')}`,
  ];
  return {
    name: 'kube-apiserver',
    program: programs['kube-apiserver'],
    args: [
      ...listenOn('127.0.0.1', ports.apiServer),
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
      `--tls-cert-file=${pki.file('apiserver.crt')}`,
      `--tls-private-key-file=${pki.file('apiserver.key')}`,
      `--client-ca-file=${pki.file('ca.crt')}`,
      '--authorization-mode=Node,RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${pki.file('service-account.pub')}`,
      `--service-account-signing-key-file=${pki.file('service-account.key')}`,
      `--service-cluster-ip-range=${layout.serviceClusterIpRange}`,
      `--kubelet-client-certificate=${pki.file('apiserver-kubelet-client.crt')}`,
      `--kubelet-client-key=${pki.file('apiserver-kubelet-client.key')}`,
      `--kubelet-certificate-authority=${pki.file('ca.crt')}`,
      '--kubelet-preferred-address-types=InternalIP',
      ...aggregationFlags(pki),
      ...(layout.isApiServerAlone ? ALONE_FLAGS : []),
      ...(layout.release === '1.25' ? [] : [UID_HEADERS_FLAG]),
      ...(layout.hasAuditLog ? auditLog : []),
      ...layout.apiServerFlags,
    ],
  };
}

/** Where the audit policy lies when the cluster keeps an audit log. */
export function auditPolicyFile(layout: Pick<Layout, 'folder'>): string {
  return join(layout.folder, 'audit-policy.json');
}

/** The controllers that a cluster runs itself. */
export function controllerManagerCommand(layout: Layout): Command {
  const controllers = `*${layout.hasHpaController ? '' : ',-horizontal-pod-autoscaler-controller'}`;
  return controllerManagerOf(layout, controllers, layout.controllerManagerFlags);
}

/** A kube-controller-manager of the controllers that `controllers` names, as its flag of that name does. */
export function controllerManagerOf(layout: Layout, controllers: string, flags: readonly string[]): Command {
  const { programs, pki, ports, kubeconfigs } = layout;
  return {
    name: 'kube-controller-manager',
    program: programs['kube-controller-manager'],
    args: [
      ...listenOn('127.0.0.1', ports.controllerManager),
      ...delegatedTo(kubeconfigs['controller-manager']),
      `--client-ca-file=${pki.file('ca.crt')}`,
      `--requestheader-client-ca-file=${pki.file('front-proxy-ca.crt')}`,
      `--root-ca-file=${pki.file('ca.crt')}`,
      `--service-account-private-key-file=${pki.file('service-account.key')}`,
      '--use-service-account-credentials=true',
      '--leader-elect=false',
      '--allocate-node-cidrs=false',
      `--cluster-cidr=${POD_CIDR}`,
      `--controllers=${controllers}`,
      ...flags,
    ],
  };
}

export function schedulerCommand({ programs, ports, kubeconfigs }: Layout): Command {
  return {
    name: 'kube-scheduler',
    program: programs['kube-scheduler'],
    args: [...listenOn('127.0.0.1', ports.scheduler), ...delegatedTo(kubeconfigs.scheduler), '--leader-elect=false'],
  };
}

export function kwokCommand({ programs, pki, ports, kubeconfigs }: Layout): Command {
  return {
    name: 'kwok',
    program: programs.kwok,
    args: [
      `--kubeconfig=${kubeconfigs.kwok}`,
      `--config=${join(import.meta.dirname, 'kwok.yaml')}`,
      '--manage-all-nodes=true',
      '--node-lease-duration-seconds=40',
      `--cidr=${POD_CIDR}`,
      '--node-ip=127.0.0.1',
      `--node-port=${ports.kwok}`,
      `--server-address=127.0.0.1:${ports.kwok}`,
      `--tls-cert-file=${pki.file('kubelet.crt')}`,
      `--tls-private-key-file=${pki.file('kubelet.key')}`,
    ],
  };
}

function aggregationFlags(pki: Pki): readonly string[] {
  return [
    `--requestheader-client-ca-file=${pki.file('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki.file('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${pki.file('front-proxy-client.key')}`,
  ];
}

function listenOn(address: string, port: number): readonly string[] {
  return [`--bind-address=${address}`, `--secure-port=${port}`];
}

function delegatedTo(kubeconfig: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
  ];
}
