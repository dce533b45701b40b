import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { HostedProgram, ProgramHost } from '../../lab/world/runtime/hosted-program.ts';
import { createKubeClient } from '../../platform/kube/kube-client.ts';
import type { KubeTransport } from '../../platform/kube/transport.ts';
import type { Environment } from '../config/environment.ts';
import { endingOf } from './command-ending.ts';
import { type ContainerRoot, makeContainerRoot } from './container-root.ts';
import type { LabMachine } from './lab-machine.ts';
import type { LabPrometheusProgram } from './lab-prometheus-choice.ts';

/** What the programs of a lab have in common. */
export interface LabProgramsOptions {
  /** In process, as an administrator: the kubelets' own way to the API server. */
  readonly transport: KubeTransport;
  /** Of the API server, as pods reach it; asked once it listens. */
  apiServerUrl(): string;
  /** Where a port of a pod's address is reached on this machine; undefined where no program of ours listens. */
  urlOf(podIp: string, port: number): string | undefined;
  /** The same for a URL of the cluster's inside, as pods of a namespace write it. Throws Failure for one that no pod reaches. */
  insideUrlOf(url: string, namespace: string): Promise<string>;
  /** PEM text of its authority. */
  readonly authorityCertificate: string;
  /** Whose addresses pods have; null where those are nobody's on this machine. */
  readonly machine: Pick<LabMachine, 'bindingOf'> | null;
  /** What pods of Prometheus' image are. */
  readonly prometheus: LabPrometheusProgram;
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly ledger: DeliveryLedger;
  readonly log: Log;
  /** The program's own: `0.1.0`. */
  readonly programVersion: string;
}

/** What a program of ours has in its container. */
export interface ContainerPlace {
  readonly options: LabProgramsOptions;
  readonly host: ProgramHost;
  readonly root: ContainerRoot;
  /** Paths in what it prints are those of the container. */
  readonly print: (text: string) => void;
  /** What the container's environment says; the machine's own has no say in it. */
  readonly environment: Environment;
  /** Where it listens on this machine for a port of its pod. */
  bindingOf(port: number): { readonly address: string; readonly port: number };
}

/**
 * A command of ours in a container: with the account of its pod, the files that its pod mounts, and no file of this machine.
 * A Failure ends it as it ends the command, in words and by its exit code.
 */
export function createContainedProgram(
  containerName: string,
  options: LabProgramsOptions,
  run: (place: ContainerPlace) => Promise<void>,
): HostedProgram {
  const { transport, ioClock, log, machine } = options;
  const client = createKubeClient({ transport, ioClock, userAgent: 'kubelet/v1', log });
  return {
    make: async (host) => {
      const root = await makeContainerRoot(host.pod, { ...options, client, containerName });
      const print = (text: string): void => host.print(text.replaceAll(root.folder, ''));
      const bindingOf = (port: number) => machine?.bindingOf(host.podIp, port) ?? ANYWHERE;
      return async () => {
        try {
          const environment = environmentOf(options.apiServerUrl(), root);
          await run({ options, host, root, print, environment, bindingOf });
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

/** On loopback, where the system chooses. */
const ANYWHERE = { address: '127.0.0.1', port: 0 };

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
