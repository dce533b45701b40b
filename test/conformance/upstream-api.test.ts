import { describe, expect, it } from 'vitest';
import {
  type LabelSelector,
  matchesSelector,
  parseSelector,
  type SelectorResult,
  selectorOfObject,
  selectorText,
} from '../../src/base/label-selector.ts';
import {
  formatQuantity,
  parseQuantity,
  quantityMilli,
  quantityProblem,
  quantitySign,
  quantityToNumber,
} from '../../src/base/quantity.ts';
import { createHpa } from '../../src/core/autoscaling/create.ts';
import { decode, decodeHpa } from '../../src/core/autoscaling/decoding.ts';
import { defaultHpa } from '../../src/core/autoscaling/defaulting.ts';
import { type ApiFeatures, DEFAULT_API_FEATURES, dropDisabledFields } from '../../src/core/autoscaling/features.ts';
import { type FieldError, fieldErrorText } from '../../src/core/autoscaling/field-error.ts';
import { dropRoundTripAnnotations } from '../../src/core/autoscaling/round-trip-annotations.ts';
import { hpaCells } from '../../src/core/autoscaling/table.ts';
import type { HorizontalPodAutoscaler } from '../../src/core/autoscaling/types.ts';
import { hpaOfV1, hpaToV1 } from '../../src/core/autoscaling/v1-conversion.ts';
import { HPA_V1 } from '../../src/core/autoscaling/v1-shape.ts';
import type { HorizontalPodAutoscalerV1 } from '../../src/core/autoscaling/v1-types.ts';
import { HPA_V2 } from '../../src/core/autoscaling/v2-shape.ts';
import { validateUpdatedHpa, validateUpdatedHpaStatus } from '../../src/core/autoscaling/validation.ts';
import { encode, type WireShape } from '../../src/core/autoscaling/wire-shape.ts';
import { throughJson, vectorLines } from './vector-lines.ts';

/** One recorded call of upstream's own code; `kind` says which. */
interface Line {
  readonly kind: string;
  readonly input?: { readonly apiVersion: string };
  readonly old?: unknown;
  readonly features?: Partial<ApiFeatures>;
  readonly selector?: string;
  readonly labelSelector?: LabelSelector;
  readonly labels?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly expect: Readonly<Record<string, unknown>>;
}

const ANSWERS: Readonly<Record<string, (line: Line) => unknown>> = {
  create: ({ input, features }) => createHpa(input, features),
  update: ({ input, old, features }) => {
    const stored = readV2(old);
    const gates = { ...DEFAULT_API_FEATURES, ...features };
    const updated = dropDisabledFields(readV2(input), stored, gates);
    return { errors: shown(validateUpdatedHpa(updated, stored, gates)) };
  },
  status: ({ input, old }) => ({ errors: shown(validateUpdatedHpaStatus(readV2(input), readV2(old))) }),
  convert: ({ input }) => {
    const v2 = input?.apiVersion === 'autoscaling/v1' ? hpaOfV1(readV1(input)) : readV2(input);
    return { v1: parts(HPA_V1, hpaToV1(v2)), v2: parts(HPA_V2, v2) };
  },
  // The recorded objects have no creation time, so the clock does not count.
  table: ({ input }) => ({ cells: hpaCells(readV2(input), 0) }),
  selector: ({ selector = '', labels = {} }) => selection(parseSelector(selector), labels),
  labelSelector: ({ labelSelector, labels = {} }) => selection(selectorOfObject(labelSelector), labels),
  quantity: ({ text = '' }) => quantityFacts(text),
};

const lines = vectorLines<Line>('upstream-api');

describe.each(Object.keys(ANSWERS))('%s', (kind) => {
  const own = lines.filter((line) => line.kind === kind);

  it('agrees with every recorded answer of upstream', () => {
    expect(own.length).toBeGreaterThan(40);
    for (const line of own) {
      const { expect: expected, ...call } = line;
      expect({ call, answer: throughJson(ANSWERS[kind]?.(line)) }).toEqual({ call, answer: expected });
    }
  });
});

function readV2(input: unknown): HorizontalPodAutoscaler {
  const decoded = decodeHpa(input);
  if (decoded.kind === 'refused') throw new Error(decoded.message);
  return defaultHpa(dropRoundTripAnnotations(decoded.value));
}

function readV1(input: unknown): HorizontalPodAutoscalerV1 {
  const decoded = decode(HPA_V1, input);
  if (decoded.kind === 'refused') throw new Error(decoded.message);
  return decoded.value as HorizontalPodAutoscalerV1;
}

function shown(errors: readonly FieldError[]): unknown {
  return errors.map((error) => ({ type: error.type, field: error.field, text: fieldErrorText(error) }));
}

/** What a conversion may change. Upstream writes a status always, so an absent one counts as an empty one. */
function parts(shape: WireShape, hpa: HorizontalPodAutoscaler | HorizontalPodAutoscalerV1): unknown {
  const { spec, status, metadata } = encode(shape, { ...hpa, status: hpa.status ?? {} }) as HorizontalPodAutoscaler;
  return { spec, status, annotations: metadata.annotations };
}

function selection(result: SelectorResult, labels: Readonly<Record<string, string>>): unknown {
  if (result.kind === 'invalid') return { error: result.message };
  return { text: selectorText(result.selector), isMatch: matchesSelector(result.selector, labels) };
}

function quantityFacts(text: string): unknown {
  const quantity = parseQuantity(text);
  if (quantity === undefined) return { error: quantityProblem(text) };
  return {
    canonical: formatQuantity(quantity),
    milli: String(quantityMilli(quantity)),
    number: String(quantityToNumber(quantity)),
    format: quantity.format,
    sign: quantitySign(quantity),
  };
}
