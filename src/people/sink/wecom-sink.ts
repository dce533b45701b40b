import type { Message } from '../../core/explain/message.ts';
import { bytesOf, markdownText, plainText } from './chat-text.ts';
import type { VendorCode } from './code-rules.ts';
import type { ReceiverAnswer } from './exchange.ts';
import { fitMessage } from './fit-message.ts';
import { codeNumber, objectOf, type RobotDialect, type RobotSettings } from './robot-sink.ts';
import type { Delivery, Mention } from './sink.ts';
import { WECOM_CODES } from './wecom-codes.ts';

/** A robot of a WeCom group. Its URL is all of its security. */
export interface WecomSettings extends Omit<RobotSettings, 'secret'> {
  /** Markdown calls members by their ids alone: messages that call by mobile, or everybody, are text. */
  readonly format: 'text' | 'markdown';
}

const ORIGIN = 'https://qyapi.weixin.qq.com';
const TEXT_BYTES_MAX = 2_048;
const MARKDOWN_BYTES_MAX = 4_096;

/** WeCom's group robots: 20 messages in a minute, and room for little more than a thousand characters. */
export function wecomDialect({ format }: Pick<WecomSettings, 'format'>): RobotDialect {
  return {
    vendor: 'WeCom',
    origins: [ORIGIN],
    quota: { countMax: 18, periodMs: 60_000, burstCount: 6 },
    codes: WECOM_CODES,
    urlOf: (key) => {
      const url = new URL('/cgi-bin/webhook/send', ORIGIN);
      url.searchParams.set('key', key);
      return url;
    },
    credentialOf: (url) => url.searchParams.get('key') ?? '',
    compose: (delivery, url) => {
      const body = bodyOf(delivery, format);
      return body === undefined ? undefined : { url, body: JSON.stringify(body) };
    },
    codeOf: wecomCode,
  };
}

function bodyOf({ message, mention }: Delivery, format: WecomSettings['format']) {
  if (format === 'text' || mention.mobiles.length > 0 || mention.isEverybody) {
    const fitting = fitMessage(message, (candidate) => bytesOf(plainText(candidate)), TEXT_BYTES_MAX);
    if (fitting === undefined) return undefined;
    const everybody = mention.isEverybody ? ['@all'] : [];
    return {
      msgtype: 'text',
      text: {
        content: plainText(fitting),
        mentioned_list: [...mention.userIds, ...everybody],
        mentioned_mobile_list: mention.mobiles,
      },
    };
  }
  const contentOf = (candidate: Message): string => called(markdownText(candidate), mention);
  const fitting = fitMessage(message, (candidate) => bytesOf(contentOf(candidate)), MARKDOWN_BYTES_MAX);
  return fitting === undefined ? undefined : { msgtype: 'markdown', markdown: { content: contentOf(fitting) } };
}

function called(text: string, { userIds }: Mention): string {
  const calls = userIds.filter((id) => /^[\w.@-]+$/.test(id)).map((id) => `<@${id}>`);
  return calls.length === 0 ? text : `${text}\n\n${calls.join(' ')}`;
}

function wecomCode(answer: ReceiverAnswer): VendorCode | undefined {
  const body = objectOf(answer);
  const code = codeNumber(body?.['errcode']);
  return code === undefined ? undefined : { code, words: String(body?.['errmsg'] ?? '') };
}
