import { type AlertmanagerSettings, createAlertmanagerSink } from './alertmanager-sink.ts';
import { type DingTalkSettings, dingTalkDialect } from './ding-talk-sink.ts';
import type { SinkEnvironment } from './environment.ts';
import { type FeishuSettings, feishuDialect } from './feishu-sink.ts';
import { createRobotSink } from './robot-sink.ts';
import type { Sink } from './sink.ts';
import { type SlackSettings, slackDialect } from './slack-sink.ts';
import { createSmtpSink, type SmtpSettings } from './smtp-sink.ts';
import { createWebhookSink, type WebhookSettings } from './webhook-sink.ts';
import { type WecomSettings, wecomDialect } from './wecom-sink.ts';

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

/** Every kind there is. `docs/how-to/en/add-a-sink.md` says how to add one. */
export const SINK_KINDS: { readonly [K in SinkKind]: Factory<K> } = {
  dingtalk: (name, settings, environment) => createRobotSink(name, dingTalkDialect(settings), settings, environment),
  feishu: (name, settings, environment) => createRobotSink(name, feishuDialect(settings), settings, environment),
  wecom: (name, settings, environment) => createRobotSink(name, wecomDialect(settings), settings, environment),
  slack: (name, settings, environment) => createRobotSink(name, slackDialect(), settings, environment),
  alertmanager: createAlertmanagerSink,
  webhook: createWebhookSink,
  smtp: createSmtpSink,
};

/**
 * Makes a sink by its kind. Reads its secrets once, so that what cannot work is refused before anything is to be told: throws
 * a Failure that names the reference or the address and the rule.
 */
export function createSink(name: string, settings: SinkSettings, environment: SinkEnvironment): Promise<Sink> {
  const create = SINK_KINDS[settings.kind] as Factory<SinkKind>;
  return create(name, settings, environment);
}
