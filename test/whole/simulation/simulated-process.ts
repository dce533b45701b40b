import { type ControllerFlags, parseControllerConfig } from '../../../src/app/config/controller-config.ts';
import {
  type ControllerProcess,
  type ControllerProcessOptions,
  startController,
} from '../../../src/app/processes/controller-process.ts';
import { errorText } from '../../../src/base/failure.ts';
import { type Log, type LogFields, SILENT_LOG } from '../../../src/base/log.ts';
import type { DecisionReport } from '../../../src/control/facts/report.ts';
import { DecisionHistory } from '../../../src/control/history/decision-history.ts';
import type { MetricsSource } from '../../../src/metrics/source/port.ts';
import { createTelemetry } from '../../../src/platform/telemetry/registry.ts';
import { OWN_NAMESPACE } from './cluster.ts';
import type { Journal } from './journal.ts';
import type { NodeClock } from './node-clock.ts';
import { seededRandom } from './random.ts';
import { createSimulatedTransport, type TransportPorts } from './simulated-transport.ts';
import type { Story } from './story.ts';
import { WatchLine } from './watch-line.ts';

/** What a test may break on purpose in a controller, to see the oracle find it. */
export interface Defects {
  readonly flags?: ControllerFlags;
  readonly source?: (source: MetricsSource) => MetricsSource;
  readonly options?: Partial<ControllerProcessOptions>;
  /** Changes what is sent. */
  readonly body?: (subject: string, body: string) => string;
}

/** What a process is put into. */
export interface ProcessPorts {
  readonly story: Story;
  readonly journal: Journal;
  readonly clock: NodeClock;
  readonly defects: Defects;
  readonly transport: Omit<TransportPorts, 'clock' | 'openLine'>;
  readonly source: MetricsSource;
  readonly onSync: (process: string, hpa: string) => void;
  /** The process has ended by itself. */
  readonly onExit: (reason: string) => void;
}

/** One life of a controller: from its start to its death. */
export class SimulatedProcess {
  readonly identity: string;
  readonly rank: number;
  readonly clock: NodeClock;
  readonly lines = new Set<WatchLine>();
  readonly #ports: ProcessPorts;
  #controller: ControllerProcess | null = null;
  #isStopping = false;
  /** Since when it has led without a break, by its own words. */
  leadingSinceMs = 0;

  constructor(rank: number, ports: ProcessPorts) {
    this.rank = rank;
    this.identity = `podtide-${rank}`;
    this.clock = ports.clock;
    this.#ports = ports;
  }

  get isDead(): boolean {
    return this.clock.isDead;
  }

  isActing(): boolean {
    return this.#controller?.isActing() ?? false;
  }

  quarantinedCount(): number {
    return this.#controller?.standing().quarantinedCount ?? 0;
  }

  start(): void {
    const { onExit, journal, defects, source, story } = this.#ports;
    journal.note(null, `${this.identity} starts`);
    const config = parseControllerConfig({ ...flagsOf(story), ...defects.flags });
    startController({
      config,
      history: new SyncCounter(config.clusterName, (report) => this.#onSync(report)),
      client: {
        transport: this.#transport(),
        ioClock: this.clock,
        userAgent: this.identity,
        random: seededRandom(this.rank).next,
        log: SILENT_LOG,
      },
      clock: this.clock,
      ioClock: this.clock,
      random: seededRandom(this.rank + 1_000_000).next,
      log: this.#log(),
      telemetry: createTelemetry(),
      identity: this.identity,
      ownNamespace: OWN_NAMESPACE,
      source: defects.source?.(source) ?? source,
      ...defects.options,
    }).then(
      (controller) => {
        this.#controller = controller;
        controller.failed.catch((thrown: unknown) => onExit(errorText(thrown)));
      },
      (thrown: unknown) => onExit(errorText(thrown)),
    );
  }

  #onSync(report: DecisionReport): void {
    const { hpa, currentReplicas, desiredReplicas, scaledTo, error, isDeleted } = report.decision;
    const counts = `${currentReplicas ?? '?'} → ${desiredReplicas ?? '?'}${scaledTo === null ? '' : ', written'}`;
    const text = isDeleted ? 'the HPA is gone' : error === null ? counts : `${counts}: ${error.slice(0, 160)}`;
    this.#ports.journal.note(hpa.name, `${this.identity} concludes: ${text}`);
    this.#ports.onSync(this.identity, hpa.name);
  }

  /** Ends in good order; false when it was cut off meanwhile. */
  async stop(): Promise<boolean> {
    if (this.#isStopping) return false;
    this.#isStopping = true;
    this.#ports.journal.note(null, `${this.identity} is told to stop`);
    await this.#controller?.stop();
    if (this.isDead) return false;
    this.kill('stopped');
    return true;
  }

  /** Cuts the process off for good. */
  kill(reason: string): void {
    if (this.isDead) return;
    this.#ports.journal.note(null, `${this.identity} dies: ${reason}`);
    this.clock.kill();
    for (const line of this.lines) line.cut();
    this.lines.clear();
  }

  /** What the process says for itself goes into the tale. */
  #log(): Log {
    const say = (message: string, fields: LogFields = {}): void => {
      if (message === 'leading') this.leadingSinceMs = this.clock.nowMs();
      const hpa = typeof fields['hpa'] === 'string' ? fields['hpa'].slice(fields['hpa'].indexOf('/') + 1) : null;
      this.#ports.journal.note(hpa, `${this.identity} says: ${message} ${String(fields['error'] ?? '').slice(0, 200)}`);
    };
    const log: Log = { debug: () => {}, info: say, warn: say, error: say, with: () => log };
    return log;
  }

  #transport() {
    const { transport, clock, defects } = this.#ports;
    const plain = createSimulatedTransport({
      ...transport,
      clock,
      openLine: (subject, asked) => {
        for (const line of this.lines) if (!line.isOpen) this.lines.delete(line);
        const line = new WatchLine(subject, clock, asked);
        this.lines.add(line);
        return line;
      },
    });
    const { body } = defects;
    if (body === undefined) return plain;
    return {
      ...plain,
      send: (request: Parameters<typeof plain.send>[0]) =>
        plain.send(typeof request.body === 'string' ? { ...request, body: body(request.path, request.body) } : request),
    };
  }
}

function flagsOf(story: Story): ControllerFlags {
  const hasElection = story.processCount > 1;
  return {
    mode: 'control',
    'assume-sole-controller': true,
    'horizontal-pod-autoscaler-sync-period': `${story.syncPeriodMs}ms`,
    'horizontal-pod-autoscaler-downscale-stabilization': `${story.downscaleWindowMs}ms`,
    'concurrent-horizontal-pod-autoscaler-syncs': '8',
    memory: story.memory,
    'leader-elect': hasElection,
    'leader-elect-lease-duration': '6s',
    'leader-elect-renew-deadline': '4s',
    'leader-elect-retry-period': '1s',
    'leader-elect-resource-namespace': OWN_NAMESPACE,
  };
}

/** A history that only counts: nobody asks a simulated process what it has decided. */
class SyncCounter extends DecisionHistory {
  readonly #onSync: (report: DecisionReport) => void;

  constructor(cluster: string, onSync: (report: DecisionReport) => void) {
    super(cluster, SILENT_LOG);
    this.#onSync = onSync;
  }

  override record(report: DecisionReport): void {
    this.#onSync(report);
  }
}
