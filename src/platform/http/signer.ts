import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { askThread } from '../thread/ask-thread.ts';
import type { CertificateSubject, KeyPair, ServingNames } from './certificates.ts';

/** Who makes certificates for servers. */
export interface Signer {
  createCertificateAuthority(subject: CertificateSubject): Promise<KeyPair>;
  issueServingCertificate(authority: KeyPair, subject: CertificateSubject, names: ServingNames): Promise<KeyPair>;
}

/** What the thread is asked, one at a time. */
export type SigningOrder =
  | { readonly kind: 'authority'; readonly subject: CertificateSubject }
  | {
      readonly kind: 'serving';
      readonly authority: KeyPair;
      readonly subject: CertificateSubject;
      readonly names: ServingNames;
    };

/** What it answers. */
export type SigningAnswer =
  | { readonly kind: 'signed'; readonly pair: KeyPair }
  | { readonly kind: 'error'; readonly message: string };

/**
 * Does work that needs certificates made, with a signer in a thread that ends with it. A server makes one at its start and
 * then none for months, and what the library of certificates takes, some MiB, is given back with the thread.
 */
export async function withSigner<Result>(work: (signer: Signer) => Promise<Result>): Promise<Result> {
  const thread = new ThreadedSigner();
  try {
    return await work(thread);
  } finally {
    await thread.close();
  }
}

class ThreadedSigner implements Signer {
  #worker: Worker | undefined;

  createCertificateAuthority(subject: CertificateSubject): Promise<KeyPair> {
    return this.#ask({ kind: 'authority', subject });
  }

  issueServingCertificate(authority: KeyPair, subject: CertificateSubject, names: ServingNames): Promise<KeyPair> {
    return this.#ask({ kind: 'serving', authority, subject, names });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #ask(order: SigningOrder): Promise<KeyPair> {
    // The file stands beside this one, in whichever of the two languages the program runs.
    this.#worker ??= new Worker(new URL(`./signing-thread${extname(import.meta.url)}`, import.meta.url));
    const answer = await askThread<SigningAnswer>(this.#worker, order, { name: 'the signing thread' });
    if (answer.kind === 'error') throw new Error(answer.message);
    return answer.pair;
  }
}
