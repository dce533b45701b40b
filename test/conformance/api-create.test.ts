import { expect, it } from 'vitest';
import { createHpa } from '../../src/core/autoscaling/create.ts';
import type { ApiFeatures } from '../../src/core/autoscaling/features.ts';
import { throughJson, vectorLines } from './vector-lines.ts';

interface CreateLine {
  readonly name: string;
  readonly input: unknown;
  readonly features: Partial<ApiFeatures>;
}

const lines = vectorLines<CreateLine>('api-create');

it('has all creations', () => {
  expect(lines.length).toBe(64);
});

it.each(lines.map((line, index) => [`${index} ${line.name}`, line] as const))('creates %s as upstream', (_, line) => {
  const { name: _name, input, features, ...expected } = line;
  expect(throughJson(createHpa(input, features))).toEqual(expected);
});
