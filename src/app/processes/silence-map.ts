import { Failure } from '../../base/failure.ts';
import type { Silence } from '../../people/notify/delivery/silence.ts';
import { isApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../platform/kube/client.ts';
import { parseSilence, silenceText } from '../config/silence-text.ts';

/** The ConfigMap in Podtide's own namespace in which silences stand, each under its id; a person may edit it as well. */
export const SILENCE_MAP_NAME = 'podtide-notifier-silences';

export const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', isNamespaced: true };

/** `v1 ConfigMap`, as far as silences look at it. */
export interface SilenceMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What stands in the map. */
export interface ReadSilences {
  readonly silences: readonly Silence[];
  /** What could not be read, each with its id and what is wrong. */
  readonly problems: readonly string[];
}

/** Ended silences are cleared away a day later, when somebody adds one. */
const ENDED_KEPT_MS = 86_400_000;

const ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/;

/** Reads the silences of a map; what is wrong with one keeps none of the others. */
export function readSilences(map: SilenceMap | undefined): ReadSilences {
  const silences: Silence[] = [];
  const problems: string[] = [];
  for (const [id, text] of Object.entries(map?.data ?? {})) {
    try {
      if (!ID.test(id)) throw new Failure('invalid', `silence ${id}: must be called by letters, digits and dashes`);
      silences.push(parseSilence(id, text));
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      problems.push(thrown.message);
    }
  }
  return { silences, problems };
}

/** The silences of a cluster's notifier. Throws Failure as the client does. */
export async function listSilences(client: Pick<KubeClient, 'get'>, namespace: string): Promise<ReadSilences> {
  return readSilences(await readMap(client, namespace));
}

/** Puts a silence beside those that there are. */
export async function addSilence(
  client: Pick<KubeClient, 'get' | 'patch' | 'create'>,
  namespace: string,
  silence: Silence,
  nowMs: number,
): Promise<void> {
  const { silences } = await listSilences(client, namespace);
  const old = silences.filter(({ endsAtMs }) => endsAtMs < nowMs - ENDED_KEPT_MS).map(({ id }) => [id, null] as const);
  const added = { [silence.id]: silenceText(silence) };
  try {
    await patchMap(client, namespace, { ...Object.fromEntries(old), ...added });
  } catch (thrown) {
    if (!isApiFailure(thrown, 404)) throw thrown;
    await createMap(client, namespace, added);
  }
}

/** Takes a silence away. Throws Failure `notFound` when there is none of that id. */
export async function endSilence(
  client: Pick<KubeClient, 'get' | 'patch'>,
  namespace: string,
  id: string,
): Promise<void> {
  const map = await readMap(client, namespace);
  // Whether it can be read or not: what is wrong is what people want to be rid of.
  if (!Object.hasOwn(map?.data ?? {}, id)) {
    throw new Failure('notFound', `there is no silence ${id}`, {
      hint: 'podtide notify silence list shows those that there are',
    });
  }
  await patchMap(client, namespace, { [id]: null });
}

/** Undefined where there is none. */
async function readMap(client: Pick<KubeClient, 'get'>, namespace: string): Promise<SilenceMap | undefined> {
  try {
    return await client.get<SilenceMap>(CONFIG_MAPS, { namespace, name: SILENCE_MAP_NAME });
  } catch (thrown) {
    if (isApiFailure(thrown, 404)) return undefined;
    throw thrown;
  }
}

/** Somebody else may have made it meanwhile. */
async function createMap(
  client: Pick<KubeClient, 'patch' | 'create'>,
  namespace: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    await client.create<SilenceMap>(CONFIG_MAPS, { metadata: { namespace, name: SILENCE_MAP_NAME }, data });
  } catch (thrown) {
    if (!isApiFailure(thrown, 409)) throw thrown;
    await patchMap(client, namespace, data);
  }
}

async function patchMap(
  client: Pick<KubeClient, 'patch'>,
  namespace: string,
  data: Readonly<Record<string, string | null>>,
): Promise<void> {
  await client.patch(CONFIG_MAPS, { namespace, name: SILENCE_MAP_NAME }, { kind: 'merge', body: { data } });
}
