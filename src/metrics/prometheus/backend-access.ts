import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContext } from 'node:tls';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { createTlsContext, type TlsIdentity } from '../../platform/http/outbound.ts';
import { type ClusterAccess, kubeconfigAccess } from '../../platform/kube/cluster-access.ts';
import { AnswerProblem } from './answer-problem.ts';
import type { BackendAuthentication, PrometheusBackend } from './backend.ts';

/** What one request shows of us. */
export interface ShownAccess {
  readonly trust: SharedTrust;
  /** Undefined: nothing is shown in a header. */
  readonly authorization: string | undefined;
  /** Impersonation of a kubeconfig. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly proxyUrl: URL | undefined;
}

/** What connections are made with; the same object as long as nothing of it changed. */
export interface SharedTrust {
  readonly tls: TlsIdentity;
  /** Made once, and shared by the connections. */
  readonly tlsContext: SecureContext;
}

/** Mounted Secrets reach their files within about a minute. */
const RECHECK_MS = 60_000;

/** As whom a backend is asked, and whom we take for it; its files are read again while the program runs. */
export class BackendAccess {
  readonly #backend: PrometheusBackend;
  readonly #ioClock: IoClock;
  readonly #environment: Readonly<Record<string, string>>;
  #held: ShownAccess | undefined;
  #readAtMs = 0;
  #reading: Promise<ShownAccess> | undefined;
  #cluster: Promise<ClusterAccess> | undefined;

  /** `environment` is handed to credential programs of a kubeconfig. */
  constructor(backend: PrometheusBackend, ioClock: IoClock, environment: Readonly<Record<string, string>>) {
    this.#backend = backend;
    this.#ioClock = ioClock;
    this.#environment = environment;
  }

  /** What to show now. Throws AnswerProblem naming the file that cannot be read. */
  async current(): Promise<ShownAccess> {
    const isFresh = this.#held !== undefined && this.#ioClock.monotonicMs() - this.#readAtMs < RECHECK_MS;
    // The token of a kubeconfig has a life of its own, which its source knows.
    if (isFresh && this.#held !== undefined && this.#backend.kubeconfigFile === null) return this.#held;
    return await this.#readOnce();
  }

  /** The server answered 401 to what was shown: true when there is something else to show now. */
  async renew(refused: ShownAccess): Promise<boolean> {
    const cluster = await this.#cluster;
    if (cluster !== undefined && refused.authorization?.startsWith(BEARER)) {
      await asProblem(cluster.credentials.renew({ token: refused.authorization.slice(BEARER.length) }));
    }
    const now = await this.#readOnce();
    return now.authorization !== refused.authorization || now.trust !== refused.trust;
  }

  /** One reading at a time, however many wait for it. */
  #readOnce(): Promise<ShownAccess> {
    this.#reading ??= asProblem(this.#read()).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<ShownAccess> {
    const { authentication, tls } = this.#backend;
    const [own, cluster, certificateAuthority, certificate, privateKey] = await Promise.all([
      authorizationOf(authentication),
      this.#readKubeconfig(),
      readAuthority(tls.caFile),
      readText(tls.certificateFile),
      readText(tls.privateKeyFile),
    ]);
    const identity: TlsIdentity = {
      ...cluster.tls,
      ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
      ...(certificate === undefined || privateKey === undefined ? {} : { certificate, privateKey }),
      ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
      ...(tls.isVerified ? {} : { isVerified: false }),
    };
    const before = this.#held?.trust;
    const isSame = before !== undefined && JSON.stringify(before.tls) === JSON.stringify(identity);
    this.#held = {
      trust: isSame ? before : { tls: identity, tlsContext: createTlsContext(identity) },
      authorization: own ?? cluster.authorization,
      headers: cluster.headers,
      proxyUrl: cluster.proxyUrl,
    };
    this.#readAtMs = this.#ioClock.monotonicMs();
    return this.#held;
  }

  async #readKubeconfig(): Promise<Omit<ShownAccess, 'trust'> & { readonly tls: TlsIdentity }> {
    const { kubeconfigFile } = this.#backend;
    if (kubeconfigFile === null) return { tls: {}, authorization: undefined, headers: {}, proxyUrl: undefined };
    const options = { paths: [kubeconfigFile], ioClock: this.#ioClock, environment: this.#environment };
    this.#cluster ??= kubeconfigAccess(options);
    // A file that cannot be read now may be there the next time.
    const cluster = await this.#cluster.catch((thrown: unknown) => {
      this.#cluster = undefined;
      throw thrown;
    });
    const { token, certificate, privateKey } = await cluster.credentials.current();
    return {
      tls: {
        ...cluster.tls,
        ...(certificate === undefined || privateKey === undefined ? {} : { certificate, privateKey }),
      },
      authorization: token === undefined ? undefined : `${BEARER}${token}`,
      headers: cluster.headers,
      proxyUrl: cluster.proxyUrl,
    };
  }
}

const BEARER = 'Bearer ';

/** The header that an authentication comes to; undefined: none. */
async function authorizationOf(authentication: BackendAuthentication): Promise<string | undefined> {
  switch (authentication.kind) {
    case 'none':
      return undefined;
    case 'basic':
      return basic(authentication.username, authentication.password);
    case 'basicFile': {
      const password = (await readText(authentication.passwordFile)) ?? '';
      return basic(authentication.username, password.replace(/\r?\n$/, ''));
    }
    case 'token':
      return `${BEARER}${authentication.token}`;
    case 'tokenFile': {
      // A line break at the end, as editors leave one, is no part of a token.
      const token = ((await readText(authentication.tokenFile)) ?? '').trim();
      if (!/^[\x21-\x7e]+$/.test(token))
        throw new Failure('invalid', `${authentication.tokenFile}: must hold a token, which is one word`);
      return `${BEARER}${token}`;
    }
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** OpenSSL passes over what is no certificate, and would then trust nobody without a word. */
async function readAuthority(path: string | undefined): Promise<string | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    new X509Certificate(text);
  } catch (thrown) {
    throw new Failure('invalid', `${path}: must be certificates in PEM`, { cause: thrown });
  }
  return text;
}

async function readText(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : await readFile(path, 'utf8');
}

async function asProblem<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (thrown) {
    throw new AnswerProblem({ code: 'NoCredential', detail: errorText(thrown) }, thrown);
  }
}
