import type { Notice } from '../../core/episode/notice.ts';
import type { DeliveryListener } from '../../people/notify/delivery/delivery-port.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { NotifierStanding } from './notifier-process.ts';

/** Who counts what a notifier does. */
export interface NotifierTelemetry {
  readonly noticed: (notice: Notice) => void;
  readonly delivered: DeliveryListener;
}

/** A notifier's own metrics. Sinks are called by their names in the configuration, never by their addresses. */
export function createNotifierTelemetry(telemetry: Telemetry, standing: () => NotifierStanding): NotifierTelemetry {
  const notices = telemetry.counter({
    name: 'podtide_notifier_notices_total',
    help: 'What was found to be told, by its type.',
    labels: ['type'],
  });
  const deliveries = telemetry.counter({
    name: 'podtide_notifier_deliveries_total',
    help: 'What became of messages and notices, by sink and outcome; the sink is empty where none was concerned.',
    labels: ['sink', 'outcome'],
  });
  showStanding(telemetry, standing);
  showSinks(telemetry, standing);
  return {
    noticed: ({ type }) => notices.add({ type }),
    delivered: (sink, outcome, count) => deliveries.add({ sink, outcome }, count),
  };
}

function showStanding(telemetry: Telemetry, standing: () => NotifierStanding): void {
  const gauge = (name: string, help: string) => telemetry.gauge({ name: `podtide_notifier_${name}`, help });
  const isTelling = gauge('telling', '1 while this process tells people, 0 while it stands by.');
  const hpas = gauge('hpas', 'HPAs that are watched.');
  const age = gauge('watch_age_seconds', 'Since the last sign of life of the watch that has been silent for longest.');
  const isInSight = gauge('in_sight', '1 while the watches are up to date, 0 while what happens is not known.');
  const pods = gauge('pod_watches', 'Workloads whose pods are watched, because they scale.');
  const unstored = gauge('unstored_changes', 'Changes that wait to be stored.');
  telemetry.beforeExposition(() => {
    const now = standing();
    isTelling.set(now.isTelling ? 1 : 0);
    hpas.set(now.hpaCount);
    age.set(now.ageMs / 1000);
    isInSight.set(now.isInSight ? 1 : 0);
    pods.set(now.podWatchCount);
    unstored.set(now.unstoredCount);
  });
}

function showSinks(telemetry: Telemetry, standing: () => NotifierStanding): void {
  const gauge = (name: string, help: string) =>
    telemetry.gauge({ name: `podtide_notifier_${name}`, help, labels: ['sink'] });
  const open = gauge('queue_notices', 'Notices that wait for a sink.');
  const oldest = gauge('queue_oldest_age_seconds', 'Age of the notice that has waited for a sink for longest.');
  const isDown = gauge('sink_down', '1 while a sink takes no messages.');
  const ban = gauge('sink_ban_seconds', 'How long the credential of a sink is still to rest.');
  const free = gauge('sink_quota_free', 'Messages that the quota of a sink has left now.');
  const gauges = [open, oldest, isDown, ban, free];
  let known: readonly string[] = [];
  telemetry.beforeExposition(() => {
    const { sinks } = standing();
    for (const sink of known) for (const each of gauges) each.remove({ sink });
    known = sinks.map(({ sink }) => sink);
    for (const { sink, openCount, oldestAgeMs, banMs, freeCount, ...status } of sinks) {
      open.set(openCount, { sink });
      oldest.set(oldestAgeMs / 1000, { sink });
      isDown.set(status.isDown ? 1 : 0, { sink });
      ban.set(banMs / 1000, { sink });
      free.set(freeCount, { sink });
    }
  });
}
