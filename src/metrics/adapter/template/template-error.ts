/**
 * What a template can do wrong, and the only thing that reading and rendering one throw. The message is Go's own text
 * where Go has one, so that what operators know from upstream's log is found again.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  /** `syntax` when it is read, `execution` when it is rendered, `limit` when it goes beyond a bound of ours. */
  readonly kind: 'syntax' | 'execution' | 'limit';
  /** Where in the template's text, counted from 0. */
  readonly offset: number;
  /** The message without the words that say where: `function "rate" not defined`. */
  readonly reason: string;

  constructor(kind: TemplateError['kind'], message: string, options: { offset: number; reason: string }) {
    super(message);
    this.kind = kind;
    this.offset = options.offset;
    this.reason = options.reason;
  }
}
