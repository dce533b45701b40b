import { orAborted, untilAborted } from '../../base/cancellation.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { startLabPrometheus } from '../../lab/prometheus/lab-prometheus.ts';
import { MonitoredCluster } from '../../lab/prometheus/scraping/monitored-cluster.ts';
import { MONITOR_DEFINITIONS } from '../../lab/prometheus/scraping/monitors.ts';
import { scrapeConfiguration, targetFiles } from '../../lab/prometheus/scraping/scrape-configuration.ts';
import type { ScrapeTarget } from '../../lab/prometheus/scraping/scrape-target.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../lab/world/objects.ts';
import type { HostedProgram, ProgramHost } from '../../lab/world/runtime/hosted-program.ts';
import { keyOf } from '../../lab/world/traffic/scene.ts';
import { openListener } from '../../platform/http/listener.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { LabProgramsOptions } from './contained-program.ts';
import { type InstalledPrometheus, startInstalledPrometheus } from './installed-prometheus.ts';
import type { EmbeddedReason } from './lab-prometheus-choice.ts';

/** Prometheus' own. */
const PORT = 9090;
const DRAIN_MS = 200;
const CALL_MS_MAX = 10_000;
const CALLED =
  'it scrapes what ServiceMonitors and PodMonitors say; flags and files of the container are not looked at\n';

/** Why it is not the machine's. */
const REASONS: { readonly [Code in EmbeddedReason['code']]: string } = {
  asked: '',
  absent: ' (there is no prometheus on PATH)',
  accelerated: ' (the machine’s cannot follow the clock of the lab; --speed 1 takes it)',
};

/**
 * A Prometheus as a program of a pod, as the Prometheus Operator would run one: the lab's own, or that of this machine. The
 * definitions of monitors come with it.
 */
export function createPrometheusProgram(options: LabProgramsOptions): HostedProgram {
  return {
    make: async (host) => {
      await defineMonitors(options);
      const { prometheus } = options;
      if (prometheus.kind === 'installed') return () => runInstalled(prometheus.path, options, host);
      return () => runOwn(REASONS[prometheus.why.code], options, host);
    },
  };
}

async function runOwn(reason: string, options: LabProgramsOptions, host: ProgramHost): Promise<number> {
  const { clock, ioClock, ledger, log, programVersion, machine, urlOf } = options;
  host.print(`the lab’s own Prometheus${reason}: ${CALLED}`);
  const [name, kube] = [nameOf(host), kubeOf(options)];
  const prometheus = await startLabPrometheus({ name, kube, ledger, clock, ioClock, log, programVersion, urlOf });
  const binding = machine?.bindingOf(host.podIp, PORT) ?? { port: 0 };
  const listener = await openListener({ ...binding, ioClock, handle: (request) => prometheus.handle(request) });
  host.listen(PORT, listener.url);
  await untilAborted(host.signal);
  await Promise.all([listener.close(DRAIN_MS), prometheus.stop()]);
  return 0;
}

/** Its targets are in files, which follow the monitors of the cluster. */
async function runInstalled(path: string, options: LabProgramsOptions, host: ProgramHost): Promise<number> {
  const { ioClock, machine, urlOf } = options;
  host.print(`${path}, of this machine: ${CALLED}`);
  const files = [scrapeConfiguration(), ...targetFiles([], urlOf)];
  const binding = machine?.bindingOf(host.podIp, PORT) ?? { address: '127.0.0.1', port: 0 };
  const print = (text: string): void => host.print(text);
  try {
    const prometheus = await startInstalledPrometheus({ path, files, binding, ioClock, print });
    try {
      return await followMonitors(prometheus, options, host);
    } finally {
      await prometheus.stop();
    }
  } catch (thrown) {
    if (host.signal.aborted) return 0;
    if (!(thrown instanceof Failure)) throw thrown;
    print(`${thrown.message}\n`);
    return 1;
  }
}

/** Resolves with its exit code when it ends of itself; rejects with the signal's reason when it shall end. */
async function followMonitors(
  prometheus: InstalledPrometheus,
  options: LabProgramsOptions,
  host: ProgramHost,
): Promise<number> {
  const { clock, ledger, log } = options;
  await prometheus.untilReady(host.signal);
  const writing = new TargetWriting(prometheus, options);
  const cluster = new MonitoredCluster({
    ...{ name: nameOf(host), kube: kubeOf(options), ledger, clock, log },
    onTargets: (targets) => writing.write(targets),
  });
  try {
    await cluster.start();
    host.listen(PORT, prometheus.url);
    return await orAborted(prometheus.ended, host.signal);
  } finally {
    await cluster.stop();
    await writing.settled();
  }
}

/** Files of targets, written one after the other. */
class TargetWriting {
  readonly #prometheus: Pick<InstalledPrometheus, 'write'>;
  readonly #options: Pick<LabProgramsOptions, 'urlOf' | 'log'>;
  #last: Promise<void> = Promise.resolve();

  constructor(prometheus: Pick<InstalledPrometheus, 'write'>, options: Pick<LabProgramsOptions, 'urlOf' | 'log'>) {
    this.#prometheus = prometheus;
    this.#options = options;
  }

  write(targets: readonly ScrapeTarget[]): void {
    const { urlOf, log } = this.#options;
    const files = targetFiles(targets, urlOf);
    this.#last = this.#last
      .then(async () => {
        for (const file of files) await this.#prometheus.write(file);
      })
      .catch((thrown: unknown) => log.warn('targets of Prometheus could not be written', { error: errorText(thrown) }));
  }

  settled(): Promise<void> {
    return this.#last;
  }
}

/** Its own among those of the process. */
function nameOf({ pod }: ProgramHost): string {
  return `prometheus-${keyOf(pod)}`;
}

function kubeOf({ transport, ioClock, log }: LabProgramsOptions): KubeClientOptions {
  return { transport, ioClock, userAgent: 'prometheus/2.42.0', log };
}

async function defineMonitors({ transport, ioClock, log }: LabProgramsOptions): Promise<void> {
  const client = createKubeClient({ transport, ioClock, userAgent: 'prometheus-operator/v1', log });
  for (const definition of MONITOR_DEFINITIONS) {
    try {
      await client.create(CUSTOM_RESOURCE_DEFINITIONS, definition, { deadlineMs: CALL_MS_MAX });
    } catch (thrown) {
      // Somebody else's definition is as good.
      if (!(thrown instanceof Failure) || thrown.kind !== 'conflict') throw thrown;
    }
  }
}
