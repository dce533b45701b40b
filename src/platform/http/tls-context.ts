import { randomBytes, X509Certificate } from 'node:crypto';
import type { Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import type { KeyPair } from './certificates.ts';

/** What a server agrees to in a handshake; the defaults of this program where absent. */
export interface TlsTerms {
  /** TLS 1.2 when absent. */
  readonly versionMin?: SecureVersion;
  /** OpenSSL's names joined by colons, for versions up to TLS 1.2: those of TLS 1.3 are served whatever this says. */
  readonly ciphers?: string;
  /** Key exchange groups by OpenSSL's names joined by colons. */
  readonly groups?: string;
}

/** A certificate for clients that ask for certain names. */
export interface NamedPair extends KeyPair {
  /** `*.` may stand in front; those of the certificate when empty. */
  readonly names: readonly string[];
}

/** What a listener shows and asks for in TLS. */
export interface ListenerTls extends KeyPair {
  /**
   * Asks for client certificates of these authorities, in PEM; whether one came is for `handle` to see. None is asked for
   * when absent; empty asks, though nobody is known yet, because authorities may come later.
   */
  readonly clientAuthorities?: string;
  readonly terms?: TlsTerms;
  /** Shown instead to clients that ask for one of their names. */
  readonly named?: readonly NamedPair[];
}

const TICKET_KEYS_BYTES = 48;

/** The suites of TLS 1.3. Without one in the list OpenSSL would not speak that version at all. */
const SUITES_OF_TLS_1_3 = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

/** Versions that OpenSSL speaks only when told that weak signatures are good enough. */
const WEAK_VERSIONS: ReadonlySet<SecureVersion> = new Set(['TLSv1', 'TLSv1.1']);

/** The certificates and the authorities in use, and which connections began under earlier authorities. */
export class TlsContext {
  #tls: ListenerTls | undefined;
  #ticketKeys = randomBytes(TICKET_KEYS_BYTES);
  #generation = 0;
  #byName: ReadonlyMap<string, SecureContext> = new Map();
  readonly #generations = new WeakMap<Duplex, number>();

  /** Throws when the certificates and keys are no pairs, or the terms are none. */
  constructor(tls: ListenerTls | undefined) {
    this.#tls = tls;
    this.#byName = this.#namedContexts();
  }

  get isClientAsked(): boolean {
    return this.#tls?.clientAuthorities !== undefined;
  }

  /** For the server itself: whoever asks for no name, or for one that nobody has, gets its own certificate. */
  get options() {
    return {
      ...this.#contextOptions(this.#tls ?? { certificate: '', privateKey: '' }),
      SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) =>
        done(null, this.#contextFor(name.toLowerCase())),
    };
  }

  renew(server: Server | HttpsServer, pair: KeyPair): void {
    this.#use(server, { ...this.#tls, ...pair }, this.#ticketKeys);
  }

  renewNamed(server: Server | HttpsServer, index: number, pair: KeyPair): void {
    if (this.#tls === undefined) return;
    const named = (this.#tls.named ?? []).map((each, at) => (at === index ? { ...each, ...pair } : each));
    this.#use(server, { ...this.#tls, named }, this.#ticketKeys);
  }

  renewAuthorities(server: Server | HttpsServer, clientAuthorities: string): void {
    if (this.#tls === undefined || clientAuthorities === this.#tls.clientAuthorities) return;
    this.#use(server, { ...this.#tls, clientAuthorities }, randomBytes(TICKET_KEYS_BYTES));
    this.#generation += 1;
    server.closeIdleConnections();
  }

  welcome(socket: Duplex): void {
    this.#generations.set(socket, this.#generation);
  }

  /** Whether the connection began under other authorities than those in use now. */
  isOld(socket: Duplex): boolean {
    return (this.#generations.get(socket) ?? this.#generation) !== this.#generation;
  }

  #use(server: Server | HttpsServer, tls: ListenerTls, ticketKeys: Buffer<ArrayBuffer>): void {
    if (!(server instanceof HttpsServer)) return;
    const before = { tls: this.#tls, ticketKeys: this.#ticketKeys };
    this.#tls = tls;
    this.#ticketKeys = ticketKeys;
    try {
      const byName = this.#namedContexts();
      server.setSecureContext(this.#contextOptions(tls));
      this.#byName = byName;
    } catch (thrown) {
      this.#tls = before.tls;
      this.#ticketKeys = before.ticketKeys;
      throw thrown;
    }
  }

  #contextOptions({ certificate, privateKey }: KeyPair): SecureContextOptions & { ticketKeys: Buffer } {
    const { clientAuthorities, terms = {} } = this.#tls ?? {};
    return {
      cert: certificate,
      key: privateKey,
      ...cipherOptions(terms),
      ...(terms.groups === undefined ? {} : { ecdhCurve: terms.groups }),
      minVersion: terms.versionMin ?? 'TLSv1.2',
      ticketKeys: this.#ticketKeys,
      // Without any authority Node would take the whole world's for ours.
      ...(clientAuthorities === undefined ? {} : { ca: clientAuthorities === '' ? [] : clientAuthorities }),
    };
  }

  /** As upstream's servers choose: the first pair that has a name has it, and names that were said come before others. */
  #namedContexts(): ReadonlyMap<string, SecureContext> {
    const named = [...(this.#tls?.named ?? [])].reverse();
    const contexts = new Map<string, SecureContext>();
    for (const isSaid of [false, true]) {
      for (const pair of named.filter(({ names }) => names.length > 0 === isSaid)) {
        const context = createSecureContext(this.#contextOptions(pair));
        for (const name of isSaid ? pair.names : namesOf(pair)) contexts.set(name.toLowerCase(), context);
      }
    }
    return contexts;
  }

  /** Undefined is the server's own. A wildcard stands for one label. */
  #contextFor(name: string): SecureContext | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.replace(/^[^.]+/, '*'));
  }
}

function cipherOptions({ ciphers, versionMin = 'TLSv1.2' }: TlsTerms): { readonly ciphers?: string } {
  const weakness = WEAK_VERSIONS.has(versionMin) ? ['@SECLEVEL=0'] : [];
  if (ciphers === undefined && weakness.length === 0) return {};
  return { ciphers: [SUITES_OF_TLS_1_3, ciphers ?? 'DEFAULT', ...weakness].join(':') };
}

/** The names in a certificate; its common name is none any more. */
function namesOf({ certificate }: KeyPair): readonly string[] {
  const text = new X509Certificate(certificate).subjectAltName ?? '';
  return text.split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice('DNS:'.length)] : []));
}
