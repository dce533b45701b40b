import { Random } from '../../base/random.ts';

/** Makes the uids and the random-looking suffixes of names: the same sequence for the same seed. */
export interface IdentitySource {
  /** A UUID of version 4's form. */
  newUid(): string;
  /** Five characters, as `generateName` appends them. */
  newSuffix(): string;
}

const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** A sequence from a seed, so that a story's objects are named the same each time. */
export function createIdentitySource(seed: number): IdentitySource {
  const random = Random.ofSeed(seed, 'apiserver/identity');
  const nextWord = (): number => random.nextUint32();
  const hex = (word: number): string => word.toString(16).padStart(8, '0');
  return {
    newUid() {
      const text = `${hex(nextWord())}${hex(nextWord())}${hex(nextWord())}${hex(nextWord())}`;
      const variant = '89ab'[nextWord() & 3];
      return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
    },
    newSuffix() {
      let suffix = '';
      while (suffix.length < SUFFIX_LENGTH) suffix += SUFFIX_ALPHABET[nextWord() % SUFFIX_ALPHABET.length];
      return suffix;
    },
  };
}
