import { readFile } from 'node:fs/promises';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';

/** What a client shows to the API server: a bearer token, a client certificate, both or nothing. */
export interface Credential {
  readonly token?: string;
  /** PEM texts, always together. */
  readonly certificate?: string;
  readonly privateKey?: string;
}

/** Where a client's credential comes from, and comes from anew. */
export interface CredentialSource {
  /** The credential to use now; reads files and runs programs when what it has is too old. */
  current(): Promise<Credential>;
  /** The server answered 401 to `refused`: true when `current` has something else to offer now. */
  renew(refused: Credential): Promise<boolean>;
}

/** A credential that never changes. */
export function fixedCredential(credential: Credential): CredentialSource {
  return { current: async () => credential, renew: async () => false };
}

/** Files that hold a credential; the kubelet rotates a ServiceAccount's token while the program runs. */
export interface CredentialFiles {
  readonly tokenFile?: string;
  readonly certificateFile?: string;
  readonly privateKeyFile?: string;
  /** What the files do not hold. */
  readonly rest?: Credential;
}

/** client-go reads a token file again as often. */
const FILE_RECHECK_MS = 60_000;

/** A credential out of files, read again once a minute and whenever the server refuses it. */
export function fileCredential(files: CredentialFiles, ioClock: IoClock): CredentialSource {
  let held: Credential | undefined;
  let readAtMs = 0;
  let reading: Promise<Credential> | undefined;

  const read = (): Promise<Credential> => {
    reading ??= readCredential(files)
      .then((credential) => {
        held = credential;
        readAtMs = ioClock.monotonicMs();
        return credential;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  return {
    current: async () =>
      held !== undefined && ioClock.monotonicMs() - readAtMs < FILE_RECHECK_MS ? held : await read(),
    renew: async (refused) => !isSame(await read(), refused),
  };
}

/** Whether two credentials show the same. */
function isSame(left: Credential, right: Credential): boolean {
  return left.token === right.token && left.certificate === right.certificate && left.privateKey === right.privateKey;
}

async function readCredential(files: CredentialFiles): Promise<Credential> {
  const [token, certificate, privateKey] = await Promise.all([
    readText(files.tokenFile),
    readText(files.certificateFile),
    readText(files.privateKeyFile),
  ]);
  return {
    ...files.rest,
    ...(token === undefined ? {} : { token: token.trim() }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
}

async function readText(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new Failure('unavailable', `${path}: ${errorText(thrown)}`, { cause: thrown });
  }
}
