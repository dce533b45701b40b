import { isScalar, type Node, type YAMLMap } from 'yaml';
import type { AdapterFinding } from '../../../core/explain/adapter-finding.ts';

/** A document of another kind that was taken for the configuration, and where in the text it shows itself. */
export interface MistakenDocument {
  readonly finding: AdapterFinding;
  readonly offset: number;
}

/** The value of a key; undefined when there is none. */
export function memberOf(map: YAMLMap, wanted: string): Node | undefined {
  return map.items.find(({ key }) => keyText(key) === wanted)?.value as Node | undefined;
}

/** The text of a key; empty for one that is no scalar. */
export function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}
