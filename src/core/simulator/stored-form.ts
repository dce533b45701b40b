import { decode } from '../autoscaling/decoding.ts';
import type { HpaSpec, HpaStatus } from '../autoscaling/types.ts';
import { HPA_SPEC_V2, HPA_STATUS_V2 } from '../autoscaling/v2-shape.ts';
import { encode } from '../autoscaling/wire-shape.ts';

/**
 * A status as an API server stores it and gives it back: canonical quantities (`900000000` becomes `900M`), empty fields
 * left out, times in whole seconds of UTC.
 */
export function storedStatus(status: HpaStatus): HpaStatus {
  return encode(HPA_STATUS_V2, status) as HpaStatus;
}

/** A spec likewise. */
export function storedSpec(spec: HpaSpec): HpaSpec {
  const decoded = decode(HPA_SPEC_V2, spec);
  return decoded.kind === 'decoded' ? (encode(HPA_SPEC_V2, decoded.value) as HpaSpec) : spec;
}
