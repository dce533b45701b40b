import { open } from 'node:fs/promises';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure, type FailureKind } from '../../base/failure.ts';
import { SECRET_BYTES_MAX } from '../../base/sink-limits.ts';
import type { KubeClient, KubeObject } from '../../platform/kube/client.ts';
import type { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';
import { Secret } from './secret.ts';

/** Where the configuration says a secret is: a file, as mounted Secrets are, or one key of a Secret in the cluster. */
export type SecretRef =
  | { readonly file: string }
  /** In the program's own namespace when none is named. */
  | { readonly secretName: string; readonly secretKey: string; readonly namespace?: string };

/** What a secret is now. During a rotation receivers may still know the one before. */
export interface SecretValues {
  readonly newest: Secret;
  readonly previous: Secret | undefined;
}

/** Secrets by reference, as they are at the moment of asking. */
export interface SecretSource {
  /** Throws a Failure that names the reference when there is no value of it, and never was. */
  read(ref: SecretRef, signal: AbortSignal): Promise<SecretValues>;
}

export interface SecretSourceOptions {
  readonly ioClock: IoClock;
  /** Learns every value, so that none of them leaves the process in a text. */
  readonly known: KnownSecrets;
  /** For references to Secrets; without it they are refused. */
  readonly kube?: { readonly client: Pick<KubeClient, 'get'>; readonly namespace: string };
  /** Told of a secret that can no longer be read; what it was last is used on. */
  onFailure?(failure: Failure): void;
}

/** Receivers that take two secrets for a while take the older one about as long. */
const ROTATION_MS = 600_000;

/** A Secret of the cluster is asked for again as often at most; a file is read at each attempt. */
const RECHECK_MS = 30_000;

/** Shorter values would be found in every text. */
const SECRET_LENGTH_MIN = 6;

/**
 * Secrets out of files and of the cluster. A value that changes is in use from the next attempt on, the one before it is
 * known for ten more minutes; a reference may also hold two lines, the newest first, for as long as both are to be known.
 */
export function createSecretSource(options: SecretSourceOptions): SecretSource {
  const held = new Map<string, HeldSecret>();
  return {
    read: async (ref, signal) => {
      const place = placeOf(ref);
      const before = held.get(place);
      const nowMs = options.ioClock.monotonicMs();
      if ('secretName' in ref && before !== undefined && nowMs - before.readAtMs < RECHECK_MS)
        return before.values(nowMs);
      let lines: readonly string[];
      try {
        const text = await ('file' in ref ? readSecretFile(ref.file, signal) : readClusterSecret(options, ref, signal));
        lines = readLines(text, place);
      } catch (thrown) {
        if (before === undefined || signal.aborted) throw thrown;
        if (!before.isFailing) options.onFailure?.(failureOf(thrown, place));
        before.isFailing = true;
        return before.values(nowMs);
      }
      for (const line of lines) learnSecret(options.known, line);
      const now = before ?? new HeldSecret();
      now.take(lines, nowMs);
      held.set(place, now);
      return now.values(nowMs);
    },
  };
}

/** A reference in words, for messages: `/etc/ding/token`, `Secret podtide/ding, key token`. */
export function placeOf(ref: SecretRef): string {
  if ('file' in ref) return ref.file;
  const { namespace, secretName, secretKey } = ref;
  return `Secret ${namespace === undefined ? '' : `${namespace}/`}${secretName}, key ${secretKey}`;
}

class HeldSecret {
  #lines: readonly string[] = [];
  #left: { readonly value: string; readonly untilMs: number } | undefined;
  readAtMs = 0;
  /** Whether it could not be read the last time, which is told once. */
  isFailing = false;

  take(lines: readonly string[], nowMs: number): void {
    const [before] = this.#lines;
    if (before !== undefined && before !== lines[0]) this.#left = { value: before, untilMs: nowMs + ROTATION_MS };
    this.#lines = lines;
    this.readAtMs = nowMs;
    this.isFailing = false;
  }

  values(nowMs: number): SecretValues {
    const [newest = '', second] = this.#lines;
    const left = this.#left !== undefined && nowMs < this.#left.untilMs ? this.#left.value : undefined;
    const previous = second ?? (left === newest ? undefined : left);
    return { newest: new Secret(newest), previous: previous === undefined ? undefined : new Secret(previous) };
  }
}

function failureOf(thrown: unknown, place: string): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure('unavailable', `${place}: ${errorText(thrown)}`, { cause: thrown });
}

function readLines(text: string, place: string): readonly string[] {
  const lines = text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (lines.length === 0) throw new Failure('invalid', `${place}: empty`);
  if (lines.length > 2) throw new Failure('invalid', `${place}: at most two lines, the newest value first`);
  if (lines.some((line) => line.length < SECRET_LENGTH_MIN))
    throw new Failure('invalid', `${place}: a secret must have at least ${SECRET_LENGTH_MIN} characters`);
  return lines;
}

/** Makes a secret known by its parts too: an error may show the path of a webhook without its host. */
export function learnSecret(known: KnownSecrets, value: string): void {
  known.learn(value);
  const url = value.includes('://') ? URL.parse(value) : null;
  if (url === null) return;
  known.learn(url.href);
  for (const part of url.searchParams.values()) known.learn(part);
  if (url.pathname.length > 1 && url.search === '') known.learn(url.pathname);
  for (const part of url.pathname.split('/')) if (part.length >= PATH_SECRET_LENGTH_MIN) known.learn(part);
  known.learn(url.password);
  known.learn(decodedEscapes(url.password));
}

/** The text with its percent signs taken for escapes, where they are: whoever typed a secret may have meant none. */
function decodedEscapes(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Path segments of webhooks that are secret have twenty characters and more; `open-apis` and `services` stay readable. */
const PATH_SECRET_LENGTH_MIN = 16;

async function readSecretFile(path: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(SECRET_BYTES_MAX + 1) });
      return textOf(buffer.subarray(0, bytesRead), path);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    const [kind, hint] = FILE_FAILURES[(thrown as NodeJS.ErrnoException).code ?? ''] ?? ['unavailable'];
    throw new Failure(kind, `${path}: ${errorText(thrown)}`, {
      ...(hint === undefined ? {} : { hint }),
      cause: thrown,
    });
  }
}

const FILE_FAILURES: Readonly<Record<string, readonly [kind: FailureKind, hint: string]>> = {
  ENOENT: ['notFound', 'put the secret into this file, in a line of its own'],
  ENOTDIR: ['notFound', 'name a file in a folder'],
  EACCES: ['denied', 'let the account that this runs as read the file'],
};

async function readClusterSecret(
  { kube }: SecretSourceOptions,
  ref: Exclude<SecretRef, { readonly file: string }>,
  signal: AbortSignal,
): Promise<string> {
  const place = placeOf(ref);
  if (kube === undefined) throw new Failure('invalid', `${place}: there is no cluster to read Secrets of`);
  const object = await kube.client.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(
    { group: '', version: 'v1', resource: 'secrets', isNamespaced: true },
    { namespace: ref.namespace ?? kube.namespace, name: ref.secretName },
    { signal },
  );
  const encoded = object.data?.[ref.secretKey];
  if (encoded === undefined) throw new Failure('notFound', `${place}: the Secret has no such key`);
  return textOf(Buffer.from(encoded, 'base64'), place);
}

function textOf(bytes: Uint8Array, place: string): string {
  if (bytes.byteLength > SECRET_BYTES_MAX)
    throw new Failure('invalid', `${place}: more than ${SECRET_BYTES_MAX} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new Failure('invalid', `${place}: no UTF-8 text`, { cause: thrown });
  }
}
