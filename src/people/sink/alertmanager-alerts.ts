import type { Notice, NoticeType, Severity } from '../../core/episode/notice.ts';
import type { Message } from '../../core/explain/message.ts';
import { escapeText } from './escape-text.ts';

/** An alert as Alertmanager's API takes it. Its labels are its identity: nothing that changes is among them. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** Which alerts a notice begins, ends or is. */
interface AlertRule {
  /** A state that lasts until another notice ends it. */
  readonly begins?: AlertName;
  readonly ends?: readonly AlertName[];
  /** Something that is over when it is told. */
  readonly event?: AlertName;
}

const SEVERITIES = {
  ScaleUpStarted: 'info',
  ScaleUpCompleted: 'info',
  ScaleDownStarted: 'info',
  ScaleDownCompleted: 'info',
  ScaleSuperseded: 'info',
  ScaleReverted: 'warning',
  ScaleStuck: 'critical',
  ScaleAborted: 'warning',
  ScaledToZero: 'warning',
  ScaledFromZero: 'info',
  ScaledManually: 'info',
  AtMaximum: 'critical',
  TargetUnreachable: 'critical',
  MetricsLost: 'critical',
  MetricsPartial: 'warning',
  MetricsProviderDown: 'critical',
  Flapping: 'warning',
  WatcherGap: 'warning',
  SinkDown: 'critical',
  Heartbeat: 'info',
} as const satisfies Readonly<Record<string, Severity>>;

type AlertName = keyof typeof SEVERITIES;

const STUCK = ['ScaleStuck'] as const;

/** A stuck episode ends with whatever ends the episode. */
const RULES: Readonly<Record<NoticeType, AlertRule>> = {
  'scale.up.started': { event: 'ScaleUpStarted' },
  'scale.up.completed': { event: 'ScaleUpCompleted', ends: STUCK },
  'scale.down.started': { event: 'ScaleDownStarted' },
  'scale.down.completed': { event: 'ScaleDownCompleted', ends: STUCK },
  'scale.superseded': { event: 'ScaleSuperseded', ends: STUCK },
  'scale.reverted': { event: 'ScaleReverted', ends: STUCK },
  'scale.stuck': { begins: 'ScaleStuck' },
  'scale.aborted': { event: 'ScaleAborted', ends: STUCK },
  'scale.to_zero': { event: 'ScaledToZero' },
  'scale.from_zero': { event: 'ScaledFromZero' },
  'scale.manual': { event: 'ScaledManually' },
  'limit.max.entered': { begins: 'AtMaximum' },
  'limit.max.cleared': { ends: ['AtMaximum'] },
  'target.unreachable': { begins: 'TargetUnreachable' },
  'target.reachable': { ends: ['TargetUnreachable'] },
  'metrics.lost': { begins: 'MetricsLost' },
  'metrics.partial': { begins: 'MetricsPartial' },
  'metrics.recovered': { ends: ['MetricsLost', 'MetricsPartial'] },
  'metrics.provider_down': { begins: 'MetricsProviderDown' },
  'metrics.provider_recovered': { ends: ['MetricsProviderDown'] },
  'flapping.started': { begins: 'Flapping' },
  'flapping.digest': { begins: 'Flapping' },
  'flapping.ended': { ends: ['Flapping'] },
  'watcher.gap': { event: 'WatcherGap' },
  'watcher.sink_down': { begins: 'SinkDown' },
  'watcher.sink_recovered': { ends: ['SinkDown'] },
  'watcher.heartbeat': { event: 'Heartbeat' },
};

/** How long a state lasts of whose end nobody tells, and how long an event is shown. */
const STATE_MS = 24 * 3_600_000;
const EVENT_MS = 300_000;

/**
 * The alerts of a notice. The same notice makes the same alerts however often it is sent, and a notice that ends a state has
 * the labels of the one that began it.
 */
export function alertsOf(notice: Notice, message: Message, nowMs: number): readonly Alert[] {
  const { begins, ends = [], event } = RULES[notice.type];
  const alertOf = (name: AlertName, endsAtMs: number): Alert => ({
    labels: labelsOf(name, notice),
    annotations: annotationsOf(message),
    startsAt: new Date(Math.min(notice.atMs, endsAtMs)).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    ...(message.link === undefined ? {} : { generatorURL: message.link.url }),
  });
  return [
    ...(begins === undefined ? [] : [alertOf(begins, nowMs + STATE_MS)]),
    ...(event === undefined ? [] : [alertOf(event, nowMs + EVENT_MS)]),
    ...ends.map((name) => alertOf(name, notice.atMs)),
  ];
}

function labelsOf(name: AlertName, { cluster, subject }: Notice): Readonly<Record<string, string>> {
  const labels = {
    alertname: `Podtide${name}`,
    severity: SEVERITIES[name],
    cluster,
    namespace: subject?.namespace ?? '',
    horizontalpodautoscaler: subject?.hpaName ?? '',
  };
  // An empty label is none, to Alertmanager.
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function annotationsOf({ title, facts, paragraphs, tag, colon }: Message): Readonly<Record<string, string>> {
  const lines = [
    ...facts.map(({ label, value }) => `${escapeText(label)}${colon}${escapeText(value)}`),
    ...paragraphs.map(escapeText),
  ];
  return {
    summary: escapeText(title),
    ...(lines.length === 0 ? {} : { description: lines.join('\n') }),
    ...(tag === '' ? {} : { episode: escapeText(tag) }),
  };
}
