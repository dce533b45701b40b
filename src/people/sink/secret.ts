import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { Failure } from '../../base/failure.ts';

const MASK = '***';

/** A value that must not be shown: in texts, in JSON and to a debugger it is `***`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that needs it. */
  reveal(): string {
    return this.#value;
  }

  fingerprint(): string {
    return fingerprintOf(this.#value);
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/** Sixteen hexadecimal digits that are the same for the same text and say nothing else of it. */
export function fingerprintOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A mobile number by its ends, which is all that logs show of people: `138****8000`. */
export function maskedMobile(mobile: string): string {
  return mobile.length < 8 ? '***' : `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;
}

/**
 * A URL that is a credential, as webhooks' are: shown as `https://oapi.dingtalk.com/robot/send?access_token=***` where a
 * query has it, as `https://hooks.slack.com/***` otherwise.
 */
export class SecretUrl {
  readonly #url: URL;

  constructor(url: URL) {
    this.#url = new URL(url);
  }

  /** A copy, which whoever sends completes. */
  reveal(): URL {
    return new URL(this.#url);
  }

  get host(): string {
    return this.#url.host;
  }

  toString(): string {
    const { origin, pathname, searchParams } = this.#url;
    const names = [...searchParams.keys()];
    if (names.length === 0) return pathname === '/' ? `${origin}/` : `${origin}/${MASK}`;
    return `${origin}${pathname}?${names.map((name) => `${name}=${MASK}`).join('&')}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * The address of a robot, as its vendor shows it (a whole URL) or as the credential within alone, which `complete` puts into
 * a URL. Throws Failure('invalid') for neither; the message does not show it.
 */
export function robotUrl(secret: Secret, place: string, complete: (credential: string) => URL): SecretUrl {
  const text = secret.reveal();
  if (!text.includes('://')) {
    if (!/^[\w-]+$/.test(text)) throw new Failure('invalid', `${place}: neither a URL nor the credential of one`);
    return new SecretUrl(complete(text));
  }
  const url = URL.parse(text);
  if (url === null) throw new Failure('invalid', `${place}: no URL`);
  return new SecretUrl(url);
}
