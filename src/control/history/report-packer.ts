import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { DecisionReport } from '../facts/report.ts';

/** A report in few bytes: a text of one byte a character, because a buffer of its own would cost as much again. */
export type PackedReport = string;

/** Enough for a report of a dozen pods; the dictionary must fit as well. */
const WINDOW_BITS = 14;
const DICTIONARY_BYTES_MAX = 2 ** WINDOW_BITS / 2;
const MEMORY_LEVEL = 6;
const FASTEST_LEVEL = 1;
/** Most packed reports are smaller; the default would be made anew for each. */
const CHUNK_BYTES = 2_048;

/**
 * Packs whole reports, losing nothing: numbers that JSON cannot say stay too. All are packed in the words of the first,
 * since reports of one controller are alike in most of what they say.
 */
export class ReportPacker {
  #dictionary: Buffer | undefined;

  pack(report: DecisionReport): PackedReport {
    const bytes = serialize(report);
    this.#dictionary ??= Buffer.from(bytes.subarray(0, DICTIONARY_BYTES_MAX));
    return deflateRawSync(bytes, {
      level: FASTEST_LEVEL,
      windowBits: WINDOW_BITS,
      memLevel: MEMORY_LEVEL,
      chunkSize: CHUNK_BYTES,
      dictionary: this.#dictionary,
    }).toString('latin1');
  }

  unpack(packed: PackedReport): DecisionReport {
    const options = this.#dictionary === undefined ? {} : { dictionary: this.#dictionary };
    return deserialize(inflateRawSync(Buffer.from(packed, 'latin1'), { windowBits: WINDOW_BITS, ...options }));
  }
}
