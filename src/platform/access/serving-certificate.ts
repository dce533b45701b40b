import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ObjectMeta } from '../../core/autoscaling/types.ts';
import type { KeyPair, ServingNames } from '../http/certificates.ts';
import { withSigner } from '../http/signer.ts';
import { isApiFailure } from '../kube/api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/client.ts';
import { ruleText, servingSecretRules } from './access-rules.ts';
import {
  bundleOf,
  nextStep,
  type RenewalContext,
  type ServingMaterial,
  splitBundle,
  takeStep,
} from './serving-material.ts';

/** A serving certificate that renews itself. */
export interface ServingCertificate {
  readonly pair: KeyPair;
  /** PEM text of the authorities by which clients know it: what belongs into `caBundle`. */
  readonly caBundle: string;
  /** Called after either has changed. */
  subscribe(listener: () => void): Release;
  stop(): void;
}

/** What a self-made serving certificate needs. */
export interface ServingCertificateOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly ioClock: IoClock;
  readonly log: Log;
  /** The Secret in which replicas share it. */
  readonly secret: { readonly namespace: string; readonly name: string };
  readonly names: ServingNames;
  /** Whether clients know these authorities, as far as we can see; a new one signs only then. */
  readonly isPublished: (caBundle: string) => boolean;
}

/** The names by which a Service is reached, and this machine itself. */
export function serviceNames(service: { readonly namespace: string; readonly name: string }): ServingNames {
  const { namespace, name } = service;
  const full = `${name}.${namespace}.svc`;
  return {
    dnsNames: [full, `${full}.cluster.local`, `${name}.${namespace}`, name, 'localhost'],
    addresses: ['127.0.0.1'],
  };
}

/** Another replica's renewal is taken over this soon; authorities overlap by far more. */
const RECHECK_MS = 60_000;
const CALL_MS_MAX = 10_000;
const CONFLICT_COUNT_MAX = 10;

const SECRETS: ResourceType = { group: '', version: 'v1', resource: 'secrets', isNamespaced: true };

interface Secret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Makes a serving certificate with an authority of its own, or takes over what another replica has made, and renews both.
 * Replicas share them in a Secret that resourceVersion guards: of two that start together one writes and the other reads.
 * Without the right to the Secret the certificate is this process's alone, and a warning has the rule that is missing.
 *
 * @throws Failure when the API server cannot be asked at the start
 */
export async function openServingCertificate(options: ServingCertificateOptions): Promise<ServingCertificate> {
  const certificate = new SharedCertificate(options);
  await certificate.start();
  return certificate;
}

class SharedCertificate implements ServingCertificate {
  readonly #options: ServingCertificateOptions;
  readonly #listeners = new Set<() => void>();
  #material: ServingMaterial | undefined;
  #isStopped = false;
  #cancelRecheck: Release = () => {};
  #reportedText = '';

  constructor(options: ServingCertificateOptions) {
    this.#options = options;
  }

  get pair(): KeyPair {
    return this.#material?.leaf ?? { certificate: '', privateKey: '' };
  }

  get caBundle(): string {
    return this.#material === undefined ? '' : bundleOf(this.#material);
  }

  subscribe(listener: () => void): Release {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRecheck();
  }

  async start(): Promise<void> {
    await this.#renew();
    this.#scheduleRecheck();
  }

  #scheduleRecheck(): void {
    this.#cancelRecheck = this.#options.ioClock.after(RECHECK_MS, () => this.#recheck());
  }

  async #recheck(): Promise<void> {
    try {
      await this.#renew();
    } catch (thrown) {
      this.#warn('the serving certificate was not looked after', thrown);
    }
    if (!this.#isStopped) this.#scheduleRecheck();
  }

  async #renew(): Promise<void> {
    try {
      this.#adopt(await this.#renewShared());
      this.#reportedText = '';
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.kind !== 'denied') throw thrown;
      const { namespace, name } = this.#options.secret;
      const hint = `a Role in ${namespace} must grant ${ruleText(servingSecretRules(name))}; without it each replica has an authority of its own`;
      this.#warn('the serving certificate is not shared', thrown, { hint });
      this.#adopt(await this.#advance(this.#material));
    }
  }

  async #renewShared(): Promise<ServingMaterial> {
    for (let attempt = 0; attempt < CONFLICT_COUNT_MAX; attempt++) {
      const found = await this.#read();
      // What others have made counts; what a person has deleted or broken is put back.
      const before = found === undefined ? undefined : materialOf(found);
      const material = await this.#advance(before ?? this.#material);
      if (material === before) return material;
      try {
        await this.#write(material, found?.metadata);
        return material;
      } catch (thrown) {
        // Where there was none, 404 is of the namespace.
        const isRace = isApiFailure(thrown, 409) || (found !== undefined && isApiFailure(thrown, 404));
        if (!isRace) throw thrown;
      }
    }
    const { namespace, name } = this.#options.secret;
    throw new Failure('unavailable', `Secret ${namespace}/${name} was written by others at every attempt`);
  }

  /** All steps that are due; the same object when none is. */
  async #advance(found: ServingMaterial | undefined): Promise<ServingMaterial> {
    if (found !== undefined && nextStep(found, this.#contextOf(found)).kind === 'wait') return found;
    return withSigner(async (signer) => {
      let material = found;
      for (;;) {
        const context = this.#contextOf(material);
        const step = nextStep(material, context);
        if (material !== undefined && step.kind === 'wait') return material;
        this.#options.log.info('the serving certificate is renewed', { step: step.kind });
        material = await takeStep(step, material, context, signer);
      }
    });
  }

  #contextOf(material: ServingMaterial | undefined): RenewalContext {
    const { names, ioClock, isPublished } = this.#options;
    const isNewestPublished = material !== undefined && isPublished(bundleOf(material));
    return { names, nowMs: ioClock.wallMs(), isNewestPublished };
  }

  async #read(): Promise<Secret | undefined> {
    try {
      return await this.#options.client.get<Secret>(SECRETS, this.#options.secret, { deadlineMs: CALL_MS_MAX });
    } catch (thrown) {
      if (isApiFailure(thrown, 404)) return undefined;
      throw thrown;
    }
  }

  async #write(material: ServingMaterial, found: ObjectMeta | undefined): Promise<void> {
    const { client, secret } = this.#options;
    const call = { deadlineMs: CALL_MS_MAX };
    if (found === undefined) await client.create(SECRETS, secretOf(material, secret), call);
    else await client.replace(SECRETS, secretOf(material, found), call);
  }

  #adopt(material: ServingMaterial): void {
    const before = this.#material;
    this.#material = material;
    if (before === undefined || textOf(before) === textOf(material)) return;
    for (const listener of this.#listeners) listener();
  }

  /** Says the same once, however often it repeats. */
  #warn(message: string, thrown: unknown, fields: Readonly<Record<string, unknown>> = {}): void {
    const error = errorText(thrown);
    if (error === this.#reportedText) return;
    this.#reportedText = error;
    this.#options.log.warn(message, { error, ...fields });
  }
}

/** The type by which other programs find certificates that are about to expire. */
const SECRET_TYPE = 'kubernetes.io/tls';

function secretOf(material: ServingMaterial, metadata: ObjectMeta): Secret {
  const { leaf, authorityKey } = material;
  const texts = {
    'tls.crt': leaf.certificate,
    'tls.key': leaf.privateKey,
    'ca.crt': bundleOf(material),
    'ca.key': authorityKey,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: SECRET_TYPE,
    metadata: { ...metadata, labels: { ...metadata.labels, 'app.kubernetes.io/managed-by': 'podtide' } },
    data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  };
}

function materialOf({ data = {} }: Secret): ServingMaterial | undefined {
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const authorities = splitBundle(text('ca.crt'));
  if (authorities.length === 0) return undefined;
  const leaf = { certificate: text('tls.crt'), privateKey: text('tls.key') };
  return { authorities, authorityKey: text('ca.key'), leaf };
}

function textOf(material: ServingMaterial): string {
  return JSON.stringify([bundleOf(material), material.leaf, material.authorityKey]);
}
