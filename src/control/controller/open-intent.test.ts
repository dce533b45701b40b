import { expect, test } from 'vitest';
import { factsOf, hpaOf, NOW_MS, queuePerReplica, valueSamples } from '../../../test/fixtures/engine-facts.ts';
import type { Facts } from '../../core/engine/facts.ts';
import { EMPTY_MEMORY, type Memory } from '../../core/engine/memory.ts';
import { isBudgetInDoubt, type OpenIntent, reopenedIntent, resolveIntent, type WriteDoubt } from './open-intent.ts';

const INTENT: OpenIntent = {
  fromReplicas: 3,
  toReplicas: 5,
  resourceVersion: '7',
  atMs: NOW_MS - 9_000,
  untilMs: NOW_MS + 1,
};
const MADE: Memory = { ...EMPTY_MEMORY, scaleUpEvents: [[2, NOW_MS - 9_000, 0]] };

function factsAt(specReplicas: number): Facts {
  const hpa = hpaOf([queuePerReplica('30')]);
  const behavior = { scaleUp: { policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] } };
  return factsOf({ ...hpa, spec: { ...hpa.spec, behavior } }, specReplicas, [valueSamples(1)]);
}

const failed: Facts = { ...factsAt(3), scale: { kind: 'failed', stage: 'read', message: 'no' } };

test.each<{
  why: string;
  intent: OpenIntent | null;
  facts: Facts;
  /** Of the target now; that of the intent when absent. */
  version?: string;
  memory: Memory;
  left: OpenIntent | null;
  doubt?: WriteDoubt;
}>([
  { why: 'none was left', intent: null, facts: factsAt(3), memory: EMPTY_MEMORY, left: null },
  {
    why: 'the count shows it: made, from the earliest instant',
    intent: INTENT,
    facts: factsAt(5),
    version: '8',
    memory: MADE,
    left: null,
    doubt: { earliestAtMs: INTENT.atMs, latestAtMs: NOW_MS },
  },
  {
    why: 'nobody has touched the target: it may still arrive',
    intent: INTENT,
    facts: factsAt(3),
    memory: EMPTY_MEMORY,
    left: { ...INTENT, atMs: NOW_MS },
  },
  {
    why: 'nobody has, and nothing can arrive any more',
    intent: { ...INTENT, untilMs: NOW_MS },
    facts: factsAt(3),
    memory: EMPTY_MEMORY,
    left: null,
  },
  {
    why: 'the count is as before, the target is not: not made, or made and undone, nobody knows',
    intent: INTENT,
    facts: factsAt(3),
    version: '8',
    memory: EMPTY_MEMORY,
    left: null,
    doubt: { earliestAtMs: null, latestAtMs: NOW_MS },
  },
  {
    why: 'nor where its version is not known',
    intent: { ...INTENT, resourceVersion: null },
    facts: factsAt(3),
    memory: EMPTY_MEMORY,
    left: null,
    doubt: { earliestAtMs: null, latestAtMs: NOW_MS },
  },
  {
    why: 'somebody else has changed the count: made or not, nobody knows',
    intent: INTENT,
    facts: factsAt(4),
    version: '8',
    memory: EMPTY_MEMORY,
    left: null,
    doubt: { earliestAtMs: null, latestAtMs: NOW_MS },
  },
  { why: 'the count cannot be read', intent: INTENT, facts: failed, memory: EMPTY_MEMORY, left: INTENT },
])('what became of an intent: $why', ({ intent, facts, version = '7', memory, left, doubt = null }) => {
  const unsettled = { openIntent: intent, doubt: null };
  expect(resolveIntent(unsettled, EMPTY_MEMORY, facts, version)).toEqual({ memory, openIntent: left, doubt });
});

test('a doubt stays until there is a newer one', () => {
  const doubt = { earliestAtMs: null, latestAtMs: NOW_MS - 20_000 };
  expect(resolveIntent({ openIntent: null, doubt }, EMPTY_MEMORY, factsAt(3), '7').doubt).toBe(doubt);
  expect(resolveIntent({ openIntent: INTENT, doubt }, EMPTY_MEMORY, factsAt(3), '7').doubt).toBe(doubt);
  expect(resolveIntent({ openIntent: INTENT, doubt }, EMPTY_MEMORY, factsAt(4), '8').doubt?.latestAtMs).toBe(NOW_MS);
});

test('an intent that was left counts from its instant, and can arrive for as long as a sync may take', () => {
  expect(reopenedIntent([3, 5, NOW_MS - 9_000, '7'], NOW_MS)).toEqual({ ...INTENT, untilMs: NOW_MS + 60_000 });
  expect(reopenedIntent(null, NOW_MS)).toBeNull();
});

const POLICY = { scaleUp: { policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] }, scaleDown: { policies: [] } };

test.each<{ why: string; earliestAtMs?: null; sinceMs: number; isInDoubt: boolean }>([
  { why: 'the period reaches back to the change whenever it was', sinceMs: 59_999, isInDoubt: false },
  { why: 'it does only if the change was late', sinceMs: 60_000, isInDoubt: true },
  { why: 'it still does only if the change was late', sinceMs: 68_999, isInDoubt: true },
  { why: 'it reaches back to it no longer', sinceMs: 69_000, isInDoubt: false },
  { why: 'it reaches back to where the change was, if it was', earliestAtMs: null, sinceMs: 9_001, isInDoubt: true },
  { why: 'it does no longer, whether or not it was', earliestAtMs: null, sinceMs: 69_000, isInDoubt: false },
])('a budget in doubt: $why', ({ earliestAtMs = 0, sinceMs, isInDoubt }) => {
  const doubt = { earliestAtMs, latestAtMs: 9_000 };
  expect(isBudgetInDoubt(doubt, POLICY, sinceMs)).toBe(isInDoubt);
  expect(isBudgetInDoubt(null, POLICY, sinceMs)).toBe(false);
  expect(isBudgetInDoubt(doubt, undefined, sinceMs)).toBe(false);
});
