import { decodeHpa } from './decoding.ts';
import { defaultHpa } from './defaulting.ts';
import { type ApiFeatures, DEFAULT_API_FEATURES, dropDisabledFields } from './features.ts';
import { type FieldErrorType, fieldErrorText, rejectionText } from './field-error.ts';
import { dropRoundTripAnnotations } from './round-trip-annotations.ts';
import type { HpaSpec } from './types.ts';
import { hpaToV1 } from './v1-conversion.ts';
import type { HpaSpecV1 } from './v1-types.ts';
import { HPA_SPEC_V2 } from './v2-shape.ts';
import { validateNewHpa } from './validation.ts';
import { encode } from './wire-shape.ts';

/** What becomes of an HPA that somebody creates; the members are those of the conformance vectors. */
export type Creation =
  | {
      /** The spec as it would be stored, canonical. */
      readonly defaultedSpec: HpaSpec;
      /** Validation errors in order; an error may occur twice. */
      readonly errors: readonly CreationError[];
      /** The API error's whole message; only with errors. */
      readonly rejection?: string;
      /** The object read through `autoscaling/v1`; only without errors. */
      readonly asV1?: CreatedV1;
    }
  /** The API server cannot even read it; the message is its decoder's. */
  | { readonly decodeError: string };

export interface CreationError {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly text: string;
}

export interface CreatedV1 {
  readonly spec: HpaSpecV1;
  readonly annotations: Readonly<Record<string, string>> | null;
}

/**
 * Creates an `autoscaling/v2` object as the API server of Kubernetes 1.36 would: decodes, defaults, drops what is
 * gated off, validates. The name must be there already: `generateName` is the server's business.
 */
export function createHpa(input: unknown, features: Partial<ApiFeatures> = {}): Creation {
  const gates = { ...DEFAULT_API_FEATURES, ...features };
  const decoded = decodeHpa(input);
  if (decoded.kind === 'refused') return { decodeError: decoded.message };
  const { status: _, ...defaulted } = defaultHpa(dropRoundTripAnnotations(decoded.value));
  const hpa = dropDisabledFields(defaulted, undefined, gates);
  const errors = validateNewHpa(hpa, gates);
  const defaultedSpec = encode(HPA_SPEC_V2, defaulted.spec) as HpaSpec;
  if (errors.length > 0) {
    return {
      defaultedSpec,
      errors: errors.map((error) => ({ type: error.type, field: error.field, text: fieldErrorText(error) })),
      rejection: rejectionText('HorizontalPodAutoscaler.autoscaling', hpa.metadata.name, errors),
    };
  }
  const { metadata, spec } = hpaToV1(hpa);
  return { defaultedSpec, errors: [], asV1: { spec, annotations: metadata.annotations ?? null } };
}
