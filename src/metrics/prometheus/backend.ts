/** How a backend's parameters travel; `auto` is GET, and POST where a URL would be too long for proxies. */
export type RequestVerb = 'GET' | 'POST' | 'auto';

/** A Prometheus server, or what speaks its HTTP API: Thanos, Mimir, VictoriaMetrics, an authorising proxy. */
export interface PrometheusBackend {
  /** What rules and messages call it. */
  readonly name: string;
  /** http or https, up to before `/api/v1`; without user, query and fragment. */
  readonly url: string;
  readonly verb: RequestVerb;
  readonly authentication: BackendAuthentication;
  readonly tls: BackendTls;
  /** A kubeconfig whose current context brings token, certificate, authority and proxy where the two above say nothing. */
  readonly kubeconfigFile: string | null;
  /** Sent with every request; the same name may come twice. `authorization` here goes before the authentication. */
  readonly headers: readonly NamedText[];
  /** Added to the URL of every request, such as `dedup=true`. */
  readonly parameters: readonly NamedText[];
  /** Whether the environment's proxies count. */
  readonly isProxied: boolean;
  /** For one request, waiting for a place included. */
  readonly deadlineMs: number;
  /** Queries under way at once; further ones wait. */
  readonly queriesCountMax: number;
  /** How much older than asked for an answer may be that another request brought; 0 for not at all. */
  readonly freshnessMs: number;
  /** Largest answer to a query, decompressed. */
  readonly answerBytesMax: number;
  /** Series in one answer to a query. */
  readonly seriesCountMax: number;
}

/** A name with its value. */
export interface NamedText {
  readonly name: string;
  readonly value: string;
}

/** As whom we ask. Files are read again once a minute, and whenever the server refuses what they held. */
export type BackendAuthentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'basicFile'; readonly username: string; readonly passwordFile: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'tokenFile'; readonly tokenFile: string };

/** How TLS is spoken. Files are read again once a minute. */
export interface BackendTls {
  /** The only authorities that are trusted; the system's when absent. */
  readonly caFile?: string;
  /** Both or neither. */
  readonly certificateFile?: string;
  readonly privateKeyFile?: string;
  /** The name that the certificate must carry, instead of the URL's. */
  readonly serverName?: string;
  readonly isVerified: boolean;
}
