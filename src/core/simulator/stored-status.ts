import type { HpaStatus } from '../autoscaling/types.ts';
import { HPA_STATUS_V2 } from '../autoscaling/v2-shape.ts';
import { encode } from '../autoscaling/wire-shape.ts';

/**
 * A status as an API server stores it and gives it back: canonical quantities (`900000000` becomes `900M`), empty fields
 * left out. Times are whole seconds already.
 */
export function storedForm(status: HpaStatus): HpaStatus {
  return encode(HPA_STATUS_V2, status) as HpaStatus;
}
