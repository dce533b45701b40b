import { createHash } from 'node:crypto';
import type { Message } from '../../core/explain/message.ts';
import { plainText } from './chat-text.ts';
import { escapeHtml } from './escape-html.ts';
import { escapeText } from './escape-text.ts';
import type { Delivery } from './sink.ts';

/** Who writes to whom, as addresses: `Podtide <podtide@example.com>`. */
export interface MailAddresses {
  readonly from: string;
  readonly to: readonly string[];
}

/** A mail in nodemailer's terms. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references?: string;
  readonly date: Date;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A delivery as a mail, the same for each attempt but for its date: its Message-ID comes of the delivery's id, so that
 * mailboxes can leave out the second, and those of one episode refer to a common ancestor, by which programs put them
 * together though nobody ever sent it.
 */
export function mailOf({ id, message, notices }: Delivery, { from, to }: MailAddresses, nowMs: number): Mail {
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'podtide.invalid';
  const [first] = notices;
  const episodes = new Set(notices.map(({ episode }) => episode?.id));
  const thread =
    episodes.size === 1 && first?.episode !== undefined ? messageId(`episode ${first.episode.id}`, domain) : undefined;
  return {
    from,
    to,
    subject: escapeText(message.title),
    messageId: messageId(`delivery ${id}`, domain),
    ...(thread === undefined ? {} : { inReplyTo: thread, references: thread }),
    date: new Date(nowMs),
    text: `${plainText(message)}\n`,
    html: htmlOf(message),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}

function messageId(what: string, domain: string): string {
  return `<${createHash('sha256').update(what).digest('hex').slice(0, 32)}@${domain}>`;
}

function htmlOf({ language, title, facts, paragraphs, link, tag }: Message): string {
  const rows = facts.map(
    ({ label, value }) => `<tr><th align="left">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  const parts = [
    `<h3>${escapeHtml(title)}</h3>`,
    rows.length === 0 ? '' : `<table>${rows.join('')}</table>`,
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    link === undefined ? '' : `<p><a href="${attribute(link.url)}">${escapeHtml(link.text)}</a></p>`,
    tag === '' ? '' : `<p>${escapeHtml(tag)}</p>`,
  ];
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><body>${parts.join('')}</body></html>`;
}

/** An address of ours, which must work when it is followed. */
function attribute(url: string): string {
  return url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
