import { webcrypto } from 'node:crypto';

/** A certificate and its private key as PEM texts. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Whom a certificate names and for how long. */
export interface CertificateSubject {
  readonly commonName: string;
  /** Groups of a Kubernetes user, when the certificate is a client's. */
  readonly organizations?: readonly string[];
  /** Epoch milliseconds. Valid from an hour before, so that clocks may differ. */
  readonly nowMs: number;
  readonly validityMs: number;
}

/** Where a server is reached. */
export interface ServingNames {
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

/** Makes a certificate authority of its own: P-256, able to sign certificates and nothing else. */
export async function createCertificateAuthority(subject: CertificateSubject): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  return sign(keys, keys, nameOf(subject), subject, [
    new x509.BasicConstraintsExtension(true, 0, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ]);
}

/** Makes a serving certificate for these names, signed by the authority. */
export async function issueServingCertificate(
  authority: KeyPair,
  subject: CertificateSubject,
  names: ServingNames,
): Promise<KeyPair> {
  const x509 = await loadX509();
  const alternatives = [
    ...names.dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...names.addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return issue(authority, subject, x509.ExtendedKeyUsage.serverAuth, [
    new x509.SubjectAlternativeNameExtension(alternatives),
  ]);
}

/** Makes a client certificate, signed by the authority: the common name is the user, organizations are its groups. */
export async function issueClientCertificate(authority: KeyPair, subject: CertificateSubject): Promise<KeyPair> {
  const x509 = await loadX509();
  return issue(authority, subject, x509.ExtendedKeyUsage.clientAuth, []);
}

type X509 = typeof import('@peculiar/x509');
type Extension = InstanceType<X509['Extension']>;
type Keys = webcrypto.CryptoKeyPair;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const CLOCK_SKEW_MS = 3_600_000;

async function issue(
  authority: KeyPair,
  subject: CertificateSubject,
  usage: string,
  extensions: readonly Extension[],
): Promise<KeyPair> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signer = {
    publicKey: await issuer.publicKey.export(),
    privateKey: await importPrivateKey(authority.privateKey),
  } as Keys;
  return sign(await generateKeys(), signer, issuer.subject, subject, [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([usage]),
    ...extensions,
  ]);
}

async function sign(
  keys: Keys,
  signer: Keys,
  issuer: string,
  subject: CertificateSubject,
  extensions: readonly Extension[],
): Promise<KeyPair> {
  const x509 = await loadX509();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer,
    subject: nameOf(subject),
    notBefore: new Date(subject.nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(subject.nowMs + subject.validityMs),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    extensions: [
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false),
      await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey, false),
    ],
  });
  return { certificate: certificate.toString('pem'), privateKey: await exportPrivateKey(keys.privateKey) };
}

function nameOf(subject: CertificateSubject): string {
  const escaped = (text: string): string => text.replaceAll(/[,+"\\<>;=]/g, (character) => `\\${character}`);
  return [
    `CN=${escaped(subject.commonName)}`,
    ...(subject.organizations ?? []).map((name) => `O=${escaped(name)}`),
  ].join(', ');
}

function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  // A serial number is positive: RFC 5280, 4.1.2.2.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

function generateKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<Keys>;
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  const body = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${body.replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
}

function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const body = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  return webcrypto.subtle.importKey('pkcs8', Buffer.from(body, 'base64'), ALGORITHM, false, ['sign']);
}

/**
 * Loads the library, which takes some hundred milliseconds, only where a certificate is made. One of its dependencies wants
 * metadata reflection to exist while it loads and never uses it afterwards, so it is lent a hollow one for that moment.
 */
async function loadX509(): Promise<X509> {
  const reflect = Reflect as unknown as Record<string, unknown>;
  const lent = ['getMetadata', 'getOwnMetadata', 'defineMetadata'].filter((name) => !(name in reflect));
  for (const name of lent) reflect[name] = () => undefined;
  try {
    return await import('@peculiar/x509');
  } finally {
    for (const name of lent) delete reflect[name];
  }
}
