import type { AdapterFinding } from '../../core/explain/adapter-finding.ts';
import type { Place } from './config/config-places.ts';

/** A finding about a configuration, with where it is. */
export interface PlacedFinding {
  readonly finding: AdapterFinding;
  /** `rules[0].metricsQuery`; empty for the file as a whole. */
  readonly path: string;
  readonly place: Place;
}
