import { writeFile } from 'node:fs/promises';

/** Who a kubeconfig speaks as: a client certificate's files, or a bearer token. */
export type KubeconfigUser =
  | { readonly certificateFile: string; readonly keyFile: string }
  | { readonly token: string };

/** Writes a kubeconfig of one context; JSON is YAML too. */
export async function writeKubeconfig(
  file: string,
  options: {
    readonly serverUrl: string;
    readonly caFile: string;
    readonly user: KubeconfigUser;
    readonly namespace?: string;
  },
): Promise<void> {
  const { user } = options;
  const credentials =
    'token' in user
      ? { token: user.token }
      : { 'client-certificate': user.certificateFile, 'client-key': user.keyFile };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'podtide', cluster: { server: options.serverUrl, 'certificate-authority': options.caFile } }],
    users: [{ name: 'podtide', user: credentials }],
    contexts: [
      { name: 'podtide', context: { cluster: 'podtide', user: 'podtide', namespace: options.namespace ?? 'default' } },
    ],
    'current-context': 'podtide',
  };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
