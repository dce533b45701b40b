import { untilAborted } from '../../base/cancellation.ts';
import { imageName } from '../../lab/runtime/container-program.ts';
import type { Container } from '../../lab/world/objects.ts';
import type { HostedProgram, ProgramFinder } from '../../lab/world/runtime/hosted-program.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { parseMetricsServerWords } from '../config/metrics-server-config.ts';
import { type ContainerPlace, createContainedProgram, type LabProgramsOptions } from './contained-program.ts';
import { inContainer } from './container-paths.ts';
import { runAdapterWords } from './lab-adapter-program.ts';
import { createCountingApp } from './lab-counting-app.ts';
import { createPrometheusProgram } from './lab-prometheus-program.ts';
import { serveMetrics } from './run-metrics-server.ts';

/**
 * Which containers of a lab are programs of ours: a metrics server and an adapter, whosever images they are, are those of
 * podtide with the words of the container; Prometheus is the lab's own, and the app that tutorials count with is there.
 */
export function createLabPrograms(options: LabProgramsOptions): ProgramFinder {
  return (container) => {
    const command = ownCommand(container);
    switch (command?.name) {
      case 'metrics-server':
        return createContainedProgram(container.name, options, (place) => runMetricsServerWords(command.words, place));
      case 'adapter':
        return createContainedProgram(container.name, options, (place) => runAdapterWords(command.words, place));
      default:
        return imageProgram(container, options);
    }
  };
}

/** What images run when a container names no command. */
const ENTRY_POINTS: Readonly<Record<string, string>> = {
  'metrics-server': 'metrics-server',
  'prometheus-adapter': 'adapter',
  'k8s-prometheus-adapter': 'adapter',
  podtide: 'podtide',
};

/** Commands of podtide that run in a lab. */
const COMMANDS: readonly string[] = ['metrics-server', 'adapter'];

/** The command of ours that a container runs, and the words behind its name; undefined when it runs something else. */
export function ownCommand({
  image,
  command,
  args = [],
}: Container): { readonly name: string; readonly words: readonly string[] } | undefined {
  const entryPoint = ENTRY_POINTS[imageName(image)];
  if (entryPoint === undefined) return undefined;
  const [path = '', ...words] = [...(command?.length ? command : [entryPoint]), ...args];
  const program = path.split('/').at(-1) ?? '';
  const called = program === 'podtide' ? words : [program, ...words];
  const [name = '', ...rest] = called;
  return COMMANDS.includes(name) ? { name, words: rest } : undefined;
}

/** Programs that an image stands for when the container names no command. */
function imageProgram({ image, command = [] }: Container, options: LabProgramsOptions): HostedProgram | undefined {
  if (command.length > 0) return undefined;
  const name = imageName(image);
  if (name === 'prometheus') return createPrometheusProgram(options);
  return name === 'test_prometheus' ? createCountingApp(options) : undefined;
}

async function runMetricsServerWords(
  words: readonly string[],
  { options, host, root, print, environment, bindingOf }: ContainerPlace,
): Promise<void> {
  const { clock, ioClock, ledger, programVersion } = options;
  const start = parseMetricsServerWords(words);
  if (start.kind === 'version') {
    print(`${programVersion}\n`);
    return;
  }
  const { signal } = host;
  const { serving, ...config } = inContainer(root.folder, start.config);
  const telemetry = createTelemetry({ isProcessMeasured: false });
  const log = createPinoLog({ level: config.logLevel, stream: { write: print } });
  const run = { environment, programVersion, signal, clock, ioClock, log, telemetry, deliveries: ledger };
  const bound = { ...config, serving: { ...serving, ...bindingOf(serving.port) } };
  await serveMetrics({ ...start, config: bound }, run, async ({ server }) => {
    host.listen(serving.port, server.url);
    await untilAborted(signal);
  });
}
