const BREAK = '\u200B';

/** Line ends, tabs and every other control character, however many in a row. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** Characters without a shape: direction marks, joiners, tags. A receiver that drops them would join what stood apart. */
const SHAPELESS = /\p{Cf}/gu;

/** What clients take for the beginning of an address. */
const SCHEME = /(?<=[:：])(?=\/\/|\\\\)/gu;
const SCHEME_WITHOUT_SLASHES = /(?<=(?:mailto|tel|sms):)(?=\S)/gi;

/** A dot within a name: `example.com`, `www.example`, but no `1.65` and no end of a sentence. */
const DOT_OF_NAME = /(?<=[\p{L}\p{N}_-][.．｡])(?=\p{L})/gu;

/**
 * Words of a cluster (names, messages of conditions, selectors) as a chat may show them: one line, nothing invisible,
 * and nothing that calls a person or becomes a link, whatever the client makes of plain text. `@` becomes `＠`, and
 * addresses get a zero-width space where a client would recognise them, so that they read as before; a name with a dot
 * has to be copied from elsewhere. Applied twice it changes nothing more. The dialects begin with it.
 */
export function disarm(text: string): string {
  return text
    .toWellFormed()
    .replace(CONTROLS, ' ')
    .replace(SHAPELESS, '')
    .replace(/[@﹫]/g, '＠')
    .replace(SCHEME, BREAK)
    .replace(SCHEME_WITHOUT_SLASHES, BREAK)
    .replace(DOT_OF_NAME, BREAK);
}

/**
 * For plain text of DingTalk, Feishu and WeCom, annotations and mail: disarmed, and without tags, since Feishu takes
 * `<at user_id="all">` and WeCom `<@userid>` in plain text too.
 */
export function escapeText(text: string): string {
  return withoutTags(disarm(text));
}

/** `<` becomes `＜` where it would begin a tag; `1 < 2` stays as it is. */
export function withoutTags(text: string): string {
  return text.replace(/<(?=\S)/g, '＜');
}
