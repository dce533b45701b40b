import { z } from 'zod';

/** A certificate for clients that ask for certain names. */
export interface SniCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** Names or addresses, `*.` allowed in front; empty: those of the certificate. */
  readonly names: readonly string[];
}

/** A version of TLS, as Node calls it. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

const VERSIONS: ReadonlyMap<string, TlsVersion> = new Map([
  ['VersionTLS10', 'TLSv1'],
  ['VersionTLS11', 'TLSv1.1'],
  ['VersionTLS12', 'TLSv1.2'],
  ['VersionTLS13', 'TLSv1.3'],
]);

/**
 * Go's cipher suites that OpenSSL has too, by OpenSSL's names. Those of TLS 1.3 stand for themselves: Go serves all of
 * them whatever the list says.
 */
const CIPHERS: ReadonlyMap<string, string> = new Map([
  ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ['TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384'],
  ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
  ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
]);

/** Groups for the key exchange by their numbers in the TLS registry, which is how Go's programs name them. */
const GROUPS: ReadonlyMap<string, string> = new Map([
  ['23', 'P-256'],
  ['24', 'P-384'],
  ['25', 'P-521'],
  ['29', 'X25519'],
  ['4587', 'SecP256r1MLKEM768'],
  ['4588', 'X25519MLKEM768'],
  ['4589', 'SecP384r1MLKEM1024'],
]);

/** `VersionTLS12` and its like; an empty text is the default, as upstream. */
export const tlsVersion = z.string().transform((text, context): TlsVersion => {
  const version = text === '' ? 'TLSv1.2' : VERSIONS.get(text);
  if (version !== undefined) return version;
  context.addIssue({ code: 'custom', message: `must be one of ${[...VERSIONS.keys()].join(', ')}` });
  return z.NEVER;
});

/** Go's names of cipher suites as a list for OpenSSL; null for an empty text: the defaults of this program. */
export const cipherList = z.string().transform((text, context): string | null => {
  const names = namesOf(text);
  const wrong = names.find((name) => !CIPHERS.has(name));
  if (wrong !== undefined) {
    const message = `must be cipher suites by Go's names joined by commas, for example TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; "${wrong}" is none that is served`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  return names.length === 0 ? null : [...new Set(names.map((name) => CIPHERS.get(name)))].join(':');
});

/** Numbers of groups as a list for OpenSSL; null for an empty text: the defaults of this program. */
export const groupList = z.string().transform((text, context): string | null => {
  const names = namesOf(text);
  const wrong = names.find((name) => !GROUPS.has(name));
  if (wrong !== undefined) {
    const known = [...GROUPS].map(([number, name]) => `${number} (${name})`);
    const message = `must be numbers of key exchange groups joined by commas, of ${known.join(', ')}; "${wrong}" is none`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  return names.length === 0 ? null : [...new Set(names.map((name) => GROUPS.get(name)))].join(':');
});

/** `CERTIFICATE,KEY`, and the names that it is for behind a colon: `CERTIFICATE,KEY:*.example.com,example.com`. */
export const sniCertificate = z.string().transform((text, context): SniCertificate => {
  const colonAt = text.indexOf(':');
  const files = (colonAt < 0 ? text : text.slice(0, colonAt)).split(',').map((file) => file.trim());
  const names = colonAt < 0 ? [] : text.slice(colonAt + 1).split(',');
  const [certFile = '', keyFile = ''] = files;
  const trimmed = names.map((name) => name.trim());
  if (files.length === 2 && certFile !== '' && keyFile !== '' && !trimmed.includes('')) {
    return { certFile, keyFile, names: trimmed };
  }
  context.addIssue({ code: 'custom', message: 'must be CERTIFICATE,KEY or CERTIFICATE,KEY:NAME,NAME' });
  return z.NEVER;
});

function namesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map((name) => name.trim());
}
