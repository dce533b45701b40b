import type { Signal } from '@preact/signals';
import type { DecisionSummary } from '../../../src/people/dashboard/wire.ts';
import type { Preferences } from '../preferences.ts';
import type { Reader } from '../reader.ts';
import type { Store } from '../store.ts';

/** What every chart of an HPA is drawn from. */
export interface ChartProps {
  readonly points: readonly DecisionSummary[];
  /** Shared, so that pointing at one chart marks the instant in all of them. */
  readonly hoveredAtMs: Signal<number | null>;
  readonly store: Store;
  readonly preferences: Preferences;
  readonly reader: Reader;
}
