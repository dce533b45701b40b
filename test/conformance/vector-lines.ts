import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The lines of `test/vectors/<name>.jsonl.gz`, parsed. */
export function vectorLines<T>(name: string): readonly T[] {
  const packed = readFileSync(new URL(`../vectors/${name}.jsonl.gz`, import.meta.url));
  const lines = gunzipSync(packed).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

/** The value as it is after a way through JSON: members that are undefined are gone. */
export function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
