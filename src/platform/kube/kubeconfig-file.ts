import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { errorText, Failure } from '../../base/failure.ts';

/** A cluster of a kubeconfig; file paths are absolute. */
export interface ClusterEntry {
  readonly server?: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'proxy-url'?: string;
  readonly extensions?: readonly { readonly name: string; readonly extension: unknown }[];
}

/** A user of a kubeconfig; file paths are absolute. */
export interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly 'auth-provider'?: unknown;
  readonly exec?: ExecEntry;
  readonly as?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[];
}

/** A credential program; the command is absolute when it was a path. */
export interface ExecEntry {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

export interface ContextEntry {
  readonly cluster: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** One kubeconfig, or several merged. */
export interface Kubeconfig {
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
}

/**
 * Reads and merges kubeconfig files as kubectl does: of each name, and of the current context, the first file that has it
 * rules; relative paths are meant relative to the file that holds them; files that do not exist are passed over.
 *
 * @param flag by which the user may name a file
 * @throws Failure('notFound') when none of the files exists, Failure('invalid') for one that cannot be read as a kubeconfig.
 */
export async function readKubeconfigFiles(
  paths: readonly string[],
  flag: string = '--kubeconfig',
): Promise<Kubeconfig> {
  const files = (await Promise.all(paths.map(readOne))).filter((file) => file !== undefined);
  if (files.length === 0)
    throw new Failure('notFound', `no kubeconfig at ${paths.join(', ')}`, {
      hint: `name the file that kubectl uses, with ${flag} or KUBECONFIG`,
    });
  const merged = {
    currentContext: files.find((file) => file.currentContext !== '')?.currentContext ?? '',
    clusters: new Map<string, ClusterEntry>(),
    users: new Map<string, UserEntry>(),
    contexts: new Map<string, ContextEntry>(),
  };
  for (const file of files.reverse()) {
    for (const [name, entry] of file.clusters) merged.clusters.set(name, entry);
    for (const [name, entry] of file.users) merged.users.set(name, entry);
    for (const [name, entry] of file.contexts) merged.contexts.set(name, entry);
  }
  return merged;
}

async function readOne(path: string): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Failure('invalid', `${path}: ${errorText(thrown)}`, { cause: thrown });
  }
  return parseKubeconfig(path, text);
}

/** Reads one kubeconfig's text; `path` is where relative paths start and what messages name. */
async function parseKubeconfig(path: string, text: string): Promise<Kubeconfig> {
  // Only people have YAML: in a cluster the parser is never loaded.
  const { parse } = await import('yaml');
  let root: unknown;
  try {
    root = parse(text);
  } catch (thrown) {
    throw new Failure('invalid', `${path}: ${errorText(thrown)}`, { cause: thrown });
  }
  if (root !== null && (typeof root !== 'object' || Array.isArray(root)))
    throw new Failure('invalid', `${path}: is no kubeconfig`);
  const config = (root ?? {}) as Record<string, unknown>;
  const folder = dirname(resolve(path));
  const currentContext = config['current-context'];
  return {
    currentContext: typeof currentContext === 'string' ? currentContext : '',
    clusters: named<ClusterEntry>(path, config, 'clusters', 'cluster', (entry) =>
      located(entry, CLUSTER_PATHS, folder),
    ),
    users: named<UserEntry>(path, config, 'users', 'user', (entry) =>
      locatedUser(located(entry, USER_PATHS, folder), folder),
    ),
    contexts: named<ContextEntry>(path, config, 'contexts', 'context', (entry) => entry),
  };
}

function named<T extends object>(
  path: string,
  config: Readonly<Record<string, unknown>>,
  listName: string,
  entryName: string,
  convert: (entry: T) => T,
): ReadonlyMap<string, T> {
  const list = config[listName] ?? [];
  if (!Array.isArray(list)) throw new Failure('invalid', `${path}: ${listName} must be a list`);
  const entries = new Map<string, T>();
  for (const [index, item] of list.entries()) {
    const name: unknown = item?.name;
    const entry: unknown = item?.[entryName] ?? {};
    if (typeof name !== 'string') throw new Failure('invalid', `${path}: ${listName}[${index}].name must be a text`);
    if (typeof entry !== 'object')
      throw new Failure('invalid', `${path}: ${listName}[${index}].${entryName} must be a mapping`);
    if (!entries.has(name)) entries.set(name, convert(entry as T));
  }
  return entries;
}

const CLUSTER_PATHS = ['certificate-authority'] as const;
const USER_PATHS = ['client-certificate', 'client-key', 'tokenFile'] as const;

function located<T extends object>(entry: T, names: readonly (keyof T & string)[], folder: string): T {
  const result = { ...entry } as Record<string, unknown>;
  for (const name of names) {
    const path = result[name];
    if (typeof path === 'string' && path !== '') result[name] = resolve(folder, path);
  }
  return result as T;
}

/** A command with a slash is a path; one without is looked up by the system. */
function locatedUser(user: UserEntry, folder: string): UserEntry {
  const command = user.exec?.command;
  if (
    user.exec === undefined ||
    user.exec === null ||
    command === undefined ||
    !command.includes('/') ||
    isAbsolute(command)
  )
    return user;
  return { ...user, exec: { ...user.exec, command: resolve(folder, command) } };
}
