import { disarm } from './escape-text.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * For Slack's mrkdwn: disarmed, `&`, `<` and `>` as Slack wants them, so that no `<!channel>`, `<@U…>`, `<#C…>` or `<url|text>`
 * comes about; no `#channel`, which Slack links as well; no emphasis or code.
 */
export function escapeSlack(text: string): string {
  return disarm(text)
    .replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
    .replace(/#(?=[\p{L}\p{N}])/gu, '＃')
    .replace(/[`*~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '＿');
}
