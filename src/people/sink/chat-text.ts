import type { Message } from '../../core/explain/message.ts';
import { messageText } from '../../core/explain/message-text.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { escapeText } from './escape-text.ts';

/** A message as plain text of a chat. */
export function plainText(message: Message): string {
  return messageText(message, escapeText);
}

/**
 * A message as markdown that DingTalk, WeCom and Feishu all know: a heading, quoted lines, a link. Each line begins with a
 * sign of ours, so that no word of a cluster does. `heading` stands before the title as it is.
 */
export function markdownText(message: Message, heading = ''): string {
  const { title, facts, paragraphs, tag, colon } = message;
  const lines = facts.map(({ label, value }) => `> ${escapeMarkdown(label)}${colon}${escapeMarkdown(value)}`);
  const parts = [
    `#### ${heading}${escapeMarkdown(title)}`,
    // Two spaces end a line in DingTalk's markdown; a single line end does in WeCom's.
    lines.join('  \n'),
    ...paragraphs.map((paragraph) => `> ${escapeMarkdown(paragraph)}`),
    [linkMarkdown(message), tag === '' ? '' : escapeMarkdown(tag)].filter((part) => part !== '').join(' '),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** `text` with the keyword in front, unless it has it already: robots with keywords refuse what has none. */
export function withKeyword(text: string, keyword: string | undefined): string {
  return keyword === undefined || text.includes(keyword) ? text : `${keyword} ${text}`;
}

/** Markdown with the keyword in its heading, unless it has it already. */
export function markdownWithKeyword(message: Message, keyword: string | undefined): string {
  const text = markdownText(message);
  return keyword === undefined || text.includes(keyword) ? text : markdownText(message, `${keyword} `);
}

/** Bytes of UTF-8, in which these vendors count. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

function linkMarkdown({ link }: Message): string {
  if (link === undefined) return '';
  return `[${escapeMarkdown(link.text)}](${link.url.replaceAll('(', '%28').replaceAll(')', '%29')})`;
}
