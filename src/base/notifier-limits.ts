/** The bounds of the notifier, each with its unit last in its name; those of everything else are in `limits.ts`. */

/** Steps of one scaling that a notice names; of more, those in the middle are told as one. */
export const EPISODE_STEPS_COUNT_MAX = 64;

/** Metrics of one HPA that a notice names. */
export const EPISODE_READINGS_COUNT_MAX = 32;

/** Labels of an HPA that its notices carry. */
export const EPISODE_LABELS_COUNT_MAX = 64;

/** Moves and begun scalings of one HPA by which flapping is recognised. */
export const EPISODE_FLAP_MOVES_COUNT_MAX = 64;

/** Durations of an HPA's last scalings by which it is judged whether the present one takes too long. */
export const EPISODE_DURATIONS_COUNT_MAX = 20;

/** Namespaces that one notice about a provider of metrics names. */
export const EPISODE_NAMESPACES_COUNT_MAX = 20;

/** Notices that are still to be told to somebody; beyond it the least important give way, and that is told. */
export const OUTBOX_NOTICES_COUNT_MAX = 10_000;

/** Notices of which it is remembered that they were told, for a day at most. */
export const OUTBOX_SETTLED_COUNT_MAX = 20_000;

/**
 * Notices that one message stands for. What is stored before a request names each of them, and shares a ConfigMap with
 * other things; and three messages are enough for all that may wait.
 */
export const MESSAGE_NOTICES_COUNT_MAX = 3_500;

/** Notices that are kept as they were, for whoever wants to see one again; and their size as it is stored. */
export const RECENT_NOTICES_COUNT_MAX = 100;
export const RECENT_NOTICES_BYTES_MAX = 128 * 1024;

/** Longest attempt to deliver one message. */
export const DELIVERY_MS_MAX = 15_000;

/** HPAs that are told to be at their maximum; beyond it the oldest may be told of needlessly. */
export const INHIBITORS_COUNT_MAX = 5_000;

/** Silences at one time. */
export const SILENCES_COUNT_MAX = 1_000;

/** Workloads whose pods a notifier watches at once, each while it scales; further ones wait for one that has ended. */
export const POD_WATCHES_COUNT_MAX = 100;

/** Changes of single HPAs that a notifier stores at once. */
export const JOURNAL_WRITES_COUNT_MAX = 16;

/** Notices that wait to be stored while the store is away; beyond it the oldest is given up. */
export const JOURNAL_WAITING_NOTICES_COUNT_MAX = 10_000;

/** Largest file of sinks and routes: a ConfigMap takes as much. */
export const NOTIFIER_CONFIG_BYTES_MAX = 1024 * 1024;

/** Notices that a page shows as the messages that they would be; beyond it the oldest makes room. */
export const NOTICE_BOARD_COUNT_MAX = 200;
