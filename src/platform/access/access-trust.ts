import { Failure } from '../../base/failure.ts';
import { AuthorityBundle } from './authority-bundle.ts';

/** Which certificates are believed, and what. */
export interface AccessTrust {
  /** Authorities whose certificates name users; null: none does. */
  readonly clients: AuthorityBundle | null;
  /** Who may say on whose behalf a request comes; null: nobody. */
  readonly frontProxy: FrontProxyTrust | null;
}

/** A front proxy: the API server, which has authenticated the user and says who it is in headers. */
export interface FrontProxyTrust extends FrontProxyHeaders {
  readonly authorities: AuthorityBundle;
}

/** How a front proxy names users. Header names in any case. */
export interface FrontProxyHeaders {
  /** Common names that the proxy's certificate may have; any when empty. */
  readonly allowedNames: readonly string[];
  /** The first that is not empty names the user. */
  readonly usernameHeaders: readonly string[];
  /** Each value is one group. */
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
  readonly uidHeaders: readonly string[];
}

/** Upstream's defaults of the `--requestheader-*` flags. */
export const DEFAULT_FRONT_PROXY_HEADERS: FrontProxyHeaders = {
  allowedNames: [],
  usernameHeaders: ['x-remote-user'],
  groupHeaders: ['x-remote-group'],
  extraHeaderPrefixes: ['x-remote-extra-'],
  uidHeaders: [],
};

/** Trusts nobody: every request without a token is anonymous. */
export const NO_TRUST: AccessTrust = { clients: null, frontProxy: null };

/** The PEM text that TLS asks client certificates of; undefined when none is of use. */
export function clientAuthoritiesOf({ clients, frontProxy }: AccessTrust): string | undefined {
  const text = `${frontProxy?.authorities.pem ?? ''}${clients?.pem ?? ''}`;
  return text === '' ? undefined : text;
}

/** The ConfigMap in which the API server says whom to trust. */
export const TRUST_CONFIG_MAP = { namespace: 'kube-system', name: 'extension-apiserver-authentication' } as const;

type TrustData = Readonly<Record<string, string>>;

const CONFIG_MAP_TEXT = `ConfigMap ${TRUST_CONFIG_MAP.namespace}/${TRUST_CONFIG_MAP.name}`;

/** The authorities of users in the ConfigMap; undefined when it has none. Throws Failure('invalid') naming the key. */
export function readClientAuthorities(data: TrustData): AuthorityBundle | undefined {
  return readBundle(data, 'client-ca-file');
}

/** The front proxy of the ConfigMap; undefined when it has none. Throws Failure('invalid') naming the key and the rule. */
export function readFrontProxy(data: TrustData): FrontProxyTrust | undefined {
  const authorities = readBundle(data, 'requestheader-client-ca-file');
  if (authorities === undefined) return undefined;
  return {
    authorities,
    allowedNames: readNames(data, 'requestheader-allowed-names'),
    usernameHeaders: readNames(data, 'requestheader-username-headers'),
    groupHeaders: readNames(data, 'requestheader-group-headers'),
    extraHeaderPrefixes: readNames(data, 'requestheader-extra-headers-prefix'),
    uidHeaders: readNames(data, 'requestheader-uid-headers'),
  };
}

/**
 * What stands against a front proxy beside these authorities of users. An authority that signs both kinds, and any name
 * allowed, would let every user with a certificate speak in anybody's name.
 */
export function frontProxyProblem(clients: AuthorityBundle | null, frontProxy: FrontProxyTrust): Failure | undefined {
  if (clients === null || frontProxy.allowedNames.length > 0 || !frontProxy.authorities.sharesWith(clients))
    return undefined;
  return new Failure(
    'denied',
    'the request-header authority signs users too, and any name may be a front proxy: its headers are not believed',
    {
      hint: 'give kube-apiserver --requestheader-allowed-names with the common name of --proxy-client-cert-file, or a --requestheader-client-ca-file of its own',
    },
  );
}

function readBundle(data: TrustData, key: string): AuthorityBundle | undefined {
  const pem = data[key] ?? '';
  return pem === '' ? undefined : AuthorityBundle.read(pem, `${CONFIG_MAP_TEXT} ${key}`);
}

function readNames(data: TrustData, key: string): readonly string[] {
  const text = data[key] ?? '';
  if (text === '') return [];
  const names = parseJson(text);
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new Failure('invalid', `${CONFIG_MAP_TEXT} ${key}: ${JSON.stringify(text)} must be a JSON array of strings`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
