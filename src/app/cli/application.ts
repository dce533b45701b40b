import { readFileSync } from 'node:fs';
import { buildApplication, buildRouteMap, ExitCode, text_en } from '@stricli/core';
import { EXIT_BUG, errorText, FAILURE_RULES } from '../../base/failure.ts';
import { endingOf } from '../processes/command-ending.ts';
import { adapterCheckCommand } from './adapter-check.ts';
import { adapterExplainCommand } from './adapter-explain.ts';
import { adapterPreviewCommand } from './adapter-preview.ts';
import { createAdapterServeCommand } from './adapter-serve.ts';
import { controllerCommand } from './controller.ts';
import { decideCommand } from './decide.ts';
import { doctorCommand } from './doctor.ts';
import { createLabCommand } from './lab.ts';
import { loadCommand } from './load.ts';
import { createMetricsServerCommand } from './metrics-server.ts';
import { observeReportCommand } from './observe-report.ts';
import { createRunCommand } from './run.ts';
import { createTopCommand } from './top.ts';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

const metricsServerCommand = createMetricsServerCommand({
  version,
  run: async (start, environment, signal) => {
    const { runMetricsServer } = await import('../processes/run-metrics-server.ts');
    await runMetricsServer(start, { environment, programVersion: version, signal });
  },
});

const runCommand = createRunCommand(async (config, environment, signal) => {
  const { runTogether } = await import('../processes/run-together.ts');
  await runTogether(config, { environment, programVersion: version, signal });
});

const observeRoutes = buildRouteMap({
  routes: { report: observeReportCommand },
  docs: { brief: 'What a controller that observes has found out' },
});

const adapterServeCommand = createAdapterServeCommand({
  version,
  run: async (start, environment, signal) => {
    const { runAdapter } = await import('../processes/run-adapter.ts');
    await runAdapter(start, { environment, programVersion: version, signal });
  },
});

const adapterRoutes = buildRouteMap({
  routes: {
    serve: adapterServeCommand,
    check: adapterCheckCommand,
    explain: adapterExplainCommand,
    preview: adapterPreviewCommand,
  },
  defaultCommand: 'serve',
  docs: { brief: 'Metrics of Prometheus by the rules of prometheus-adapter' },
});

const topCommand = createTopCommand(async (config, environment, context) => {
  const { runTop } = await import('./run-top.ts');
  await runTop(config, environment, context);
});

const routes = buildRouteMap({
  routes: {
    lab: createLabCommand(version),
    load: loadCommand,
    controller: controllerCommand,
    'metrics-server': metricsServerCommand,
    run: runCommand,
    adapter: adapterRoutes,
    observe: observeRoutes,
    decide: decideCommand,
    top: topCommand,
    doctor: doctorCommand,
  },
  docs: {
    brief: 'Horizontal autoscaling for Kubernetes, whole',
    fullDescription: [
      'Podtide measures, decides, explains and rehearses horizontal autoscaling. Each command is a part that runs alone.',
      'Exit codes: 0 ok, 1 differences or findings, 2 bad input, 3 denied, 4 not found, 5 conflict, 6 unavailable, 70 our bug.',
    ].join('\n'),
  },
});

const HELP_HINT = 'add --help to a command to see its flags, or run podtide --help to see the commands';

/** The command line as Stricli sees it. */
export const application = buildApplication(routes, {
  name: 'podtide',
  versionInfo: { currentVersion: version },
  // What stands behind two dashes is no flag: `scannerWords` puts them before the words of commands that read their own.
  scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
  documentation: { disableAnsiColor: true },
  determineExitCode: (thrown) => endingOf(thrown).exitCode,
  localization: {
    text: {
      ...text_en,
      exceptionWhileParsingArguments: (thrown) => `podtide: ${errorText(thrown)}\n  ${HELP_HINT}`,
      noCommandRegisteredForInput: ({ input, corrections }) =>
        `podtide: no such command: ${input}${corrections.length === 0 ? '' : `; did you mean ${corrections.join(' or ')}?`}\n  ${HELP_HINT}`,
      exceptionWhileRunningCommand: (thrown) => endingOf(thrown).text,
      commandErrorResult: (thrown) => endingOf(thrown).text,
    },
  },
});

/** Stricli's own codes are negative: words it could not take are bad input, all else is our bug. */
export function exitCodeOf(code: number | string | null | undefined): number {
  if (code === undefined || code === null) return 0;
  const value = Number(code);
  if (value === ExitCode.UnknownCommand || value === ExitCode.InvalidArgument) return FAILURE_RULES.invalid.exitCode;
  return value < 0 ? EXIT_BUG : value;
}
