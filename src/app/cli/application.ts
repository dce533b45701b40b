import { readFileSync } from 'node:fs';
import {
  type Application,
  type ApplicationText,
  buildApplication,
  buildRouteMap,
  type Command,
  ExitCode,
  type RouteMap,
  text_en,
} from '@stricli/core';
import { EXIT_BUG, errorText, FAILURE_RULES } from '../../base/failure.ts';
import { endingOf } from '../processes/command-ending.ts';
import { PACKAGE_FILE } from '../processes/package-file.ts';
import type { CliContext } from './context.ts';

const { version } = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8'));

/**
 * The command line as Stricli sees it, with the one command that the words name, because the flags of the others, with their
 * rules, would be some MiB that a server never needs; with all commands when they name none.
 *
 * @param words as the scanner sees them
 */
export async function loadApplication(words: readonly string[] = []): Promise<Application<CliContext>> {
  const [command = ''] = words;
  const loader = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  const routes = await load(loader === undefined ? COMMANDS : { [command]: loader }, words);
  const docs = {
    brief: 'Horizontal autoscaling for Kubernetes, whole',
    fullDescription: [
      'Podtide measures, decides, explains and rehearses horizontal autoscaling. Each command is a part that runs alone.',
      'Exit codes: 0 ok, 1 differences or findings, 2 bad input, 3 denied, 4 not found, 5 conflict, 6 unavailable, 70 our bug.',
    ].join('\n'),
  };
  return buildApplication<CliContext>(buildRouteMap<string, CliContext>({ routes, docs }), {
    name: 'podtide',
    versionInfo: { currentVersion: version },
    // What stands behind two dashes is no flag: `scannerWords` puts them before the words of commands that read their own.
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { disableAnsiColor: true },
    determineExitCode: (thrown) => endingOf(thrown).exitCode,
    localization: { text: TEXT },
  });
}

type Route = Command<CliContext> | RouteMap<CliContext>;

/** How each command is loaded, by the words of the command line. */
type Loaders = Readonly<Record<string, (words: readonly string[]) => Promise<Route>>>;

const COMMANDS: Loaders = {
  lab: async () => (await import('./lab.ts')).createLabCommand(version),
  load: async () => (await import('./load.ts')).loadCommand,
  controller: async () => (await import('./controller.ts')).controllerCommand,
  'metrics-server': loadMetricsServer,
  run: loadRun,
  adapter: loadAdapter,
  notifier: async () => (await import('./notifier.ts')).notifierCommand,
  notify: loadNotify,
  observe: loadObserve,
  decide: async () => (await import('./decide.ts')).decideCommand,
  top: loadTop,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
};

const ADAPTER_COMMANDS = {
  serve: loadAdapterServe,
  check: async () => (await import('./adapter-check.ts')).adapterCheckCommand,
  explain: async () => (await import('./adapter-explain.ts')).adapterExplainCommand,
  preview: async () => (await import('./adapter-preview.ts')).adapterPreviewCommand,
} satisfies Loaders;

async function loadMetricsServer(): Promise<Route> {
  const { createMetricsServerCommand } = await import('./metrics-server.ts');
  return createMetricsServerCommand({
    version,
    run: async (start, environment, signal) => {
      const { runMetricsServer } = await import('../processes/run-metrics-server.ts');
      await runMetricsServer(start, { environment, programVersion: version, signal });
    },
  });
}

async function loadRun(): Promise<Route> {
  const { createRunCommand } = await import('./run.ts');
  return createRunCommand(async (config, environment, signal) => {
    const { runTogether } = await import('../processes/run-together.ts');
    await runTogether(config, { environment, programVersion: version, signal });
  });
}

async function loadAdapter([, command]: readonly string[]): Promise<Route> {
  const { serve, ...others } = ADAPTER_COMMANDS;
  return buildRouteMap({
    routes: { serve: await serve(), ...(command === 'serve' ? {} : await load(others)) },
    defaultCommand: 'serve',
    docs: { brief: 'Metrics of Prometheus by the rules of prometheus-adapter' },
  });
}

async function loadAdapterServe(): Promise<Route> {
  const { createAdapterServeCommand } = await import('./adapter-serve.ts');
  return createAdapterServeCommand({
    version,
    run: async (start, environment, signal) => {
      const { runAdapter } = await import('../processes/run-adapter.ts');
      await runAdapter(start, { environment, programVersion: version, signal });
    },
  });
}

async function loadNotify(): Promise<Route> {
  const [{ notifyTestCommand }, { notifyPreviewCommand }, { notifySilenceRoutes }] = await Promise.all([
    import('./notify-test.ts'),
    import('./notify-preview.ts'),
    import('./notify-silence.ts'),
  ]);
  return buildRouteMap({
    routes: { test: notifyTestCommand, preview: notifyPreviewCommand, silence: notifySilenceRoutes },
    docs: { brief: 'Try, preview and silence what a notifier tells' },
  });
}

async function loadObserve(): Promise<Route> {
  const { observeReportCommand } = await import('./observe-report.ts');
  return buildRouteMap({
    routes: { report: observeReportCommand },
    docs: { brief: 'What a controller that observes has found out' },
  });
}

async function loadTop(): Promise<Route> {
  const { createTopCommand } = await import('./top.ts');
  return createTopCommand(async (config, environment, context) => {
    const { runTop } = await import('./run-top.ts');
    await runTop(config, environment, context);
  });
}

async function load(loaders: Loaders, words: readonly string[] = []): Promise<Readonly<Record<string, Route>>> {
  const loaded = await Promise.all(Object.entries(loaders).map(async ([name, loader]) => [name, await loader(words)]));
  return Object.fromEntries(loaded);
}

const HELP_HINT = 'add --help to a command to see its flags, or run podtide --help to see the commands';

const TEXT: ApplicationText = {
  ...text_en,
  exceptionWhileParsingArguments: (thrown) => `podtide: ${errorText(thrown)}\n  ${HELP_HINT}`,
  noCommandRegisteredForInput: ({ input, corrections }) =>
    `podtide: no such command: ${input}${corrections.length === 0 ? '' : `; did you mean ${corrections.join(' or ')}?`}\n  ${HELP_HINT}`,
  exceptionWhileRunningCommand: (thrown) => endingOf(thrown).text,
  commandErrorResult: (thrown) => endingOf(thrown).text,
};

/** Stricli's own codes are negative: words it could not take are bad input, all else is our bug. */
export function exitCodeOf(code: number | string | null | undefined): number {
  if (code === undefined || code === null) return 0;
  const value = Number(code);
  if (value === ExitCode.UnknownCommand || value === ExitCode.InvalidArgument) return FAILURE_RULES.invalid.exitCode;
  return value < 0 ? EXIT_BUG : value;
}
