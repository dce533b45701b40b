/** A template as it was read. Every node knows where it begins, counted from 0 in the template's text. */
export type Node = TextNode | ActionNode | ControlNode | CallNode | JumpNode;

/** Text between actions, trimmed where they ask for it. */
export interface TextNode {
  readonly kind: 'text';
  readonly offset: number;
  readonly text: string;
}

/** `<<pipeline>>`. */
export interface ActionNode {
  readonly kind: 'action';
  readonly offset: number;
  readonly pipeline: Pipeline;
}

/** `<<if>>`, `<<with>>`, `<<range>>`. */
export interface ControlNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly offset: number;
  readonly pipeline: Pipeline;
  readonly body: NodeList;
  readonly otherwise: NodeList | undefined;
}

/** `<<template "name" pipeline>>`. */
export interface CallNode {
  readonly kind: 'template';
  readonly offset: number;
  readonly name: string;
  readonly pipeline: Pipeline | undefined;
}

/** `<<break>>` and `<<continue>>`. */
export interface JumpNode {
  readonly kind: 'break' | 'continue';
  readonly offset: number;
}

/** What stands one behind the other. */
export interface NodeList {
  readonly offset: number;
  readonly nodes: readonly Node[];
}

/** Commands, each getting the value of the one before as its last argument. */
export interface Pipeline {
  readonly kind: 'pipeline';
  readonly offset: number;
  /** Variables that get the value, at most two of them, and then in `range`. */
  readonly variables: readonly VariableOperand[];
  /** `=` instead of `:=`. */
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

/** A function, field or value with its arguments; there is always one operand. */
export interface Command {
  readonly kind: 'command';
  readonly offset: number;
  readonly operands: readonly [Operand, ...Operand[]];
}

/** One word of a command, or a pipeline in parentheses. */
export type Operand =
  | Pipeline
  | VariableOperand
  | ChainOperand
  | NumberOperand
  | { readonly kind: 'identifier'; readonly offset: number; readonly name: string }
  | { readonly kind: 'field'; readonly offset: number; readonly names: readonly string[] }
  | { readonly kind: 'dot' | 'nil'; readonly offset: number }
  | { readonly kind: 'boolean'; readonly offset: number; readonly isTrue: boolean }
  | { readonly kind: 'string'; readonly offset: number; readonly quoted: string; readonly value: string };

/** `$x.Field`: the variable's name with its dollar sign, then fields. */
export interface VariableOperand {
  readonly kind: 'variable';
  readonly offset: number;
  readonly names: readonly [string, ...string[]];
}

/** `(pipeline).Field`, and fields of what a function without arguments returns. */
export interface ChainOperand {
  readonly kind: 'chain';
  readonly offset: number;
  readonly base: Operand;
  readonly names: readonly string[];
}

/** A constant as each of the types that it can stand for. */
export interface NumberOperand {
  readonly kind: 'number';
  readonly offset: number;
  readonly text: string;
  /** Undefined when it is no integer of 64 bits. */
  readonly integer: bigint | undefined;
  readonly float: number;
}

/** The pieces of a tree as Go's messages write them, with Go's own delimiters whatever the template's are. */
export function nodeText(node: Node | Pipeline | Command | Operand): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'action':
      return `{{${nodeText(node.pipeline)}}}`;
    case 'if':
    case 'with':
    case 'range':
      return controlText(node);
    case 'template': {
      const argument = node.pipeline === undefined ? '' : ` ${nodeText(node.pipeline)}`;
      return `{{template ${JSON.stringify(node.name)}${argument}}}`;
    }
    case 'break':
    case 'continue':
      return `{{${node.kind}}}`;
    case 'pipeline':
      return pipelineText(node);
    case 'command':
      return node.operands.map(operandText).join(' ');
    default:
      return plainOperandText(node);
  }
}

function controlText({ kind, pipeline, body, otherwise }: ControlNode): string {
  const rest = otherwise === undefined ? '' : `{{else}}${listText(otherwise)}`;
  return `{{${kind} ${nodeText(pipeline)}}}${listText(body)}${rest}{{end}}`;
}

function listText({ nodes }: NodeList): string {
  return nodes.map(nodeText).join('');
}

function pipelineText({ variables, isAssignment, commands }: Pipeline): string {
  const head = variables.length === 0 ? '' : `${variables.map(nodeText).join(', ')} ${isAssignment ? '=' : ':='} `;
  return head + commands.map(nodeText).join(' | ');
}

function operandText(operand: Operand): string {
  return operand.kind === 'pipeline' ? `(${pipelineText(operand)})` : nodeText(operand);
}

function plainOperandText(operand: Exclude<Operand, Pipeline>): string {
  switch (operand.kind) {
    case 'variable':
      return operand.names.join('.');
    case 'chain':
      return `${operandText(operand.base)}${operand.names.map((name) => `.${name}`).join('')}`;
    case 'number':
      return operand.text;
    case 'identifier':
      return operand.name;
    case 'field':
      return operand.names.map((name) => `.${name}`).join('');
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'boolean':
      return String(operand.isTrue);
    case 'string':
      return operand.quoted;
  }
}
