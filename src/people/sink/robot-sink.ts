import { errorText, Failure } from '../../base/failure.ts';
import { asPossibleDuplicate } from '../../core/explain/message-text.ts';
import { type CodeRule, outcomeOfRule, ruleOf, type VendorCode } from './code-rules.ts';
import type { SinkEnvironment } from './environment.ts';
import { exchange, outcomeOfStatus, type ReceiverAnswer, shownText, skewText } from './exchange.ts';
import { refuseOtherOrigins } from './origins.ts';
import { fingerprintOf, maskedMobile, robotUrl, type Secret, type SecretUrl } from './secret.ts';
import { placeOf, type SecretRef, type SecretValues } from './secret-source.ts';
import type { Delivery, DeliveryOutcome, Sink, SinkQuota } from './sink.ts';

/** How often a credential may be used, as far as the configuration says otherwise than its kind does. */
export interface QuotaSettings {
  readonly perMinute?: number;
  readonly burst?: number;
}

/** What chat robots have in common: a URL that is a credential. */
export interface RobotSettings {
  /** The webhook's URL as the vendor shows it, or the credential within alone. */
  readonly webhook: SecretRef;
  /** Of robots that check signatures; none is made when absent. */
  readonly secret?: SecretRef;
  /** The only origins that a URL may be at, instead of the vendor's: for private deployments. */
  readonly allowedOrigins?: readonly string[];
  readonly quota?: QuotaSettings;
}

/** A request to a robot. */
export interface RobotRequest {
  readonly url: URL;
  readonly body: string;
  readonly signatures?: readonly string[];
}

/** What one vendor's robots want and say. Data and pure functions: what is done with them is the same for all. */
export interface RobotDialect {
  readonly vendor: string;
  readonly origins: readonly string[];
  readonly quota: Omit<SinkQuota, 'key'>;
  readonly codes: readonly CodeRule[];
  /** The URL of a robot whose credential alone is known. */
  urlOf(credential: string): URL;
  /** The credential in a URL; empty when it has none. */
  credentialOf(url: URL): string;
  /** The request for a message, within the vendor's limits; undefined when it does not fit in any way. */
  compose(delivery: Delivery, url: URL, signing: Signing | undefined): RobotRequest | undefined;
  /** What an answer says; undefined when it is not the vendor's. */
  codeOf(answer: ReceiverAnswer): VendorCode | undefined;
}

/** What signatures are made of, anew for each attempt. */
export interface Signing {
  readonly secret: Secret;
  readonly atMs: number;
}

/**
 * Makes the sink of a robot. Reads its secrets once, so that what is missing or leads elsewhere shows at once: throws
 * Failure('denied') for a URL at another origin, and what the source of the secrets throws.
 */
export async function createRobotSink(
  name: string,
  dialect: RobotDialect,
  settings: RobotSettings,
  environment: SinkEnvironment,
): Promise<Sink> {
  const signal = new AbortController().signal;
  const sink = new RobotSink(name, dialect, settings, environment);
  await sink.readCredential(signal);
  if (settings.secret !== undefined) await environment.secrets.read(settings.secret, signal);
  return sink;
}

/** Two clocks differ noticeably; within that a signature's age is not what is wrong with it. */
const CLOCK_SKEW_MS_MIN = 60_000;

class RobotSink implements Sink {
  readonly name: string;
  readonly #dialect: RobotDialect;
  readonly #settings: RobotSettings;
  readonly #environment: SinkEnvironment;
  #quotaKey = '';
  /** What is added to our clock in signatures, once the receiver has refused it. */
  #clockCorrectionMs = 0;
  /** The secret that the receiver did not take, while there is another to try. */
  #refusedSecret: string | undefined;

  constructor(name: string, dialect: RobotDialect, settings: RobotSettings, environment: SinkEnvironment) {
    this.name = name;
    this.#dialect = dialect;
    this.#settings = settings;
    this.#environment = environment;
  }

  get quota(): SinkQuota {
    const { quota } = this.#dialect;
    const { perMinute, burst } = this.#settings.quota ?? {};
    return {
      key: this.#quotaKey,
      countMax: perMinute ?? quota.countMax,
      periodMs: quota.periodMs,
      burstCount: burst ?? quota.burstCount,
    };
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    const { outbound, ioClock, known } = this.#environment;
    for (const mobile of delivery.mention.mobiles) known.learn(mobile, maskedMobile(mobile));
    let request: RobotRequest | undefined;
    let signing: Signing | undefined;
    let other: Secret | undefined;
    try {
      const url = await this.readCredential(signal);
      const values = await this.#readSecrets(signal);
      const secret = this.#choose(values);
      other = values?.newest === secret ? values?.previous : values?.newest;
      signing = secret === undefined ? undefined : { secret, atMs: ioClock.wallMs() + this.#clockCorrectionMs };
      request = this.#dialect.compose(marked(delivery), url.reveal(), signing);
    } catch (thrown) {
      return outcomeOfSetUp(thrown, signal);
    }
    if (request === undefined) return { kind: 'tooLarge', detail: 'does not fit even when it is cut' };
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const done = await exchange({ outbound, ioClock, known, headers, ...request }, signal);
    if ('outcome' in done) return done.outcome;
    if (done.answer.skewMs !== undefined) this.#environment.onClockSkew?.(this.name, done.answer.skewMs);
    return this.#judge(done.answer, signing, other);
  }

  /** The robot's URL as it is now. */
  async readCredential(signal: AbortSignal): Promise<SecretUrl> {
    const { webhook, allowedOrigins } = this.#settings;
    const { newest } = await this.#environment.secrets.read(webhook, signal);
    const place = placeOf(webhook);
    const url = robotUrl(newest, place, this.#dialect.urlOf);
    refuseOtherOrigins(url.reveal(), allowedOrigins ?? this.#dialect.origins, place);
    const credential = this.#dialect.credentialOf(url.reveal());
    if (credential === '')
      throw new Failure('invalid', `${place}: the URL is not that of a ${this.#dialect.vendor} webhook`);
    this.#quotaKey = fingerprintOf(`${this.#dialect.vendor} ${credential}`);
    return url;
  }

  async #readSecrets(signal: AbortSignal): Promise<SecretValues | undefined> {
    const { secret } = this.#settings;
    return secret === undefined ? undefined : await this.#environment.secrets.read(secret, signal);
  }

  /** The newest, or the one before it while the receiver does not know the newest yet. */
  #choose(values: SecretValues | undefined): Secret | undefined {
    if (values?.previous === undefined) return values?.newest;
    return values.newest.fingerprint() === this.#refusedSecret ? values.previous : values.newest;
  }

  #judge(answer: ReceiverAnswer, signing: Signing | undefined, other: Secret | undefined): DeliveryOutcome {
    const { known } = this.#environment;
    const { vendor, codes, quota } = this.#dialect;
    const code = this.#dialect.codeOf(answer);
    if (code === undefined) {
      if (answer.status < 200 || answer.status >= 300) return outcomeOfStatus(answer, known, quota.periodMs);
      return {
        kind: 'unknown',
        detail: `HTTP ${answer.status}, but not in ${vendor}'s words${shownText(answer.text, known)}`,
      };
    }
    if (code.code === 0) return { kind: 'sent' };
    const rule = ruleOf(codes, code);
    const said = `${vendor} ${code.code}${shownText(code.words, known)}`;
    return this.#secondThought(rule, said, answer, signing, other) ?? outcomeOfRule(rule, said, code.waitMs);
  }

  /** Whether something of ours explains a refused signature that the next attempt can do better. */
  #secondThought(
    rule: CodeRule | undefined,
    said: string,
    { skewMs }: ReceiverAnswer,
    signing: Signing | undefined,
    other: Secret | undefined,
  ): DeliveryOutcome | undefined {
    if (rule === undefined || signing === undefined) return undefined;
    if (rule.suspects?.includes('clock') === true && skewMs !== undefined) {
      if (Math.abs(skewMs - this.#clockCorrectionMs) >= CLOCK_SKEW_MS_MIN) {
        this.#clockCorrectionMs = skewMs;
        const detail = `${said}: ${skewText(skewMs)}; signed by that clock from now on`;
        return { kind: 'transient', detail, retryAfterMs: 0 };
      }
      if (Math.abs(skewMs) >= CLOCK_SKEW_MS_MIN)
        return {
          kind: 'misconfigured',
          detail: `${said} (${rule.meaning})`,
          hint: `${rule.hint}: ${skewText(skewMs)}`,
        };
    }
    if (rule.suspects?.includes('secret') === true && other !== undefined) {
      const refused = signing.secret.fingerprint();
      const isOtherRefused = other.fingerprint() === this.#refusedSecret;
      this.#refusedSecret = refused;
      if (!isOtherRefused)
        return {
          kind: 'transient',
          detail: `${said}: the secret was renewed; signed with the other one next`,
          retryAfterMs: 0,
        };
    }
    return undefined;
  }
}

/** The delivery whose message says that it may have come before. */
export function marked(delivery: Delivery): Delivery {
  return delivery.isPossibleDuplicate ? { ...delivery, message: asPossibleDuplicate(delivery.message) } : delivery;
}

/** What comes of a secret that cannot be read, or of a URL that must not be used. Nothing was sent. */
export function outcomeOfSetUp(thrown: unknown, signal: AbortSignal): DeliveryOutcome {
  if (signal.aborted) return { kind: 'transient', detail: 'given up', retryAfterMs: undefined };
  if (!(thrown instanceof Failure)) throw thrown;
  if (thrown.kind === 'unavailable') return { kind: 'transient', detail: errorText(thrown), retryAfterMs: undefined };
  return {
    kind: 'misconfigured',
    detail: thrown.message,
    hint: thrown.hint ?? 'correct the reference, or what it leads to',
  };
}

/** The object that an answer's body is; undefined when it is none. */
export function objectOf(answer: ReceiverAnswer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(answer.text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A code as vendors write it: a number, or its digits; undefined for anything else. */
export function codeNumber(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  return typeof value === 'string' && /^-?\d{1,12}$/.test(value) ? Number(value) : undefined;
}
