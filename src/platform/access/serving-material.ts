import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyPair, ServingNames } from '../http/certificates.ts';
import type { Signer } from '../http/signer.ts';

/** A serving certificate with the authorities that clients may find it signed by. */
export interface ServingMaterial {
  /** PEM, the newest last. More than one only while one is being replaced. */
  readonly authorities: readonly string[];
  /** The private key of the newest authority. */
  readonly authorityKey: string;
  readonly leaf: KeyPair;
}

/** What is to be done with serving material next. */
export type RenewalStep =
  | { readonly kind: 'wait' }
  /** Nothing of it is of use. */
  | { readonly kind: 'start' }
  /** A further authority, which signs nothing yet. */
  | { readonly kind: 'addAuthority' }
  | { readonly kind: 'issueLeaf' }
  /** Those before the newest, once nothing is signed by them. */
  | { readonly kind: 'retireAuthorities' };

/** Whom the certificate is for and when. */
export interface RenewalContext {
  readonly names: ServingNames;
  readonly nowMs: number;
  /** Whether clients know the newest authority, as far as we can see. */
  readonly isNewestPublished: boolean;
}

const DAY_MS = 86_400_000;
const AUTHORITY_LIFE_MS = 730 * DAY_MS;
const LEAF_LIFE_MS = 180 * DAY_MS;
/** Of a life, after which a successor is made. */
const RENEWAL_FRACTION = 2 / 3;
/** How long an authority is known before it signs, and stays known after it has stopped. */
const OVERLAP_MS = DAY_MS;
/** A serving certificate of an authority that is being replaced is kept until so long before its end. */
const LEAF_RESERVE_MS = DAY_MS;

/**
 * Says what is to be done next. Successors are made after two thirds of a life. A new authority is known to everybody for
 * a day before it signs the serving certificate, and the old one for a day after, so that no client meets a certificate
 * whose authority it does not know, whichever replica it meets.
 */
export function nextStep(material: ServingMaterial | undefined, context: RenewalContext): RenewalStep {
  const newest = certificateOf(material?.authorities.at(-1));
  const leaf = certificateOf(material?.leaf.certificate);
  if (material === undefined || newest === undefined || leaf === undefined) return { kind: 'start' };
  if (!hasKey(newest, material.authorityKey) || !hasKey(leaf, material.leaf.privateKey)) return { kind: 'start' };
  const { nowMs, names } = context;
  if (nowMs >= endOf(newest)) return { kind: 'start' };
  if (isAged(newest, nowMs)) return { kind: 'addAuthority' };
  const isOfNewest = leaf.checkIssued(newest) && leaf.verify(newest.publicKey);
  const isUseless = nowMs >= endOf(leaf) - LEAF_RESERVE_MS || !hasNames(leaf, names);
  if (isUseless) return { kind: 'issueLeaf' };
  if (isOfNewest && isAged(leaf, nowMs)) return { kind: 'issueLeaf' };
  const isKnownLongEnough = nowMs >= beginOf(newest) + OVERLAP_MS && context.isNewestPublished;
  if (!isOfNewest) return isKnownLongEnough ? { kind: 'issueLeaf' } : { kind: 'wait' };
  const isSwitched = nowMs >= beginOf(leaf) + OVERLAP_MS;
  return material.authorities.length > 1 && isSwitched ? { kind: 'retireAuthorities' } : { kind: 'wait' };
}

/** Does a step. The material must be there for every step but `start`. */
export async function takeStep(
  step: RenewalStep,
  material: ServingMaterial | undefined,
  { names, nowMs }: RenewalContext,
  signer: Signer,
): Promise<ServingMaterial> {
  if (material === undefined || step.kind === 'start') {
    const authority = await newAuthority(signer, nowMs);
    const leaf = await newLeaf(signer, authority, names, nowMs);
    return { authorities: [authority.certificate], authorityKey: authority.privateKey, leaf };
  }
  switch (step.kind) {
    case 'wait':
      return material;
    case 'addAuthority': {
      const { certificate, privateKey } = await newAuthority(signer, nowMs);
      const known = material.authorities.filter((text) => nowMs < endOf(new X509Certificate(text)));
      return { ...material, authorities: [...known, certificate], authorityKey: privateKey };
    }
    case 'issueLeaf': {
      const authority = { certificate: material.authorities.at(-1) ?? '', privateKey: material.authorityKey };
      return { ...material, leaf: await newLeaf(signer, authority, names, nowMs) };
    }
    case 'retireAuthorities':
      return { ...material, authorities: material.authorities.slice(-1) };
  }
}

/** The PEM text by which clients know the serving certificate. */
export function bundleOf({ authorities }: ServingMaterial): string {
  return authorities.map((text) => `${text.trim()}\n`).join('');
}

/** The certificates of a PEM text, one by one. */
export function splitBundle(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

/** The moment is in the name, because authorities of one name and different keys confuse whoever reads a bundle. */
function newAuthority(signer: Signer, nowMs: number): Promise<KeyPair> {
  const commonName = `podtide-serving-ca@${Math.floor(nowMs / 1000)}`;
  return signer.createCertificateAuthority({ commonName, nowMs, validityMs: AUTHORITY_LIFE_MS });
}

function newLeaf(signer: Signer, authority: KeyPair, names: ServingNames, nowMs: number): Promise<KeyPair> {
  const commonName = names.dnsNames[0] ?? 'podtide';
  return signer.issueServingCertificate(authority, { commonName, nowMs, validityMs: LEAF_LIFE_MS }, names);
}

function certificateOf(pem: string | undefined): X509Certificate | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function hasKey(certificate: X509Certificate, privateKey: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

function hasNames(leaf: X509Certificate, { dnsNames, addresses }: ServingNames): boolean {
  return (
    dnsNames.every((name) => leaf.checkHost(name, { wildcards: false }) !== undefined) &&
    addresses.every((address) => leaf.checkIP(address) !== undefined)
  );
}

/** When it was made: certificates say an hour earlier, so that clocks may differ. */
function beginOf(certificate: X509Certificate): number {
  return certificate.validFromDate.getTime() + 3_600_000;
}

function endOf(certificate: X509Certificate): number {
  return certificate.validToDate.getTime();
}

function isAged(certificate: X509Certificate, nowMs: number): boolean {
  const begin = beginOf(certificate);
  return nowMs >= begin + (endOf(certificate) - begin) * RENEWAL_FRACTION;
}
