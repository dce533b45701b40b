import type { AggregatedServerFlag } from '../config/aggregated-server-flags.ts';

/** What the flags that every aggregated server takes say in `--help`. */
export const AGGREGATED_SERVER_BRIEFS: Readonly<Record<AggregatedServerFlag, string>> = {
  'secure-port': 'port to serve HTTPS on; 0 lets the system choose (default 443)',
  'bind-address': 'address to serve on; 0.0.0.0 and :: are every interface (default 0.0.0.0)',
  'cert-dir':
    'folder of apiserver.crt and apiserver.key, where there are such; otherwise a certificate is made (default apiserver.local.config/certificates)',
  'tls-cert-file': 'serving certificate with those that it was signed by, read again when it changes',
  'tls-private-key-file': 'its key',
  'tls-sni-cert-key':
    'CERTIFICATE,KEY or CERTIFICATE,KEY:NAME,NAME for clients that ask for a name; any number of times',
  'tls-min-version': 'VersionTLS10, VersionTLS11, VersionTLS12 (default) or VersionTLS13',
  'tls-cipher-suites': 'cipher suites up to TLS 1.2 by Go’s names, joined by commas',
  'tls-curve-preferences': 'key exchange groups by their numbers, joined by commas',
  'max-requests-inflight': 'requests at once, more are asked to come back; 0: any number (default 400)',
  'request-timeout': 'how long a request may take (default 1m0s)',
  'shutdown-delay-duration': 'how long requests are still taken after the signal to end (default 0s)',
  'authentication-kubeconfig': 'kubeconfig for TokenReviews; the program’s own cluster when absent',
  'authentication-skip-lookup': 'do not read kube-system/extension-apiserver-authentication',
  'authentication-tolerate-lookup-failure': 'start even when that cannot be read',
  'authentication-token-webhook-cache-ttl': 'how long the answer about a token is remembered (default 10s)',
  'client-ca-file': 'authorities of users’ certificates; the cluster’s when absent',
  'requestheader-client-ca-file':
    'authorities of the front proxy, which may say who asks; the cluster’s when absent, with the five below',
  'requestheader-allowed-names': 'common names that it may have, joined by commas; any when absent',
  'requestheader-username-headers': 'where it says the name (default x-remote-user)',
  'requestheader-group-headers': 'where it says the groups (default x-remote-group)',
  'requestheader-extra-headers-prefix': 'how the headers with more begin (default x-remote-extra-)',
  'requestheader-uid-headers': 'where it says the uid; nowhere when absent',
  'authorization-kubeconfig': 'kubeconfig for SubjectAccessReviews; the program’s own cluster when absent',
  'authorization-always-allow-paths':
    'paths for everybody, * at the end for any rest (default /healthz,/readyz,/livez)',
  'authorization-webhook-cache-authorized-ttl': 'how long a yes is remembered (default 10s)',
  'authorization-webhook-cache-unauthorized-ttl': 'how long a no is remembered (default 10s)',
  'apiservice-ca-bundle':
    'keep (default): caBundle of the APIServices is kept to the certificate made here; leave: it is somebody else’s',
};
