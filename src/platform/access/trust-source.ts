import { readFile } from 'node:fs/promises';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { isApiFailure } from '../kube/api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/client.ts';
import type { KubeClientOptions } from '../kube/kube-client.ts';
import { createReflector } from '../kube/watch-cache.ts';
import {
  type AccessTrust,
  type FrontProxyHeaders,
  type FrontProxyTrust,
  frontProxyProblem,
  NO_TRUST,
  readClientAuthorities,
  readFrontProxy,
  TRUST_CONFIG_MAP,
} from './access-trust.ts';
import { AuthorityBundle } from './authority-bundle.ts';

/** Whom to trust, as it changes. */
export interface TrustSource {
  readonly current: AccessTrust;
  /** Called after each change; what it throws is a bug. */
  subscribe(listener: (trust: AccessTrust) => void): Release;
  stop(): Promise<void>;
}

/** What flags say about whom to trust. */
export interface TrustFlags {
  /** `--client-ca-file`: the ConfigMap's authorities of users are not looked at then. */
  readonly clientAuthorityFile?: string;
  /** `--requestheader-client-ca-file` and its companions: nothing of the ConfigMap's front proxy is looked at then. */
  readonly frontProxy?: FrontProxyHeaders & { readonly authorityFile: string };
  /** `--authentication-skip-lookup` */
  readonly isLookupSkipped?: boolean;
  /** `--authentication-tolerate-lookup-failure` */
  readonly isLookupFailureTolerated?: boolean;
}

/** What trust is found out with. */
export interface TrustSourceOptions {
  readonly flags: TrustFlags;
  readonly client: Pick<KubeClient, 'get'>;
  /** For the watch of the ConfigMap. */
  readonly kube: KubeClientOptions;
  readonly ioClock: IoClock;
  readonly log: Log;
}

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', isNamespaced: true };

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Mounted ConfigMaps and Secrets reach their files within about a minute. */
const FILE_RECHECK_MS = 30_000;

/**
 * Reads whom to trust from the ConfigMap that the API server keeps, or from the files that flags name, each kind of
 * authority by itself, and follows both. Resolves when it is known, so that a listener may open. What breaks later leaves
 * the last good trust in force; what is missing at the start is trusted to nobody until it comes.
 *
 * @throws Failure('denied') when the ConfigMap may not be read, with the RoleBinding that is missing; Failure('invalid')
 * or ('unavailable') for a file that cannot be used.
 */
export async function followTrust(options: TrustSourceOptions): Promise<TrustSource> {
  const follower = new TrustFollower(options);
  await follower.start();
  return follower;
}

class TrustFollower implements TrustSource {
  readonly #options: TrustSourceOptions;
  readonly #listeners = new Set<(trust: AccessTrust) => void>();
  readonly #files = new Map<string, string>();
  #data: Readonly<Record<string, string>> = {};
  #clients: AuthorityBundle | null = null;
  #frontProxy: FrontProxyTrust | null = null;
  #current: AccessTrust = NO_TRUST;
  #reported = new Map<string, string>();
  #isStopped = false;
  #cancelRecheck: Release = () => {};
  #stopWatch: () => Promise<void> = async () => {};

  constructor(options: TrustSourceOptions) {
    this.#options = options;
  }

  get current(): AccessTrust {
    return this.#current;
  }

  subscribe(listener: (trust: AccessTrust) => void): Release {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRecheck();
    await this.#stopWatch();
  }

  async start(): Promise<void> {
    await this.#readFiles();
    this.#readFileTrust();
    const { clientAuthorityFile, frontProxy, isLookupSkipped = false } = this.#options.flags;
    const isLookupNeeded = !isLookupSkipped && (clientAuthorityFile === undefined || frontProxy === undefined);
    if (isLookupNeeded) await this.#lookUp();
    this.#apply();
    if (isLookupNeeded) this.#watch();
    if (this.#files.size > 0) this.#scheduleRecheck();
  }

  async #lookUp(): Promise<void> {
    try {
      const found = await this.#options.client.get<ConfigMap>(CONFIG_MAPS, TRUST_CONFIG_MAP);
      this.#data = found.data ?? {};
    } catch (thrown) {
      if (isApiFailure(thrown, 404)) return;
      const failure = lookupFailure(thrown);
      if (this.#options.flags.isLookupFailureTolerated !== true) throw failure;
      this.#report('lookup', failure);
    }
  }

  #watch(): void {
    const { namespace, name } = TRUST_CONFIG_MAP;
    const cache = createReflector<ConfigMap, Readonly<Record<string, string>>>(this.#options.kube, {
      type: CONFIG_MAPS,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      project: ({ data = {} }) => data,
    });
    const onData = (data: Readonly<Record<string, string>>): void => {
      this.#data = data;
      this.#apply();
    };
    cache.subscribe({
      added: (_key, data) => onData(data),
      updated: (_key, _before, data) => onData(data),
      deleted: () =>
        this.#options.log.warn('the ConfigMap that says whom to trust is gone; what it said stays in force'),
    });
    cache.start().catch(() => {
      // Rejects only when it is stopped.
    });
    this.#stopWatch = () => cache.stop();
  }

  /** Each kind by itself: what is wrong with one changes nothing of the other. */
  #apply(): void {
    const { clientAuthorityFile, frontProxy } = this.#options.flags;
    if (clientAuthorityFile === undefined)
      this.#clients = this.#orLast('clients', () => readClientAuthorities(this.#data), this.#clients);
    if (frontProxy === undefined)
      this.#frontProxy = this.#orLast('front proxy', () => readFrontProxy(this.#data), this.#frontProxy);
    this.#publish();
  }

  #readFileTrust(): void {
    const { clientAuthorityFile, frontProxy } = this.#options.flags;
    if (clientAuthorityFile !== undefined)
      this.#clients = this.#bundleOf(clientAuthorityFile, '--client-ca-file', this.#clients);
    if (frontProxy === undefined) return;
    const flag = '--requestheader-client-ca-file';
    const authorities = this.#bundleOf(frontProxy.authorityFile, flag, this.#frontProxy?.authorities ?? null);
    this.#frontProxy = { ...frontProxy, authorities };
  }

  /** The same bundle while the file is the same: it remembers the certificates that it has checked. */
  #bundleOf(file: string, flag: string, before: AuthorityBundle | null): AuthorityBundle {
    const read = AuthorityBundle.read(this.#files.get(file) ?? '', `${flag} ${file}`);
    return before?.pem === read.pem ? before : read;
  }

  #orLast<T extends AuthorityBundle | FrontProxyTrust>(
    what: string,
    read: () => T | undefined,
    last: T | null,
  ): T | null {
    try {
      const found = read();
      if (found !== undefined) {
        this.#reported.delete(what);
        return found;
      }
      this.#report(what, ABSENT[what] ?? new Failure('notFound', what));
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      this.#report(what, thrown);
    }
    return last;
  }

  #publish(): void {
    const problem = this.#frontProxy === null ? undefined : frontProxyProblem(this.#clients, this.#frontProxy);
    if (problem === undefined) this.#reported.delete('shared authority');
    else this.#report('shared authority', problem);
    const trust = { clients: this.#clients, frontProxy: problem === undefined ? this.#frontProxy : null };
    if (isSameTrust(trust, this.#current)) return;
    this.#current = trust;
    for (const listener of this.#listeners) listener(trust);
  }

  async #readFiles(): Promise<void> {
    const { clientAuthorityFile, frontProxy } = this.#options.flags;
    for (const file of [clientAuthorityFile, frontProxy?.authorityFile]) {
      if (file !== undefined) this.#files.set(file, await readText(file));
    }
  }

  #scheduleRecheck(): void {
    this.#cancelRecheck = this.#options.ioClock.after(FILE_RECHECK_MS, () => this.#recheck());
  }

  async #recheck(): Promise<void> {
    try {
      await this.#readFiles();
      this.#readFileTrust();
      this.#reported.delete('files');
      this.#publish();
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      this.#report('files', thrown);
    }
    if (!this.#isStopped) this.#scheduleRecheck();
  }

  /** Says the same once, however often it repeats. */
  #report(what: string, failure: Failure): void {
    if (this.#reported.get(what) === failure.message) return;
    this.#reported.set(what, failure.message);
    this.#options.log.warn('whom to trust is not known in full', {
      error: failure.message,
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    });
  }
}

const CONFIG_MAP_TEXT = `ConfigMap ${TRUST_CONFIG_MAP.namespace}/${TRUST_CONFIG_MAP.name}`;

const ABSENT: Readonly<Record<string, Failure>> = {
  clients: new Failure('notFound', `${CONFIG_MAP_TEXT} has no client-ca-file: no client certificate names a user`, {
    hint: 'kube-apiserver puts it there when it has --client-ca-file',
  }),
  'front proxy': new Failure(
    'notFound',
    `${CONFIG_MAP_TEXT} has no requestheader-client-ca-file: no request that comes through the API server is believed`,
    {
      hint: 'the aggregation layer is off: give kube-apiserver --requestheader-client-ca-file, --requestheader-username-headers, --proxy-client-cert-file and --proxy-client-key-file',
    },
  ),
};

function lookupFailure(thrown: unknown): Failure {
  const failure = thrown instanceof Failure ? thrown : new Failure('unavailable', errorText(thrown), { cause: thrown });
  if (failure.kind !== 'denied') return failure;
  return new Failure('denied', failure.message, {
    cause: thrown,
    hint: 'bind the ServiceAccount to the Role extension-apiserver-authentication-reader by a RoleBinding in kube-system; or give both --client-ca-file and --requestheader-client-ca-file',
  });
}

function isSameTrust(one: AccessTrust, other: AccessTrust): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ clients, frontProxy }: AccessTrust): string {
  return JSON.stringify([clients?.pem, frontProxy && { ...frontProxy, authorities: frontProxy.authorities.pem }]);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new Failure('unavailable', `${file}: ${errorText(thrown)}`, { cause: thrown });
  }
}
