import { CallProblem } from './call-problem.ts';
import { areEqual, isLess } from './comparison.ts';
import { escapedHtml, escapedJavaScript, escapedQuery } from './escaping.ts';
import { type GoValue, goBool, goInt, goString, isTrue, lengthOf, NONE, typeNameOf } from './go-value.ts';
import { formatted } from './printf.ts';
import { bounded, printed, printedLine } from './value-text.ts';

/** What a parameter takes: any value with nil as `none`, the same where Go passes an interface, or a string. */
export type ParameterType = 'reflect.Value' | 'interface {}' | 'string';

/** A function that every template has. */
export interface TemplateFunction {
  readonly fixed: readonly ParameterType[];
  /** Of the arguments beyond the fixed ones; undefined when there may be none. */
  readonly variadic?: ParameterType;
  /** Throws CallProblem when it refuses its arguments. */
  readonly call: (values: readonly GoValue[]) => GoValue;
}

const VALUE = 'reflect.Value';
const ANY = 'interface {}';

/** Functions of two values. */
function comparison(call: (a: GoValue, b: GoValue) => boolean): TemplateFunction {
  return { fixed: [VALUE, VALUE], call: ([a = NONE, b = NONE]) => goBool(call(a, b)) };
}

function printing(call: (values: readonly GoValue[]) => string): TemplateFunction {
  return { fixed: [], variadic: ANY, call: (values) => goString(bounded(call(values))) };
}

/** By name. `and` and `or` are evaluated one operand after the other, where templates are executed. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  [
    'and',
    { fixed: [VALUE], variadic: VALUE, call: (values) => values.find((value) => !isTrue(value)) ?? lastOf(values) },
  ],
  ['or', { fixed: [VALUE], variadic: VALUE, call: (values) => values.find(isTrue) ?? lastOf(values) }],
  ['not', { fixed: [VALUE], call: ([value = NONE]) => goBool(!isTrue(value)) }],
  ['index', { fixed: [VALUE], variadic: VALUE, call: ([item = NONE, ...indexes]) => indexed(item, indexes) }],
  ['slice', { fixed: [VALUE], variadic: VALUE, call: ([item = NONE, ...indexes]) => sliced(item, indexes) }],
  ['len', { fixed: [VALUE], call: ([value = NONE]) => goInt(measured(value)) }],
  ['call', { fixed: [VALUE], variadic: VALUE, call: ([value = NONE]) => refuseCall(value) }],
  ['print', printing(printed)],
  ['println', printing(printedLine)],
  [
    'printf',
    {
      fixed: ['string'],
      variadic: ANY,
      call: ([format = NONE, ...values]) => goString(formatted(format.kind === 'string' ? format.value : '', values)),
    },
  ],
  ['html', printing((values) => escapedHtml(escapable(values)))],
  ['js', printing((values) => escapedJavaScript(escapable(values)))],
  ['urlquery', printing((values) => escapedQuery(escapable(values)))],
  ['eq', { fixed: [VALUE], variadic: VALUE, call: ([value = NONE, ...others]) => goBool(isAnyEqual(value, others)) }],
  ['ne', comparison((a, b) => !areEqual(a, b))],
  ['lt', comparison(isLess)],
  ['le', comparison((a, b) => isLess(a, b) || areEqual(a, b))],
  ['gt', comparison((a, b) => !(isLess(a, b) || areEqual(a, b)))],
  ['ge', comparison((a, b) => !isLess(a, b))],
]);

function lastOf(values: readonly GoValue[]): GoValue {
  return values.at(-1) ?? NONE;
}

function isAnyEqual(value: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new CallProblem('missing argument for comparison');
  return others.some((other) => areEqual(value, other));
}

function indexed(item: GoValue, indexes: readonly GoValue[]): GoValue {
  if (item.kind === 'none') throw new CallProblem('index of untyped nil');
  return indexes.reduce(itemAt, item);
}

function itemAt(item: GoValue, index: GoValue): GoValue {
  switch (item.kind) {
    case 'map':
      if (index.kind === 'none') throw new CallProblem('value is nil; should be of type string');
      if (index.kind !== 'string') throw new CallProblem(`value has type ${typeNameOf(index)}; should be string`);
      return goString(item.entries.get(index.value) ?? '');
    case 'list': {
      const at = position(index, item.items.length);
      const value = item.items[at];
      if (value === undefined) throw new CallProblem('reflect: slice index out of range');
      return goString(value);
    }
    case 'string': {
      const bytes = new TextEncoder().encode(item.value);
      const byte = bytes[position(index, bytes.length)];
      if (byte === undefined) throw new CallProblem('reflect: string index out of range');
      return { kind: 'uint8', value: BigInt(byte) };
    }
    default:
      throw new CallProblem(`can't index item of type ${typeNameOf(item)}`);
  }
}

/** An index from 0 to the bound itself, which Go leaves to whoever uses it. */
function position(index: GoValue, bound: number): number {
  if (index.kind === 'none') throw new CallProblem('cannot index slice/array with nil');
  if (index.kind !== 'int' && index.kind !== 'uint8') {
    throw new CallProblem(`cannot index slice/array with type ${typeNameOf(index)}`);
  }
  if (index.value < 0n || index.value > BigInt(bound)) throw new CallProblem(`index out of range: ${index.value}`);
  return Number(index.value);
}

function sliced(item: GoValue, indexes: readonly GoValue[]): GoValue {
  if (item.kind === 'none') throw new CallProblem('slice of untyped nil');
  if (indexes.length > 3) throw new CallProblem(`too many slice indexes: ${indexes.length}`);
  if (item.kind !== 'string' && item.kind !== 'list')
    throw new CallProblem(`can't slice item of type ${typeNameOf(item)}`);
  if (item.kind === 'string' && indexes.length === 3) throw new CallProblem('cannot 3-index slice a string');
  const bytes = item.kind === 'string' ? new TextEncoder().encode(item.value) : undefined;
  const length = bytes === undefined ? measured(item) : bytes.length;
  const [from = 0, to = length, capacity] = indexes.map((index) => position(index, length));
  if (from > to) throw new CallProblem(`invalid slice index: ${from} > ${to}`);
  if (capacity !== undefined && to > capacity) throw new CallProblem(`invalid slice index: ${to} > ${capacity}`);
  if (item.kind === 'list') return { kind: 'list', items: item.items.slice(from, to) };
  return goString(new TextDecoder().decode(bytes?.subarray(from, to)));
}

function measured(value: GoValue): number {
  const length = lengthOf(value);
  if (length !== undefined) return length;
  if (value.kind === 'none') throw new CallProblem('reflect: call of reflect.Value.Type on zero Value');
  throw new CallProblem(`len of type ${typeNameOf(value)}`);
}

/** The data of rules holds no functions. */
function refuseCall(value: GoValue): GoValue {
  throw new CallProblem(value.kind === 'none' ? 'call of nil' : `non-function of type ${typeNameOf(value)}`);
}

/** The escaping functions write what is missing as templates do. */
function escapable(values: readonly GoValue[]): string {
  return printed(values.map((value) => (value.kind === 'none' ? goString('<no value>') : value)));
}
