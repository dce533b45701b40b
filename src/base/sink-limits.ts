/** Bounds of the places where messages go, and of what is kept secret for them. */

/** Secrets that are looked for in every line before it leaves the process; the oldest are forgotten, as after many rotations. */
export const KNOWN_SECRETS_COUNT_MAX = 1_000;

/** What a secret may have; tokens, keys and URLs have some hundred bytes. */
export const SECRET_BYTES_MAX = 64 * 1024;

/** For one attempt to deliver a message, from reading the secret to the last byte of the answer. */
export const SINK_SEND_MS_MAX = 10_000;

/** For TCP and TLS together, to wherever messages go. */
export const SINK_CONNECT_MS_MAX = 3_000;

/** How much of a receiver's answer is read; those that are meant for us have some hundred bytes. */
export const SINK_ANSWER_BYTES_MAX = 64 * 1024;

/** How much of a receiver's own words is shown. */
export const SINK_SHOWN_ANSWER_LENGTH_MAX = 256;

/** Longest rest that a receiver may ask for. */
export const SINK_PAUSE_MS_MAX = 24 * 3_600_000;

/** What is sent to a webhook of one's own at most. */
export const SINK_WEBHOOK_BODY_BYTES_MAX = 256 * 1024;
