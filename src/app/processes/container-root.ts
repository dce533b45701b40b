import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { namespaceOf, type Pod } from '../../lab/world/objects.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../platform/kube/client.ts';
import { mountConfigMaps } from './config-map-volumes.ts';

/** What a container's files are made with. */
export interface ContainerRootOptions {
  /** As the kubelet, which may make tokens for the pods of its node, and read what they mount. */
  readonly client: Pick<KubeClient, 'create' | 'get'>;
  /** Of the pod's containers. */
  readonly containerName: string;
  /** PEM text of the API server's authority. */
  readonly authorityCertificate: string;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** The file system of a container: its ServiceAccount and the ConfigMaps that it mounts, and nothing else. */
export interface ContainerRoot {
  /** On this machine. */
  readonly folder: string;
  /** Of the ServiceAccount, inside of it. */
  readonly accountFolder: string;
  /** Takes everything away. */
  remove(): Promise<void>;
}

/** As in every pod. */
const ACCOUNT_FOLDER = 'var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_LIFETIME_SECONDS = 3_607;
/** Kubelets ask for another token when so much of its life is over. */
const RENEWAL_FRACTION = 0.8;
const RETRY_MS = 60_000;
const CALL_MS_MAX = 10_000;

interface TokenRequest extends KubeObject {
  readonly spec?: { readonly expirationSeconds: number };
  readonly status?: { readonly token?: string };
}

/**
 * Makes the files of a pod's container, as a kubelet mounts them: the token of its ServiceAccount, kept fresh, the
 * authority of the API server and the namespace, none of them when the pod wants none; and its ConfigMaps. Throws Failure when
 * there is no token to be had, for example without the account, or no ConfigMap.
 */
export async function makeContainerRoot(pod: Pod, options: ContainerRootOptions): Promise<ContainerRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-container-'));
  const accountFolder = join(folder, ACCOUNT_FOLDER);
  let unmount: Release = NOTHING;
  try {
    unmount = await mountConfigMaps(pod, options.containerName, folder, options);
    const stop = pod.spec.automountServiceAccountToken === false ? NOTHING : await mount(pod, accountFolder, options);
    const remove = async (): Promise<void> => {
      stop();
      unmount();
      await rm(folder, { recursive: true, force: true });
    };
    return { folder, accountFolder, remove };
  } catch (thrown) {
    unmount();
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  }
}

const NOTHING: Release = () => undefined;

async function mount(pod: Pod, folder: string, options: ContainerRootOptions): Promise<Release> {
  const { authorityCertificate, ioClock, log } = options;
  const token = await makeToken(pod, options);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'ca.crt'), authorityCertificate);
  await writeFile(join(folder, 'namespace'), namespaceOf(pod));
  await writeToken(folder, token);
  let cancel: Release = NOTHING;
  let isStopped = false;
  const renewAfter = (delayMs: number): void => {
    if (isStopped) return;
    cancel = ioClock.after(delayMs, () => {
      makeToken(pod, options)
        .then((renewed) => (isStopped ? undefined : writeToken(folder, renewed)))
        .then(
          () => renewAfter(RENEWAL_FRACTION * TOKEN_LIFETIME_SECONDS * 1000),
          (thrown: unknown) => {
            if (isStopped) return;
            const { name } = pod.metadata;
            log.warn('the token of a pod was not renewed', { pod: name, error: errorText(thrown) });
            renewAfter(RETRY_MS);
          },
        );
    });
  };
  renewAfter(RENEWAL_FRACTION * TOKEN_LIFETIME_SECONDS * 1000);
  return () => {
    isStopped = true;
    cancel();
  };
}

async function makeToken(pod: Pod, { client }: ContainerRootOptions): Promise<string> {
  const namespace = namespaceOf(pod);
  const account = pod.spec.serviceAccountName ?? 'default';
  const type: ResourceType = {
    group: '',
    version: 'v1',
    resource: `serviceaccounts/${encodeURIComponent(account)}/token`,
    isNamespaced: true,
  };
  const request: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { namespace, name: account },
    spec: { expirationSeconds: TOKEN_LIFETIME_SECONDS },
  };
  try {
    const { status } = await client.create<TokenRequest>(type, request, { deadlineMs: CALL_MS_MAX });
    return status?.token ?? '';
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const text = `MountVolume.SetUp failed for volume "kube-api-access" : failed to fetch token: ${thrown.message}`;
    throw new Failure(thrown.kind, text, { cause: thrown });
  }
}

/** In one step, so that nobody reads half of it. */
async function writeToken(folder: string, token: string): Promise<void> {
  const fresh = join(folder, '..token');
  await writeFile(fresh, token, { mode: 0o600 });
  await rename(fresh, join(folder, 'token'));
}
