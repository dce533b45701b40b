import { labelValueProblems, qualifiedNameProblems } from './object-names.ts';
import { badRequest } from './status.ts';

/** Whether a set of labels is selected. */
export type LabelQuery = (labels: Readonly<Record<string, string>> | undefined) => boolean;

type Operator = '=' | '==' | '!=' | 'in' | 'notin' | '>' | '<' | 'exists' | '!';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

interface Token {
  readonly kind: 'word' | 'symbol' | 'end';
  readonly text: string;
}

/**
 * Reads the text form of a label selector (`app=web,tier in (a,b),!legacy`), with upstream's grammar and error texts.
 * An empty text selects everything. Throws a 400 Status.
 */
export function parseLabelQuery(text: string): LabelQuery {
  const requirements = new Parser(text).requirements();
  return (labels) => requirements.every((requirement) => meets(requirement, labels ?? {}));
}

function meets({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '>':
      return value !== undefined && Number(value) > Number(values[0]);
    case '<':
      return value !== undefined && Number(value) < Number(values[0]);
  }
}

const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/y;
const BINARY_OPERATORS: readonly string[] = ['=', '==', '!=', '>', '<', 'in', 'notin'];

class Parser {
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    for (;;) {
      const match = TOKEN.exec(text);
      if (match === null) break;
      const part = match[1] ?? '';
      this.#tokens.push({ kind: /^[=!<>(),]/.test(part) ? 'symbol' : 'word', text: part });
    }
  }

  requirements(): readonly Requirement[] {
    const found: Requirement[] = [];
    if (this.#peek().kind === 'end') return found;
    for (;;) {
      const next = this.#peek();
      if (next.kind === 'symbol' && next.text !== '!') {
        throw badRequest(
          `unable to parse requirement: found '${next.text}', expected: !, identifier, or 'end of string'`,
        );
      }
      if (next.kind === 'end')
        throw badRequest("unable to parse requirement: found '', expected: identifier after ','");
      found.push(this.#requirement());
      const separator = this.#next();
      if (separator.kind === 'end') return found;
      if (separator.text !== ',') {
        throw badRequest(`unable to parse requirement: found '${separator.text}', expected: ',' or 'end of string'`);
      }
    }
  }

  #requirement(): Requirement {
    const isNegated = this.#peek().text === '!';
    if (isNegated) this.#next();
    const key = this.#key();
    if (isNegated) return { key, operator: '!', values: [] };
    const next = this.#peek();
    if (next.kind === 'end' || next.text === ',') return { key, operator: 'exists', values: [] };
    this.#next();
    if (!BINARY_OPERATORS.includes(next.text)) {
      throw badRequest(`unable to parse requirement: found '${next.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
    const operator = next.text as Operator;
    const values = operator === 'in' || operator === 'notin' ? this.#list() : [this.#value()];
    if (operator !== '>' && operator !== '<') for (const value of values) checkValue(key, value);
    return { key, operator, values };
  }

  #key(): string {
    const token = this.#next();
    if (token.kind !== 'word') {
      throw badRequest(`unable to parse requirement: found '${token.text}', expected: identifier`);
    }
    const problems = qualifiedNameProblems(token.text);
    if (problems.length > 0) {
      throw badRequest(
        `unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(token.text)}: ${problems.join('; ')}`,
      );
    }
    return token.text;
  }

  #list(): readonly string[] {
    const open = this.#next();
    if (open.text !== '(') throw badRequest(`unable to parse requirement: found '${open.text}' expected: '('`);
    const values: string[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === 'word') {
        values.push(token.text);
        const after = this.#next();
        if (after.text === ')') return values;
        if (after.text !== ',')
          throw badRequest(`unable to parse requirement: found '${after.text}', expected: ',' or ')'`);
      } else if (token.text === ')') {
        return values.length === 0 ? [''] : values;
      } else if (token.text === ',') {
        values.push('');
      } else {
        throw badRequest(`unable to parse requirement: found '${token.text}', expected: ',', ')' or identifier`);
      }
    }
  }

  #value(): string {
    const token = this.#peek();
    if (token.kind === 'end' || token.text === ',') return '';
    this.#next();
    if (token.kind === 'word') return token.text;
    throw badRequest(`unable to parse requirement: found '${token.text}', expected: identifier`);
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }
}

function checkValue(key: string, value: string): void {
  const problems = labelValueProblems(value);
  if (problems.length > 0) {
    throw badRequest(
      `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`,
    );
  }
}
