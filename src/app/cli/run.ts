import { buildCommand, type Command } from '@stricli/core';
import type { Environment } from '../config/environment.ts';
import { parseRunWords, RUN_SYNTAX, type RunConfig } from '../config/run-config.ts';
import type { CliContext } from './context.ts';
import { CONTROLLER_BRIEFS } from './controller.ts';
import { flagHelp } from './flag-help.ts';
import { METRICS_SERVER_BRIEFS } from './metrics-server.ts';

/** Runs until the signal aborts. */
export type TogetherRunner = (config: RunConfig, environment: Environment, signal: AbortSignal) => Promise<void>;

/** What each of the notifier’s own flags says in `--help`. */
const NOTIFIER_BRIEFS = {
  'notifier-config': 'the notifier’s file of sinks and routes',
  'notifier-listen': 'HOST:PORT of the notifier’s own /metrics and probes (default 127.0.0.1:9092)',
  'notifier-state': 'where the notifier remembers: configmaps (default) or file:PATH',
  'notifier-sink-ca-file': 'authorities in PEM that sinks’ certificates may be of beside the usual ones',
};

/** `podtide run`. Its words are read by the configuration, as those of `podtide metrics-server`. */
export function createRunCommand(run: TogetherRunner): Command<CliContext> {
  return buildCommand<Readonly<Record<string, never>>, string[], CliContext>({
    docs: {
      brief: 'Run a controller, a metrics server and, if asked for, a notifier in one process',
      fullDescription: [
        'Runs both parts over the same connections; the controller reads usage in process, as it stands on the wire, and decides as it would over HTTP.',
        'Takes every flag of podtide controller and of podtide metrics-server, each for the part that has it: --kubeconfig, --context, --log-level, --tls-cert-file and --tls-private-key-file are for both. A notifier has its own --notifier-config, --notifier-listen, --notifier-state and --notifier-sink-ca-file, and the rest as the controller.',
      ].join('\n'),
      customUsage: ['--with controller,metrics-server[,notifier] [--flag=value]...'],
    },
    parameters: {
      flags: {
        with: flagHelp({}, 'the parts: controller,metrics-server, and notifier if wanted'),
        ...Object.fromEntries(
          Object.entries({ ...CONTROLLER_BRIEFS, ...METRICS_SERVER_BRIEFS, ...NOTIFIER_BRIEFS }).map(
            ([flag, brief]) => [flag, flagHelp(RUN_SYNTAX.get(flag), brief)],
          ),
        ),
      } as never,
      positional: { kind: 'array', parameter: { brief: 'flags of both parts', parse: String } },
    },
    func: async function (this: CliContext, _flags, ...words: string[]): Promise<void> {
      await run(parseRunWords(words, this.environment), this.environment, this.signal);
    },
  });
}
