import { compareStep, compareValues, type Difference } from './comparison.ts';
import { type CreationCase, checkCreation, expectedCreation, playCreation } from './creation-check.ts';
import { playScenario, type StepOutcome } from './scenario.ts';
import { checkScenario } from './scenario-check.ts';
import type { Scenario, StepExpectation } from './scenario-format.ts';
import { isRecord, type ShapeCheck, type ShapeProblem } from './shape-check.ts';
import { playSingleStep } from './single-step.ts';
import { checkSingleStep } from './single-step-check.ts';
import type { SingleStep } from './single-step-format.ts';
import { checkText } from './text-check.ts';

/** A line of a scenario file, played: what came out of it, in order, and a sentence when it is bad. */
export type LineItem =
  | {
      readonly kind: 'step';
      readonly index: number;
      readonly outcome: StepOutcome;
      readonly differences: readonly Difference[] | null;
    }
  | { readonly kind: 'value'; readonly value: unknown; readonly differences: readonly Difference[] | null }
  | { readonly kind: 'bad'; readonly message: string };

/** What is known of a line before it is played. */
export interface LineHead {
  readonly name: string;
  /** The rule that the line pins, as its author names it: `4.3: scale-up stabilization takes the lowest`. */
  readonly rule: string;
  readonly items: Iterable<LineItem>;
}

/**
 * Reads one line of JSON and plays it: a story (key `steps`), a single step of the algorithm (`kind`) or a creation
 * (`input`). Differences are null where nothing is expected. Strict: unknown fields, wrong types and keys that stand twice
 * make it bad.
 */
export function playLine(text: string): LineHead {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (thrown) {
    if (text.startsWith(BYTE_ORDER_MARK)) return bad('', 'not JSON: starts with a byte order mark');
    return bad('', `not JSON: ${thrown instanceof Error ? thrown.message : 'unreadable'}`);
  }
  if (!isRecord(line)) return bad('', 'not a JSON object');
  const name = typeof line['name'] === 'string' ? line['name'] : '';
  const problem = checkText(text);
  if (problem !== null) return bad(name, problemText(problem));
  if (Object.hasOwn(line, 'steps')) return play(line, name, checkScenario, playStory);
  if (Object.hasOwn(line, 'kind')) return play(line, name, checkSingleStep, playStep);
  if (Object.hasOwn(line, 'input')) return play(line, name, checkCreation, playInput);
  return bad(name, 'neither a story (steps), nor a single step (kind), nor a creation (input)');
}

const BYTE_ORDER_MARK = '\ufeff';

function play(
  line: Readonly<Record<string, unknown>>,
  name: string,
  check: ShapeCheck,
  items: (line: never) => Iterable<LineItem>,
): LineHead {
  const problem = check(line);
  if (problem !== null) return bad(name, problemText(problem));
  const rule = ['section', 'rule', 'func'].map((key) => line[key]).filter((part) => typeof part === 'string');
  return { name, rule: rule.join(': ') || String(line['kind'] ?? 'creation'), items: items(line as never) };
}

function problemText({ path, message }: ShapeProblem): string {
  return path === '' ? message : `${path}: ${message}`;
}

function bad(name: string, message: string): LineHead {
  return { name, rule: '', items: [{ kind: 'bad', message }] };
}

function* playStory(scenario: Scenario): Generator<LineItem> {
  let index = 0;
  for (const outcome of playScenario(scenario)) {
    if (outcome.kind === 'problem') yield { kind: 'bad', message: outcome.message };
    else {
      const { expect } = outcome.step;
      yield {
        kind: 'step',
        index: index++,
        outcome,
        differences: isEmpty(expect) ? null : compareStep(expect, outcome),
      };
    }
  }
}

function isEmpty(expect: StepExpectation | undefined): expect is undefined {
  return expect === undefined || Object.keys(expect).length === 0;
}

function* playStep(step: SingleStep): Generator<LineItem> {
  const played = playSingleStep(step);
  if (played.kind === 'problem') yield { kind: 'bad', message: played.message };
  else {
    const differences = step.out === undefined ? null : differencesOf(step.kind, 'out', step.out, played.out);
    yield { kind: 'value', value: played.out, differences };
  }
}

function* playInput(line: CreationCase): Generator<LineItem> {
  const value = playCreation(line);
  const expected = expectedCreation(line);
  const isExpected = isRecord(expected) && Object.keys(expected).length > 0;
  yield { kind: 'value', value, differences: isExpected ? differencesOf('creation', '', expected, value) : null };
}

function differencesOf(rule: string, path: string, expected: unknown, actual: unknown): readonly Difference[] {
  const differences: Difference[] = [];
  compareValues(expected, actual, path, (place, left, right) =>
    differences.push({ rule, path: place.replace(/^\./, ''), expected: left, actual: right }),
  );
  return differences;
}
