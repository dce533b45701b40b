import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { ResourceType } from './client.ts';
import type { ApiGroup, ApiResource, Discovery } from './discovery.ts';

/** Finds resources by kind or by name, from a remembered discovery. */
export interface RestMapper {
  /**
   * The resources of a kind in its group's versions, the preferred version first (upstream's `RESTMapper.RESTMappings`). The
   * kind may be written all in lower case, as upstream allows. Throws Failure('notFound') with upstream's text.
   */
  mappings(group: string, kind: string, signal?: AbortSignal): Promise<readonly ResourceType[]>;
  /** A resource by plural, singular or short name, `resource.group` or kind, as kubectl's arguments name it. */
  resource(name: string, signal?: AbortSignal): Promise<ApiResource>;
  /** A group; undefined when the server does not have it. */
  group(name: string, signal?: AbortSignal): Promise<ApiGroup | undefined>;
  /** Forgets what is known; the next question asks the server. */
  invalidate(): void;
}

export interface RestMapperOptions {
  readonly discovery: Discovery;
  readonly ioClock: IoClock;
  /** How long an answer is believed; 10 min when absent. */
  readonly maxAgeMs?: number;
}

const MAX_AGE_MS = 600_000;
/** What is missing is asked for again, but not more often than this: a wrong kind in one HPA is met every sync. */
const MISS_SPACING_MS = 10_000;

/** Makes a mapper; discovery is read at the first question, once for all who ask meanwhile. */
export function createRestMapper(options: RestMapperOptions): RestMapper {
  const { ioClock } = options;
  let known: { readonly groups: readonly ApiGroup[]; readonly atMs: number } | undefined;
  let reading: Promise<readonly ApiGroup[]> | undefined;

  const read = (): Promise<readonly ApiGroup[]> => {
    reading ??= options.discovery
      .read()
      .then((groups) => {
        known = { groups, atMs: ioClock.monotonicMs() };
        return groups;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  /** Looks in what is known, and once more in a fresh discovery when that holds nothing. */
  const find = async <T>(
    look: (groups: readonly ApiGroup[]) => T | undefined,
    signal?: AbortSignal,
  ): Promise<T | undefined> => {
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : ioClock.monotonicMs() - known.atMs;
    if (known !== undefined && ageMs < (options.maxAgeMs ?? MAX_AGE_MS)) {
      const found = look(known.groups);
      if (found !== undefined || ageMs < MISS_SPACING_MS) return found;
    }
    // One discovery serves many; each may leave before it ends.
    return look(await (signal === undefined ? read() : orAborted(read(), signal)));
  };

  return {
    mappings: async (group, kind, signal) => {
      const found = await find((groups) => typesOf(groups, group, kind), signal);
      if (found === undefined)
        throw new Failure('notFound', `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
      return found;
    },
    resource: async (name, signal) => {
      const found = await find((groups) => resourceNamed(groups, name.toLowerCase()), signal);
      if (found === undefined)
        throw new Failure('notFound', `the server doesn't have a resource type ${JSON.stringify(name)}`);
      return found;
    },
    group: (name, signal) => find((groups) => groups.find((group) => group.name === name), signal),
    invalidate: () => {
      known = undefined;
    },
  };
}

function typesOf(groups: readonly ApiGroup[], groupName: string, kind: string): readonly ResourceType[] | undefined {
  const versions = groups.find((group) => group.name === groupName)?.versions ?? [];
  const types = versions.flatMap(({ resources }) =>
    resources
      .filter((resource) => resource.kind === kind || resource.kind.toLowerCase() === kind)
      .map(({ type }) => type),
  );
  return types.length === 0 ? undefined : types;
}

function resourceNamed(groups: readonly ApiGroup[], name: string): ApiResource | undefined {
  const all = groups.flatMap(({ versions }) => versions.flatMap(({ resources }) => resources));
  const dot = name.indexOf('.');
  const [plain, group] = dot === -1 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
  const matching = (isMatch: (resource: ApiResource) => boolean): ApiResource | undefined =>
    all.find((resource) => (group === undefined || resource.type.group === group) && isMatch(resource));
  return (
    matching((resource) => resource.type.resource === plain) ??
    matching((resource) => resource.singular === plain || resource.kind.toLowerCase() === plain) ??
    matching((resource) => resource.shortNames.includes(plain))
  );
}
