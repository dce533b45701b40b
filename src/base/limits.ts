/** Every bound of the program, each with its unit last in its name. */

/** Largest body that a client of ours reads before it gives up. */
export const RESPONSE_BODY_BYTES_MAX = 256 * 1024 * 1024;

/** Closed watches that a delivery ledger remembers, so that an event written after the close does not hold the clock. */
export const CLOSED_DELIVERY_TOKEN_COUNT_MAX = 4096;

/** Longest text that is read as a quantity; real ones have some twenty characters. */
export const QUANTITY_TEXT_LENGTH_MAX = 1024;

/** Largest decimal exponent of a quantity, either way: `1e1000000000` would take all memory to write out. */
export const QUANTITY_EXPONENT_MAX = 1000;
