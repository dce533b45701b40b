import { quoteText } from '../../../base/go-text.ts';
import { CallProblem } from './call-problem.ts';
import type { Execution } from './execution.ts';
import { FUNCTIONS, type ParameterType, type TemplateFunction } from './functions.ts';
import { type GoStruct, type GoValue, goBool, goInt, goString, isTrue, NONE, typeNameOf } from './go-value.ts';
import type { ChainOperand, Command, NumberOperand, Operand, VariableOperand } from './syntax-tree.ts';
import { nodeText } from './syntax-tree.ts';

/** What an expression is given: operands as in the template, and the value that came through the pipe, if any did. */
interface Arguments {
  readonly operands: readonly Operand[];
  readonly final: GoValue | undefined;
}

const NO_ARGUMENTS: Arguments = { operands: [], final: undefined };

/** Evaluates commands and their operands, the way of Go's `text/template`. */
export class OperandEvaluation {
  readonly #execution: Execution;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** The value of a command; `final` is that of the command before it in the pipeline. */
  evaluateCommand(dot: GoValue, command: Command, final: GoValue | undefined): GoValue {
    const [first, ...operands] = command.operands;
    const given = { operands, final };
    switch (first.kind) {
      case 'field':
        this.#execution.at(first);
        return this.#fieldChain(dot, dot, first.names, { ...given, node: first });
      case 'chain':
        return this.#chain(dot, first, given);
      case 'identifier':
        return this.#function(dot, first, { ...given, node: command });
      case 'pipeline':
        this.#refuseArguments(first, given);
        return this.#execution.evaluatePipeline(dot, first);
      case 'variable':
        return this.#variable(dot, first, given);
      default:
        this.#execution.at(first);
        this.#refuseArguments(first, given);
        if (first.kind === 'nil') throw this.#execution.problem('nil is not a command');
        return this.#plainValue(dot, first);
    }
  }

  #refuseArguments(first: Operand, { operands, final }: Arguments): void {
    if (operands.length === 0 && final === undefined) return;
    throw this.#execution.problem(`can't give argument to non-function ${nodeText(first)}`);
  }

  #plainValue(
    dot: GoValue,
    operand: Extract<Operand, { kind: 'dot' | 'nil' | 'boolean' | 'number' | 'string' }>,
  ): GoValue {
    switch (operand.kind) {
      case 'boolean':
        return goBool(operand.isTrue);
      case 'number':
        return this.#constant(operand);
      case 'string':
        return goString(operand.value);
      case 'nil':
        return NONE;
      case 'dot':
        return dot;
    }
  }

  /** The syntax of a number tells its type where nothing else does. */
  #constant(operand: NumberOperand): GoValue {
    this.#execution.at(operand);
    const { text, integer, float } = operand;
    const isHexInteger = /^0[xX][^pP]+$/.test(text);
    const isFloat = !isHexInteger && !text.startsWith("'") && /[.eEpP]/.test(text);
    if (isFloat) return { kind: 'float64', value: float };
    if (integer === undefined) throw this.#execution.problem(`${text} overflows int`);
    return goInt(integer);
  }

  #variable(dot: GoValue, operand: VariableOperand, given: Arguments): GoValue {
    this.#execution.at(operand);
    const [name, ...fields] = operand.names;
    const value = this.#execution.variable(name);
    if (fields.length > 0) return this.#fieldChain(dot, value, fields, { ...given, node: operand });
    this.#refuseArguments(operand, given);
    return value;
  }

  #chain(dot: GoValue, operand: ChainOperand, given: Arguments): GoValue {
    this.#execution.at(operand);
    const base = this.#argument(dot, 'interface {}', operand.base);
    return this.#fieldChain(dot, base, operand.names, { ...given, node: operand });
  }

  #fieldChain(
    dot: GoValue,
    receiver: GoValue,
    names: readonly string[],
    given: Arguments & { readonly node: Operand },
  ): GoValue {
    let value = receiver;
    for (const [at, name] of names.entries()) {
      const isLast = at === names.length - 1;
      value = this.#field(dot, value, name, isLast ? given : { ...NO_ARGUMENTS, node: given.node });
    }
    return value;
  }

  #field(dot: GoValue, receiver: GoValue, name: string, given: Arguments & { readonly node: Operand }): GoValue {
    if (receiver.kind === 'none') return NONE;
    const hasArguments = given.operands.length > 0 || given.final !== undefined;
    if (receiver.kind === 'struct') return this.#structField(dot, receiver, name, given);
    if (receiver.kind === 'map') {
      if (hasArguments) throw this.#execution.problem(`${name} is not a method but has arguments`);
      const value = receiver.entries.get(name);
      return value === undefined ? NONE : goString(value);
    }
    throw this.#execution.problem(`can't evaluate field ${name} in type ${typeNameOf(receiver)}`);
  }

  #structField(dot: GoValue, receiver: GoStruct, name: string, given: Arguments & { readonly node: Operand }): GoValue {
    const method = receiver.methods.get(name);
    if (method !== undefined) {
      return this.#call(dot, { fixed: [], call: method }, name, given);
    }
    const field = receiver.fields.get(name);
    if (field === undefined) {
      throw this.#execution.problem(`can't evaluate field ${name} in type ${receiver.typeName}`);
    }
    if (given.operands.length > 0 || given.final !== undefined) {
      throw this.#execution.problem(`${name} has arguments but cannot be invoked as function`);
    }
    return field;
  }

  #function(
    dot: GoValue,
    operand: Extract<Operand, { kind: 'identifier' }>,
    given: Arguments & { readonly node: Operand | Command },
  ): GoValue {
    this.#execution.at(operand);
    const definition = FUNCTIONS.get(operand.name);
    if (definition === undefined) {
      throw this.#execution.problem(`${quoteText(operand.name)} is not a defined function`);
    }
    return this.#call(dot, definition, operand.name, given);
  }

  #call(
    dot: GoValue,
    definition: TemplateFunction,
    name: string,
    { operands, final, node }: Arguments & { readonly node: Operand | Command },
  ): GoValue {
    this.#checkCount(definition, name, operands.length, final !== undefined);
    if (name === 'and' || name === 'or') return this.#shortCircuit(dot, name, operands, final);
    const values = operands.map((operand, at) => this.#argument(dot, parameterAt(definition, at), operand));
    if (final !== undefined) values.push(this.#checked(final, parameterAt(definition, operands.length)));
    try {
      return definition.call(values);
    } catch (thrown) {
      if (!(thrown instanceof CallProblem)) throw thrown;
      this.#execution.at(node);
      const called =
        name === 'call'
          ? thrown.message.replace(/^non-function/, `non-function ${calleeText(operands, final)}`)
          : thrown.message;
      throw this.#execution.problem(`error calling ${name}: ${called}`, thrown.kind);
    }
  }

  #checkCount({ fixed, variadic }: TemplateFunction, name: string, operandCount: number, hasFinal: boolean): void {
    const count = operandCount + (hasFinal ? 1 : 0);
    if (variadic !== undefined && count < fixed.length) {
      throw this.#execution.problem(
        `wrong number of args for ${name}: want at least ${fixed.length} got ${operandCount}`,
      );
    }
    if (variadic === undefined && count !== fixed.length) {
      throw this.#execution.problem(`wrong number of args for ${name}: want ${fixed.length} got ${count}`);
    }
  }

  /** `and` and `or` stop at the first operand that decides; what stands behind it is not evaluated. */
  #shortCircuit(dot: GoValue, name: 'and' | 'or', operands: readonly Operand[], final: GoValue | undefined): GoValue {
    let value: GoValue = NONE;
    for (const operand of operands) {
      value = this.#argument(dot, 'reflect.Value', operand);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return final ?? value;
  }

  /** An operand as the argument of a parameter. */
  #argument(dot: GoValue, type: ParameterType, operand: Operand): GoValue {
    this.#execution.at(operand);
    switch (operand.kind) {
      case 'dot':
        return this.#checked(dot, type);
      case 'nil':
        if (type === 'string') throw this.#execution.problem('cannot assign nil to string');
        return NONE;
      case 'field':
        return this.#checked(this.#fieldChain(dot, dot, operand.names, { ...NO_ARGUMENTS, node: operand }), type);
      case 'variable':
        return this.#checked(this.#variable(dot, operand, NO_ARGUMENTS), type);
      case 'pipeline':
        return this.#checked(this.#execution.evaluatePipeline(dot, operand), type);
      case 'identifier':
        return this.#checked(this.#function(dot, operand, { ...NO_ARGUMENTS, node: operand }), type);
      case 'chain':
        return this.#checked(this.#chain(dot, operand, NO_ARGUMENTS), type);
      default:
        if (type === 'string' && operand.kind !== 'string') {
          throw this.#execution.problem(`expected string; found ${nodeText(operand)}`);
        }
        return this.#plainValue(dot, operand);
    }
  }

  #checked(value: GoValue, type: ParameterType): GoValue {
    if (type !== 'string' || value.kind === 'string') return value;
    const reason =
      value.kind === 'none'
        ? 'invalid value; expected string'
        : `wrong type for value; expected string; got ${typeNameOf(value)}`;
    throw this.#execution.problem(reason);
  }
}

function parameterAt({ fixed, variadic }: TemplateFunction, at: number): ParameterType {
  return fixed[at] ?? variadic ?? 'interface {}';
}

/** What `call` was to call, as it stands in the template. */
function calleeText(operands: readonly Operand[], final: GoValue | undefined): string {
  if (operands[0] !== undefined) return nodeText(operands[0]);
  if (final?.kind === 'string') return final.value;
  return final === undefined ? '' : `<${typeNameOf(final)} Value>`;
}
