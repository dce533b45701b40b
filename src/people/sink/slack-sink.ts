import type { Message } from '../../core/explain/message.ts';
import { messageText } from '../../core/explain/message-text.ts';
import { ruleOf, type VendorCode } from './code-rules.ts';
import { escapeSlack } from './escape-slack.ts';
import { escapeText } from './escape-text.ts';
import type { ReceiverAnswer } from './exchange.ts';
import { fitMessage } from './fit-message.ts';
import { objectOf, type RobotDialect, type RobotSettings } from './robot-sink.ts';
import type { Mention } from './sink.ts';
import { SLACK_CODES } from './slack-codes.ts';

/** An incoming webhook of Slack. Its URL is all of its security. */
export type SlackSettings = Omit<RobotSettings, 'secret'>;

const ORIGIN = 'https://hooks.slack.com';

/** Characters of one section, and of the header. */
const SECTION_LENGTH_MAX = 3_000;
const HEADER_LENGTH_MAX = 150;

/** Slack's incoming webhooks: about one message a second, in short bursts. They answer `ok` and nothing else. */
export function slackDialect(): RobotDialect {
  return {
    vendor: 'Slack',
    origins: [ORIGIN],
    quota: { countMax: 50, periodMs: 60_000, burstCount: 5 },
    codes: SLACK_CODES,
    urlOf: (path) => new URL(`/services/${path}`, ORIGIN),
    credentialOf: ({ pathname }) => pathname.slice(1),
    compose: ({ message, mention }, url) => {
      const fitting = fitMessage(message, (candidate) => textOf(candidate).length, SECTION_LENGTH_MAX);
      return fitting === undefined ? undefined : { url, body: JSON.stringify(payloadOf(fitting, mention)) };
    },
    codeOf: slackCode,
  };
}

function payloadOf(message: Message, mention: Mention) {
  const { link } = message;
  const calls = [
    ...mention.userIds.filter((id) => /^\w+$/.test(id)).map((id) => `<@${id}>`),
    ...(mention.isEverybody ? ['<!channel>'] : []),
  ];
  const body = textOf({ ...message, title: '' }).trim();
  const title = [...escapeText(message.title)].slice(0, HEADER_LENGTH_MAX).join('');
  return {
    // What a notification shows, and clients without blocks.
    text: textOf(message),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title, emoji: false } },
      ...(body === '' ? [] : [sectionOf(body)]),
      ...(calls.length === 0 ? [] : [sectionOf(calls.join(' '))]),
      ...(link === undefined ? [] : [sectionOf(`<${escapeUrl(link.url)}|${escapeSlack(link.text)}>`)]),
    ],
  };
}

/** All but the link, which has a section of its own. */
function textOf(message: Message): string {
  return messageText({ ...message, link: undefined }, escapeSlack);
}

/** Verbatim: Slack looks for no addresses, channels or names of its own accord. */
function sectionOf(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function escapeUrl(url: string): string {
  return url.replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C');
}

/** The status is the code, the word goes with it; undefined where the status alone says all. */
function slackCode(answer: ReceiverAnswer): VendorCode | undefined {
  const text = answer.text?.trim() ?? '';
  if (answer.status === 200 && text === 'ok') return { code: 0, words: text };
  const code: VendorCode = { code: answer.status, words: wordOf(answer, text) };
  return ruleOf(SLACK_CODES, code) === undefined ? undefined : code;
}

function wordOf(answer: ReceiverAnswer, text: string): string {
  const error = objectOf(answer)?.['error'];
  return typeof error === 'string' ? error : text;
}
