/** Bounds of what is remembered about who asks and what they may. */

/** Verdicts on tokens, and as many on rights, that are remembered for a few seconds, as upstream's. */
export const ACCESS_REVIEWS_COUNT_MAX = 8_192;

/** What a request may say about itself, in characters, for what is known about it to be remembered, as upstream's. */
export const ACCESS_REVIEW_CACHED_TEXT_LENGTH_MAX = 10_000;

/** Longest wait for the API server's verdict on a token or a right, attempts included. */
export const ACCESS_REVIEW_MS_MAX = 10_000;

/** Readers of APIs in a namespace each who are remembered as allowed; whose last yes is longest ago is forgotten. */
export const RECENT_READERS_COUNT_MAX = 8_192;

/** Client certificates whose chain is remembered as checked; the least used is checked again. */
export const CLIENT_CERTIFICATE_VERDICTS_COUNT_MAX = 1_024;
