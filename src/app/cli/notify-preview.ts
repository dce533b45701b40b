import { buildCommand } from '@stricli/core';
import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Notice } from '../../core/episode/notice.ts';
import type { Environment } from '../config/environment.ts';
import type { NotifyPreviewConfig, NotifyPreviewFlag, PreviewSubject, Typed } from '../config/notify-config.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';
import { writeSafely } from './safe-output.ts';

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<NotifyPreviewFlag, string>> = {
  sink: 'a kind of sink such as dingtalk, or the name of one in --config',
  config: 'the file of sinks and routes',
  lang: 'en or zh-CN; the locale decides when absent',
  timezone: 'of times, for example Asia/Shanghai (default UTC)',
  state: 'of an episode: where the notifier remembers, configmaps (default) or file:PATH',
  kubeconfig: 'of an episode: kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  context: 'of an episode: context of the kubeconfig',
  'own-namespace': 'of an episode: where the notifier is (default podtide-system)',
  output: 'text (default): the message and the request; json: the body of the request alone',
};

/** `podtide notify preview`. Sends nothing, and reads no secret. */
export const notifyPreviewCommand = buildCommand<Typed<NotifyPreviewFlag>, [what: string], CliContext>({
  docs: {
    brief: 'Show what a message would look like, without sending it',
    fullDescription:
      'Renders an invented notice of a type, such as scale.up.completed, for a sink; or the newest notice of an episode, by the id that its messages end with, out of what the notifier remembers. Secrets are stand-ins. docs/reference/notices.md says when each type comes.',
  },
  parameters: {
    flags: Object.fromEntries(Object.entries(BRIEFS).map(([flag, brief]) => [flag, flagHelp({}, brief)])) as never,
    aliases: { o: 'output' } as never,
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'type of notice, or id of an episode', parse: String, placeholder: 'what' }],
    },
  },
  func: async function (this: CliContext, flags: Typed<NotifyPreviewFlag>, what: string): Promise<void> {
    const [{ parseNotifyPreview }, { createSystemClock }] = await Promise.all([
      import('../config/notify-config.ts'),
      import('../../platform/time/system-clock.ts'),
    ]);
    const config = parseNotifyPreview(what, flags, this.environment);
    await writeSafely(this.process.stdout, await previewText(config, this.environment, createSystemClock()));
  },
});

/** What `podtide notify preview` writes. Throws Failure for a sink or an episode that there is not. */
export async function previewText(
  config: NotifyPreviewConfig,
  environment: Environment,
  ioClock: IoClock,
): Promise<string> {
  const [{ createRenderer }, { previewRequest }, { messageText }] = await Promise.all([
    import('../../people/notify/notice-rendering.ts'),
    import('../processes/previewed-sink.ts'),
    import('../../core/explain/message-text.ts'),
  ]);
  const { settings, clusterName, ...link } = await previewedSink(config);
  const { subject, sink, language, timeZone, output } = config;
  const isSeedForm = settings.kind === 'dingtalk' && settings.format === 'text';
  const render = createRenderer(() => ({ clusterName, isSeedForm: () => isSeedForm, ...link }));
  const notices = [await noticeOf(subject, clusterName, environment, ioClock)];
  const route = { name: 'preview', language, timeZone };
  const message = render({ notices, route, sink, form: 'full', isDigest: false, isPossibleDuplicate: false });
  const mention = { mobiles: [], userIds: [], isEverybody: false };
  const delivery = { id: 'preview', message, notices, isPossibleDuplicate: false, mention };
  const request = await previewRequest(settings, delivery, ioClock);
  if (request === null) return `${messageText(message)}\n`;
  const body = JSON.stringify(JSON.parse(request.body), null, 2);
  return output === 'json' ? `${body}\n` : `${messageText(message)}\n\n${request.method} ${request.url}\n${body}\n`;
}

async function noticeOf(
  subject: PreviewSubject,
  clusterName: string,
  environment: Environment,
  ioClock: IoClock,
): Promise<Notice> {
  if (subject.kind === 'example') {
    const { exampleNotice } = await import('../../people/notify/example-notices.ts');
    return exampleNotice(subject.type, clusterName, ioClock.wallMs());
  }
  const { episodeNotice } = await import('../processes/episode-notice.ts');
  return episodeNotice(subject, environment, ioClock);
}

async function previewedSink({ sink, config: path }: NotifyPreviewConfig) {
  const [{ plainSettings, withStandIns }, { SINK_KINDS }] = await Promise.all([
    import('../processes/previewed-sink.ts'),
    import('../../people/sink/sink-kinds.ts'),
  ]);
  if (path !== null) {
    const [{ readNotifierConfig, sinkSettingsOf }, { decisionLink }] = await Promise.all([
      import('../processes/notifier-plan.ts'),
      import('../../people/notify/decision-link.ts'),
    ]);
    const { sinks, cluster, decisionUrl } = await readNotifierConfig(path);
    const entry = sinks.get(sink);
    if (entry === undefined) {
      throw new Failure('notFound', `${path}: there is no sink ${sink}; there are ${[...sinks.keys()].join(', ')}`);
    }
    const settings = withStandIns(sinkSettingsOf(entry));
    const link = decisionUrl === null ? {} : { linkOf: decisionLink(decisionUrl, cluster.id) };
    return { settings, clusterName: cluster.displayName, ...link };
  }
  const kinds = Object.keys(SINK_KINDS) as readonly (keyof typeof SINK_KINDS)[];
  const kind = kinds.find((each) => each === sink);
  if (kind === undefined) {
    throw new Failure('notFound', `--sink=${sink}: is no kind of sink; there are ${kinds.join(', ')}`, {
      hint: 'with --config FILE a sink is called by its name there',
    });
  }
  const settings = plainSettings(kind) ?? MAIL;
  return { settings, clusterName: 'kubernetes' };
}

/** Mail has no request, so that nothing of these settings shows. */
const MAIL = {
  kind: 'smtp',
  host: 'mail.example.com',
  tls: 'starttls',
  from: 'a@example.com',
  to: ['b@example.com'],
} as const;
