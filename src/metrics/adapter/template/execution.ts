import { quoteText, utf8ByteCount } from '../../../base/go-text.ts';
import {
  ADAPTER_TEMPLATE_DEPTH_MAX,
  ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX,
  ADAPTER_TEMPLATE_STEPS_COUNT_MAX,
} from '../../../base/limits.ts';
import { type GoValue, goInt, goString, isTrue, NONE, sortedKeys } from './go-value.ts';
import { OperandEvaluation } from './operand-evaluation.ts';
import type { CallNode, Command, ControlNode, Node, NodeList, Operand, Pipeline } from './syntax-tree.ts';
import { nodeText } from './syntax-tree.ts';
import { TemplateError } from './template-error.ts';
import { verbText } from './value-text.ts';
import { VariableStack } from './variable-stack.ts';

/** A template that was read. */
export interface ParsedTemplate {
  readonly name: string;
  readonly text: string;
  /** By name; the template's own is among them. */
  readonly trees: ReadonlyMap<string, NodeList>;
}

/** What a step asks of the loops around it. */
type Jump = 'break' | 'continue' | undefined;

/** Renders a template with its data. Throws TemplateError with Go's words. */
export function execute(template: ParsedTemplate, data: GoValue): string {
  const execution = new Execution(template);
  return execution.run(data);
}

/** One rendering: its output so far, and where it is. */
export class Execution {
  readonly #template: ParsedTemplate;
  readonly #operands: OperandEvaluation;
  #output = '';
  #stepCount = 0;
  #depth = 0;
  /** Which of the template's trees is walked. */
  #treeName: string;
  #node: Node | Pipeline | Command | Operand | undefined;
  #variables: VariableStack;

  constructor(template: ParsedTemplate) {
    this.#template = template;
    this.#treeName = template.name;
    this.#variables = new VariableStack(NONE);
    this.#operands = new OperandEvaluation(this);
  }

  run(data: GoValue): string {
    this.#variables = new VariableStack(data);
    const tree = this.#template.trees.get(this.#template.name);
    if (tree === undefined) throw this.problem(`${quoteText(this.#template.name)} is an incomplete or empty template`);
    this.#walkList(data, tree);
    return this.#output;
  }

  /** Notes where the rendering is, for messages, and that it is one step further. */
  at(node: Node | Pipeline | Command | Operand): void {
    this.#node = node;
    this.#stepCount += 1;
    if (this.#stepCount > ADAPTER_TEMPLATE_STEPS_COUNT_MAX) {
      throw this.problem(`more than ${ADAPTER_TEMPLATE_STEPS_COUNT_MAX} steps`, 'limit');
    }
  }

  variable(name: string): GoValue {
    const value = this.#variables.get(name);
    if (value === undefined) throw this.problem(`undefined variable: ${name}`);
    return value;
  }

  /** The error with where it is in the template. */
  problem(reason: string, kind: 'execution' | 'limit' = 'execution'): TemplateError {
    const { name, text } = this.#template;
    const node = this.#node;
    if (node === undefined) return new TemplateError(kind, `template: ${name}: ${reason}`, { offset: 0, reason });
    const before = text.slice(0, node.offset);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const place = `${name}:${line}:${utf8ByteCount(before.slice(lineStart))}`;
    const message = `template: ${place}: executing ${quoteText(this.#treeName)} at <${nodeText(node)}>: ${reason}`;
    return new TemplateError(kind, message, { offset: node.offset, reason });
  }

  /** The value of a pipeline, given to its variables; of an absent one, none. */
  evaluatePipeline(dot: GoValue, pipeline: Pipeline | undefined): GoValue {
    if (pipeline === undefined) return NONE;
    this.at(pipeline);
    let value: GoValue | undefined;
    for (const command of pipeline.commands) value = this.#operands.evaluateCommand(dot, command, value);
    for (const { names } of pipeline.variables) {
      if (!pipeline.isAssignment) this.#variables.push(names[0], value ?? NONE);
      else this.#assign(names[0], value ?? NONE);
    }
    return value ?? NONE;
  }

  #assign(name: string, value: GoValue): void {
    if (!this.#variables.assign(name, value)) throw this.problem(`undefined variable: ${name}`);
  }

  #walkList(dot: GoValue, { nodes }: NodeList): Jump {
    for (const node of nodes) {
      const jump = this.#walk(dot, node);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #walk(dot: GoValue, node: Node): Jump {
    this.at(node);
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        return undefined;
      case 'action': {
        const value = this.evaluatePipeline(dot, node.pipeline);
        if (node.pipeline.variables.length > 0) return undefined;
        this.at(node);
        this.#write(value.kind === 'none' ? '<no value>' : verbText('v', value));
        return undefined;
      }
      case 'break':
      case 'continue':
        return node.kind;
      case 'range':
        return this.#walkRange(dot, node);
      case 'template':
        this.#walkCall(dot, node);
        return undefined;
      default:
        return this.#walkCondition(dot, node);
    }
  }

  /** `if` and `with`, which differ in what the dot is. */
  #walkCondition(dot: GoValue, { kind, pipeline, body, otherwise }: ControlNode): Jump {
    const mark = this.#variables.mark;
    const value = this.evaluatePipeline(dot, pipeline);
    let jump: Jump;
    if (isTrue(value)) jump = this.#walkList(kind === 'with' ? value : dot, body);
    else if (otherwise !== undefined) jump = this.#walkList(dot, otherwise);
    this.#variables.popTo(mark);
    return jump;
  }

  #walkRange(dot: GoValue, node: ControlNode): Jump {
    const { pipeline, body, otherwise } = node;
    const outerMark = this.#variables.mark;
    const value = this.evaluatePipeline(dot, pipeline);
    const mark = this.#variables.mark;
    let isEmpty = true;
    for (const { index, item } of this.#itemsOf(value, pipeline)) {
      isEmpty = false;
      this.#setRangeVariables(pipeline, index, item);
      const jump = this.#walkList(item, body);
      this.#variables.popTo(mark);
      if (jump === 'break') break;
    }
    const jump = isEmpty && otherwise !== undefined ? this.#walkList(dot, otherwise) : undefined;
    this.#variables.popTo(outerMark);
    return jump;
  }

  *#itemsOf(value: GoValue, pipeline: Pipeline): Iterable<{ readonly index: GoValue; readonly item: GoValue }> {
    switch (value.kind) {
      case 'none':
        return;
      case 'list':
        for (const [index, item] of value.items.entries()) yield { index: goInt(index), item: goString(item) };
        return;
      case 'map':
        for (const key of sortedKeys(value.entries)) {
          yield { index: goString(key), item: goString(value.entries.get(key) ?? '') };
        }
        return;
      case 'int':
      case 'uint8':
        if (pipeline.variables.length > 1) {
          throw this.problem(`can't use ${value.value} to iterate over more than one variable`);
        }
        for (let each = 0n; each < value.value; each += 1n) {
          this.at(pipeline);
          yield { index: NONE, item: { kind: value.kind, value: each } };
        }
        return;
      default:
        throw this.problem(`range can't iterate over ${verbText('v', value)}`);
    }
  }

  /** One variable is the item, two are the index and the item. */
  #setRangeVariables({ variables, isAssignment }: Pipeline, index: GoValue, item: GoValue): void {
    const values = variables.length > 1 ? [index, item] : [item];
    for (const [at, { names }] of variables.entries()) {
      const value = values[at] ?? NONE;
      if (isAssignment) this.#assign(names[0], value);
      else this.#variables.setFromTop(variables.length - at, value);
    }
  }

  #walkCall(dot: GoValue, node: CallNode): void {
    const tree = this.#template.trees.get(node.name);
    if (tree === undefined) throw this.problem(`template ${quoteText(node.name)} not defined`);
    if (this.#depth === ADAPTER_TEMPLATE_DEPTH_MAX) {
      throw this.problem(`exceeded maximum template depth (${ADAPTER_TEMPLATE_DEPTH_MAX})`, 'limit');
    }
    const value = this.evaluatePipeline(dot, node.pipeline);
    const [variables, treeName] = [this.#variables, this.#treeName];
    // A template that is called sees no variables of its caller.
    this.#variables = new VariableStack(value);
    this.#treeName = node.name;
    this.#depth += 1;
    this.#walkList(value, tree);
    this.#depth -= 1;
    this.#variables = variables;
    this.#treeName = treeName;
  }

  #write(text: string): void {
    this.#output += text;
    if (this.#output.length > ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX) {
      throw this.problem(`the output is longer than ${ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX} characters`, 'limit');
    }
  }
}
