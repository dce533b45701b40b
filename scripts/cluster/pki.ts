import { generateKeyPairSync, KeyObject, webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const VALIDITY_MS = 365 * 24 * 3600 * 1000;
/** Certificates start a little in the past, so that clocks need not agree to the second. */
const BACKDATE_MS = 5 * 60 * 1000;

type X509 = typeof import('@peculiar/x509');
type KeyPair = webcrypto.CryptoKeyPair;

/** Who a certificate is for. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organization?: string;
  readonly usage: 'client' | 'server';
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

export interface PemPair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority that lives as long as this value. */
export interface Authority {
  readonly certificate: string;
  issue(request: CertificateRequest): Promise<PemPair>;
}

/** Makes an authority of that name: EC P-256, valid for a year. */
export async function createAuthority(commonName: string): Promise<Authority> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const name = [{ CN: [commonName] }];
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    certificate: root.toString('pem'),
    async issue(request) {
      const leafKeys = await generateKeys();
      const leaf = await x509.X509CertificateGenerator.create({
        subject: subjectOf(request),
        issuer: root.subject,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        ...validity(),
        signingAlgorithm: ALGORITHM,
        extensions: leafExtensions(x509, request),
      });
      return { certificate: leaf.toString('pem'), key: privatePem(leafKeys) };
    },
  };
}

/** The files that the components of one cluster are given. */
export interface Pki {
  readonly folder: string;
  readonly authority: Authority;
  /** The path of a file of the set, for instance `ca.crt`. */
  file(name: string): string;
}

/** Writes a cluster's whole set of keys and certificates into the folder. */
export async function createPki(folder: string): Promise<Pki> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  const write = (name: string, text: string): Promise<void> => writeFile(file(name), text, { mode: 0o600 });
  const writePair = async (name: string, pair: PemPair): Promise<void> => {
    await write(`${name}.crt`, pair.certificate);
    await write(`${name}.key`, pair.key);
  };
  const authority = await createAuthority('podtide-cluster');
  const frontProxy = await createAuthority('podtide-cluster-front-proxy');
  await write('ca.crt', authority.certificate);
  await write('front-proxy-ca.crt', frontProxy.certificate);
  await writePair('front-proxy-client', await frontProxy.issue({ commonName: 'front-proxy-client', usage: 'client' }));
  for (const [name, request] of Object.entries(CERTIFICATES)) await writePair(name, await authority.issue(request));
  const signer = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await write('service-account.key', signer.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  await write('service-account.pub', signer.publicKey.export({ type: 'spki', format: 'pem' }) as string);
  return { folder, authority, file };
}

/** The users of the control plane, by the name of their files; names and groups are the ones that RBAC's bootstrap roles are bound to. */
const CERTIFICATES: Readonly<Record<string, CertificateRequest>> = {
  apiserver: {
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1'],
  },
  'apiserver-kubelet-client': {
    commonName: 'kube-apiserver-kubelet-client',
    organization: 'system:masters',
    usage: 'client',
  },
  kubelet: { commonName: 'kubelet', usage: 'server', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
  admin: { commonName: 'podtide-cluster-admin', organization: 'system:masters', usage: 'client' },
  'controller-manager': { commonName: 'system:kube-controller-manager', usage: 'client' },
  scheduler: { commonName: 'system:kube-scheduler', usage: 'client' },
  kwok: { commonName: 'kwok', organization: 'system:masters', usage: 'client' },
};

function leafExtensions(x509: X509, request: CertificateRequest) {
  const purpose = request.usage === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const names = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([purpose]),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
}

function subjectOf(request: CertificateRequest) {
  const organization = request.organization === undefined ? [] : [{ O: [request.organization] }];
  return [...organization, { CN: [request.commonName] }];
}

function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  const nowMs = Date.now();
  return { notBefore: new Date(nowMs - BACKDATE_MS), notAfter: new Date(nowMs + VALIDITY_MS) };
}

async function generateKeys(): Promise<KeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as KeyPair;
}

function privatePem(keys: KeyPair): string {
  return KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** The library asks for decorator metadata of the global Reflect, which it never reads for what is used here. */
async function loadX509(): Promise<X509> {
  if (!('getMetadata' in Reflect)) {
    const nothing = (): undefined => undefined;
    Object.assign(Reflect, { getMetadata: nothing, getOwnMetadata: nothing, defineMetadata: nothing });
  }
  return await import('@peculiar/x509');
}
