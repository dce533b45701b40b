import { untilAborted } from '../../base/cancellation.ts';
import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { imageName } from '../../lab/runtime/container-program.ts';
import type { Container } from '../../lab/world/objects.ts';
import type { HostedProgram, ProgramFinder, ProgramHost } from '../../lab/world/runtime/hosted-program.ts';
import { createKubeClient } from '../../platform/kube/kube-client.ts';
import type { KubeTransport } from '../../platform/kube/transport.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import type { Environment } from '../config/environment.ts';
import { type MetricsServerConfig, parseMetricsServerWords } from '../config/metrics-server-config.ts';
import { endingOf } from './command-ending.ts';
import { inContainer } from './container-paths.ts';
import { type ContainerRoot, makeContainerRoot } from './container-root.ts';
import type { LabMachine } from './lab-machine.ts';
import { serveMetrics } from './run-metrics-server.ts';

/** What the programs of a lab have in common. */
export interface LabProgramsOptions {
  /** In process, as an administrator: the kubelets' own way to the API server. */
  readonly transport: KubeTransport;
  /** Of the API server, as pods reach it; asked once it listens. */
  apiServerUrl(): string;
  /** PEM text of its authority. */
  readonly authorityCertificate: string;
  /** Whose addresses pods have; null where those are nobody's on this machine. */
  readonly machine: Pick<LabMachine, 'bindingOf'> | null;
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly ledger: DeliveryLedger;
  readonly log: Log;
  /** The program's own: `0.1.0`. */
  readonly programVersion: string;
}

/**
 * Which containers of a lab are programs of ours: a metrics server, whosever image it is, is `podtide metrics-server` with
 * the words of the container, the account of its pod, and no file of this machine.
 */
export function createLabPrograms(options: LabProgramsOptions): ProgramFinder {
  return (container) => {
    const words = metricsServerWords(container);
    return words === undefined ? undefined : metricsServer(words, options);
  };
}

/** What images run when a container names no command. */
const ENTRY_POINTS: Readonly<Record<string, string>> = { 'metrics-server': 'metrics-server', podtide: 'podtide' };

/** The words behind a metrics server's name on a container's command line; undefined when it runs something else. */
export function metricsServerWords({ image, command, args = [] }: Container): readonly string[] | undefined {
  const entryPoint = ENTRY_POINTS[imageName(image)];
  if (entryPoint === undefined) return undefined;
  const [path = '', ...words] = [...(command?.length ? command : [entryPoint]), ...args];
  const program = path.split('/').at(-1);
  if (program === 'metrics-server') return words;
  return program === 'podtide' && words[0] === 'metrics-server' ? words.slice(1) : undefined;
}

function metricsServer(words: readonly string[], options: LabProgramsOptions): HostedProgram {
  const { transport, ioClock, log } = options;
  const client = createKubeClient({ transport, ioClock, userAgent: 'kubelet/v1', log });
  return {
    make: async (host) => {
      const root = await makeContainerRoot(host.pod, { ...options, client });
      // Paths in what it prints are those of the container.
      const print = (text: string): void => host.print(text.replaceAll(root.folder, ''));
      return async () => {
        try {
          await runWords(words, { options, host, root, print });
          return 0;
        } catch (thrown) {
          if (!(thrown instanceof Failure)) throw thrown;
          const { text, exitCode } = endingOf(thrown);
          print(`${text}\n`);
          return exitCode;
        } finally {
          await root.remove();
        }
      };
    },
  };
}

interface Place {
  readonly options: LabProgramsOptions;
  readonly host: ProgramHost;
  readonly root: ContainerRoot;
  readonly print: (text: string) => void;
}

async function runWords(words: readonly string[], { options, host, root, print }: Place): Promise<void> {
  const { clock, ioClock, ledger, programVersion } = options;
  const start = parseMetricsServerWords(words);
  if (start.kind === 'version') {
    print(`${programVersion}\n`);
    return;
  }
  const { signal, podIp } = host;
  const config = placed(inContainer(root.folder, start.config), podIp, options);
  const telemetry = createTelemetry({ isProcessMeasured: false });
  const log = createPinoLog({ level: config.logLevel, stream: { write: print } });
  const environment = environmentOf(options.apiServerUrl(), root);
  const run = { environment, programVersion, signal, clock, ioClock, log, telemetry, deliveries: ledger };
  await serveMetrics({ ...start, config }, run, async ({ server }) => {
    host.listen(start.config.serving.port, server.url);
    await untilAborted(signal);
  });
}

function placed(config: MetricsServerConfig, podIp: string, { machine }: LabProgramsOptions): MetricsServerConfig {
  const binding = machine?.bindingOf(podIp, config.serving.port) ?? ANYWHERE;
  return { ...config, serving: { ...config.serving, ...binding } };
}

/** On loopback, where the system chooses. */
const ANYWHERE = { address: '127.0.0.1', port: 0 };

/** What a container's environment says; the machine's own has no say in it. */
function environmentOf(apiServerUrl: string, { accountFolder }: ContainerRoot): Environment {
  const { hostname, port } = new URL(apiServerUrl);
  return {
    home: undefined,
    kubeconfigPaths: [],
    locale: undefined,
    isColorRefused: true,
    httpProxy: undefined,
    httpsProxy: undefined,
    noProxy: undefined,
    inClusterHost: hostname,
    inClusterPort: port,
    serviceAccountFolder: accountFolder,
    variables: {},
  };
}
