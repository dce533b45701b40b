import { quoteText } from '../../../base/go-text.ts';
import { ADAPTER_TEMPLATE_DEPTH_MAX } from '../../../base/limits.ts';
import { LiteralProblem, numberOf, unquote } from './literals.ts';
import {
  type CallNode,
  type Command,
  type ControlNode,
  type Node,
  type NodeList,
  nodeText,
  type Operand,
  type Pipeline,
  type VariableOperand,
} from './syntax-tree.ts';
import { TemplateError } from './template-error.ts';
import { TokenCursor } from './token-cursor.ts';
import { type Token, type TokenKind, tokensOf, tokenText } from './tokens.ts';

/** What a parser has to know beside the text. */
export interface ParseOptions {
  /** What messages call the template. */
  readonly name: string;
  readonly isFunction: (name: string) => boolean;
}

/** Reads a template and those that it defines, by name. Throws TemplateError with Go's words. */
export function parseTrees(text: string, options: ParseOptions): ReadonlyMap<string, NodeList> {
  const cursor = new TokenCursor(tokensOf(text));
  const trees = new Map<string, NodeList>();
  new TreeParser({ ...options, cursor, trees }, 0).parseWhole();
  return trees;
}

/** What ends a list of nodes. */
type ListEnd = { readonly kind: 'end' } | { readonly kind: 'else'; readonly offset: number };

type ControlKind = ControlNode['kind'];

interface Parsing extends ParseOptions {
  readonly cursor: TokenCursor;
  readonly trees: Map<string, NodeList>;
}

const OPERAND_STARTS: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'boolean',
  'character constant',
  '.',
  'field',
  'identifier',
  'number',
  'nil',
  'raw string',
  'string',
  'variable',
  'left parenthesis',
]);

/** Reads one tree; a tree within it (`define`, `block`) is read by another of these over the same cursor. */
class TreeParser {
  readonly #parsing: Parsing;
  readonly #cursor: TokenCursor;
  /** Variables that are known here; the innermost last. */
  #variables: string[] = ['$'];
  /** Line of the action that is being read; undefined between actions. */
  #actionLine: number | undefined;
  #rangeDepth = 0;
  #depth: number;

  constructor(parsing: Parsing, depth: number) {
    this.#parsing = parsing;
    this.#cursor = parsing.cursor;
    this.#depth = depth;
  }

  /** Everything up to the end of the text, `define` included, which may stand only here. */
  parseWhole(): void {
    const offset = this.#cursor.peek().offset;
    const nodes: Node[] = [];
    while (this.#cursor.peek().kind !== 'end of text') {
      if (this.#takesDefinition()) continue;
      const read = this.#parseTextOrAction();
      if (!isNode(read)) throw this.#problem(`unexpected {{${read.kind}}}`);
      nodes.push(read);
    }
    this.#addTree(this.#parsing.name, { offset, nodes });
  }

  #takesDefinition(): boolean {
    if (this.#cursor.peek().kind !== 'left delimiter') return false;
    const mark = this.#cursor.mark;
    this.#cursor.next();
    if (this.#cursor.nextNonSpace().kind !== 'define') {
      this.#cursor.returnTo(mark);
      return false;
    }
    const context = 'define clause';
    const name = this.#parseName(this.#cursor.nextNonSpace(), context);
    this.#expect('right delimiter', context);
    this.#parseInnerTree(name, context);
    return true;
  }

  /** The nodes up to `end`, as a tree of its own. */
  #parseInnerTree(name: string, context: string): void {
    const inner = new TreeParser(this.#parsing, this.#depth);
    const { list, end } = inner.#parseList();
    if (end.kind !== 'end') throw this.#problem(`unexpected {{${end.kind}}} in ${context}`);
    inner.#addTree(name, list);
  }

  #addTree(name: string, tree: NodeList): void {
    const existing = this.#parsing.trees.get(name);
    if (existing === undefined || isBlank(existing)) this.#parsing.trees.set(name, tree);
    else if (!isBlank(tree)) throw this.#problem(`template: multiple definition of template ${quoteText(name)}`);
  }

  #parseList(): { readonly list: NodeList; readonly end: ListEnd } {
    const offset = this.#cursor.peekNonSpace().offset;
    const nodes: Node[] = [];
    while (this.#cursor.peekNonSpace().kind !== 'end of text') {
      const read = this.#parseTextOrAction();
      if (!isNode(read)) return { list: { offset, nodes }, end: read };
      nodes.push(read);
    }
    throw this.#problem('unexpected EOF');
  }

  #parseTextOrAction(): Node | ListEnd {
    const token = this.#cursor.nextNonSpace();
    if (token.kind === 'text') return { kind: 'text', offset: token.offset, text: token.text };
    if (token.kind !== 'left delimiter') throw this.#unexpected(token, 'input');
    this.#actionLine = token.line;
    const action = this.#parseAction();
    this.#actionLine = undefined;
    return action;
  }

  #parseAction(): Node | ListEnd {
    const token = this.#cursor.nextNonSpace();
    switch (token.kind) {
      case 'block':
        return this.#parseBlock();
      case 'break':
      case 'continue':
        return this.#parseJump(token.kind, token.offset);
      case 'else':
        return this.#parseElse();
      case 'end':
        this.#expect('right delimiter', 'end');
        return { kind: 'end' };
      case 'if':
      case 'with':
      case 'range':
        return this.#parseControl(token.kind);
      case 'template':
        return this.#parseCall();
      default: {
        this.#cursor.stepBack();
        const { offset } = this.#cursor.peek();
        // Variables that it declares stay known until the end of the list around it.
        return { kind: 'action', offset, pipeline: this.#parsePipeline('command', 'right delimiter') };
      }
    }
  }

  #parseJump(kind: 'break' | 'continue', offset: number): Node {
    const token = this.#cursor.nextNonSpace();
    if (token.kind !== 'right delimiter') throw this.#unexpected(token, `{{${kind}}}`);
    if (this.#rangeDepth === 0) throw this.#problem(`{{${kind}}} outside {{range}}`);
    return { kind, offset };
  }

  #parseElse(): ListEnd {
    const next = this.#cursor.peekNonSpace();
    // `else if` and `else with` are an else whose list is one more control.
    if (next.kind === 'if' || next.kind === 'with') return { kind: 'else', offset: next.offset };
    return { kind: 'else', offset: this.#expect('right delimiter', 'else').offset };
  }

  #parseControl(kind: ControlKind): ControlNode {
    return this.#oneDeeper(() => {
      const variableCount = this.#variables.length;
      const pipeline = this.#parsePipeline(kind, 'right delimiter');
      if (kind === 'range') this.#rangeDepth += 1;
      const { list: body, end } = this.#parseList();
      if (kind === 'range') this.#rangeDepth -= 1;
      const otherwise = end.kind === 'else' ? this.#parseOtherwise(kind, end.offset) : undefined;
      this.#variables.length = variableCount;
      return { kind, offset: pipeline.offset, pipeline, body, otherwise };
    });
  }

  #parseOtherwise(kind: ControlKind, offset: number): NodeList {
    const next = this.#cursor.peek().kind;
    if (next === kind && (next === 'if' || next === 'with')) {
      this.#cursor.next();
      return { offset, nodes: [this.#parseControl(next)] };
    }
    const { list, end } = this.#parseList();
    if (end.kind !== 'end') throw this.#problem(`expected end; found {{${end.kind}}}`);
    return list;
  }

  #parseBlock(): CallNode {
    const context = 'block clause';
    const token = this.#cursor.nextNonSpace();
    const name = this.#parseName(token, context);
    const pipeline = this.#parsePipeline(context, 'right delimiter');
    this.#oneDeeper(() => this.#parseInnerTree(name, context));
    return { kind: 'template', offset: token.offset, name, pipeline };
  }

  #parseCall(): CallNode {
    const context = 'template clause';
    const token = this.#cursor.nextNonSpace();
    const name = this.#parseName(token, context);
    if (this.#cursor.nextNonSpace().kind === 'right delimiter') {
      return { kind: 'template', offset: token.offset, name, pipeline: undefined };
    }
    this.#cursor.stepBack();
    return { kind: 'template', offset: token.offset, name, pipeline: this.#parsePipeline(context, 'right delimiter') };
  }

  #parseName(token: Token, context: string): string {
    if (token.kind !== 'string' && token.kind !== 'raw string') throw this.#unexpected(token, context);
    return this.#literal(() => unquote(token.text));
  }

  #parsePipeline(context: string, end: 'right delimiter' | 'right parenthesis'): Pipeline {
    const { offset } = this.#cursor.peekNonSpace();
    const { variables, isAssignment } = this.#parseDeclaration(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#cursor.nextNonSpace();
      if (token.kind === end) break;
      if (!OPERAND_STARTS.has(token.kind)) throw this.#unexpected(token, context);
      this.#cursor.stepBack();
      commands.push(this.#parseCommand());
    }
    this.#checkPipeline(commands, context);
    return { kind: 'pipeline', offset, variables, isAssignment, commands };
  }

  #parseDeclaration(context: string): { variables: VariableOperand[]; isAssignment: boolean } {
    const variables: VariableOperand[] = [];
    for (;;) {
      const variable = this.#cursor.peekNonSpace();
      if (variable.kind !== 'variable') return { variables, isAssignment: false };
      const mark = this.#cursor.mark;
      this.#cursor.nextNonSpace();
      const next = this.#cursor.nextNonSpace();
      const isComma = next.kind === 'character' && next.text === ',';
      if (next.kind !== 'assign' && next.kind !== 'declare' && !isComma) {
        this.#cursor.returnTo(mark);
        return { variables, isAssignment: false };
      }
      variables.push({ kind: 'variable', offset: variable.offset, names: [variable.text] });
      this.#variables.push(variable.text);
      if (!isComma) return { variables, isAssignment: next.kind === 'assign' };
      if (context !== 'range' || variables.length > 1) throw this.#problem(`too many declarations in ${context}`);
      const following = this.#cursor.peekNonSpace().kind;
      if (following !== 'variable' && following !== 'right delimiter' && following !== 'right parenthesis') {
        throw this.#problem('range can only initialize variables');
      }
    }
  }

  #checkPipeline(commands: readonly Command[], context: string): void {
    if (commands.length === 0) throw this.#problem(`missing value for ${context}`);
    for (const [index, { operands }] of commands.entries()) {
      const isValue = ['boolean', 'dot', 'nil', 'number', 'string'].includes(operands[0].kind);
      if (index > 0 && isValue) throw this.#problem(`non executable command in pipeline stage ${index + 1}`);
    }
  }

  #parseCommand(): Command {
    const { offset } = this.#cursor.peekNonSpace();
    const operands: Operand[] = [];
    for (;;) {
      this.#cursor.returnTo(this.#markOfNonSpace());
      const operand = this.#parseOperand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#cursor.next();
      if (token.kind === 'space') continue;
      if (token.kind === 'right delimiter' || token.kind === 'right parenthesis') this.#cursor.stepBack();
      else if (token.kind !== 'pipe') throw this.#unexpected(token, 'operand');
      break;
    }
    const [first, ...rest] = operands;
    if (first === undefined) throw this.#problem('empty command');
    return { kind: 'command', offset, operands: [first, ...rest] };
  }

  #markOfNonSpace(): number {
    this.#cursor.peekNonSpace();
    return this.#cursor.mark;
  }

  /** A term with the fields behind it; undefined when the next token begins none. */
  #parseOperand(): Operand | undefined {
    const term = this.#parseTerm();
    if (term === undefined || this.#cursor.peek().kind !== 'field') return term;
    const { offset } = this.#cursor.peek();
    const names: string[] = [];
    while (this.#cursor.peek().kind === 'field') names.push(this.#cursor.next().text.slice(1));
    switch (term.kind) {
      case 'field':
        return { kind: 'field', offset, names: [...term.names, ...names] };
      case 'variable':
        return { kind: 'variable', offset, names: [...term.names, ...names] };
      case 'boolean':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        throw this.#problem(`unexpected . after term ${quoteText(nodeText(term))}`);
      default:
        return { kind: 'chain', offset, base: term, names };
    }
  }

  #parseTerm(): Operand | undefined {
    const token = this.#cursor.nextNonSpace();
    const { offset, text } = token;
    switch (token.kind) {
      case 'identifier':
        if (!this.#parsing.isFunction(text)) throw this.#problem(`function ${quoteText(text)} not defined`, offset);
        return { kind: 'identifier', offset, name: text };
      case '.':
        return { kind: 'dot', offset };
      case 'nil':
        return { kind: 'nil', offset };
      case 'variable':
        if (!this.#variables.includes(text)) throw this.#problem(`undefined variable ${quoteText(text)}`, offset);
        return { kind: 'variable', offset, names: [text] };
      case 'field':
        return { kind: 'field', offset, names: [text.slice(1)] };
      case 'boolean':
        return { kind: 'boolean', offset, isTrue: text === 'true' };
      case 'character constant':
      case 'number':
        return { kind: 'number', offset, text, ...this.#literal(() => numberOf(text)) };
      case 'left parenthesis':
        return this.#oneDeeper(() => this.#parsePipeline('parenthesized pipeline', 'right parenthesis'));
      case 'string':
      case 'raw string':
        return { kind: 'string', offset, quoted: text, value: this.#literal(() => unquote(text)) };
      default:
        this.#cursor.stepBack();
        return undefined;
    }
  }

  /** Go's own bound on parentheses is 10,000, which is too deep for a stack that we do not own. */
  #oneDeeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > ADAPTER_TEMPLATE_DEPTH_MAX) throw this.#problem('max expression depth exceeded');
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #literal<T>(read: () => T): T {
    try {
      return read();
    } catch (thrown) {
      if (thrown instanceof LiteralProblem) throw this.#problem(thrown.message);
      throw thrown;
    }
  }

  #expect(kind: TokenKind, context: string): Token {
    const token = this.#cursor.nextNonSpace();
    if (token.kind !== kind) throw this.#unexpected(token, context);
    return token;
  }

  #unexpected(token: Token, context: string): TemplateError {
    if (token.kind !== 'error') return this.#problem(`unexpected ${tokenText(token)} in ${context}`, token.offset);
    const isElsewhere = this.#actionLine !== undefined && this.#actionLine !== token.line;
    const where = `started at ${this.#parsing.name}:${this.#actionLine}`;
    const words = token.text.endsWith(' action') ? ` ${where}` : ` in action ${where}`;
    return this.#problem(token.text + (isElsewhere ? words : ''), token.offset);
  }

  #problem(reason: string, offset = this.#cursor.newest.offset): TemplateError {
    const message = `template: ${this.#parsing.name}:${this.#cursor.newest.line}: ${reason}`;
    return new TemplateError('syntax', message, { offset, reason });
  }
}

function isNode(read: Node | ListEnd): read is Node {
  return read.kind !== 'end' && read.kind !== 'else';
}

/** Whether a tree holds nothing but blanks, so that another of the same name may take its place. */
function isBlank({ nodes }: NodeList): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
}
