import { expect } from 'vitest';
import { linesOf, play, type StoryEvent, type Telling } from './story.ts';

/** A story and all that is told of it. */
export interface StoryRow {
  readonly why: string;
  readonly events: readonly StoryEvent[];
  readonly telling?: Telling;
  readonly told: readonly string[];
}

/** Plays a story straight, with each observation twice, and as if each step were made by a new process: all the same. */
export function expectTold({ events, telling = {}, told }: StoryRow): void {
  expect(linesOf(play(events, telling))).toEqual(told);
  expect(linesOf(play(events, { ...telling, isDoubled: true }))).toEqual(told);
  expect(linesOf(play(events, { ...telling, isRestarted: true }))).toEqual(told);
}

/** From this second on, as many pods are available; `all` counts those of two templates too. */
export function pods(at: number, available: number, all: number | null = null): StoryEvent {
  return [at, { available, pods: all }];
}
