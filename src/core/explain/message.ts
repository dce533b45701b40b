import type { Severity } from '../episode/notice.ts';
import type { Language } from './language.ts';

/**
 * What a reader is shown, before a sink gives it its form. All of it is plain text in which a cluster's own words may
 * stand, so a sink escapes every part of it but the link's address, which is ours.
 */
export interface Message {
  /** That of its words; of two the first. What a sink adds of its own goes by it. */
  readonly language: Language;
  readonly severity: Severity;
  /** One line: what happened to what, `[扩容完成] prod/nginx 1→5`. */
  readonly title: string;
  /** In the order of their weight: the last are left out first where there is no room. */
  readonly facts: readonly MessageFact[];
  /** Sentences below the facts, each a paragraph. */
  readonly paragraphs: readonly string[];
  /** To the decision behind it; undefined when nobody serves one. */
  readonly link: { readonly text: string; readonly url: string } | undefined;
  /** A short name of the episode, `#a1b2c3`, the same in all messages of it; empty where there are several. */
  readonly tag: string;
  /** What stands between a label and its value: `：` or `: `. */
  readonly colon: string;
}

/** A labelled value of a message: `目标副本` and `5`. */
export interface MessageFact {
  readonly label: string;
  readonly value: string;
}
