import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { IoClock } from '../../base/clock.ts';
import type { Log, LogFields } from '../../base/log.ts';
import { accessByRecipe } from './access-recipe.ts';
import { createKubeClient } from './kube-client.ts';
import { createLeaderElector } from './leader-election.ts';
import { createSocketTransport } from './socket-transport.ts';
import { BEAT, type ElectionThreadData, type ElectionThreadMessage, LEADS_UNTIL } from './threaded-election.ts';

/** Longer than any collection of garbage; a process that stands still for longer must not keep the Lease. */
const STALL_NS_MAX = 30_000_000_000n;

/** The thread behind `createThreadedElector`. */
if (parentPort !== null) await elect(parentPort, workerData as ElectionThreadData);

async function elect(port: MessagePort, { settings, instants }: ElectionThreadData): Promise<void> {
  const ioClock = threadClock();
  const log = logOver(port, {});
  const access = await accessByRecipe(settings.access, ioClock);
  const transport = createSocketTransport({
    access,
    ioClock,
    ...(settings.proxies === undefined ? {} : { proxies: settings.proxies }),
  });
  const client = createKubeClient({ transport, ioClock, userAgent: settings.userAgent, log });
  const tell = (message: ElectionThreadMessage): void => port.postMessage(message);
  const elector = createLeaderElector({
    ...settings,
    client,
    ioClock,
    log,
    random: Math.random,
    mayStrive: () => process.hrtime.bigint() - Atomics.load(instants, BEAT) < STALL_NS_MAX,
    onAttempt: (leadsUntilMs) => {
      Atomics.store(instants, LEADS_UNTIL, leadsUntilMs === undefined ? 0n : BigInt(Math.floor(leadsUntilMs * 1e6)));
      tell({ kind: 'attempt', holder: elector.holder });
    },
  });
  port.once('message', async () => {
    Atomics.store(instants, LEADS_UNTIL, 0n);
    await elector.stop();
    await transport.close();
    port.close();
  });
  elector.start();
}

/** Real time; monotonic time is the process's own, so that instants mean the same in every thread. */
function threadClock(): IoClock {
  return {
    monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
    wallMs: () => Date.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, Math.max(0, delayMs));
      return () => clearTimeout(timer);
    },
  };
}

function logOver(port: MessagePort, carried: LogFields): Log {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields?: LogFields): void => {
      const told: ElectionThreadMessage = { kind: 'log', level, message, fields: { ...carried, ...fields } };
      port.postMessage(told);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (fields) => logOver(port, { ...carried, ...fields }),
  };
}
