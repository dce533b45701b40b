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
