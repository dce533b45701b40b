import { disarm } from './escape-text.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For the HTML part of a mail, in text and in quoted attributes: disarmed, since mail programs link bare addresses too. */
export function escapeHtml(text: string): string {
  return disarm(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
