import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { CONFIG_MAPS, type ConfigMap, type ConfigMapSource, namespaceOf, type Pod } from '../../lab/world/objects.ts';
import type { KubeClient } from '../../platform/kube/client.ts';

export interface ConfigMapVolumesOptions {
  /** As the kubelet. */
  readonly client: Pick<KubeClient, 'get'>;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** A ConfigMap in a folder of a container. */
interface Mount {
  readonly namespace: string;
  readonly source: ConfigMapSource;
  /** On this machine. */
  readonly folder: string;
}

const CALL_MS_MAX = 10_000;
/** Kubelets take about a minute; whoever edits a ConfigMap of a lab looks at it. */
const LOOK_AGAIN_MS = 2_000;

/**
 * Puts the ConfigMaps that a container mounts below a folder of this machine, and keeps their files as the ConfigMaps are
 * until released. Throws Failure for a ConfigMap that is not there, worded as a kubelet does, and for a mount of a single
 * file.
 */
export async function mountConfigMaps(
  pod: Pod,
  containerName: string,
  root: string,
  options: ConfigMapVolumesOptions,
): Promise<Release> {
  const { ioClock, log } = options;
  const mounts = mountsOf(pod, containerName, root);
  const texts = new Map<Mount, string>();
  const look = async (): Promise<void> => {
    for (const mount of mounts) {
      const files = await filesOf(mount, options);
      const text = JSON.stringify(files);
      if (texts.get(mount) === text) continue;
      await writeFiles(mount.folder, files);
      texts.set(mount, text);
    }
  };
  await look();
  let isReleased = mounts.length === 0;
  let cancel: Release = () => undefined;
  const lookLater = (): void => {
    if (isReleased) return;
    cancel = ioClock.after(LOOK_AGAIN_MS, () => {
      look().then(lookLater, (thrown: unknown) => {
        // What a kubelet has mounted stays while the ConfigMap is away.
        log.debug('a mounted ConfigMap was not looked at', { pod: pod.metadata.name, error: errorText(thrown) });
        lookLater();
      });
    });
  };
  lookLater();
  return () => {
    isReleased = true;
    cancel();
  };
}

function mountsOf(pod: Pod, containerName: string, root: string): readonly Mount[] {
  const container = pod.spec.containers.find(({ name }) => name === containerName);
  return (container?.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }) => {
    const source = pod.spec.volumes?.find((volume) => volume.name === name)?.configMap;
    if (source === undefined) return [];
    if (subPath !== undefined)
      throw new Failure('invalid', `MountVolume.SetUp failed for volume "${name}" : the lab mounts no subPath`);
    return [{ namespace: namespaceOf(pod), source, folder: join(root, posix.join('/', mountPath)) }];
  });
}

/** The texts of a ConfigMap by the names of their files. */
async function filesOf(
  { namespace, source }: Mount,
  { client }: ConfigMapVolumesOptions,
): Promise<Readonly<Record<string, string>>> {
  const { name, items, optional = false } = source;
  const failure = (text: string, thrown?: unknown): Failure =>
    new Failure('notFound', `MountVolume.SetUp failed for volume : ${text}`, { cause: thrown });
  try {
    const { data = {} } = await client.get<ConfigMap>(CONFIG_MAPS, { namespace, name }, { deadlineMs: CALL_MS_MAX });
    if (items === undefined) return data;
    return Object.fromEntries(
      items.flatMap(({ key, path }): readonly (readonly [string, string])[] => {
        const text = data[key];
        if (text !== undefined) return [[posix.join('/', path).slice(1), text]];
        if (optional) return [];
        throw failure(`configmap references non-existent config key: ${key}`);
      }),
    );
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.kind !== 'notFound' || thrown.message.startsWith('Mount')) throw thrown;
    if (optional) return {};
    throw failure(`configmap "${name}" not found`, thrown);
  }
}

/** Each file in one step, so that nobody reads half of it; what is no longer there goes. */
async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}..new`, text);
    await rename(`${path}..new`, path);
  }
  const kept = new Set(Object.keys(files).map((name) => name.split('/')[0]));
  for (const name of await readdir(folder)) if (!kept.has(name)) await rm(join(folder, name), { recursive: true });
}
