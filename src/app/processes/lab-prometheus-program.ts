import { untilAborted } from '../../base/cancellation.ts';
import { Failure } from '../../base/failure.ts';
import { startLabPrometheus } from '../../lab/prometheus/lab-prometheus.ts';
import { MONITOR_DEFINITIONS } from '../../lab/prometheus/scraping/monitors.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../lab/world/objects.ts';
import type { HostedProgram } from '../../lab/world/runtime/hosted-program.ts';
import { keyOf } from '../../lab/world/traffic/scene.ts';
import { openListener } from '../../platform/http/listener.ts';
import { createKubeClient } from '../../platform/kube/kube-client.ts';
import type { LabProgramsOptions } from './contained-program.ts';

/** Prometheus' own. */
const PORT = 9090;
const DRAIN_MS = 200;
const CALL_MS_MAX = 10_000;
const GREETING =
  'the lab’s own Prometheus: it scrapes what ServiceMonitors and PodMonitors say; flags and files of the container are not looked at\n';

/**
 * The lab's Prometheus as a program of a pod, as the Prometheus Operator would run a real one. The definitions of monitors
 * come with it.
 */
export function createPrometheusProgram(options: LabProgramsOptions): HostedProgram {
  const { transport, clock, ioClock, ledger, log, programVersion, machine, urlOf } = options;
  const kube = { transport, ioClock, userAgent: 'prometheus/2.42.0', log };
  return {
    make: async (host) => {
      await defineMonitors(options);
      return async () => {
        host.print(GREETING);
        const name = `prometheus-${keyOf(host.pod)}`;
        const prometheus = await startLabPrometheus({ name, kube, ledger, clock, ioClock, log, programVersion, urlOf });
        const binding = machine?.bindingOf(host.podIp, PORT) ?? { port: 0 };
        const listener = await openListener({ ...binding, ioClock, handle: (request) => prometheus.handle(request) });
        host.listen(PORT, listener.url);
        await untilAborted(host.signal);
        await Promise.all([listener.close(DRAIN_MS), prometheus.stop()]);
        return 0;
      };
    },
  };
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
