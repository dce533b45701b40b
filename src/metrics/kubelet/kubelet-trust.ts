import { readFile } from 'node:fs/promises';
import type { SecureContext } from 'node:tls';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { createTlsContext, type TlsIdentity } from '../../platform/http/outbound.ts';

/** Whom we trust to be a kubelet, and how we present ourselves in TLS. */
export interface KubeletTrustOptions {
  /** `--kubelet-certificate-authority`. */
  readonly certificateAuthorityFile?: string;
  /** Without the file: PEM of the cluster's authority, as the pod's ServiceAccount brings it. */
  readonly certificateAuthority?: string;
  /** `--kubelet-client-certificate` and `--kubelet-client-key`, both or neither. */
  readonly clientCertificateFile?: string;
  readonly clientKeyFile?: string;
  /** Without the files: PEM of whom the kubeconfig speaks as, where that is a certificate. */
  readonly clientCertificate?: { readonly certificate: string; readonly privateKey: string };
  /** False is `--kubelet-insecure-tls`. */
  readonly isVerified: boolean;
}

/** What a connection is made with. */
export interface TrustState {
  readonly tls: TlsIdentity;
  /** Made once, and shared by the connections to all nodes. */
  readonly context: SecureContext;
}

/** Mounted files are renewed while the program runs; client-go looks again as often. */
const RECHECK_MS = 60_000;

/** The trust in kubelets, its files read again once a minute. */
export class KubeletTrust {
  readonly #options: KubeletTrustOptions;
  readonly #ioClock: Pick<IoClock, 'monotonicMs'>;
  #held: TrustState | undefined;
  #readAtMs = 0;
  #reading: Promise<TrustState> | undefined;

  constructor(options: KubeletTrustOptions, ioClock: Pick<IoClock, 'monotonicMs'>) {
    this.#options = options;
    this.#ioClock = ioClock;
  }

  /** The same object as long as nothing changed. Throws Failure naming the file that cannot be read or used. */
  async current(): Promise<TrustState> {
    if (this.#held !== undefined && this.#ioClock.monotonicMs() - this.#readAtMs < RECHECK_MS) return this.#held;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return await this.#reading;
  }

  async #read(): Promise<TrustState> {
    const { certificateAuthorityFile, certificateAuthority, isVerified } = this.#options;
    const { clientCertificateFile, clientKeyFile, clientCertificate } = this.#options;
    const [fileAuthority, certificate, privateKey] = await Promise.all(
      [certificateAuthorityFile, clientCertificateFile, clientKeyFile].map(readPem),
    );
    const authority = fileAuthority ?? certificateAuthority;
    const tls: TlsIdentity = {
      ...(authority === undefined ? {} : { certificateAuthority: authority }),
      ...(certificate === undefined || privateKey === undefined ? clientCertificate : { certificate, privateKey }),
      isVerified,
    };
    if (this.#held === undefined || !isSame(this.#held.tls, tls)) this.#held = { tls, context: createTlsContext(tls) };
    this.#readAtMs = this.#ioClock.monotonicMs();
    return this.#held;
  }
}

function isSame(left: TlsIdentity, right: TlsIdentity): boolean {
  return (
    left.certificateAuthority === right.certificateAuthority &&
    left.certificate === right.certificate &&
    left.privateKey === right.privateKey
  );
}

async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new Failure('unavailable', `${path}: ${errorText(thrown)}`, { cause: thrown });
  }
}
