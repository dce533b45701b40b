import { buildCommand, type Command } from '@stricli/core';
import type { Environment } from '../config/environment.ts';
import { type MetricsServerStart, parseMetricsServerWords } from '../config/metrics-server-config.ts';
import { METRICS_SERVER_SYNTAX, type MetricsServerFlag } from '../config/metrics-server-flags.ts';
import { UNUSED_METRICS_SERVER_FLAGS } from '../config/metrics-server-unused-flags.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';
import { writeSafely } from './safe-output.ts';

/** What each flag says in `--help`. */
export const METRICS_SERVER_BRIEFS: Readonly<Record<MetricsServerFlag, string>> = {
  version: 'print the version and end',
  kubeconfig: 'kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  context: 'context of the kubeconfig',
  'metric-resolution': 'how often each kubelet is scraped, 10s at least (default 1m0s)',
  'stale-sample-age':
    'for how long the last sample of a node whose scrapes fail is served, with its true time; 0s: not at all, as upstream (default twice --metric-resolution)',
  'strict-upstream-readiness':
    'ready at every moment at which some node and some pod have a rate, and at no other, as upstream; otherwise not for want of numbers alone when nobody else serves them',
  'kubelet-insecure-tls': 'take any certificate that a kubelet shows; for trials only',
  'kubelet-use-node-status-port': 'the port in the node’s status, where it has one, before --kubelet-port',
  'kubelet-port': 'port of the kubelets (default 10250)',
  'kubelet-preferred-address-types':
    'the first of these kinds that a node has an address of is used (default Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP)',
  'kubelet-certificate-authority': 'authorities that kubelets’ certificates may come from; the cluster’s when absent',
  'kubelet-client-certificate': 'certificate to show to kubelets, beside the token',
  'kubelet-client-key': 'its key',
  'kubelet-request-timeout':
    'how long a kubelet may take to answer, 0.9 times --metric-resolution at most (default 10s)',
  'node-selector': 'only nodes with these labels, and the pods on them; all when absent',
  'deprecated-kubelet-completely-insecure': 'plain HTTP without a credential, for kubelets of long ago',
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
  'authentication-kubeconfig': 'kubeconfig for TokenReviews; --kubeconfig’s cluster when absent',
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
  'authorization-kubeconfig': 'kubeconfig for SubjectAccessReviews; --kubeconfig’s cluster when absent',
  'authorization-always-allow-paths':
    'paths for everybody, * at the end for any rest (default /healthz,/readyz,/livez)',
  'authorization-webhook-cache-authorized-ttl': 'how long a yes is remembered (default 10s)',
  'authorization-webhook-cache-unauthorized-ttl': 'how long a no is remembered (default 10s)',
  service: 'NAMESPACE/NAME of the Service in front, for the certificate’s names (default kube-system/metrics-server)',
  'apiservice-ca-bundle':
    'keep (default): caBundle of the APIServices is kept to the certificate made here; leave: it is somebody else’s',
  'logging-format': 'json, whatever is said',
  v: 'verbosity; debug lines from 4 on (default 0)',
  'log-level': 'debug, info (default), warn or error; comes before -v',
};

/** Serves until the signal aborts. */
export type MetricsServerRunner = (
  start: Extract<MetricsServerStart, { kind: 'serve' }>,
  environment: Environment,
  signal: AbortSignal,
) => Promise<void>;

/**
 * `podtide metrics-server`. Its words are read by the configuration, which takes those of any metrics-server and names all
 * problems at once; the scanner's own flags are there for `--help`.
 */
export function createMetricsServerCommand(options: {
  readonly version: string;
  readonly run: MetricsServerRunner;
}): Command<CliContext> {
  return buildCommand<Readonly<Record<string, never>>, string[], CliContext>({
    docs: {
      brief: 'Serve metrics.k8s.io, v1 and v1beta1, from kubelets: in the place of metrics-server',
      fullDescription: [
        'Scrapes every kubelet, and answers kubectl top, HPAs and whoever else may read pods and nodes of metrics.k8s.io.',
        'Takes the flags of metrics-server 0.6.4 to 0.9.0; those that change nothing here are named in a warning, and listed by --helpAll.',
        'Exit codes: 0 ended by a signal, 2 bad input, 3 denied, 5 the port is taken, 6 unavailable.',
      ].join('\n'),
      customUsage: ['[--flag=value]...'],
    },
    parameters: {
      flags: Object.fromEntries([
        ...Object.entries(METRICS_SERVER_BRIEFS).map(([flag, brief]) => [
          flag,
          flagHelp(METRICS_SERVER_SYNTAX.get(flag), brief),
        ]),
        ...[...UNUSED_METRICS_SERVER_FLAGS].map(([flag, { why }]) => [
          flag,
          flagHelp(METRICS_SERVER_SYNTAX.get(flag), `accepted, without effect: ${why}`, true),
        ]),
      ]) as never,
      aliases: { l: 'node-selector' } as never,
      positional: { kind: 'array', parameter: { brief: 'flags as metrics-server takes them', parse: String } },
    },
    func: async function (this: CliContext, _flags, ...words: string[]): Promise<void> {
      const start = parseMetricsServerWords(words);
      if (start.kind === 'version') await writeSafely(this.process.stdout, `${options.version}\n`);
      else await options.run(start, this.environment, this.signal);
    },
  });
}
