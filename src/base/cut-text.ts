/**
 * The text, or the first `lengthMax` UTF-16 units of it and `…` where it is longer; a character beyond the basic plane is
 * kept whole or left out.
 */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return `${text.slice(0, lengthMax).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
