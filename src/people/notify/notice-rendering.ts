import type { Notice } from '../../core/episode/notice.ts';
import { explainNotices, type NoticeReader } from '../../core/explain/explain-notices.ts';
import type { Message } from '../../core/explain/message.ts';
import type { Renderer, RenderRequest } from './delivery/delivery-port.ts';
import type { MessageForm } from './delivery/outbox-row.ts';
import { zonedInstantFormat } from './zoned-instant.ts';

/** What a rendering goes by, beside the route. */
export interface RenderingChoice {
  /** How readers know the cluster. */
  readonly clusterName: string;
  /** Whether a sink shows the fields and words that robots' keywords have long been matched with. */
  readonly isSeedForm: (sink: string) => boolean;
  /** The address of the decision behind a notice; messages have no link when absent. */
  readonly linkOf?: NoticeReader['linkOf'];
}

/** Facts that a short message keeps: the cluster, the workload, and what happened to it. */
const BRIEF_FACTS_COUNT = 4;

const LANGUAGES: Readonly<Record<RenderRequest['route']['language'], NoticeReader['languages']>> = {
  en: ['en'],
  'zh-CN': ['zh-CN'],
  both: ['zh-CN', 'en'],
};

/** Makes messages in the language and zone of the route, at the moment at which they go out. */
export function createRenderer(choice: () => RenderingChoice): Renderer {
  // A format is expensive to make, and there are as many as zones in a configuration.
  const formats = new Map<string, (atMs: number) => string>();
  const formatOf = (timeZone: string): ((atMs: number) => string) => {
    const format = formats.get(timeZone) ?? zonedInstantFormat(timeZone);
    formats.set(timeZone, format);
    return format;
  };
  return ({ notices, route, sink, form }) => {
    const { clusterName, isSeedForm, linkOf = () => undefined } = choice();
    const called = notices.map((notice): Notice => ({ ...notice, cluster: clusterName }));
    const reader: NoticeReader = {
      languages: LANGUAGES[route.language],
      formatInstant: formatOf(route.timeZone),
      linkOf,
      style: isSeedForm(sink) && route.language === 'zh-CN' ? 'seed' : 'facts',
    };
    return formed(explainNotices(called, reader), form);
  };
}

/** What was too large, or refused for what it says, is tried with less. */
function formed(message: Message, form: MessageForm): Message {
  if (form === 'full') return message;
  const brief = { ...message, facts: message.facts.slice(0, BRIEF_FACTS_COUNT), paragraphs: [] };
  return form === 'brief' ? brief : { ...brief, link: undefined };
}
