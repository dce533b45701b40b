import type { AlertmanagerSettings } from './alertmanager-sink.ts';
import type { DingTalkSettings } from './ding-talk-sink.ts';
import type { SinkEnvironment } from './environment.ts';
import type { FeishuSettings } from './feishu-sink.ts';
import type { RobotDialect } from './robot-sink.ts';
import type { Sink } from './sink.ts';
import type { SlackSettings } from './slack-sink.ts';
import type { SmtpSettings } from './smtp-sink.ts';
import type { WebhookSettings } from './webhook-sink.ts';
import type { WecomSettings } from './wecom-sink.ts';

/** The settings of every kind of sink, by the name that the configuration has for it. */
export interface SettingsByKind {
  readonly dingtalk: DingTalkSettings;
  readonly feishu: FeishuSettings;
  readonly wecom: WecomSettings;
  readonly slack: SlackSettings;
  readonly alertmanager: AlertmanagerSettings;
  readonly webhook: WebhookSettings;
  readonly smtp: SmtpSettings;
}

export type SinkKind = keyof SettingsByKind;

/** Where to send, as the configuration says it: `{kind: 'slack', webhook: {file: '…'}}`. */
export type SinkSettings = { readonly [K in SinkKind]: { readonly kind: K } & SettingsByKind[K] }[SinkKind];

/** Makes a sink of settings; a Failure tells what is wrong with them. */
type Factory<K extends SinkKind> = (
  name: string,
  settings: SettingsByKind[K],
  environment: SinkEnvironment,
) => Promise<Sink>;

/**
 * Every kind there is, each loaded when a configuration has one of it. `docs/how-to/en/add-a-sink.md` says how to add one.
 */
export const SINK_KINDS: { readonly [K in SinkKind]: Factory<K> } = {
  dingtalk: robot(async (settings) => (await import('./ding-talk-sink.ts')).dingTalkDialect(settings)),
  feishu: robot(async (settings) => (await import('./feishu-sink.ts')).feishuDialect(settings)),
  wecom: robot(async (settings) => (await import('./wecom-sink.ts')).wecomDialect(settings)),
  slack: robot(async () => (await import('./slack-sink.ts')).slackDialect()),
  alertmanager: async (...given) => (await import('./alertmanager-sink.ts')).createAlertmanagerSink(...given),
  webhook: async (...given) => (await import('./webhook-sink.ts')).createWebhookSink(...given),
  smtp: async (...given) => (await import('./smtp-sink.ts')).createSmtpSink(...given),
};

/**
 * Makes a sink by its kind. Reads its secrets once, so that what cannot work is refused before anything is to be told: throws
 * a Failure that names the reference or the address and the rule.
 */
export function createSink(name: string, settings: SinkSettings, environment: SinkEnvironment): Promise<Sink> {
  const create = SINK_KINDS[settings.kind] as Factory<SinkKind>;
  return create(name, settings, environment);
}

function robot<K extends 'dingtalk' | 'feishu' | 'wecom' | 'slack'>(
  dialectOf: (settings: SettingsByKind[K]) => Promise<RobotDialect>,
): Factory<K> {
  return async (name, settings, environment) => {
    const [dialect, { createRobotSink }] = await Promise.all([dialectOf(settings), import('./robot-sink.ts')]);
    return createRobotSink(name, dialect, settings, environment);
  };
}
