import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { stringify as stringifyYaml } from 'yaml';
import { errorText, Failure } from '../../base/failure.ts';

/** How a client reaches the server. */
export interface KubeconfigEntry {
  readonly url: string;
  /** PEM of the authority. */
  readonly authorityCertificate: string;
  readonly token: string;
  /** Name of cluster, context and user; `podtide-lab` when absent. */
  readonly name?: string;
}

/** A file that starts with this was written here and may be written again. */
const MARK = '# Written by podtide; it is replaced when the lab starts.\n';

/** The text of a kubeconfig with one context. */
export function kubeconfigText(entry: KubeconfigEntry): string {
  const name = entry.name ?? 'podtide-lab';
  const authority = Buffer.from(entry.authorityCertificate).toString('base64');
  return (
    MARK +
    stringifyYaml({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: entry.url, 'certificate-authority-data': authority } }],
      users: [{ name, user: { token: entry.token } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
      'current-context': name,
    })
  );
}

/**
 * Writes a kubeconfig that only its owner can read, whole or not at all. Throws Failure('conflict') when another program's
 * file is there: people's own kubeconfig is never touched.
 */
export async function writeKubeconfig(path: string, entry: KubeconfigEntry): Promise<void> {
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present !== '' && !present.startsWith(MARK)) {
    throw new Failure('conflict', `${path} was not written by podtide and is left alone`, {
      hint: 'name another file with --kubeconfig',
    });
  }
  const partial = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(kubeconfigText(entry));
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (thrown) {
    await rm(partial, { force: true });
    throw new Failure('denied', `cannot write ${path}: ${errorText(thrown)}`, { cause: thrown });
  }
}
