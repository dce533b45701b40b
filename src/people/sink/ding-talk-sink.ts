import { createHmac } from 'node:crypto';
import type { Message } from '../../core/explain/message.ts';
import { bytesOf, markdownWithKeyword, plainText, withKeyword } from './chat-text.ts';
import type { VendorCode } from './code-rules.ts';
import { DING_TALK_CODES } from './ding-talk-codes.ts';
import { escapeText } from './escape-text.ts';
import type { ReceiverAnswer } from './exchange.ts';
import { fitMessage } from './fit-message.ts';
import { codeNumber, objectOf, type RobotDialect, type RobotSettings, type Signing } from './robot-sink.ts';
import type { Mention } from './sink.ts';

/** A custom robot of a DingTalk group. */
export interface DingTalkSettings extends RobotSettings {
  /** One of the robot's keywords, where it has any: each message has it. */
  readonly keyword?: string;
  /**
   * `text` is read by every client and matched by keywords of old robots; `markdown` has a title of its own; `actionCard` is
   * markdown with a button for the link, and markdown where there is none or somebody is called.
   */
  readonly format: 'text' | 'markdown' | 'actionCard';
}

const ORIGIN = 'https://oapi.dingtalk.com';
const BODY_BYTES_MAX = 20_000;

/**
 * DingTalk's custom robots. Theirs are 20 messages in a minute, then ten minutes of silence: the quota leaves room for
 * others at the same robot.
 */
export function dingTalkDialect({ keyword, format }: Pick<DingTalkSettings, 'keyword' | 'format'>): RobotDialect {
  return {
    vendor: 'DingTalk',
    origins: [ORIGIN],
    quota: { countMax: 18, periodMs: 60_000, burstCount: 6 },
    codes: DING_TALK_CODES,
    urlOf: (token) => {
      const url = new URL('/robot/send', ORIGIN);
      url.searchParams.set('access_token', token);
      return url;
    },
    credentialOf: (url) => url.searchParams.get('access_token') ?? '',
    compose: (delivery, url, signing) => {
      const bodyOf = (message: Message): string =>
        JSON.stringify(payloadOf(message, delivery.mention, format, keyword));
      const message = fitMessage(delivery.message, (candidate) => bytesOf(bodyOf(candidate)), BODY_BYTES_MAX);
      if (message === undefined) return undefined;
      const signatures = signing === undefined ? [] : [dingTalkSign(signing)];
      return { url: signedUrl(url, signing), body: bodyOf(message), signatures };
    },
    codeOf: dingTalkCode,
  };
}

/**
 * The signature of an attempt: HMAC-SHA256 by the secret, over the instant in milliseconds, a line end and the secret once
 * more; base64, which whoever writes it into a URL encodes once. Source: DingTalk's page on custom robots.
 */
export function dingTalkSign({ secret, atMs }: Signing): string {
  const key = secret.reveal();
  return createHmac('sha256', key).update(`${atMs}\n${key}`).digest('base64');
}

function signedUrl(url: URL, signing: Signing | undefined): URL {
  const signed = new URL(url);
  const token = signed.searchParams.get('access_token') ?? '';
  // Nothing else belongs there, least of all a signature that was copied along with the URL.
  signed.search = '';
  signed.searchParams.set('access_token', token);
  if (signing === undefined) return signed;
  signed.searchParams.set('timestamp', String(signing.atMs));
  signed.searchParams.set('sign', dingTalkSign(signing));
  return signed;
}

function payloadOf(
  message: Message,
  mention: Mention,
  format: DingTalkSettings['format'],
  keyword: string | undefined,
) {
  const calls = [...mention.mobiles, ...mention.userIds].map((who) => `@${who}`);
  const isCalling = calls.length > 0 || mention.isEverybody;
  const at = { atMobiles: mention.mobiles, atUserIds: mention.userIds, isAtAll: mention.isEverybody };
  // Who is called is highlighted only where the text has the same `@`.
  const called = (text: string): string => (calls.length === 0 ? text : `${text}\n\n${calls.join(' ')}`);
  if (format === 'text')
    return { msgtype: 'text', text: { content: called(withKeyword(plainText(message), keyword)) }, at };
  const title = withKeyword(escapeText(message.title), keyword);
  const { link } = message;
  if (format === 'actionCard' && link !== undefined && !isCalling) {
    const text = markdownWithKeyword({ ...message, link: undefined }, keyword);
    return {
      msgtype: 'actionCard',
      actionCard: { title, text, singleTitle: escapeText(link.text), singleURL: link.url },
    };
  }
  return { msgtype: 'markdown', markdown: { title, text: called(markdownWithKeyword(message, keyword)) }, at };
}

/** A gateway in front of the robots answers in a form of its own: `{"status":1111,"wait":5,"punish":"deny"}`. */
function dingTalkCode(answer: ReceiverAnswer): VendorCode | undefined {
  const body = objectOf(answer);
  const code = codeNumber(body?.['errcode']);
  if (code !== undefined) return { code, words: String(body?.['errmsg'] ?? '') };
  if (body?.['punish'] === undefined) return undefined;
  const waitSeconds = Number(body['wait']);
  return {
    code: 130_101,
    words: `punish ${String(body['punish'])}`,
    ...(Number.isFinite(waitSeconds) && waitSeconds > 0 ? { waitMs: waitSeconds * 1_000 } : {}),
  };
}
