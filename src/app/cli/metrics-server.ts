import { buildCommand, type Command } from '@stricli/core';
import type { Environment } from '../config/environment.ts';
import { type MetricsServerStart, parseMetricsServerWords } from '../config/metrics-server-config.ts';
import { METRICS_SERVER_SYNTAX, type MetricsServerFlag } from '../config/metrics-server-flags.ts';
import { UNUSED_METRICS_SERVER_FLAGS } from '../config/metrics-server-unused-flags.ts';
import { AGGREGATED_SERVER_BRIEFS } from './aggregated-server-briefs.ts';
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
  ...AGGREGATED_SERVER_BRIEFS,
  service: 'NAMESPACE/NAME of the Service in front, for the certificate’s names (default kube-system/metrics-server)',
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
