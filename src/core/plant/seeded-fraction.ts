/**
 * A fraction in [0, 1) that depends on nothing but its seed and index: the same story for the same seed, whatever was
 * asked before. A 32-bit mixer (the finalizer of MurmurHash3) over both.
 */
export function seededFraction(seed: number, index: number): number {
  let hash = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
