import { createHmac } from 'node:crypto';
import type { Severity } from '../../core/episode/notice.ts';
import type { Message } from '../../core/explain/message.ts';
import { bytesOf, plainText, withKeyword } from './chat-text.ts';
import type { VendorCode } from './code-rules.ts';
import { escapeText } from './escape-text.ts';
import { type ReceiverAnswer, retryAfterOf } from './exchange.ts';
import { FEISHU_CODES } from './feishu-codes.ts';
import { fitMessage } from './fit-message.ts';
import { codeNumber, objectOf, type RobotDialect, type RobotSettings, type Signing } from './robot-sink.ts';
import type { Mention } from './sink.ts';

/** A custom bot of a Feishu or Lark group. */
export interface FeishuSettings extends RobotSettings {
  /** One of the bot's keywords, where it has any. */
  readonly keyword?: string;
  readonly format: 'text' | 'card';
}

const FEISHU = 'https://open.feishu.cn';
const LARK = 'https://open.larksuite.com';

/** With the signature and what a proxy may add, within the vendor's 20 KB. */
const BODY_BYTES_MAX = 20_000;

/** Feishu's and Lark's custom bots: 100 messages in a minute and five in a second. */
export function feishuDialect({ keyword, format }: Pick<FeishuSettings, 'keyword' | 'format'>): RobotDialect {
  return {
    vendor: 'Feishu',
    origins: [FEISHU, LARK],
    // A burst lasts five seconds, and no second of it may have more than five.
    quota: { countMax: 90, periodMs: 60_000, burstCount: 5 },
    codes: FEISHU_CODES,
    urlOf: (id) => new URL(`/open-apis/bot/v2/hook/${encodeURIComponent(id)}`, FEISHU),
    credentialOf: ({ pathname }) => /\/hook\/([^/]+)$/.exec(pathname)?.[1] ?? '',
    compose: (delivery, url, signing) => {
      const signatures = signing === undefined ? [] : [feishuSign(signing)];
      const signature = signing === undefined ? {} : { timestamp: secondsOf(signing), sign: signatures[0] };
      const bodyOf = (message: Message): string =>
        JSON.stringify({ ...signature, ...payloadOf(message, delivery.mention, format, keyword) });
      const message = fitMessage(delivery.message, (candidate) => bytesOf(bodyOf(candidate)), BODY_BYTES_MAX);
      return message === undefined ? undefined : { url, body: bodyOf(message), signatures };
    },
    codeOf: feishuCode,
  };
}

/**
 * The signature of an attempt, the reverse of DingTalk's: the *key* is the instant in seconds, a line end and the secret,
 * and what is signed is nothing. Source: Feishu's guide on custom bots.
 */
export function feishuSign(signing: Signing): string {
  return createHmac('sha256', `${secondsOf(signing)}\n${signing.secret.reveal()}`).digest('base64');
}

function secondsOf({ atMs }: Signing): string {
  return String(Math.floor(atMs / 1_000));
}

const COLORS: Readonly<Record<Severity, string>> = { info: 'blue', warning: 'orange', critical: 'red' };

function payloadOf(message: Message, mention: Mention, format: FeishuSettings['format'], keyword: string | undefined) {
  if (format === 'text') {
    const calls = mention.userIds.filter(isUserId).map((id) => `<at user_id="${id}"></at>`);
    if (mention.isEverybody) calls.push('<at user_id="all"></at>');
    const text = [withKeyword(plainText(message), keyword), ...(calls.length === 0 ? [] : [calls.join(' ')])].join(
      '\n\n',
    );
    return { msg_type: 'text', content: { text } };
  }
  const calls = [...mention.userIds.filter(isUserId), ...(mention.isEverybody ? ['all'] : [])].map(
    (id) => `<at id=${id}></at>`,
  );
  const { link } = message;
  const body = plainText({ ...message, title: '', link: undefined }).trim();
  const elements = [
    ...(body === '' ? [] : [{ tag: 'div', text: { tag: 'plain_text', content: body } }]),
    ...(calls.length === 0 ? [] : [{ tag: 'div', text: { tag: 'lark_md', content: calls.join(' ') } }]),
    ...(link === undefined ? [] : [{ tag: 'action', actions: [buttonOf(link)] }]),
  ];
  const title = { tag: 'plain_text', content: withKeyword(escapeText(message.title), keyword) };
  return {
    msg_type: 'interactive',
    card: { config: { wide_screen_mode: true }, header: { title, template: COLORS[message.severity] }, elements },
  };
}

function buttonOf(link: { readonly text: string; readonly url: string }) {
  return { tag: 'button', type: 'default', text: { tag: 'plain_text', content: escapeText(link.text) }, url: link.url };
}

/** What may stand within a tag. */
function isUserId(text: string): boolean {
  return /^[\w.-]+$/.test(text);
}

/** Today's answers say `code` and `msg`, older ones `StatusCode` and `StatusMessage`. */
function feishuCode(answer: ReceiverAnswer): VendorCode | undefined {
  const body = objectOf(answer);
  const code = codeNumber(body?.['code']) ?? codeNumber(body?.['StatusCode']);
  if (code === undefined) return undefined;
  const reset = answer.headers['x-ogw-ratelimit-reset'];
  const waitMs = retryAfterOf(reset === undefined ? answer.headers : { 'retry-after': reset });
  return {
    code,
    words: String(body?.['msg'] ?? body?.['StatusMessage'] ?? ''),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}
