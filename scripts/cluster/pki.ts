import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServingCertificate,
  type KeyPair,
} from '../../src/platform/http/certificates.ts';

const VALIDITY_MS = 365 * 24 * 3600 * 1000;

/** The files that the components of one cluster are given. */
export interface Pki {
  /** The path of a file of the set, for instance `ca.crt`. */
  file(name: string): string;
}

/** Writes a cluster's whole set of keys and certificates into the folder. */
export async function createPki(folder: string): Promise<Pki> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  const write = (name: string, text: string): Promise<void> => writeFile(file(name), text, { mode: 0o600 });
  const writePair = async (name: string, pair: KeyPair): Promise<void> => {
    await write(`${name}.crt`, pair.certificate);
    await write(`${name}.key`, pair.privateKey);
  };
  const authority = await createCertificateAuthority(subject('podtide-cluster'));
  const frontProxy = await createCertificateAuthority(subject('podtide-cluster-front-proxy'));
  await write('ca.crt', authority.certificate);
  await write('front-proxy-ca.crt', frontProxy.certificate);
  const frontProxyClient = subject('front-proxy-client');
  await writePair('front-proxy-client', await issueClientCertificate(frontProxy, frontProxyClient));
  for (const [name, dnsNames] of Object.entries(SERVERS)) {
    const names = { dnsNames: ['localhost', ...dnsNames], addresses: ['127.0.0.1'] };
    await writePair(name, await issueServingCertificate(authority, subject(name), names));
  }
  for (const [name, { user, groups }] of Object.entries(CLIENTS)) {
    await writePair(name, await issueClientCertificate(authority, { ...subject(user), organizations: groups }));
  }
  const signer = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await write('service-account.key', signer.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  await write('service-account.pub', signer.publicKey.export({ type: 'spki', format: 'pem' }) as string);
  return { file };
}

/** The servers, by the name of their files, with the names that they are reached by beside localhost. */
const SERVERS: Readonly<Record<string, readonly string[]>> = {
  apiserver: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
  kubelet: [],
};

/** The users, by the name of their files; users and groups are the ones that RBAC's bootstrap roles are bound to. */
const CLIENTS: Readonly<Record<string, { readonly user: string; readonly groups: readonly string[] }>> = {
  'apiserver-kubelet-client': { user: 'kube-apiserver-kubelet-client', groups: ['system:masters'] },
  admin: { user: 'podtide-cluster-admin', groups: ['system:masters'] },
  'controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  scheduler: { user: 'system:kube-scheduler', groups: [] },
  kwok: { user: 'kwok', groups: ['system:masters'] },
};

function subject(commonName: string) {
  return { commonName, nowMs: Date.now(), validityMs: VALIDITY_MS };
}
