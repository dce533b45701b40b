import { type Creation, createHpa } from '../autoscaling/create.ts';
import type { ApiFeatures } from '../autoscaling/features.ts';
import { FEATURES } from './scenario-check.ts';
import { fields, isRecord, type ShapeCheck, TEXT } from './shape-check.ts';

/** An HPA that somebody creates, with what the API server made of it. */
export interface CreationCase {
  readonly name: string;
  readonly input: unknown;
  readonly features?: Partial<ApiFeatures>;
}

const ANY: ShapeCheck = () => null;

/** Says what is wrong with a creation; null when it is one. `input` may be anything: refusing it is the answer. */
export const checkCreation: ShapeCheck = fields(
  {
    name: TEXT,
    input: ANY,
    features: FEATURES,
    defaultedSpec: ANY,
    errors: ANY,
    rejection: TEXT,
    asV1: ANY,
    decodeError: TEXT,
  },
  ['name', 'input'],
);

/** What the API server would make of it. */
export function playCreation({ input, features }: CreationCase): Creation {
  return createHpa(input, features);
}

/** The keys of a creation's line that say what is expected. */
export function expectedCreation(line: CreationCase): unknown {
  if (!isRecord(line)) return {};
  const { name: _, input: __, features: ___, ...expected } = line;
  return expected;
}
