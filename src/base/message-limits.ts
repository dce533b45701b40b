/** Bounds of messages to people, each with its unit last in its name. */

/** Longest part of a cluster's own words (a condition's message, a name) in a message. */
export const CLUSTER_TEXT_LENGTH_MAX = 1000;

/** Namespaces that a digest counts one by one; the others are counted together. */
export const DIGEST_NAMESPACES_COUNT_MAX = 20;

/** Notices that a digest shows one by one, the most important first. */
export const DIGEST_LINES_COUNT_MAX = 30;
