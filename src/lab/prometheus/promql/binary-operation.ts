import { InvariantError } from '../../../base/failure.ts';
import { ExecutionRefusal } from '../execution-refusal.ts';
import { labelsKey, METRIC_NAME, omitLabels, pickLabels, withoutName } from '../series-labels.ts';
import { type PromqlValue, type VectorElement, type VectorValue, vectorOf } from './value.ts';

type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';
type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
type SetOperator = 'and' | 'or' | 'unless';

/** What two operands are put together by. */
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

/** Which series of two vectors belong together: those that agree in these labels, or in all but these and the name. */
export interface VectorMatching {
  readonly kind: 'on' | 'ignoring';
  readonly labels: readonly string[];
}

export interface BinaryOperation {
  readonly operator: BinaryOperator;
  /** Whether a comparison comes to 0 or 1 instead of leaving out what does not hold. */
  readonly isBool: boolean;
  readonly matching: VectorMatching;
}

const ARITHMETIC: Readonly<Record<ArithmeticOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
};

const COMPARISONS: Readonly<Record<ComparisonOperator, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** Whether an operator compares. */
export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return operator in COMPARISONS;
}

/** Whether an operator looks at which series there are and not at their values. */
export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return operator === 'and' || operator === 'or' || operator === 'unless';
}

/**
 * Puts two values together.
 *
 * @throws ExecutionRefusal when series of vectors do not belong together one to one.
 */
export function operate(operation: BinaryOperation, left: PromqlValue, right: PromqlValue): PromqlValue {
  if (left.kind === 'scalar' && right.kind === 'scalar')
    return { kind: 'scalar', value: resultOf({ ...operation, isBool: true }, left.value, right.value) ?? Number.NaN };
  if (left.kind === 'vector' && right.kind === 'scalar')
    return withScalar(operation, left, (value) => resultOf(operation, value, right.value));
  if (left.kind === 'scalar' && right.kind === 'vector')
    return withScalar(operation, right, (value) => {
      const result = resultOf(operation, left.value, value);
      // A comparison that leaves out shows what the vector has, on whichever side it stands.
      return result === undefined || operation.isBool || !isComparison(operation.operator) ? result : value;
    });
  if (left.kind === 'vector' && right.kind === 'vector')
    return isSetOperator(operation.operator)
      ? combined(operation.operator, operation.matching, left, right)
      : matched(operation, left, right);
  throw new InvariantError(`${left.kind} and ${right.kind} are not put together`);
}

/** Undefined for a comparison that does not hold and leaves out what it was made of. */
function resultOf({ operator, isBool }: BinaryOperation, left: number, right: number): number | undefined {
  if (isSetOperator(operator)) throw new InvariantError(`${operator} is no operator of numbers`);
  if (!isComparison(operator)) return ARITHMETIC[operator](left, right);
  const holds = COMPARISONS[operator](left, right);
  if (isBool) return holds ? 1 : 0;
  return holds ? left : undefined;
}

function withScalar(
  operation: BinaryOperation,
  { elements }: VectorValue,
  compute: (value: number) => number | undefined,
): VectorValue {
  return vectorOf(
    elements.flatMap(({ labels, value }) => {
      const result = compute(value);
      return result === undefined
        ? []
        : [{ labels: keepsName(operation) ? labels : withoutName(labels), value: result }];
    }),
  );
}

/** What a comparison lets through is still the metric that it was. */
function keepsName({ operator, isBool }: BinaryOperation): boolean {
  return isComparison(operator) && !isBool;
}

function matched(operation: BinaryOperation, left: VectorValue, right: VectorValue): VectorValue {
  const { matching } = operation;
  const partners = new Map<string, VectorElement>();
  for (const element of right.elements) {
    const signature = signatureOf(matching, element);
    const other = partners.get(signature);
    if (other !== undefined) throw duplicateRefusal(matching, element, other);
    partners.set(signature, element);
  }
  const taken = new Set<string>();
  return vectorOf(
    left.elements.flatMap((element) => {
      const signature = signatureOf(matching, element);
      const partner = partners.get(signature);
      const value = partner === undefined ? undefined : resultOf(operation, element.value, partner.value);
      if (value === undefined) return [];
      if (taken.has(signature))
        throw new ExecutionRefusal(
          'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
        );
      taken.add(signature);
      return [{ labels: matchedLabels(operation, element), value }];
    }),
  );
}

function matchedLabels(operation: BinaryOperation, { labels }: VectorElement) {
  const { kind, labels: names } = operation.matching;
  const shared = kind === 'on' ? pickLabels(labels, names) : omitLabels(labels, names);
  return keepsName(operation) ? shared : withoutName(shared);
}

function combined(operator: SetOperator, matching: VectorMatching, left: VectorValue, right: VectorValue): VectorValue {
  const signaturesOf = (elements: readonly VectorElement[]): ReadonlySet<string> =>
    new Set(elements.map((element) => signatureOf(matching, element)));
  if (operator === 'or') {
    const known = signaturesOf(left.elements);
    const added = right.elements.filter((element) => !known.has(signatureOf(matching, element)));
    return vectorOf([...left.elements, ...added]);
  }
  const others = signaturesOf(right.elements);
  const isWanted = (element: VectorElement): boolean =>
    others.has(signatureOf(matching, element)) === (operator === 'and');
  return vectorOf(left.elements.filter(isWanted));
}

function signatureOf({ kind, labels: names }: VectorMatching, { labels }: VectorElement): string {
  return labelsKey(kind === 'on' ? pickLabels(labels, names) : omitLabels(labels, [METRIC_NAME, ...names]));
}

function duplicateRefusal(matching: VectorMatching, one: VectorElement, other: VectorElement): ExecutionRefusal {
  const text = ({ labels }: VectorElement): string => JSON.stringify(labels);
  return new ExecutionRefusal(
    `found duplicate series for the match group ${signatureOf(matching, one)} on the right hand-side of the operation: [${text(one)}, ${text(other)}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

/** As Go has it: 1 to any power is 1, and so is -1 to one without end. */
function power(base: number, exponent: number): number {
  if (base === 1) return 1;
  return base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY ? 1 : base ** exponent;
}
