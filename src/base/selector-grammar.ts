import { quoteText } from './go-text.ts';
import type { SelectorOperator, SelectorRequirement } from './label-selector.ts';
import { labelKeyProblems } from './name-syntax.ts';

/** Says what is wrong with a requirement that is well formed as text. */
export type RequirementCheck = (requirement: SelectorRequirement) => string | undefined;

/**
 * The requirements of a selector's text in the order written, or the error text of upstream's parser. Its grammar:
 * `KEY`, `!KEY`, `KEY =|==|!= VALUE`, `KEY >|< INTEGER`, `KEY in|notin (VALUE,…)`, joined by commas.
 */
export function parseSelectorText(text: string, check: RequirementCheck): SelectorRequirement[] | string {
  try {
    return parseRequirements(new Tokens(scan(text)), check);
  } catch (thrown) {
    if (thrown instanceof SyntaxProblem) return thrown.message;
    throw thrown;
  }
}

/** Leaves the recursive descent; never leaves this file. */
class SyntaxProblem extends Error {}

type TokenKind = 'end' | 'identifier' | 'operator' | 'word' | '!' | ',' | '(' | ')';

/** `word` is `in` or `notin`, which are operators after a key and ordinary names elsewhere. */
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const SPECIAL = '=!(),><';
const BLANK = ' \t\r\n';
const WORD_END = `${SPECIAL}${BLANK}\0`;
const BINARY_OPERATORS = ['=', '==', '!=', '>', '<'];
const OPERATOR_LIST = 'in, notin, =, ==, !=, gt, lt';

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  // Upstream's lexer takes a zero byte for the end, but swallows one that follows a token at once.
  while (at < text.length && text.charAt(at) !== '\0') {
    const character = text.charAt(at);
    if (BLANK.includes(character)) {
      at += 1;
      continue;
    }
    const token = SPECIAL.includes(character) ? scanSymbol(text, at) : scanWord(text, at);
    tokens.push(token);
    at += token.text.length;
    if (text.charAt(at) === '\0') at += 1;
  }
  return tokens;
}

function scanSymbol(text: string, at: number): Token {
  const pair = text.slice(at, at + 2);
  if (pair === '==' || pair === '!=') return { kind: 'operator', text: pair };
  const symbol = text.charAt(at);
  if (symbol === '!' || symbol === ',' || symbol === '(' || symbol === ')') return { kind: symbol, text: symbol };
  return { kind: 'operator', text: symbol };
}

function scanWord(text: string, start: number): Token {
  let at = start;
  while (at < text.length && !WORD_END.includes(text.charAt(at))) at += 1;
  const word = text.slice(start, at);
  return { kind: word === 'in' || word === 'notin' ? 'word' : 'identifier', text: word };
}

const END: Token = { kind: 'end', text: '' };

/** A cursor over the tokens; beyond the last one there is the end, again and again. */
class Tokens {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next token, with `in` and `notin` read as names. */
  peek(): Token {
    const token = this.#tokens[this.#at] ?? END;
    return token.kind === 'word' ? { kind: 'identifier', text: token.text } : token;
  }

  take(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** The next token as an operator. */
  takeOperator(): Token {
    const token = this.#tokens[this.#at] ?? END;
    this.#at += 1;
    return token;
  }
}

function parseRequirements(tokens: Tokens, check: RequirementCheck): SelectorRequirement[] {
  const requirements: SelectorRequirement[] = [];
  for (;;) {
    const next = tokens.peek();
    if (next.kind === 'end') return requirements;
    if (next.kind !== 'identifier' && next.kind !== '!') {
      throw new SyntaxProblem(`found '${next.text}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(parseRequirement(tokens, check));
    const separator = tokens.take();
    if (separator.kind === 'end') return requirements;
    if (separator.kind !== ',') throw new SyntaxProblem(`found '${separator.text}', expected: ',' or 'end of string'`);
    const following = tokens.peek();
    if (following.kind !== 'identifier' && following.kind !== '!') {
      throw new SyntaxProblem(`found '${following.text}', expected: identifier after ','`);
    }
  }
}

function parseRequirement(tokens: Tokens, check: RequirementCheck): SelectorRequirement {
  const requirement = parseCondition(tokens);
  const problem = check(requirement);
  if (problem !== undefined) throw requirementProblem(problem);
  return requirement;
}

function parseCondition(tokens: Tokens): SelectorRequirement {
  const isNegated = tokens.peek().kind === '!';
  if (isNegated) tokens.take();
  const { kind, text: key } = tokens.take();
  if (kind !== 'identifier') throw requirementProblem(`found '${key}', expected: identifier`);
  const keyProblems = labelKeyProblems(key);
  // Upstream's field path is nil here and prints as such.
  if (keyProblems.length > 0)
    throw requirementProblem(`<nil>: Invalid value: ${quoteText(key)}: ${keyProblems.join('; ')}`);
  if (isNegated) return { key, operator: '!', values: [] };
  const next = tokens.peek().kind;
  if (next === 'end' || next === ',') return { key, operator: 'exists', values: [] };
  const operator = parseOperator(tokens);
  const values = operator === 'in' || operator === 'notin' ? parseValues(tokens) : [parseExactValue(tokens)];
  return { key, operator, values };
}

function parseOperator(tokens: Tokens): SelectorOperator {
  const { kind, text } = tokens.takeOperator();
  if (kind === 'word') return text === 'in' ? 'in' : 'notin';
  if (kind !== 'operator' || !BINARY_OPERATORS.includes(text)) {
    throw requirementProblem(`found '${text}', expected: ${OPERATOR_LIST}`);
  }
  return text === '>' ? 'gt' : text === '<' ? 'lt' : (text as '=' | '==' | '!=');
}

function parseExactValue(tokens: Tokens): string {
  const next = tokens.peek().kind;
  if (next === 'end' || next === ',') return '';
  const { kind, text } = tokens.take();
  if (kind !== 'identifier') throw requirementProblem(`found '${text}', expected: identifier`);
  return text;
}

/** The values between parentheses, without doubles, sorted; a gap between commas is the empty value. */
function parseValues(tokens: Tokens): string[] {
  const open = tokens.take();
  if (open.kind !== '(') throw requirementProblem(`found '${open.text}' expected: '('`);
  const first = tokens.peek();
  if (first.kind === ')') {
    tokens.take();
    return [''];
  }
  if (first.kind !== 'identifier' && first.kind !== ',') {
    throw requirementProblem(`found '${first.text}', expected: ',', ')' or identifier`);
  }
  const values = new Set<string>();
  while (parseListItem(tokens, values));
  tokens.take();
  return [...values].sort();
}

/** Reads one value or comma; false when the closing parenthesis follows. */
function parseListItem(tokens: Tokens, values: Set<string>): boolean {
  const token = tokens.take();
  const next = tokens.peek();
  if (token.kind === 'identifier') {
    values.add(token.text);
    if (next.kind !== ',' && next.kind !== ')') throw requirementProblem(`found '${next.text}', expected: ',' or ')'`);
    return next.kind === ',';
  }
  if (token.kind !== ',') throw requirementProblem(`found '${token.text}', expected: ',', or identifier`);
  if (values.size === 0 || next.kind === ')' || next.kind === ',') values.add('');
  return next.kind !== ')';
}

function requirementProblem(message: string): SyntaxProblem {
  return new SyntaxProblem(`unable to parse requirement: ${message}`);
}
