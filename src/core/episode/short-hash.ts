/**
 * Sixteen hexadecimal digits that the parts decide, the same in every process: names for happenings, in which two of a
 * million have the same one with a chance of 1 in 37 million. Nothing secret depends on it (two lanes of FNV-1a, mixed
 * as MurmurHash3 ends).
 */
export function shortHash(parts: readonly (string | number)[]): string {
  // Lengths before the parts, so that ['ab', 'c'] and ['a', 'bc'] differ.
  const text = parts.map((part) => `${String(part).length}:${part}`).join('');
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995) ^ (low >>> 15);
  }
  return hexadecimal(mixed(low ^ (high >>> 7))) + hexadecimal(mixed(high));
}

function mixed(lane: number): number {
  let hash = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function hexadecimal(lane: number): string {
  return lane.toString(16).padStart(8, '0');
}
