import { buildCommand, type Command } from '@stricli/core';
import { type AdapterStart, parseAdapterWords } from '../config/adapter-config.ts';
import { ADAPTER_SYNTAX, type AdapterFlag, UNUSED_ADAPTER_FLAGS } from '../config/adapter-flags.ts';
import type { Environment } from '../config/environment.ts';
import { AGGREGATED_SERVER_BRIEFS } from './aggregated-server-briefs.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';
import { PROMETHEUS_BRIEFS } from './prometheus-briefs.ts';
import { QUERY_ANNOTATION_BRIEFS } from './query-briefs.ts';
import { writeSafely } from './safe-output.ts';

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<AdapterFlag, string>> = {
  version: 'print the version and end',
  config: 'file of the rules, or a folder of files *.yaml; followed while it runs',
  'lister-kubeconfig': 'kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  'metrics-relist-interval': 'from one listing of series to the next (default 10m0s)',
  'metrics-max-age':
    'how old the last sample of a series may be for its metric to be there (default --metrics-relist-interval)',
  discovery:
    'full (default): the series of all rules are listed; minimal: of the rules alone that may make what HPAs ask for',
  'metrics-keep-relists':
    'for how many further listings a metric stays whose series they do not have (default 0, as prometheus-adapter)',
  ...PROMETHEUS_BRIEFS,
  ...QUERY_ANNOTATION_BRIEFS,
  'pass-through-url': 'another metrics server (KEDA’s, Datadog’s), asked for metrics that no rule makes',
  'pass-through-apis': 'custom, external, or both joined by commas: what it is asked for (default external)',
  'pass-through-ca-file': 'authorities that its certificate may come from; the system’s when absent',
  'pass-through-token-file': 'bearer token for it, read with every request',
  'pass-through-client-cert-file': 'certificate to show to it, read at the start',
  'pass-through-client-key-file': 'its key',
  'pass-through-caller':
    'tell it who asks, in X-Remote-* headers: for a server that takes our certificate for a front proxy’s',
  ...AGGREGATED_SERVER_BRIEFS,
  service:
    'NAMESPACE/NAME of the Service in front, for the certificate’s names (default monitoring/prometheus-adapter)',
  v: 'verbosity; debug lines from 6 on (default 0)',
  'log-level': 'debug, info (default), warn or error; comes before -v',
};

/** Serves until the signal aborts. */
export type AdapterRunner = (
  start: Extract<AdapterStart, { kind: 'serve' }>,
  environment: Environment,
  signal: AbortSignal,
) => Promise<void>;

/**
 * `podtide adapter`. Its words are read by the configuration, which takes those of prometheus-adapter and names all problems
 * at once; the scanner's own flags are there for `--help`.
 */
export function createAdapterServeCommand(options: {
  readonly version: string;
  readonly run: AdapterRunner;
}): Command<CliContext> {
  return buildCommand<Readonly<Record<string, never>>, string[], CliContext>({
    docs: {
      brief: 'Serve custom, external and resource metrics by the rules of prometheus-adapter, in its place',
      fullDescription: [
        'Asks Prometheus which series there are, makes metrics of them by the rules, and answers HPAs and whoever else may read custom.metrics.k8s.io, external.metrics.k8s.io and metrics.k8s.io, as far as there are rules for them.',
        'Takes the flags of prometheus-adapter 0.12; those that change nothing here are named in a warning, and listed by --helpAll. Changed rules are taken into use while it runs; bad ones are told, and the last good ones stay.',
        'Exit codes: 0 ended by a signal, 2 bad input, 3 denied, 4 a file that is not there, 5 the port is taken, 6 unavailable.',
      ].join('\n'),
      customUsage: ['[--flag=value]...'],
    },
    parameters: {
      flags: Object.fromEntries([
        ...Object.entries(BRIEFS).map(([flag, brief]) => [flag, flagHelp(ADAPTER_SYNTAX.get(flag), brief)]),
        ...[...UNUSED_ADAPTER_FLAGS].map(([flag, { why }]) => [
          flag,
          flagHelp(ADAPTER_SYNTAX.get(flag), `accepted, without effect: ${why}`, true),
        ]),
      ]) as never,
      positional: { kind: 'array', parameter: { brief: 'flags as prometheus-adapter takes them', parse: String } },
    },
    func: async function (this: CliContext, _flags, ...words: string[]): Promise<void> {
      const start = parseAdapterWords(words, this.environment);
      if (start.kind === 'version') await writeSafely(this.process.stdout, `${options.version}\n`);
      else await options.run(start, this.environment, this.signal);
    },
  });
}
