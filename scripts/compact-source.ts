/**
 * The same program in fewer bytes of memory. V8 keeps a file's text for as long as the process lives: in one byte for each
 * character, or in two as soon as a single one is not of Latin-1. Such characters are written as escapes where that is less.
 * All of them are in strings, templates and regular expressions, which read the escape as the character; a raw template does
 * not, and is refused.
 */
export function compactSource(code: string, file: string): string {
  if (/String\.raw`[^`]*[^\0-\xff]/.test(code))
    throw new Error(`${file}: a raw template has a character that is not of Latin-1`);
  // A backslash before such a character stands for nothing.
  const escaped = code.replaceAll(/(?<!\\)((?:\\\\)*)\\?([^\0-\xff])/g, (_all, slashes: string, character: string) => {
    return `${slashes}\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return escaped.length < 2 * code.length ? escaped : code;
}
