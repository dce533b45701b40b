import type { KeyPair } from '../../../platform/http/certificates.ts';

/** A Service and one of its ports, as an APIService names its backend. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/**
 * Where a Service of the lab is really reached: `https://127.0.0.1:34567`. Addresses of the lab's pods and Services are
 * nobody's on this machine, so whoever composes the lab knows. Undefined for a Service that nothing stands behind. Asked
 * before each connection, so that an answer may change.
 */
export type ServiceNetwork = (service: ServicePort) => string | undefined;

/** How the embedded API server reaches the backends of APIServices, and how they recognise it. */
export interface AggregationOptions {
  readonly network: ServiceNetwork;
  /** Shown to backends; its common name is `FRONT_PROXY_NAME`. */
  readonly clientIdentity: KeyPair;
  /** PEM of the authority that signed it: published, so that backends trust the headers of nobody else. */
  readonly frontProxyAuthority: string;
  /** PEM of the authority of client certificates, published beside it. */
  readonly clientAuthority: string;
}

/** Common name of the certificate that the API server shows to backends: the only one that they are told to accept. */
export const FRONT_PROXY_NAME = 'front-proxy-client';
