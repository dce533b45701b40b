import { ADAPTER_TEMPLATE_LENGTH_MAX } from '../../../base/limits.ts';
import { execute, type ParsedTemplate } from './execution.ts';
import { FUNCTIONS } from './functions.ts';
import type { GoValue } from './go-value.ts';
import { parseTrees } from './parser.ts';
import { TemplateError } from './template-error.ts';

/** A template of a rule, ready to be rendered as often as one likes. */
export interface Template {
  readonly text: string;
  /** Throws TemplateError, and nothing else. */
  render(data: GoValue): string;
}

/**
 * Reads a template in the language of Go's `text/template` between `<<` and `>>`, with every built-in function, as of
 * Go 1.26; complex numbers alone are refused. Throws TemplateError, and nothing else.
 *
 * @param name what messages call it; upstream says `metrics-query` and `resource-label`
 */
export function parseTemplate(name: string, text: string): Template {
  if (text.length > ADAPTER_TEMPLATE_LENGTH_MAX) {
    const reason = `longer than ${ADAPTER_TEMPLATE_LENGTH_MAX} characters`;
    throw new TemplateError('limit', `template: ${name}: ${reason}`, { offset: 0, reason });
  }
  const trees = parseTrees(text, { name, isFunction: (word) => FUNCTIONS.has(word) });
  const parsed: ParsedTemplate = { name, text, trees };
  return { text, render: (data) => execute(parsed, data) };
}
