import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { KeyPair } from './certificates.ts';

/** A serving certificate that somebody else renews in place, as cert-manager and mounted Secrets do. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

/**
 * Reads the pair. Throws Failure('unavailable') naming the file that cannot be read, Failure('invalid') naming both when
 * they are no pair.
 */
export async function readTlsFiles(files: TlsFiles): Promise<KeyPair> {
  const { certificateFile, privateKeyFile } = files;
  const [certificate, privateKey] = await Promise.all([readPem(certificateFile), readPem(privateKeyFile)]);
  try {
    createSecureContext({ cert: certificate, key: privateKey });
  } catch (thrown) {
    const rule = 'must be a certificate and its private key, both in PEM';
    throw new Failure('invalid', `${certificateFile}, ${privateKeyFile}: ${rule}: ${errorText(thrown)}`, {
      cause: thrown,
    });
  }
  return { certificate, privateKey };
}

/** How renewed files reach a listener. */
export interface TlsFilesFollower {
  readonly ioClock: IoClock;
  /** Takes the renewed pair into use; throws when it is no pair, for example half-written, and is asked again later. */
  onChange(pair: KeyPair): void;
  onFailure(failure: Failure): void;
}

/** Mounted Secrets reach their files within about a minute. */
const RECHECK_MS = 30_000;

/**
 * Reads the files again every half minute and hands on what changed. Contents are compared, because mounted Secrets change
 * by a symbolic link two folders up, which no file watch sees.
 */
export function followTlsFiles(files: TlsFiles, current: KeyPair, follower: TlsFilesFollower): Release {
  let held = current;
  let isStopped = false;
  let cancel: Release = () => {};
  const recheck = async (): Promise<void> => {
    try {
      const pair = await readTlsFiles(files);
      if (!isStopped && (pair.certificate !== held.certificate || pair.privateKey !== held.privateKey)) {
        follower.onChange(pair);
        held = pair;
      }
    } catch (thrown) {
      follower.onFailure(
        thrown instanceof Failure
          ? thrown
          : new Failure('invalid', `${files.certificateFile}: ${errorText(thrown)}`, { cause: thrown }),
      );
    }
    if (!isStopped) schedule();
  };
  // The promise goes to the clock: a virtual one waits for it, a real one has no use for it, and it never rejects.
  const schedule = (): void => {
    cancel = follower.ioClock.after(RECHECK_MS, recheck);
  };
  schedule();
  return () => {
    isStopped = true;
    cancel();
  };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new Failure('unavailable', `${path}: ${errorText(thrown)}`, { cause: thrown });
  }
}
