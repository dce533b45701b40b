/**
 * The markdown that DingTalk's robots know, as data: headings, quotes, lists, bold, italic, links. Whatever else it says is
 * text, and no address is a link but one of http or https.
 */
export interface MarkdownBlock {
  readonly kind: 'heading' | 'quote' | 'ordered' | 'unordered' | 'paragraph';
  /** Lines as they are shown, or the items of a list. */
  readonly lines: readonly (readonly MarkdownSpan[])[];
}

export interface MarkdownSpan {
  readonly kind: 'text' | 'strong' | 'emphasis' | 'link';
  readonly text: string;
  /** Of a link; empty otherwise. */
  readonly url: string;
}

const MARKERS: readonly (readonly [MarkdownBlock['kind'], RegExp])[] = [
  ['heading', /^#{1,6}\s+/],
  ['quote', /^>\s?/],
  ['unordered', /^[-*+]\s+/],
  ['ordered', /^\d{1,9}[.)]\s+/],
  ['paragraph', /^/],
];

/** Labels without brackets and addresses without spaces: nothing in it is looked at twice. */
const SPANS = /!?\[([^[\]]*)\]\((https?:\/\/[^\s()]+)\)|\*\*([^*\n]+)\*\*|\*([^*\n]+)\*/g;

/** Reads a message's text. Never throws: what cannot be read is a paragraph. */
export function parseMarkdown(text: string): readonly MarkdownBlock[] {
  return text.split(/\n[ \t]*\n/).flatMap(blocksOf);
}

/** Lines of one kind belong together, but each heading stands alone. */
function blocksOf(part: string): readonly MarkdownBlock[] {
  const blocks: { kind: MarkdownBlock['kind']; texts: string[] }[] = [];
  let isEnded = true;
  for (const line of part.split('\n')) {
    const trimmed = line.trim();
    const [kind, marker] = MARKERS.find(([, sign]) => sign.test(trimmed)) ?? ['paragraph', /^/];
    const text = trimmed.replace(marker, '');
    if (text === '') continue;
    const last = blocks.at(-1);
    if (last === undefined || last.kind !== kind || kind === 'heading') blocks.push({ kind, texts: [text] });
    else if (isEnded || kind.endsWith('ordered')) last.texts.push(text);
    else last.texts.push(`${last.texts.pop()} ${text}`);
    // Two spaces end a line; without them the next one goes on with it.
    isEnded = line.endsWith('  ');
  }
  return blocks.map(({ kind, texts }) => ({ kind, lines: texts.map(spansOf) }));
}

function spansOf(text: string): readonly MarkdownSpan[] {
  const spans: MarkdownSpan[] = [];
  let end = 0;
  for (const match of text.matchAll(SPANS)) {
    if (match.index > end) spans.push(words(text.slice(end, match.index)));
    end = match.index + match[0].length;
    spans.push(marked(match));
  }
  if (end < text.length) spans.push(words(text.slice(end)));
  return spans;
}

function words(text: string): MarkdownSpan {
  return { kind: 'text', text, url: '' };
}

/** An image is shown as the link to it: the page loads nothing from elsewhere. */
function marked([, label = '', url = '', strong = '', emphasis = '']: readonly (string | undefined)[]): MarkdownSpan {
  if (url !== '') return { kind: 'link', text: label || url, url };
  return strong === '' ? { kind: 'emphasis', text: emphasis, url } : { kind: 'strong', text: strong, url };
}
