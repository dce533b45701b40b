import { availableParallelism, totalmem } from 'node:os';
import type { IoClock } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import { REAL_PODS_COUNT_MAX } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import type { Accounting } from '../../lab/runtime/accounting.ts';
import { createCgroupAccounting } from '../../lab/runtime/cgroup-accounting.ts';
import { groupParentsOf, ownCgroupView } from '../../lab/runtime/cgroup-hierarchies.ts';
import { boundPort, openLoopbackNetwork } from '../../lab/runtime/loopback-network.ts';
import { createProcAccounting } from '../../lab/runtime/proc-accounting.ts';
import {
  type ContainerCounters,
  type CountedRuntime,
  createProcessRuntime,
} from '../../lab/runtime/process-runtime.ts';
import type { NodeSize } from '../../lab/world/node/lab-nodes.ts';
import type { RuntimeFactory } from '../../lab/world/runtime/container-runtime.ts';

/** This machine as the one node of a lab. */
export interface LabMachine {
  readonly runtime: RuntimeFactory;
  readonly nodeSize: NodeSize;
  /** The first two numbers of the addresses of Services: `127.96`. */
  readonly serviceAddressPrefix: string;
  /** What is added to ports below 1024: 0 where the user may have them. */
  readonly lowPortShift: number;
  /** Where a program of this process listens for a port of a pod. */
  bindingOf(podIp: string, port: number): { readonly address: string; readonly port: number };
  readonly accountingKind: Accounting['kind'];
  /** Why there are no cgroups; null where there are. */
  readonly noCgroupReason: string | null;
  /** Every container that runs, as of now, with the files that say so; empty before the lab's world is there. */
  counters(): readonly ContainerCounters[];
  close(): Promise<void>;
}

/** Takes addresses and cgroups for a lab. Throws a Failure when the machine has no loopback addresses to give. */
export async function openLabMachine({ ioClock, log }: { ioClock: IoClock; log: Log }): Promise<LabMachine> {
  const network = await openLoopbackNetwork();
  const { accounting, noCgroupReason } = openAccounting();
  const create = createProcessRuntime({ ioClock, log, accounting, network });
  let runtime: CountedRuntime | undefined;
  return {
    runtime: (cluster) => {
      runtime = create(cluster);
      return runtime;
    },
    nodeSize: {
      cpu: String(availableParallelism()),
      memory: `${Math.floor(totalmem() / 2 ** 20)}Mi`,
      podCountMax: REAL_PODS_COUNT_MAX,
    },
    serviceAddressPrefix: network.serviceAddressPrefix,
    lowPortShift: network.lowPortShift,
    bindingOf: (podIp, port) => ({ address: podIp, port: boundPort(network, port) }),
    accountingKind: accounting.kind,
    noCgroupReason,
    counters: () => runtime?.counters() ?? [],
    close: async () => {
      accounting.close();
      await network.close();
    },
  };
}

/** Cgroups where the system has them and the user may make some; `/proc` and a duty cycle otherwise. */
function openAccounting(): { readonly accounting: Accounting; readonly noCgroupReason: string | null } {
  const view = ownCgroupView();
  const parents = view === undefined ? 'this system has no cgroups' : groupParentsOf(view);
  if (typeof parents === 'string') return { accounting: createProcAccounting(), noCgroupReason: parents };
  try {
    return { accounting: createCgroupAccounting(parents), noCgroupReason: null };
  } catch (thrown) {
    return { accounting: createProcAccounting(), noCgroupReason: errorText(thrown) };
  }
}
