import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { TlsIdentity } from '../http/outbound.ts';
import { readProxyUrl } from '../http/proxy-settings.ts';
import { type Credential, type CredentialSource, fileCredential, fixedCredential } from './credential.ts';
import { execCredential } from './exec-credential.ts';
import {
  type ClusterEntry,
  type ContextEntry,
  type ExecEntry,
  type Kubeconfig,
  readKubeconfigFiles,
  type UserEntry,
} from './kubeconfig-file.ts';

/** Everything that is needed to reach an API server. */
export interface ClusterAccess {
  /** Without a trailing slash; may have a path, as behind a gateway. */
  readonly server: string;
  /** The namespace meant when none is named. */
  readonly namespace: string;
  /** Trust; the client's own certificate comes from `credentials`. */
  readonly tls: TlsIdentity;
  /** Goes before the environment's proxy. */
  readonly proxyUrl?: URL;
  readonly credentials: CredentialSource;
  /** Impersonation; each group is a header of its own. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** Which cluster of which files, and what exec credentials need. */
export interface KubeconfigAccessOptions {
  /** The parts of KUBECONFIG, or the one default path. */
  readonly paths: readonly string[];
  /** By which the user may name another; `--kubeconfig` when absent. */
  readonly flag?: string;
  /** The file's current context when absent. */
  readonly context?: string;
  /** Instead of the context's. */
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly ioClock: IoClock;
  /** Handed to exec credentials. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether a person sits at standard input. */
  readonly isInteractive?: boolean;
}

/**
 * Access by kubeconfig.
 *
 * @throws Failure('notFound') without any file or for a name that is in none of them, Failure('invalid') for what cannot be
 * used, Failure('unavailable') for a file that an entry names and that cannot be read.
 */
export async function kubeconfigAccess(options: KubeconfigAccessOptions): Promise<ClusterAccess> {
  const config = await readKubeconfigFiles(options.paths, options.flag);
  const context = contextOf(config, options);
  const clusterName = options.cluster ?? context.cluster;
  const cluster = entryOf(config.clusters, 'cluster', clusterName);
  const userName = options.user ?? context.user ?? '';
  const user = userName === '' ? {} : entryOf(config.users, 'user', userName);
  const proxyUrl = readProxyUrl(`cluster ${JSON.stringify(clusterName)}: proxy-url`, cluster['proxy-url']);
  const tls = await trustOf(cluster);
  return {
    server: serverOf(clusterName, cluster),
    namespace: options.namespace ?? context.namespace ?? 'default',
    tls,
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    credentials: credentialsOf(userName, user, cluster, tls, options),
    headers: impersonation(user),
  };
}

/** What a pod knows about its cluster. */
export interface InClusterOptions {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly host: string;
  readonly port: string;
  readonly ioClock: IoClock;
  /** Where the ServiceAccount is mounted. */
  readonly folder?: string;
}

/** Access by the pod's ServiceAccount; its token file is read again as it rotates. */
export async function inClusterAccess(options: InClusterOptions): Promise<ClusterAccess> {
  const folder = options.folder ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const [certificateAuthority, namespace] = await Promise.all([
    readText(join(folder, 'ca.crt')),
    readText(join(folder, 'namespace')),
  ]);
  return {
    server: `https://${host}:${options.port}`,
    namespace: namespace.trim(),
    tls: { certificateAuthority },
    credentials: fileCredential({ tokenFile: join(folder, 'token') }, options.ioClock),
    headers: {},
  };
}

function contextOf(config: Kubeconfig, options: KubeconfigAccessOptions): ContextEntry {
  const name = options.context ?? config.currentContext;
  if (name !== '') return entryOf(config.contexts, 'context', name);
  if (options.cluster !== undefined) return { cluster: options.cluster };
  throw new Failure('invalid', 'kubeconfig: no current context', {
    hint: 'name one, or run kubectl config use-context',
  });
}

function entryOf<T>(entries: ReadonlyMap<string, T>, what: string, name: string): T {
  const entry = entries.get(name);
  if (entry === undefined) throw new Failure('notFound', `kubeconfig: ${what} ${JSON.stringify(name)} does not exist`);
  return entry;
}

function serverOf(name: string, cluster: ClusterEntry): string {
  const text = cluster.server ?? '';
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (text === '' || url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new Failure(
      'invalid',
      `kubeconfig: cluster ${JSON.stringify(name)}: server ${JSON.stringify(text)} is no http or https URL`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

async function trustOf(cluster: ClusterEntry): Promise<TlsIdentity> {
  const data = cluster['certificate-authority-data'];
  const file = cluster['certificate-authority'];
  const certificateAuthority = data ? decodeBase64(data) : file ? await readText(file) : undefined;
  const serverName = cluster['tls-server-name'];
  return {
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(serverName ? { serverName } : {}),
    ...(cluster['insecure-skip-tls-verify'] === true ? { isVerified: false } : {}),
  };
}

function credentialsOf(
  name: string,
  user: UserEntry,
  cluster: ClusterEntry,
  tls: TlsIdentity,
  options: KubeconfigAccessOptions,
): CredentialSource {
  const wrong = (rule: string, hint: string): Failure =>
    new Failure('invalid', `kubeconfig: user ${JSON.stringify(name)}: ${rule}`, { hint });
  if (user.username || user.password) {
    throw wrong(
      'username and password are not accepted by any supported API server',
      'use a token, a client certificate or exec',
    );
  }
  if (user['auth-provider'])
    throw wrong('auth-provider was removed in Kubernetes 1.26', 'use exec with the provider’s credential plugin');
  const rest = ownCredential(user);
  const tokenFile = user.tokenFile || undefined;
  const certificateFile = user['client-certificate-data'] ? undefined : user['client-certificate'] || undefined;
  const privateKeyFile = user['client-key-data'] ? undefined : user['client-key'] || undefined;
  if (tokenFile !== undefined || certificateFile !== undefined || privateKeyFile !== undefined) {
    const paths = {
      ...(tokenFile === undefined ? {} : { tokenFile }),
      ...(certificateFile === undefined ? {} : { certificateFile }),
      ...(privateKeyFile === undefined ? {} : { privateKeyFile }),
    };
    return fileCredential({ ...paths, rest }, options.ioClock);
  }
  if (rest.token !== undefined || rest.certificate !== undefined || !user.exec) return fixedCredential(rest);
  return execCredential({
    exec: checkedExec(user.exec, wrong),
    ioClock: options.ioClock,
    environment: options.environment ?? {},
    isInteractive: options.isInteractive ?? false,
    cluster: execCluster(cluster, tls),
  });
}

function ownCredential(user: UserEntry): Credential {
  const certificate = user['client-certificate-data'];
  const privateKey = user['client-key-data'];
  return {
    ...(user.token ? { token: user.token } : {}),
    ...(certificate ? { certificate: decodeBase64(certificate) } : {}),
    ...(privateKey ? { privateKey: decodeBase64(privateKey) } : {}),
  };
}

function checkedExec(exec: ExecEntry, wrong: (rule: string, hint: string) => Failure): ExecEntry {
  const { apiVersion, command, interactiveMode } = exec;
  if (apiVersion !== V1 && apiVersion !== V1BETA1) {
    throw wrong(
      `exec apiVersion ${JSON.stringify(apiVersion)} is neither ${V1} nor ${V1BETA1}`,
      'update the credential plugin',
    );
  }
  if (!command) throw wrong('exec needs a command', 'name the credential plugin');
  if (apiVersion === V1 && interactiveMode === undefined)
    throw wrong('exec needs an interactiveMode', 'Never, IfAvailable or Always');
  return exec;
}

const V1 = 'client.authentication.k8s.io/v1';
const V1BETA1 = 'client.authentication.k8s.io/v1beta1';

/** `spec.cluster` of an ExecCredential; its `config` is the cluster's extension of this name. */
function execCluster(cluster: ClusterEntry, tls: TlsIdentity): Readonly<Record<string, unknown>> {
  const config = cluster.extensions?.find(
    (extension) => extension.name === 'client.authentication.k8s.io/exec',
  )?.extension;
  return {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data':
      tls.certificateAuthority === undefined ? undefined : Buffer.from(tls.certificateAuthority).toString('base64'),
    'proxy-url': cluster['proxy-url'],
    config,
  };
}

function impersonation(user: UserEntry): ClusterAccess['headers'] {
  return {
    ...(user.as ? { 'impersonate-user': user.as } : {}),
    ...(user['as-uid'] ? { 'impersonate-uid': user['as-uid'] } : {}),
    ...(user['as-groups']?.length ? { 'impersonate-group': user['as-groups'] } : {}),
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new Failure('unavailable', `${path}: ${errorText(thrown)}`, { cause: thrown });
  }
}

function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
