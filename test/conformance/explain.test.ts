import { expect, test } from 'vitest';
import { explainDecision, explainHeadline } from '../../src/core/explain/explain-decision.ts';
import type { ExplainableDecision } from '../../src/core/explain/explanation.ts';
import { LANGUAGES } from '../../src/core/explain/language.ts';
import { playScenario } from '../../src/core/simulator/scenario.ts';
import type { Scenario } from '../../src/core/simulator/scenario-format.ts';
import { walkthroughDecisions } from '../fixtures/walkthrough-decisions.ts';
import { walkthroughScenario } from '../fixtures/walkthrough-scenario.ts';
import { vectorLines } from './vector-lines.ts';

const FORMAT = { formatTime: (atMs: number) => new Date(atMs).toISOString().slice(11, 19) };

for (const file of ['directed', 'random-public']) {
  test(`every decision of ${file} reads whole in both languages`, () => {
    const holed: string[] = [];
    let readCount = 0;
    for (const scenario of vectorLines<Scenario>(file)) {
      for (const outcome of playScenario(scenario)) {
        if (outcome.kind === 'problem') throw new Error(`${scenario.name}: ${outcome.message}`);
        for (const language of LANGUAGES) {
          const { headline, steps, findings } = explainDecision(outcome.decision, language, {
            ...FORMAT,
            facts: outcome.facts,
          });
          const texts = [
            headline,
            ...steps.flatMap(({ text, details }) => [text, ...details]),
            ...findings.flatMap(({ text, action }) => [text, action]),
          ];
          holed.push(...texts.filter((text) => text === '' || /undefined|NaN|\[object|[:：；;] *$/.test(text)));
          readCount++;
        }
      }
    }
    expect(holed).toEqual([]);
    expect(readCount).toBeGreaterThan(1500);
  });
}

test('the walkthrough that the engine plays reads like the one that was written down', () => {
  const played = [...playScenario(walkthroughScenario())].map((outcome) => {
    if (outcome.kind === 'problem') throw new Error(outcome.message);
    return outcome.decision;
  });
  for (const language of LANGUAGES) {
    const read = (decisions: readonly ExplainableDecision[]): string[] =>
      decisions.map((decision) => explainHeadline(decision, language, FORMAT));
    expect(read(played)).toEqual(read(walkthroughDecisions()));
  }
});
