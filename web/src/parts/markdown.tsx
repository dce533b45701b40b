import { type MarkdownBlock, type MarkdownSpan, parseMarkdown } from '../markdown.ts';
import { isOfPage } from '../route.ts';

/** Text of a message as DingTalk shows it; links that lead to this page stay on it. */
export function Markdown({ text }: { text: string }) {
  return <>{parseMarkdown(text).map(block)}</>;
}

function block({ kind, lines }: MarkdownBlock) {
  switch (kind) {
    case 'heading':
      return <h3>{lines.map(line)}</h3>;
    case 'quote':
      return <blockquote>{lines.map(line)}</blockquote>;
    case 'ordered':
      return <ol>{lines.map(item)}</ol>;
    case 'unordered':
      return <ul>{lines.map(item)}</ul>;
    case 'paragraph':
      return <p>{lines.map(line)}</p>;
  }
}

function line(spans: readonly MarkdownSpan[]) {
  return <span class="line">{spans.map(span)}</span>;
}

function item(spans: readonly MarkdownSpan[]) {
  return <li>{spans.map(span)}</li>;
}

function span({ kind, text, url }: MarkdownSpan) {
  switch (kind) {
    case 'text':
      return text;
    case 'strong':
      return <strong>{text}</strong>;
    case 'emphasis':
      return <em>{text}</em>;
    case 'link':
      return isOfPage(url, location.href) ? (
        <a href={url} onClick={showProof}>
          {text}
        </a>
      ) : (
        <a href={url} target="_blank" rel="noreferrer">
          {text}
        </a>
      );
  }
}

/** The proof stands elsewhere on the page: whoever follows the link is led there. */
function showProof(): void {
  requestAnimationFrame(() => document.getElementById('why')?.focus());
}
