import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { MOMENT_PERIOD_MS } from '../../lab/world/usage/momentary-meters.ts';
import type { World } from '../../lab/world/world.ts';
import { createKubeletSource } from '../../metrics/kubelet/kubelet-source.ts';
import type { KubeletSource } from '../../metrics/kubelet/port.ts';
import { createProxiedKubelets } from '../../metrics/kubelet/proxied-kubelets.ts';
import type { KubeTransport } from '../../platform/kube/transport.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';

export interface LabUsageOptions {
  readonly world: Pick<World, 'scrapePhaseMs'>;
  /** To the lab's API server, whose node proxy leads to the kubelets; stays the caller's to close. */
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly ledger: DeliveryLedger;
  readonly log: Log;
}

const USER_AGENT = 'podtide-usage/v1';
const REQUEST_TIMEOUT_MS = 10_000;

/** The lab's resource metrics: its kubelets, scraped as `podtide metrics-server` scrapes those of any cluster. */
export function createLabUsage({ world, transport, clock, ioClock, ledger, log }: LabUsageOptions): KubeletSource {
  return createKubeletSource({
    client: { transport, ioClock, userAgent: USER_AGENT, log },
    kubelets: createProxiedKubelets({
      transport,
      server: 'https://kubernetes.default.svc',
      userAgent: USER_AGENT,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    }),
    clock,
    ioClock,
    log,
    telemetry: createTelemetry({ isProcessMeasured: false }),
    resolutionMs: MOMENT_PERIOD_MS,
    scrapePhaseMs: () => world.scrapePhaseMs,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    deliveries: ledger,
  });
}
